/** Measures the embedded database as it runs for a newcomer: a child process, a unix socket, fsync on. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { mongo } from 'mongoose';
import { startEmbedded } from '../embedded/child.ts';

const ENTRY = new URL('../embedded/cli.ts', import.meta.url).pathname;
const DOCUMENTS = 100_000;
const CALLERS = 32;

type Work = (n: number) => Promise<unknown>;

/** Operations per second over about two seconds. */
async function rate(callers: number, work: Work): Promise<number> {
  const end = performance.now() + 2000;
  let done = 0;
  const caller = async (): Promise<void> => {
    while (performance.now() < end) {
      done += 1;
      await work(done);
    }
  };
  const start = performance.now();
  await Promise.all(Array.from({ length: callers }, caller));
  return Math.round((done / (performance.now() - start)) * 1000);
}

/** The floor is a ping right before: what driver, socket and event loop cost without any database. */
async function row(name: string, work: Work, ping: Work): Promise<string> {
  const cells: string[] = [];
  for (const callers of [1, CALLERS]) {
    const floor = await rate(callers, ping);
    const measured = await rate(callers, work);
    cells.push(`${measured}/s`, (measured / floor).toFixed(2));
  }
  return `| ${name} | ${cells.join(' | ')} |`;
}

async function residentMb(pid: number): Promise<string> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const kilobytes = /VmRSS:\s+(\d+)/.exec(status)?.[1];
  return kilobytes === undefined ? 'not known here' : `${Math.round(Number(kilobytes) / 1024)} MB`;
}

function works(db: mongo.Db): readonly (readonly [string, Work])[] {
  const docs = db.collection<{ _id: number; n: number; group: number; at: Date }>('docs');
  const any = (n: number): number => (n * 7919) % DOCUMENTS;
  const inserts = db.collection('inserts');
  return [
    ['insertOne', (n) => inserts.insertOne({ n, at: new Date() })],
    ['findOneAndUpdate by _id', (n) => docs.findOneAndUpdate({ _id: any(n) }, { $inc: { n: 1 } })],
    ['findOne by _id', (n) => docs.findOne({ _id: any(n) })],
    [
      'find 20 by index',
      (n) =>
        docs
          .find({ group: any(n) % 5000 })
          .sort({ at: 1 })
          .limit(20)
          .toArray(),
    ],
  ];
}

async function fill(db: mongo.Db): Promise<void> {
  const docs = db.collection<{ _id: number }>('docs');
  await docs.createIndex({ group: 1, at: 1 });
  for (let from = 0; from < DOCUMENTS; from += 5000) {
    const doc = (i: number) => ({
      _id: from + i,
      n: 0,
      group: (from + i) % 5000,
      at: new Date(from + i),
      name: `document ${i}`,
      tags: ['a', 'b'],
    });
    await docs.insertMany(Array.from({ length: 5000 }, (_, i) => doc(i)));
  }
}

async function main(): Promise<void> {
  const dataDir = await mkdtemp(join(tmpdir(), 'bench-'));
  const child = await startEmbedded({ dataDir, entry: ENTRY });
  const client = await mongo.MongoClient.connect(child.uri, { maxPoolSize: CALLERS });
  await fill(client.db());
  console.log(`Load of the machine at the start: ${loadavg()[0]?.toFixed(1)} on ${availableParallelism()} cores\n`);
  console.log(
    `| operation | 1 caller | ratio to ping | ${CALLERS} callers | ratio to ping |\n| --- | --- | --- | --- | --- |`,
  );
  for (const [name, work] of works(client.db()))
    console.log(await row(name, work, () => client.db().command({ ping: 1 })));
  console.log(
    `\nMemory with ${await client.db().collection('docs').countDocuments()} small documents and more: ${await residentMb(child.pid)}`,
  );
  await client.close();
  await child.stop();
  const start = performance.now();
  const again = await startEmbedded({ dataDir, entry: ENTRY });
  console.log(
    `Restart: ${((performance.now() - start) / 1000).toFixed(1)} s until ready, then ${await residentMb(again.pid)}`,
  );
  await again.stop();
  await rm(dataDir, { recursive: true });
}

await main();
