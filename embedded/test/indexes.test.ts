import { expect } from 'chai';
import type { mongo } from 'mongoose';
import { failure, fresh, type Running, run } from './running.ts';

const MINUTE_MS = 60_000;

describe('indexes', () => {
  let running: Running;
  let db: mongo.Db;
  let now = Date.UTC(2030, 0, 1);
  before(async () => {
    running = await run({ clock: () => now });
    db = running.db;
  });
  after(() => running.stop());

  it('are made once, listed as given, and dropped by name, by key and all together', async () => {
    const collection = fresh(db);
    expect(await collection.createIndex({ a: 1, 'b.c': -1 }, { unique: true, sparse: true })).to.equal('a_1_b.c_-1');
    expect(await collection.createIndex({ a: 1, 'b.c': -1 }, { unique: true, sparse: true })).to.equal('a_1_b.c_-1');
    await collection.createIndexes([{ key: { x: 1 } }, { key: { y: 1 }, name: 'why' }, { key: { z: 1 } }]);
    const wanted = { v: 2, key: { a: 1, 'b.c': -1 }, name: 'a_1_b.c_-1', unique: true, sparse: true };
    expect((await collection.indexes()).find(({ name }) => name === wanted.name)).to.deep.equal(wanted);
    await collection.dropIndex('why');
    await db.command({ dropIndexes: collection.collectionName, index: { x: 1 } });
    expect((await collection.indexes()).map(({ name }) => name)).to.deep.equal(['_id_', 'a_1_b.c_-1', 'z_1']);
    await collection.dropIndexes();
    expect(await collection.indexes()).to.deep.equal([{ v: 2, key: { _id: 1 }, name: '_id_' }]);
    expect(await failure(collection.dropIndex('why'))).to.include({ code: 27 });
    expect(await failure(collection.dropIndex('_id_'))).to.include({ code: 72 });
    expect(await failure(fresh(db).indexes())).to.include({ code: 26 });
  });

  it('conflict with the codes of MongoDB', async () => {
    const collection = fresh(db);
    await collection.createIndex({ a: 1 }, { name: 'one' });
    expect(await failure(collection.createIndex({ b: 1 }, { name: 'one' }))).to.include({ code: 86 });
    expect(await failure(collection.createIndex({ a: 1 }, { name: 'two' }))).to.include({ code: 85 });
    expect(await failure(collection.createIndex({ a: 1 }, { name: 'one', unique: true }))).to.include({ code: 85 });
    expect(await failure(collection.createIndex({ a: 0 as 1 }))).to.include({ code: 67 });
    for (let i = 0; i < 62; i++) await collection.createIndex({ [`f${i}`]: 1 });
    expect((await failure(collection.createIndex({ last: 1 }))).message).to.match(/too many indexes.*64/);
  });

  it('refuse to be unique over data that is not, and leave nothing behind', async () => {
    const collection = fresh(db);
    await collection.insertMany([{ a: 1 }, { a: 1 }, { a: 2 }]);
    const error = await failure(
      db.command({
        createIndexes: collection.collectionName,
        indexes: [
          { key: { b: 1 }, name: 'b' },
          { key: { a: 1 }, name: 'a', unique: true },
        ],
      }),
    );
    expect(error).to.include({ code: 11000 });
    expect((await collection.indexes()).length).to.equal(1);
  });

  it('compare numbers of all types as equal, and treat missing as null', async () => {
    const collection = fresh(db);
    await collection.createIndex({ a: 1 }, { unique: true });
    await collection.insertOne({ a: 5 });
    expect(await failure(collection.insertOne({ a: 5.0 }))).to.include({ code: 11000 });
    await collection.insertOne({ a: 5.5 });
    await collection.insertOne({});
    expect(await failure(collection.insertOne({ a: null }))).to.include({ code: 11000 });
  });

  it('allow many documents without a field when sparse, and one element for one document', async () => {
    const collection = fresh(db);
    await collection.createIndex({ tags: 1 }, { unique: true, sparse: true });
    await collection.insertMany([{}, {}, { tags: ['a', 'b', 'a'] }]);
    const error = await failure(collection.insertOne({ tags: ['c', 'b'] }));
    expect(error).to.deep.include({ code: 11000, keyValue: { tags: 'b' } });
    await collection.updateOne({ tags: 'a' }, { $pull: { tags: 'b' } as object });
    await collection.insertOne({ tags: ['c', 'b'] });
    expect(await collection.countDocuments({ tags: null })).to.equal(2);
  });

  it('that were refused in the middle of an update still answer rightly afterwards', async () => {
    const collection = fresh(db);
    await collection.createIndex({ k: 1, v: 1 }, { unique: true });
    await collection.insertMany([
      { k: 1, v: 1 },
      { k: 1, v: 2 },
      { k: 1, v: 3 },
    ]);
    expect(await failure(collection.updateMany({ k: 1 }, { $inc: { v: 1 } }))).to.include({ code: 11000 });
    expect((await collection.find({ k: 1 }).sort({ v: 1 }).toArray()).map((doc) => doc.v)).to.deep.equal([1, 2, 3]);
    await collection.updateMany({ k: 1 }, { $inc: { v: 10 } });
    expect(await collection.countDocuments({ k: 1, v: { $gt: 10 } })).to.equal(3);
  });

  it('with expireAfterSeconds remove documents whose date is past, and only those', async () => {
    const collection = fresh(db);
    await collection.createIndex({ at: 1 }, { expireAfterSeconds: 60 });
    const minutesAgo = (minutes: number): Date => new Date(now - minutes * MINUTE_MS);
    await collection.insertMany([
      { n: 'old', at: minutesAgo(2) },
      { n: 'oldest of several', at: [minutesAgo(-5), minutesAgo(2)] },
      { n: 'young', at: minutesAgo(0.5) },
      { n: 'no date', at: now - 10 * MINUTE_MS },
      { n: 'null', at: null },
      { n: 'absent' },
    ]);
    expect(await running.server.sweepExpired()).to.equal(2);
    const left = async () => (await collection.find().toArray()).map((doc) => doc.n);
    expect(await left()).to.deep.equal(['young', 'no date', 'null', 'absent']);
    now += MINUTE_MS;
    expect(await running.server.sweepExpired()).to.equal(1);
    expect(await left()).to.deep.equal(['no date', 'null', 'absent']);
  });

  it('remove thousands of expired documents in portions', async () => {
    const collection = fresh(db);
    await collection.createIndex({ at: -1 }, { expireAfterSeconds: 0 });
    await collection.insertMany(Array.from({ length: 2100 }, (_, i) => ({ at: new Date(now - i - 1) })));
    expect(await running.server.sweepExpired()).to.equal(2100);
    expect(await collection.countDocuments()).to.equal(0);
  });

  it('follow the database clock in $$NOW and $currentDate', async () => {
    const collection = fresh(db);
    await collection.insertOne({ a: 1 });
    await collection.updateOne({}, [{ $set: { until: '$$NOW' } }]);
    await collection.updateOne({}, { $currentDate: { seenAt: true } });
    const doc = await collection.findOne({});
    expect([doc?.until, doc?.seenAt].map(Number)).to.deep.equal([now, now]);
  });
});
