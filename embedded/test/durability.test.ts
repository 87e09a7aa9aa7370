import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { ClassicLevel } from 'classic-level';
import { mongo } from 'mongoose';
import { type EmbeddedChild, startEmbedded } from '../child.ts';
import { EmbeddedServer } from '../server.ts';
import { CLI, failure, run, seeded, stopAll, temporaryFolder } from './running.ts';

const ROUNDS = Number(process.env.EMBEDDED_ROUNDS ?? 5);
const WRITERS = 16;

describe('durability', function () {
  this.timeout(60_000 + ROUNDS * 15_000);
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;

  beforeEach(async () => {
    folder = await temporaryFolder();
  });
  afterEach(async () => {
    await stopAll();
    await folder.remove();
  });

  const start = () => startEmbedded({ dataDir: folder.path, entry: CLI, onMessage: () => undefined });

  it(`loses nothing acknowledged and keeps commands whole through ${ROUNDS} kills under ${WRITERS} writers`, async () => {
    const seed = Date.now() % 1_000_000;
    const random = seeded(seed);
    const ledger = new Ledger();
    for (let round = 0; round < ROUNDS; round++) {
      const child = await start();
      await ledger.check(child.uri, `seed ${seed}, before round ${round}`);
      await writeUntilKilled(child, ledger, 200 + random.below(600));
    }
    const last = await start();
    await ledger.check(last.uri, `seed ${seed}, at the end`);
    await last.stop();
    expect(ledger.acknowledged.size).to.be.greaterThan(ROUNDS * 100);
  });

  it('keeps documents, indexes, dropped things and insertion order over a restart', async () => {
    const first = await run({ dataDir: folder.path });
    const docs = Array.from({ length: 2500 }, (_, i) => ({ _id: (i * 7919) % 2503, n: i, big: 'x'.repeat(i % 5000) }));
    await first.db.collection<{ _id: number }>('kept').insertMany(docs);
    await first.db.collection('kept').createIndex({ n: -1 }, { unique: true, name: 'by_n' });
    await first.db.collection('kept').createIndex({ at: 1 }, { expireAfterSeconds: 60 });
    await first.db.collection('kept').updateOne({ n: 5 }, { $set: { changed: true } });
    await first.db.collection('kept').deleteMany({ n: { $lt: 3 } });
    await first.db.collection('gone').insertOne({ a: 1 });
    await first.db.collection('gone').drop();
    await first.db.collection('kept').dropIndex('at_1');
    await first.stop();
    const second = await run({ dataDir: folder.path });
    const kept = second.db.collection('kept');
    expect((await kept.find().toArray()).map((doc) => doc.n)).to.deep.equal(docs.slice(3).map((doc) => doc.n));
    expect(await kept.findOne({ n: 5 })).to.include({ changed: true, big: 'xxxxx' });
    expect((await kept.indexes()).map((index) => index.name)).to.deep.equal(['_id_', 'by_n']);
    expect(await failure(kept.insertOne({ n: 7 }))).to.include({ code: 11000 });
    expect((await second.db.listCollections().toArray()).map(({ name }) => name)).to.deep.equal(['kept']);
    await second.stop();
  });

  it('refuses a second owner of a data folder with a clear word', async () => {
    const first = await run({ dataDir: folder.path });
    const second = new EmbeddedServer({ dataDir: folder.path });
    expect((await failure(second.start())).message).to.match(/another server has it open/);
    const child = await failure(start());
    expect(child.message).to.match(/did not start.*another server has it open/s);
    expect(await first.db.collection('a').insertOne({ a: 1 })).to.include({ acknowledged: true });
    await first.stop();
  });

  it('refuses data of an older, a newer and an unknown format by name, and leaves it as it is', async () => {
    await (await run({ dataDir: folder.path })).stop();
    const cases: readonly (readonly [string, RegExp])[] = [
      [JSON.stringify({ format: 99 }), /is written in the newer format 99, this version reads format 1; make a backup/],
      [JSON.stringify({ format: 0 }), /is written in the older format 0, this version reads format 1; make a backup/],
      ['garbage', /is written in an unknown format, this version reads format 1/],
    ];
    for (const [meta, words] of cases) {
      const level = new ClassicLevel(join(folder.path, 'db'));
      await level.put('meta', meta);
      await level.close();
      expect((await failure(new EmbeddedServer({ dataDir: folder.path }).start())).message).to.match(words);
      await level.open();
      expect(await level.get('meta')).to.equal(meta);
      await level.close();
    }
  });

  it('refuses a folder that holds something else', async () => {
    const level = new ClassicLevel(join(folder.path, 'db'));
    await level.put('theirs', 'x');
    await level.close();
    expect((await failure(new EmbeddedServer({ dataDir: folder.path }).start())).message).to.match(
      /holds data of something else/,
    );
  });

  it('does not start on a damaged folder', async () => {
    const first = await run({ dataDir: folder.path });
    await first.db.collection('a').insertOne({ a: 1 });
    await first.stop();
    const current = (await readFile(join(folder.path, 'db', 'CURRENT'), 'utf8')).trim();
    await writeFile(join(folder.path, 'db', current), 'garbage');
    expect((await failure(new EmbeddedServer({ dataDir: folder.path }).start())).message).to.match(/cannot open/);
  });
});

