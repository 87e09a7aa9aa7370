/** insert, update and delete: batches of statements, each of which succeeds or leaves no trace. */
import type { Collection } from '../engine/collection.ts';
import { runQuery } from '../engine/query.ts';
import { CommandError } from '../semantics/errors.ts';
import { isPipeline, isReplacement } from '../semantics/update.ts';
import type { Doc } from '../semantics/values.ts';
import {
  docList,
  flag,
  optionalDoc,
  refuseCollation,
  refuseUnknown,
  requiredDoc,
  type Statement,
  statements,
  updateArgument,
} from './arguments.ts';
import { type Command, type CommandContext, collectionFor, demandCollection, namespaceOf } from './context.ts';
import { changeDocument, upsert } from './modify.ts';

/** Runs the statements in turn; stops at the first failure when the batch is ordered. */
function runBatch(context: CommandContext, field: string, run: (statement: Statement, index: number) => void): Doc[] {
  const writeErrors: Doc[] = [];
  const isOrdered = flag(context.body, 'ordered', true);
  let index = 0;
  for (const statement of statements(context, field)) {
    try {
      context.log.statement(() => run(statement, index));
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      writeErrors.push({ index, code: error.code, errmsg: error.message, ...error.extra });
      if (isOrdered) break;
    }
    index += 1;
  }
  return writeErrors;
}

function reply(counts: Doc, writeErrors: readonly Doc[]): Doc {
  return writeErrors.length === 0 ? { ...counts, ok: 1 } : { ...counts, writeErrors, ok: 1 };
}

function insert(context: CommandContext): Doc {
  const collection = demandCollection(context, 'insert');
  let n = 0;
  const writeErrors = runBatch(context, 'documents', ({ doc, bytes }) => {
    context.engine.checkRoom(1);
    collection.insert(context.log, doc, bytes);
    n += 1;
  });
  return reply({ n }, writeErrors);
}

const UPDATE_FIELDS = new Set(['q', 'u', 'upsert', 'multi', 'arrayFilters', 'hint', 'collation', 'sort']);

function update(context: CommandContext): Doc {
  const totals = { n: 0, nModified: 0 };
  const upserted: Doc[] = [];
  const writeErrors = runBatch(context, 'updates', ({ doc }, index) => {
    refuseUnknown(doc, 'update', UPDATE_FIELDS);
    refuseCollation(doc);
    const { n, nModified, upsertedId } = updateOne(context, doc);
    totals.n += n;
    totals.nModified += nModified;
    if (upsertedId !== undefined) upserted.push({ index, _id: upsertedId });
  });
  return reply(upserted.length === 0 ? totals : { ...totals, upserted }, writeErrors);
}

function updateOne(context: CommandContext, doc: Doc): { n: number; nModified: number; upsertedId?: unknown } {
  const change = updateArgument(doc, 'u');
  const multi = flag(doc, 'multi');
  if (multi && !isPipeline(change) && isReplacement(change)) {
    throw new CommandError(9, 'multi update is not supported for replacement-style update');
  }
  const filter = requiredDoc(doc, 'q');
  const arrayFilters = doc.arrayFilters === undefined ? [] : docList(doc, 'arrayFilters');
  const options = { filter, change, arrayFilters, now: context.now };
  const collection = collectionFor(context, 'update');
  const sort = optionalDoc(doc, 'sort');
  const { records, matcher } = runQuery(collection, multi ? { filter } : { filter, sort, limit: 1 });
  if (records.length === 0 && flag(doc, 'upsert')) {
    const inserted = upsert(context, demandCollection(context, 'update'), options);
    return { n: 1, nModified: 0, upsertedId: inserted._id };
  }
  let nModified = 0;
  for (const record of records) {
    if (changeDocument(context, collection!, record, matcher, options)) nModified += 1;
  }
  return { n: records.length, nModified };
}

const DELETE_FIELDS = new Set(['q', 'limit', 'hint', 'collation']);

function remove(context: CommandContext): Doc {
  let n = 0;
  const collection: Collection | null = collectionFor(context, 'delete');
  namespaceOf(context, 'delete');
  const writeErrors = runBatch(context, 'deletes', ({ doc }) => {
    refuseUnknown(doc, 'delete', DELETE_FIELDS);
    refuseCollation(doc);
    const limit = Number(doc.limit);
    if (limit !== 0 && limit !== 1)
      throw new CommandError(9, `The limit field in delete objects must be 0 or 1. Got ${limit}`);
    const { records } = runQuery(collection, { filter: requiredDoc(doc, 'q'), limit });
    for (const record of records) collection!.remove(context.log, record);
    n += records.length;
  });
  return reply({ n }, writeErrors);
}

export const writeCommands: readonly Command[] = [
  { name: 'insert', fields: ['documents', 'ordered', 'bypassDocumentValidation'], run: insert },
  { name: 'update', fields: ['updates', 'ordered', 'bypassDocumentValidation'], refused: ['let'], run: update },
  { name: 'delete', fields: ['deletes', 'ordered'], refused: ['let'], run: remove },
];
