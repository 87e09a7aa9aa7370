import { expect } from 'chai';
import { type mongo, Types } from 'mongoose';
import { failure, fresh, type Running, run } from './running.ts';

interface Numbered {
  _id: number;
  n?: number;
  tag?: string;
}

describe('commands', () => {
  let running: Running;
  let db: mongo.Db;
  before(async () => {
    running = await run();
    db = running.db;
  });
  after(() => running.stop());

  async function numbered(count: number): Promise<mongo.Collection<Numbered>> {
    const collection = fresh<Numbered>(db);
    await collection.insertMany(Array.from({ length: count }, (_, i) => ({ _id: i, n: i % 10, tag: `t${i % 3}` })));
    return collection;
  }

  describe('writing', () => {
    it('stops an ordered batch at the first failure and goes through an unordered one', async () => {
      const docs = [{ _id: 1 }, { _id: 1 }, { _id: 2 }];
      const ordered = fresh<Numbered>(db);
      const error = await failure(ordered.insertMany(docs));
      expect(error).to.deep.include({ code: 11000, insertedCount: 1 });
      expect(await ordered.countDocuments()).to.equal(1);
      const unordered = fresh<Numbered>(db);
      const failed = await failure(unordered.insertMany(docs, { ordered: false }));
      expect(failed.insertedCount).to.equal(2);
      expect((failed.writeErrors as { index: number }[]).map(({ index }) => index)).to.deep.equal([1]);
    });

    it('reports a duplicate key with its pattern and value, in inserts, updates and findAndModify alike', async () => {
      const people = fresh(db);
      await people.createIndex({ org: 1, email: -1 }, { unique: true });
      await people.insertMany([
        { org: 1, email: 'a@example.com' },
        { org: 1, email: 'b@example.com' },
      ]);
      const wanted = { code: 11000, keyPattern: { org: 1, email: -1 }, keyValue: { org: 1, email: 'a@example.com' } };
      const update = { $set: { email: 'a@example.com' } };
      const attempts = [
        () => people.insertOne({ org: 1, email: 'a@example.com' }),
        () => people.updateOne({ email: 'b@example.com' }, update),
        () => people.findOneAndUpdate({ email: 'b@example.com' }, update),
        () =>
          people.findOneAndUpdate(
            { email: 'x@example.com' },
            { $set: { org: 1, email: 'a@example.com' } },
            { upsert: true },
          ),
        () => people.findOneAndReplace({ email: 'b@example.com' }, { org: 1, email: 'a@example.com' }),
      ];
      for (const attempt of attempts) {
        const error = await failure(attempt());
        const details = (error.writeErrors as { err: object }[] | undefined)?.[0]?.err ?? error;
        expect(details).to.deep.include(error.keyValue === undefined ? { code: 11000 } : wanted);
        expect(error.message).to.match(
          /E11000 duplicate key error collection: interlock\.c\d+ index: org_1_email_-1 dup key: \{ org: 1, email: "a@example.com" \}/,
        );
      }
      expect(await people.countDocuments()).to.equal(2);
    });

    it('leaves no trace of an update that fails at one of many documents', async () => {
      const collection = fresh(db);
      await collection.createIndex({ u: 1 }, { unique: true, sparse: true });
      await collection.insertMany([{ k: 1 }, { k: 1 }, { k: 1 }]);
      expect(await failure(collection.updateMany({ k: 1 }, { $set: { u: 'same', touched: true } }))).to.include({
        code: 11000,
      });
      expect(await collection.countDocuments({ touched: true })).to.equal(0);
      expect(await collection.countDocuments({ u: 'same' })).to.equal(0);
      await collection.insertOne({ u: 'same' });
    });

    it('counts matched, modified and upserted documents as MongoDB does', async () => {
      const collection = await numbered(10);
      expect(await collection.updateMany({ n: { $lt: 3 } }, { $set: { n: 0 } })).to.include({
        matchedCount: 3,
        modifiedCount: 2,
        upsertedCount: 0,
      });
      expect(await collection.updateOne({ _id: 99 }, { $set: { n: 1 } }, { upsert: true })).to.include({
        matchedCount: 0,
        upsertedId: 99,
      });
      expect(await collection.replaceOne({ _id: 99 }, { n: 2 })).to.include({ matchedCount: 1, modifiedCount: 1 });
      expect(await collection.findOne({ _id: 99 })).to.deep.equal({ _id: 99, n: 2 });
      expect(await collection.deleteMany({ n: 0 })).to.include({ deletedCount: 3 });
      expect(await collection.deleteOne({ tag: 't1' })).to.include({ deletedCount: 1 });
    });

    it('keeps _id immutable and refuses arrays as _id', async () => {
      const collection = await numbered(1);
      expect(await failure(collection.updateOne({ _id: 0 }, { $set: { _id: 5 } }))).to.include({ code: 66 });
      expect(await failure(collection.replaceOne({ _id: 0 }, { _id: 5 } as object))).to.include({ code: 66 });
      expect(await failure(fresh(db).insertOne({ _id: [1] as unknown as Types.ObjectId }))).to.include({ code: 53 });
    });

    it('returns the document before or after a findOneAnd..., by sort and with a projection', async () => {
      const collection = await numbered(10);
      const update = { $inc: { n: 100 } };
      expect(await collection.findOneAndUpdate({}, update, { sort: { n: -1 } })).to.deep.include({ _id: 9, n: 9 });
      const projection = { n: 1, _id: 0 } as const;
      expect(
        await collection.findOneAndUpdate({ _id: 9 }, update, { returnDocument: 'after', projection }),
      ).to.deep.equal({ n: 209 });
      expect(await collection.findOneAndDelete({}, { sort: { _id: -1 } })).to.deep.include({ _id: 9 });
      expect(await collection.findOneAndUpdate({ _id: 50 }, update)).to.equal(null);
      const made = await collection.findOneAndUpdate({ _id: 50 }, update, {
        upsert: true,
        returnDocument: 'after',
        includeResultMetadata: true,
      });
      expect(made).to.deep.include({
        value: { _id: 50, n: 100 },
        lastErrorObject: { n: 1, updatedExisting: false, upserted: 50 },
      });
    });

    it('refuses a document over 16 MB with a message and takes one just below', async () => {
      const collection = fresh(db);
      const limit = 16 * 1024 * 1024;
      await collection.insertOne({ big: Buffer.alloc(limit - 100) });
      const error = await failure(collection.updateOne({}, { $set: { more: 'x'.repeat(200) } }));
      expect(error).to.include({ code: 10334 });
      expect(await collection.countDocuments({ more: { $exists: true } })).to.equal(0);
    });
  });

  describe('reading', () => {
    it('walks a cursor in batches, sees the state of its start, and closes early', async () => {
      const collection = await numbered(500);
      const cursor = collection.find().sort({ _id: 1 }).batchSize(7);
      const first = await cursor.next();
      await collection.deleteMany({});
      expect([first?._id, ...(await cursor.toArray()).map((doc) => doc._id)]).to.deep.equal(
        Array.from({ length: 500 }, (_, i) => i),
      );
      const closed = (await numbered(50)).find().batchSize(2);
      await closed.next();
      await closed.close();
    });

    it('cuts with skip and limit in every combination', async () => {
      const collection = await numbered(30);
      const ids = async (skip: number, limit: number) =>
        (await collection.find().sort({ _id: 1 }).skip(skip).limit(limit).toArray()).map((doc) => doc._id);
      expect(await ids(0, 3)).to.deep.equal([0, 1, 2]);
      expect(await ids(28, 5)).to.deep.equal([28, 29]);
      expect(await ids(40, 0)).to.deep.equal([]);
      expect(await collection.countDocuments({}, { skip: 25 })).to.equal(5);
      expect(await collection.countDocuments({ n: 1 }, { limit: 2 })).to.equal(2);
      expect(await collection.estimatedDocumentCount()).to.equal(30);
    });

    it('splits an answer that does not fit into one message', async () => {
      const collection = fresh(db);
      for (let i = 0; i < 5; i++) await collection.insertOne({ i, big: Buffer.alloc(7_000_000) });
      expect((await collection.find().sort({ i: 1 }).toArray()).map((doc) => doc.i)).to.deep.equal([0, 1, 2, 3, 4]);
    });

    it('forgets a cursor that was idle for ten minutes', async () => {
      let now = 1_700_000_000_000;
      const other = await run({ clock: () => now });
      await other.db.collection('a').insertMany(Array.from({ length: 10 }, (_, i) => ({ i })));
      const cursor = other.db.collection('a').find().batchSize(2);
      await cursor.next();
      now += 11 * 60_000;
      await other.db.collection('a').find().batchSize(2).next();
      expect(await failure(cursor.toArray())).to.include({ code: 43 });
      await other.stop();
    });

    it('answers queries on what does not exist with nothing', async () => {
      const nothing = fresh(db);
      expect(await nothing.find({ a: 1 }).toArray()).to.deep.equal([]);
      expect(await nothing.countDocuments()).to.equal(0);
      expect(await nothing.distinct('a')).to.deep.equal([]);
      expect(
        await nothing.aggregate([{ $match: { a: 1 } }, { $group: { _id: null, n: { $sum: 1 } } }]).toArray(),
      ).to.deep.equal([]);
      expect(await nothing.deleteMany({})).to.include({ deletedCount: 0 });
    });
  });

  describe('refusals', () => {
    const hint = /is not supported by the embedded database; set MONGODB_URI/;
    it('name what is not offered and point to MongoDB', async () => {
      const collection = await numbered(3);
      const refused: readonly (() => Promise<unknown>)[] = [
        () => collection.find({ $where: 'true' }).toArray(),
        () => collection.find({}, { collation: { locale: 'de' } }).toArray(),
        () => collection.aggregate([{ $lookup: { from: 'x', localField: 'a', foreignField: 'b', as: 'c' } }]).toArray(),
        () => collection.aggregate([{ $out: 'x' }]).toArray(),
        () => collection.createIndex({ tag: 'text' }),
        () => collection.createIndex({ n: 1 }, { partialFilterExpression: { n: 1 } }),
        () => collection.watch().next(),
        () => db.createCollection('capped', { capped: true, size: 1000 }),
        () => db.createCollection('valid', { validator: { a: 1 } }),
        () => db.createCollection('view', { viewOn: 'x', pipeline: [] }),
        () => db.command({ renameCollection: 'a.b', to: 'a.c' }),
      ];
      for (const attempt of refused) expect((await failure(attempt())).message).to.match(hint);
      expect(await failure(db.command({ mapReduce: 'x' }))).to.include({ code: 59, codeName: 'CommandNotFound' });
      expect(await failure(db.command({ find: 'x', unheard: 1 }))).to.include({ code: 40415 });
    });

    it('refuse too many documents, but still let them be deleted', async () => {
      const small = await run({ refuseDocuments: 5 });
      const collection = small.db.collection<Numbered>('a');
      const error = await failure(collection.insertMany(Array.from({ length: 8 }, (_, _id) => ({ _id }))));
      expect(error.message).to.match(/holds at most 5 documents; set MONGODB_URI/);
      expect(await collection.countDocuments()).to.equal(5);
      expect(await failure(collection.updateOne({ _id: 9 }, { $set: { n: 1 } }, { upsert: true }))).to.include({
        code: 146,
      });
      await collection.deleteOne({ _id: 0 });
      await collection.insertOne({ _id: 9 });
      await small.stop();
    });
  });

  it('lists, creates and drops collections and databases', async () => {
    const other = running.client.db('listing');
    await other.createCollection('one');
    expect(await failure(other.createCollection('one'))).to.include({ code: 48 });
    await other.collection('two').insertOne({ a: 1 });
    expect((await other.listCollections().toArray()).map(({ name }) => name)).to.deep.equal(['one', 'two']);
    expect((await other.listCollections({ name: 'two' }, { nameOnly: true }).toArray()).length).to.equal(1);
    expect((await running.client.db().admin().listDatabases()).databases.map(({ name }) => name)).to.include('listing');
    await other.collection('one').drop();
    await other.dropDatabase();
    expect(await other.listCollections().toArray()).to.deep.equal([]);
    expect(new Types.ObjectId().toString()).to.have.length(24);
  });
});