interface Trio {
  readonly writer: number;
  readonly turn: number;
}

/** What was written as units of three documents, and which of those units were acknowledged. */
class Ledger {
  readonly acknowledged = new Map<string, number>();
  readonly tried = new Set<string>();

  async check(uri: string, when: string): Promise<void> {
    const client = await mongo.MongoClient.connect(uri);
    const found = new Map<string, number[]>();
    for await (const doc of client.db().collection('trios').find()) {
      const key = `${doc.writer}/${doc.turn}`;
      found.set(key, [...(found.get(key) ?? []), doc.state]);
    }
    await client.close();
    for (const [key, states] of found) {
      expect(states.length, `${when}: ${key} is whole`).to.equal(3);
      expect(new Set(states).size, `${when}: ${key} was changed as a whole`).to.equal(1);
      expect(this.tried.has(key), `${when}: ${key} was written by somebody`).to.equal(true);
    }
    for (const [key, state] of this.acknowledged) {
      expect(found.get(key)?.[0] ?? -1, `${when}: ${key} is as new as it was acknowledged`).to.be.at.least(state);
    }
  }
}

async function writeUntilKilled(child: EmbeddedChild, ledger: Ledger, acknowledgements: number): Promise<void> {
  const client = await mongo.MongoClient.connect(child.uri, { maxPoolSize: WRITERS, serverSelectionTimeoutMS: 200 });
  const trios = client.db().collection<Trio & { state: number }>('trios');
  let left = acknowledgements;
  let isDead = false;
  const ended = new Promise<void>((resolve) => child.onExit(() => resolve()));
  const acknowledge = (key: string, state: number): void => {
    ledger.acknowledged.set(key, state);
    left -= 1;
    if (left !== 0) return;
    isDead = true;
    process.kill(child.pid, 'SIGKILL');
  };
  const write = async (writer: number): Promise<void> => {
    for (let turn = ledger.tried.size; !isDead; turn += 1) {
      const key = `${writer}/${turn}`;
      ledger.tried.add(key);
      await trios.insertMany([0, 1, 2].map(() => ({ writer, turn, state: 0 })));
      acknowledge(key, 0);
      if (turn % 2 === 0) continue;
      await trios.updateMany({ writer, turn }, { $set: { state: 1 } });
      acknowledge(key, 1);
    }
  };
  // The writers end when their server does; what they had not heard of may or may not be there.
  await Promise.all(Array.from({ length: WRITERS }, (_, writer) => write(writer).catch(() => undefined)));
  await ended;
  await client.close();
}
