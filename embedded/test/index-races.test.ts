/** Unique, compound, multikey and TTL indexes while many callers write at once, and indexes built meanwhile. */
import { expect } from 'chai';
import type { mongo } from 'mongoose';
import { failure, fresh, type Running, run, seeded, temporaryFolder } from './running.ts';

const CALLERS = 32;
const CODES = { duplicate: 11000 };

describe('indexes under many callers', function () {
  this.timeout(60_000);
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let running: Running;
  let now = Date.UTC(2030, 0, 1);
  before(async () => {
    folder = await temporaryFolder();
    // On disk: commands of many callers then share batches, which is where order could get lost.
    running = await run({ dataDir: folder.path, clock: () => now }, { maxPoolSize: CALLERS });
  });
  after(async () => {
    await running.stop();
    await folder.remove();
  });

  /** Runs all attempts with 32 callers and tells how many were granted and how many were duplicates. */
  async function race(attempts: readonly (() => Promise<unknown>)[]): Promise<{ granted: number; duplicates: number }> {
    const counts = { granted: 0, duplicates: 0 };
    const queue = [...attempts];
    const caller = async (): Promise<void> => {
      for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
        try {
          await next();
          counts.granted += 1;
        } catch (error) {
          if ((error as { code?: unknown }).code !== CODES.duplicate) throw error;
          counts.duplicates += 1;
        }
      }
    };
    await Promise.all(Array.from({ length: CALLERS }, caller));
    return counts;
  }

  it('grant each value of a unique one to one caller only, by insert, by update and by upsert', async () => {
    const collection = fresh(running.db);
    await collection.createIndex({ slot: 1 }, { unique: true });
    const values = Array.from({ length: 400 }, (_, i) => i % 40);
    const inserts = await race(values.map((slot) => () => collection.insertOne({ slot })));
    expect(inserts).to.deep.equal({ granted: 40, duplicates: 360 });
    await collection.insertMany(Array.from({ length: 50 }, (_, i) => ({ slot: `mine ${i}` })));
    const updates = await race(
      values.map((_, i) => () => collection.updateOne({ slot: `mine ${i % 50}` }, { $set: { slot: 1000 } })),
    );
    expect(updates.duplicates).to.be.greaterThan(0);
    expect(await collection.countDocuments({ slot: 1000 })).to.equal(1);
    const upserts = await race(
      values.map((n) => () => collection.updateOne({ slot: 2000 + n }, { $inc: { n: 1 } }, { upsert: true })),
    );
    expect(upserts).to.deep.equal({ granted: 400, duplicates: 0 });
    expect(await collection.countDocuments({ slot: { $gte: 2000 }, n: 10 })).to.equal(40);
  });

  it('grant each pair of a compound one once, while others move documents between the pairs', async () => {
    const collection = fresh<{ who: number; day: number; n?: number }>(running.db);
    await collection.createIndex({ who: 1, day: -1 }, { unique: true });
    const random = seeded(11);
    const attempts = Array.from({ length: 800 }, () => {
      const pair = { who: random.below(8), day: random.below(8) };
      const to = { who: random.below(8), day: random.below(8) };
      const kind = random.below(3);
      if (kind === 0) return () => collection.insertOne({ ...pair });
      if (kind === 1) return () => collection.updateOne(pair, { $set: to });
      return () => collection.deleteOne(pair);
    });
    await race(attempts);
    const pairs = (await collection.find().toArray()).map(({ who, day }) => `${who}/${day}`);
    expect(new Set(pairs).size).to.equal(pairs.length);
    // The index says of every pair what a look at all documents says.
    for (let who = 0; who < 8; who += 1) {
      for (let day = 0; day < 8; day += 1) {
        expect(await collection.countDocuments({ who, day })).to.equal(pairs.includes(`${who}/${day}`) ? 1 : 0);
      }
    }
  });

  it('grant each element of a multikey one to one document only', async () => {
    const collection = fresh<{ keys: number[] }>(running.db);
    await collection.createIndex({ keys: 1 }, { unique: true });
    const random = seeded(12);
    const some = () => Array.from({ length: 1 + random.below(3) }, () => random.below(60));
    await race(
      Array.from({ length: 600 }, (_, i) => {
        const [keys, other] = [some(), random.below(60)];
        if (i % 3 === 0) return () => collection.updateOne({ keys: other }, { $addToSet: { keys: keys[0]! } });
        if (i % 3 === 1) return () => collection.updateOne({ keys: other }, { $pull: { keys: other } });
        return () => collection.insertOne({ keys });
      }),
    );
    const owners = new Map<number, number>();
    for (const { keys } of await collection.find().toArray()) {
      for (const key of new Set(keys)) owners.set(key, (owners.get(key) ?? 0) + 1);
    }
    for (let key = 0; key < 60; key += 1) {
      expect(owners.get(key) ?? 0).to.be.at.most(1);
      expect(await collection.countDocuments({ keys: key })).to.equal(owners.get(key) ?? 0);
    }
  });

  it('with a time to live remove what is over and nothing else, while callers prolong, add and sweep', async () => {
    const collection = fresh<{ _id: number; until: Date }>(running.db);
    await collection.createIndex({ until: 1 }, { expireAfterSeconds: 0 });
    const over = new Date(now - 1);
    const later = new Date(now + 60_000);
    await collection.insertMany(Array.from({ length: 1500 }, (_, _id) => ({ _id, until: over })));
    const prolonged = new Set<number>();
    const attempts = Array.from({ length: 300 }, (_, i) => async (): Promise<void> => {
      const { modifiedCount } = await collection.updateOne({ _id: i * 5 }, { $set: { until: later } });
      if (modifiedCount === 1) prolonged.add(i * 5);
      await collection.insertOne({ _id: 10_000 + i, until: later });
    });
    const sweeps = Array.from({ length: 4 }, () => () => running.server.sweepExpired());
    await race([...sweeps, ...attempts]);
    await running.server.sweepExpired();
    const left = (await collection.find().toArray()).map(({ _id }) => _id).filter((id) => id < 10_000);
    expect(left.sort((a, b) => a - b)).to.deep.equal([...prolonged].sort((a, b) => a - b));
    expect(await collection.countDocuments({ _id: { $gte: 10_000 } })).to.equal(300);
    now += 61_000;
    expect(await running.server.sweepExpired()).to.equal(300 + prolonged.size);
    expect(await collection.countDocuments()).to.equal(0);
  });

  it('built while others write are whole: either they refuse what is double, or nothing double comes in after', async () => {
    const collection = fresh<{ slot: number; at?: number }>(running.db);
    await collection.insertMany(Array.from({ length: 500 }, (_, slot) => ({ slot })));
    const values = Array.from({ length: 300 }, (_, i) => 490 + (i % 40));
    const build = () => collection.createIndex({ slot: 1 }, { unique: true });
    const queue: (() => Promise<unknown>)[] = values.map((slot) => () => collection.insertOne({ slot }));
    // While there are duplicates it refuses, naming one of them.
    await collection.insertMany([{ slot: -1 }, { slot: -1 }]);
    const error = await failure(build());
    expect(error).to.deep.include({ code: CODES.duplicate, keyPattern: { slot: 1 }, keyValue: { slot: -1 } });
    expect(error.message).to.match(/E11000 duplicate key error collection: .* index: slot_1 dup key: \{ slot: -1 \}/);
    await collection.deleteOne({ slot: -1 });
    queue.splice(250, 0, build);
    await race(queue);
    const built = (await collection.indexes()).some(({ name }) => name === 'slot_1');
    const slots = (await collection.find().toArray()).map(({ slot }) => slot);
    if (built) expect(new Set(slots).size).to.equal(slots.length);
    else expect(new Set(slots).size).to.be.lessThan(slots.length);
    for (const slot of [490, 500, 529]) {
      expect(await collection.countDocuments({ slot })).to.equal(slots.filter((other) => other === slot).length);
    }
  });

  it('build on existing documents as on new ones: compound, multikey, sparse and null like missing', async () => {
    const build = async (docs: mongo.Document[], key: mongo.IndexSpecification, sparse = false): Promise<unknown> => {
      const collection = fresh(running.db);
      await collection.insertMany(docs);
      try {
        return await collection.createIndex(key, { unique: true, ...(sparse ? { sparse } : {}) });
      } catch (error) {
        expect((await collection.indexes()).length).to.equal(1);
        return (error as { code: unknown }).code;
      }
    };
    const { duplicate } = CODES;
    expect(
      await build(
        [
          { a: 1, b: 1 },
          { a: 1, b: 2 },
        ],
        { a: 1, b: 1 },
      ),
    ).to.equal('a_1_b_1');
    expect(
      await build(
        [
          { a: 1, b: 1 },
          { a: 1, b: 1 },
        ],
        { a: 1, b: 1 },
      ),
    ).to.equal(duplicate);
    expect(await build([{ a: [1, 2] }, { a: [2, 3] }], { a: 1 })).to.equal(duplicate);
    expect(await build([{ a: [1, 1] }, { a: 2 }], { a: 1 })).to.equal('a_1');
    expect(await build([{ a: 1 }, { a: 1.0 }], { a: 1 })).to.equal(duplicate);
    expect(await build([{}, { a: null }], { a: 1 })).to.equal(duplicate);
    expect(await build([{}, {}], { a: 1 }, true)).to.equal('a_1');
    expect(await build([{ a: [1], b: [1] }], { a: 1, b: 1 })).to.equal(171);
  });
});
