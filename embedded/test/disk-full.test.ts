/** A disk that takes no more: real writes that fail, by the limit the system sets on the size of files. */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { mongo } from 'mongoose';
import { type Daemon, runProgram, startDaemon } from '../../test/kit/programs.ts';
import { startEmbedded } from '../child.ts';
import { CLI, temporaryFolder, until } from './running.ts';

const CALLERS = 8;
/** LevelDB's log of recent writes grows to 4 MB; the limit falls into it. */
const LIMIT_KIB = 1500;

/** `bash` counts file sizes in KiB; the program it becomes inherits the limit. */
const limited = (kib: number, ...args: string[]): string[] => [
  ...['-c', `ulimit -f ${kib} && exec "$@"`, 'bash', process.execPath, '--import', 'tsx', CLI],
  ...args,
];

describe('a full disk', function () {
  this.timeout(120_000);
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let server: Daemon | null = null;
  const at = (name: string): string => join(folder.path, name);
  beforeEach(async () => {
    folder = await temporaryFolder();
  });
  afterEach(async () => {
    await server?.stop();
    server = null;
    await folder.remove();
  });

  async function startLimited(kib: number): Promise<Daemon> {
    const started = startDaemon('bash', limited(kib, '--data', at('data')));
    server = started;
    await until(() => started.hasEnded() || started.said().includes('mongodb://'), 'it is ready or over', 60_000);
    return started;
  }

  it('ends the server with a clear word, and nothing that was acknowledged is lost or halved', async () => {
    const started = await startLimited(LIMIT_KIB);
    const uri = /mongodb:\/\/\S+/.exec(started.said())?.[0] ?? '';
    const acknowledged = await writeUntilItEnds(uri);
    expect(await started.gone).to.deep.equal({ code: 1, signal: null });
    expect(started.said()).to.match(
      /could not write to its folder: .*; stopping, because nothing written from now on would be safe/,
    );
    expect(acknowledged.size).to.be.greaterThan(50);

    const again = await startEmbedded({ dataDir: at('data'), entry: CLI });
    const client = await mongo.MongoClient.connect(again.uri);
    const found = new Map<number, number>();
    for await (const { pair } of client.db().collection('pairs').find()) found.set(pair, (found.get(pair) ?? 0) + 1);
    for (const pair of acknowledged) expect(found.get(pair), `pair ${pair} was acknowledged`).to.equal(2);
    for (const [pair, count] of found) expect(count, `pair ${pair} is whole`).to.equal(2);
    // With room again it goes on as before.
    await client.db().collection('pairs').insertOne({ pair: -1 });
    await client.close();
    await again.stop();
  });

  it('keeps the server from starting, in one sentence, and leaves the data as it is', async () => {
    const first = await startLimited(LIMIT_KIB);
    const acknowledged = await writeUntilItEnds(/mongodb:\/\/\S+/.exec(first.said())?.[0] ?? '');
    const second = await startLimited(100);
    expect((await second.gone).code).to.equal(1);
    expect(second.said()).to.match(/^the embedded database cannot open .*data\/db: /);
    const again = await startEmbedded({ dataDir: at('data'), entry: CLI });
    const client = await mongo.MongoClient.connect(again.uri);
    expect(await client.db().collection('pairs').countDocuments()).to.be.at.least(2 * acknowledged.size);
    await client.close();
    await again.stop();
  });

  it('makes backups and restores fail in one sentence and leave nothing behind', async () => {
    const live = await startEmbedded({ dataDir: at('data'), entry: CLI });
    const client = await mongo.MongoClient.connect(live.uri);
    const pairs = client.db().collection('pairs');
    // Noise, because anything else would be packed into nothing.
    await pairs.insertMany(Array.from({ length: 400 }, () => ({ noise: randomBytes(2000) })));
    const backup = await runProgram('bash', limited(300, 'backup', at('file'), '--data', at('data')));
    expect(backup.stderr.trim()).to.match(/^cannot write .*file: EFBIG/);
    expect(backup.code).to.equal(1);
    expect(await pairs.countDocuments(), 'the server goes on').to.equal(400);
    const whole = await runProgram('bash', limited(5000, 'backup', at('file'), '--data', at('data')));
    expect(whole.code, whole.stderr).to.equal(0);
    const restored = await runProgram('bash', limited(300, 'restore', at('file'), '--data', at('copy')));
    expect(restored.stderr.trim()).to.match(
      /^the restore failed: the embedded database could not write to its folder: /,
    );
    expect(restored.code).to.equal(1);
    expect((await readdir(folder.path)).sort()).to.deep.equal(['copy', 'data', 'file']);
    expect(existsSync(join(at('copy'), 'db'))).to.equal(false);
    expect(await readdir(at('copy'))).to.deep.equal([]);
    await client.close();
    await live.stop();
  });
});

/** Writes pairs of documents from several callers until nobody answers; returns the pairs that were acknowledged. */
async function writeUntilItEnds(uri: string): Promise<Set<number>> {
  const client = await mongo.MongoClient.connect(uri, { maxPoolSize: CALLERS, serverSelectionTimeoutMS: 500 });
  const pairs = client.db().collection('pairs');
  const acknowledged = new Set<number>();
  let last = 0;
  const write = async (): Promise<void> => {
    for (;;) {
      last += 1;
      const pair = last;
      await pairs.insertMany([0, 1].map(() => ({ pair, filling: 'x'.repeat(2000) })));
      acknowledged.add(pair);
    }
  };
  await Promise.all(Array.from({ length: CALLERS }, () => write().catch(() => undefined)));
  await client.close();
  return acknowledged;
}
