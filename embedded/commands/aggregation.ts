/** aggregate: the leading $match goes through the planner, the rest is the semantics' part. */
import type { Collection } from '../engine/collection.ts';
import { runQuery } from '../engine/query.ts';
import type { StoredRecord } from '../engine/record.ts';
import { aggregate, leadingMatch } from '../semantics/aggregate.ts';
import { CommandError, unsupported } from '../semantics/errors.ts';
import { isDoc } from '../semantics/types.ts';
import { type Doc, encode } from '../semantics/values.ts';
import { docList, flag, optionalDoc, optionalNumber, refuseCollation } from './arguments.ts';
import { type Command, type CommandContext, collectionFor, namespaceOf } from './context.ts';
import { countMatching } from './reads.ts';

function runAggregate(context: CommandContext): Doc {
  const { body } = context;
  refuseCollation(body);
  if (flag(body, 'explain')) throw unsupported('explain');
  if (!isDoc(body.cursor)) throw new CommandError(9, "The 'cursor' option is required, except for explain");
  if (typeof body.aggregate !== 'string') throw unsupported('an aggregation over the whole database');
  const pipeline = docList(body, 'pipeline');
  const documents = evaluate(context, pipeline);
  const results = { length: documents.length, bytesAt: (position: number) => encode(documents[position]!) };
  const batchSize = optionalNumber(optionalDoc(body, 'cursor'), 'batchSize');
  return context.cursors.first(namespaceOf(context, 'aggregate'), results, { batchSize, singleBatch: false });
}

function evaluate(context: CommandContext, pipeline: readonly Doc[]): Doc[] {
  const collection = collectionFor(context, 'aggregate');
  const { filter, rest } = leadingMatch(pipeline);
  if (isPlainCount(rest)) {
    const n = countMatching(collection, filter, 0, 0);
    return n === 0 ? [] : [{ _id: rest[0]!.$group._id, n }];
  }
  const { records } = runQuery(collection, { filter });
  return aggregate(documentsOf(collection, records), rest, { now: context.now });
}

/** One at a time, so that a pipeline which only counts or groups never holds them all. */
function* documentsOf(collection: Collection | null, records: readonly StoredRecord[]): Generator<Doc> {
  if (collection !== null) for (const record of records) yield collection.read(record);
}

interface CountStage {
  readonly $group: { readonly _id: unknown; readonly n: unknown };
}

/** What countDocuments sends without skip or limit; it need not build documents to count them. */
function isPlainCount(rest: readonly Doc[]): rest is readonly (Doc & CountStage)[] {
  const group = rest[0]?.$group;
  if (rest.length !== 1 || !isDoc(group) || Object.keys(group).join() !== '_id,n' || !isDoc(group.n)) return false;
  const isConstantId = Number(group._id) === 1 && typeof group._id !== 'string';
  return (
    isConstantId &&
    Object.keys(group.n).join() === '$sum' &&
    Number(group.n.$sum) === 1 &&
    typeof group.n.$sum !== 'string'
  );
}

export const aggregateCommands: readonly Command[] = [
  {
    name: 'aggregate',
    fields: ['pipeline', 'cursor', 'allowDiskUse', 'hint', 'collation', 'explain', 'bypassDocumentValidation'],
    refused: ['let', 'exchange'],
    run: runAggregate,
  },
];
