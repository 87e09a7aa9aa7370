// The same tables through the driver: against our server, and against the MongoDB that MONGODB_URI names, if any.
import { EJSON } from 'bson';
import { expect } from 'chai';
import { mongo } from 'mongoose';
import type { Doc } from '../../semantics/values.ts';
import { EmbeddedServer } from '../../server.ts';
import { aggregateTables } from './aggregate-cases.ts';
import { projectionTables } from './project-cases.ts';
import { queryTables } from './query-cases.ts';
import { sortTables } from './sort-cases.ts';
import { type Expected, isFailure, type UpdateCase } from './tables.ts';
import { updateTables } from './update-cases.ts';
import { upsertTables } from './update-pipeline-cases.ts';

const RAW = { promoteValues: false, promoteBuffers: false, promoteLongs: false, bsonRegExp: true } as const;

const text = (value: unknown): string => EJSON.stringify(value, { relaxed: false });

/** Compares an answer type by type, or the code of the error that came instead. */
async function check<T>(answer: Promise<T>, expected: Expected<T>): Promise<void> {
  const outcome = await answer.then(text, (error: unknown) => ({ code: codeOf(error) }));
  if (isFailure(expected)) expect(outcome).to.deep.equal({ code: expected.code });
  else expect(outcome).to.equal(text(expected));
}

/** With RAW the code is an Int32, too. */
function codeOf(error: unknown): unknown {
  if (error instanceof mongo.MongoServerError) return Number(error.code);
  throw error;
}

interface Target {
  /** A collection that nobody else uses, holding these documents. */
  filled(docs: readonly Doc[]): Promise<mongo.Collection>;
  db(): mongo.Db;
}

async function applied(target: Target, one: UpdateCase): Promise<unknown> {
  const collection = await target.filled([one.doc]);
  const query = { _id: one.doc._id, ...one.filter };
  await update(target, collection, { q: query, u: one.update, arrayFilters: one.arrayFilters ?? [] });
  return collection.findOne({}, RAW);
}

/** By command: the driver would refuse some updates by itself. */
async function update(target: Target, collection: mongo.Collection, statement: mongo.Document): Promise<void> {
  const { arrayFilters, ...rest } = statement;
  const updates = [Array.isArray(arrayFilters) && arrayFilters.length > 0 ? statement : rest];
  const reply = await target.db().command({ update: collection.collectionName, updates });
  const [failed] = reply.writeErrors ?? [];
  if (failed !== undefined) throw new mongo.MongoServerError(failed);
}

function describeReads(target: Target): void {
  for (const [name, { docs, cases }] of Object.entries(queryTables)) {
    describe(`queries, ${name}`, () => {
      for (const [title, filter, expected] of cases) {
        it(title, async () => {
          const collection = await target.filled(docs);
          const ids = collection.find(filter).toArray();
          await check(
            ids.then((found) => found.map((doc) => doc._id as unknown)),
            expected,
          );
        });
      }
    });
  }
  for (const [name, { docs, cases }] of Object.entries(sortTables)) {
    describe(`sorting, ${name}`, () => {
      for (const [title, sort, expected] of cases) {
        it(title, async () => {
          const collection = await target.filled(docs);
          const reply = target.db().command({ find: collection.collectionName, sort, projection: { _id: 1 } });
          await check(
            reply.then(({ cursor }) => cursor.firstBatch.map((doc: Doc) => doc._id)),
            expected,
          );
        });
      }
    });
  }
}

function describeShapes(target: Target): void {
  for (const [name, { docs, cases }] of Object.entries(aggregateTables)) {
    describe(`aggregations, ${name}`, () => {
      for (const [title, pipeline, expected] of cases) {
        it(title, async () => {
          const collection = await target.filled(docs);
          await check<unknown>(collection.aggregate([...pipeline], RAW).toArray(), expected);
        });
      }
    });
  }
  for (const [name, { doc, cases }] of Object.entries(projectionTables)) {
    describe(`projections, ${name}`, () => {
      for (const [title, projection, expected, filter] of cases) {
        it(title, async () => {
          const collection = await target.filled([doc]);
          await check<unknown>(collection.findOne(filter ?? {}, { ...RAW, projection }), expected);
        });
      }
    });
  }
}

function describeWrites(target: Target): void {
  for (const [name, { cases }] of Object.entries(updateTables)) {
    describe(`updates, ${name}`, () => {
      for (const one of cases) it(one.title, () => check<unknown>(applied(target, one), one.expected));
    });
  }
  for (const [name, { cases }] of Object.entries(upsertTables)) {
    describe(`upserts, ${name}`, () => {
      for (const [title, filter, change, expected] of cases) {
        it(title, async () => {
          const collection = await target.filled([]);
          const inserted = update(target, collection, { q: filter, u: change, upsert: true });
          await check<unknown>(
            inserted.then(() => collection.findOne({}, RAW)),
            expected,
          );
        });
      }
    });
  }
}

/** Runs all tables against a server; `open` tells its URI, `close` is called at the end. */
export function describeOverTheWire(name: string, open: () => Promise<string>, close: () => Promise<void>): void {
  describe(`over the wire, ${name}`, () => {
    let client: mongo.MongoClient;
    let db: mongo.Db;
    let count = 0;
    const target: Target = {
      db: () => db,
      filled: async (docs) => {
        count += 1;
        const collection = db.collection(`semantics${count}`);
        if (docs.length > 0) await collection.insertMany(docs.map((doc) => ({ ...doc })));
        return collection;
      },
    };
    before(async () => {
      client = await mongo.MongoClient.connect(await open());
      db = client.db(`semantics_${process.pid}_${Date.now()}`);
    });
    after(async () => {
      await db.dropDatabase();
      await client.close();
      await close();
    });
    describeReads(target);
    describeShapes(target);
    describeWrites(target);
  });
}

const server = new EmbeddedServer();
describeOverTheWire(
  'the embedded database',
  async () => (await server.start()).uri,
  () => server.stop(),
);

const uri = process.env.MONGODB_URI;
if (uri !== undefined) {
  describeOverTheWire(
    'MONGODB_URI',
    async () => uri,
    async () => {},
  );
}
