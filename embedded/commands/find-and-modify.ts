/** findAndModify: find one, change or remove it, return it; atomic because commands never interleave. */
import type { Collection } from '../engine/collection.ts';
import { type Found, runQuery } from '../engine/query.ts';
import { CommandError } from '../semantics/errors.ts';
import { compileProjection } from '../semantics/project.ts';
import type { Doc } from '../semantics/values.ts';
import { docList, flag, optionalDoc, refuseCollation, updateArgument } from './arguments.ts';
import { type Command, type CommandContext, collectionFor, demandCollection } from './context.ts';
import { changeDocument, upsert } from './modify.ts';

function findAndModify(context: CommandContext): Doc {
  const { body } = context;
  refuseCollation(body);
  const isRemoval = flag(body, 'remove');
  if (isRemoval && (body.update !== undefined || flag(body, 'upsert') || flag(body, 'new'))) {
    throw new CommandError(9, "Cannot specify both an 'update', 'upsert' or 'new' and 'remove'=true");
  }
  if (!isRemoval && body.update === undefined) {
    throw new CommandError(9, "Either an 'update' or 'remove'=true must be specified");
  }
  const command = body.findAndModify === undefined ? 'findandmodify' : 'findAndModify';
  const collection = collectionFor(context, command);
  const found = runQuery(collection, { filter: optionalDoc(body, 'query'), sort: optionalDoc(body, 'sort'), limit: 1 });
  if (isRemoval) return remove(context, collection, found);
  return found.records.length > 0
    ? context.log.statement(() => change(context, collection!, found))
    : context.log.statement(() => insertInstead(context, command, found));
}

function remove(context: CommandContext, collection: Collection | null, found: Found): Doc {
  const record = found.records[0];
  if (collection === null || record === undefined) return { lastErrorObject: { n: 0 }, value: null, ok: 1 };
  const value = project(context, found, collection.read(record));
  collection.remove(context.log, record);
  return { lastErrorObject: { n: 1 }, value, ok: 1 };
}

function change(context: CommandContext, collection: Collection, found: Found): Doc {
  const record = found.records[0]!;
  const before = collection.read(record);
  changeDocument(context, collection, record, found.matcher, changeOf(context));
  const shown = flag(context.body, 'new') ? collection.read(record) : before;
  return { lastErrorObject: { n: 1, updatedExisting: true }, value: project(context, found, shown), ok: 1 };
}

function insertInstead(context: CommandContext, command: string, found: Found): Doc {
  if (!flag(context.body, 'upsert')) return { lastErrorObject: { n: 0, updatedExisting: false }, value: null, ok: 1 };
  const inserted = upsert(context, demandCollection(context, command), changeOf(context));
  const value = flag(context.body, 'new') ? project(context, found, inserted) : null;
  return { lastErrorObject: { n: 1, updatedExisting: false, upserted: inserted._id }, value, ok: 1 };
}

function changeOf({ body, now }: CommandContext) {
  const arrayFilters = body.arrayFilters === undefined ? [] : docList(body, 'arrayFilters');
  return { filter: optionalDoc(body, 'query'), change: updateArgument(body, 'update'), arrayFilters, now };
}

function project(context: CommandContext, found: Found, doc: Doc): Doc {
  const fields = optionalDoc(context.body, 'fields');
  return Object.keys(fields).length === 0 ? doc : compileProjection(fields, found.matcher, context.now)(doc);
}

const FIELDS = [
  ...['query', 'sort', 'remove', 'update', 'new', 'fields', 'upsert', 'arrayFilters', 'hint', 'collation'],
  'bypassDocumentValidation',
];

export const findAndModifyCommands: readonly Command[] = [
  { name: 'findAndModify', fields: FIELDS, refused: ['let'], run: findAndModify },
  { name: 'findandmodify', fields: FIELDS, refused: ['let'], run: findAndModify },
];
