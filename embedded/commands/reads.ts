/** find, getMore, killCursors, count and distinct. */
import { Long } from 'bson';
import type { Collection } from '../engine/collection.ts';
import { type Found, runQuery } from '../engine/query.ts';
import { type Stored, unpack } from '../engine/record.ts';
import { valueKey } from '../engine/value-key.ts';
import { CommandError, unsupported } from '../semantics/errors.ts';
import { MISSING } from '../semantics/fields.ts';
import { generateKeys } from '../semantics/index-keys.ts';
import { compileProjection } from '../semantics/project.ts';
import { type Doc, decode, encode } from '../semantics/values.ts';
import { flag, naturalNumber, optionalDoc, optionalNumber, refuseCollation } from './arguments.ts';
import { type Command, type CommandContext, collectionFor, namespaceOf } from './context.ts';
import type { Results } from './cursors.ts';

/** Stored bytes go out as they are; only a projection makes us decode. */
export function storedResults(stored: readonly Stored[], project: ((doc: Doc) => Doc) | null): Results {
  return {
    length: stored.length,
    bytesAt(position) {
      const bytes = unpack(stored[position]!);
      return project === null ? bytes : encode(project(decode(bytes)));
    },
  };
}

function find(context: CommandContext): Doc {
  const { body } = context;
  refuseCollation(body);
  const limit = optionalNumber(body, 'limit') ?? 0;
  const found = runQuery(collectionFor(context, 'find'), {
    filter: optionalDoc(body, 'filter'),
    sort: optionalDoc(body, 'sort'),
    skip: naturalNumber(body, 'skip'),
    limit: Math.abs(limit),
  });
  const results = storedResults(
    found.records.map((record) => record.stored),
    projectionOf(context, found),
  );
  return context.cursors.first(namespaceOf(context, 'find'), results, {
    batchSize: optionalNumber(body, 'batchSize'),
    singleBatch: flag(body, 'singleBatch') || limit < 0,
  });
}

function projectionOf({ body, now }: CommandContext, found: Found): ((doc: Doc) => Doc) | null {
  const projection = optionalDoc(body, 'projection');
  return Object.keys(projection).length === 0 ? null : compileProjection(projection, found.matcher, now);
}

function getMore(context: CommandContext): Doc {
  const id = cursorId(context.body.getMore);
  const namespace = `${context.db}.${String(context.body.collection)}`;
  const batchSize = naturalNumber(context.body, 'batchSize');
  return context.cursors.next(id, namespace, batchSize === 0 ? null : batchSize);
}

function killCursors(context: CommandContext): Doc {
  const ids = context.body.cursors;
  if (!Array.isArray(ids)) throw new CommandError(14, "BSON field 'cursors' must be an array");
  const cursorsKilled: Long[] = [];
  const cursorsNotFound: Long[] = [];
  for (const raw of ids) {
    const id = cursorId(raw);
    (context.cursors.kill(id) ? cursorsKilled : cursorsNotFound).push(Long.fromNumber(id));
  }
  return { cursorsKilled, cursorsNotFound, cursorsAlive: [], cursorsUnknown: [], ok: 1 };
}

function cursorId(raw: unknown): number {
  const id = Number(raw);
  if (!Number.isSafeInteger(id)) throw new CommandError(14, 'a cursor id must be a number');
  return id;
}

function count(context: CommandContext): Doc {
  const { body } = context;
  refuseCollation(body);
  const filter = optionalDoc(body, 'query');
  const skip = naturalNumber(body, 'skip');
  const limit = Math.abs(optionalNumber(body, 'limit') ?? 0);
  return { n: countMatching(collectionFor(context, 'count'), filter, skip, limit), ok: 1 };
}

export function countMatching(collection: Collection | null, filter: Doc, skip: number, limit: number): number {
  if (collection === null || Object.keys(filter).length > 0) {
    return runQuery(collection, { filter, skip, limit }).records.length;
  }
  const rest = Math.max(0, collection.size - skip);
  return limit === 0 ? rest : Math.min(rest, limit);
}

function distinct(context: CommandContext): Doc {
  const { body } = context;
  refuseCollation(body);
  const collection = collectionFor(context, 'distinct');
  if (typeof body.key !== 'string' || body.key === '') throw new CommandError(14, "BSON field 'key' must be a string");
  const path = body.key.split('.');
  if (path.some((part) => /^\d+$/.test(part))) throw unsupported('distinct on an array position');
  const values = new Map<string, unknown>();
  for (const record of runQuery(collection, { filter: optionalDoc(body, 'query') }).records) {
    for (const [value] of generateKeys(collection!.read(record), [path]).rows) {
      if (value !== MISSING && value !== undefined) values.set(valueKey(value), value);
    }
  }
  return { values: [...values.values()], ok: 1 };
}

export const readCommands: readonly Command[] = [
  {
    name: 'find',
    fields: [
      ...['filter', 'sort', 'projection', 'hint', 'skip', 'limit', 'batchSize', 'singleBatch', 'collation'],
      ...['noCursorTimeout', 'allowPartialResults', 'allowDiskUse'],
    ],
    refused: ['let', 'min', 'max', 'returnKey', 'showRecordId', 'tailable', 'awaitData', 'oplogReplay'],
    run: find,
  },
  { name: 'getMore', fields: ['collection', 'batchSize'], run: getMore },
  { name: 'killCursors', fields: ['cursors'], run: killCursors },
  { name: 'count', fields: ['query', 'limit', 'skip', 'hint', 'collation', 'fields'], run: count },
  { name: 'distinct', fields: ['key', 'query', 'collation', 'hint'], run: distinct },
];
