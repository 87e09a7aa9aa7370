/** Backups of a server that runs, by the program that operators run, while others write and processes die. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { mongo } from 'mongoose';
import { runProgram } from '../../test/kit/programs.ts';
import { type EmbeddedChild, startEmbedded } from '../child.ts';
import { runTransfer, type TransferCommand } from '../transfer/cli.ts';
import { openFolder } from '../transfer/folder-source.ts';
import { CLI, failure, run, stopAll, temporaryFolder, until } from './running.ts';

const WRITERS = 8;

describe('a backup of a running server', function () {
  this.timeout(120_000);
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let child: EmbeddedChild;
  const at = (name: string): string => join(folder.path, name);
  const program = (...args: string[]) => runProgram(process.execPath, ['--import', 'tsx', CLI, ...args]);

  beforeEach(async () => {
    folder = await temporaryFolder();
    child = await startEmbedded({ dataDir: at('live'), entry: CLI, onMessage: () => undefined });
  });
  afterEach(async () => {
    await stopAll();
    await child.stop();
    await folder.remove();
  });

  it('has every write that was acknowledged before it began, shows one moment, and holds nobody up', async () => {
    const writers = await Writers.start(child.uri);
    await until(() => writers.acknowledged.size > 200, 'some has been written');
    const before = new Set(writers.acknowledged);
    const done = await program('backup', at('file'), '--data', at('live'));
    expect(done.code, done.stderr).to.equal(0);
    expect(writers.acknowledged.size, 'they wrote on meanwhile').to.be.greaterThan(before.size);
    await writers.stop();
    const restored = await program('restore', at('file'), '--data', at('copy'));
    expect(restored.code, restored.stderr).to.equal(0);

    const { db } = await run({ dataDir: at('copy') });
    const found = new Map<string, number>();
    for await (const { writer, turn } of db.collection('trios').find()) {
      found.set(`${writer}/${turn}`, (found.get(`${writer}/${turn}`) ?? 0) + 1);
    }
    for (const key of before) expect(found.get(key), `${key} was acknowledged before`).to.equal(3);
    for (const [key, count] of found) expect(count, `${key} is whole`).to.equal(3);
    // Writers write a turn, then note it in another collection: a note without its turn would be of another moment.
    const notes = await db.collection('notes').find().toArray();
    expect(notes.length).to.be.greaterThan(WRITERS - 1);
    for (const { writer, turn } of notes) {
      for (let earlier = 0; earlier <= turn; earlier += 1) {
        expect(found.has(`${writer}/${earlier}`), `turn ${earlier} of ${writer} came before its note`).to.equal(true);
      }
    }
    expect(found.size, 'it is older than the end of the writing').to.be.lessThan(writers.acknowledged.size);
  });

  it('fails in one sentence when the server ends in the middle, and leaves no file', async () => {
    const client = await mongo.MongoClient.connect(child.uri);
    await client
      .db()
      .collection('a')
      .insertMany(Array.from({ length: 5000 }, (_, n) => ({ n })));
    await client.close();
    const snapshot = await openFolder(at('live'));
    const parts = snapshot.parts[Symbol.asyncIterator]();
    expect((await parts.next()).value).to.include({ kind: 'collection', namespace: 'interlock.a' });
    expect((await parts.next()).value).to.include({ kind: 'documents' });
    process.kill(child.pid, 'SIGKILL');
    const rest = async (): Promise<void> => {
      while (!(await parts.next()).done);
    };
    expect((await failure(rest())).message).to.equal('the server ended in the middle of it');
    await snapshot.close();
  });

  it('is made from the files when the server that announced itself there is dead', async () => {
    const client = await mongo.MongoClient.connect(child.uri);
    await client.db().collection('a').insertOne({ a: 1 });
    await client.close();
    expect(JSON.parse(await readFile(join(at('live'), 'db.json'), 'utf8'))).to.deep.equal({
      uri: child.uri,
      pid: child.pid,
    });
    const gone = new Promise<void>((resolve) => child.onExit(() => resolve()));
    process.kill(child.pid, 'SIGKILL');
    await gone;
    const done = await program('backup', at('file'), '--data', at('live'));
    expect(done.stderr).to.match(/^1 documents in 1 collections of /);
    expect(done.code).to.equal(0);
  });

  it('leaves its announcement only while it runs', async () => {
    await child.stop();
    expect(existsSync(join(at('live'), 'db.json'))).to.equal(false);
  });

  it('is explained by the program: help, wrong arguments and MONGODB_URI', async () => {
    const help = await program('backup', '--help');
    expect(help).to.include({ code: 0 });
    expect(help.stderr).to.match(/^usage: npm run backup -- FILE/);
    const refusal = async (command: TransferCommand, args: string[], env = {}): Promise<string> => {
      const said: string[] = [];
      expect(await runTransfer(command, args, env, (line) => said.push(line))).to.equal(1);
      return said.join('\n');
    };
    expect(await refusal('restore', [])).to.match(/^name a file\nusage: npm run restore/);
    expect(await refusal('export', ['a', 'b'])).to.match(/^name a folder\nusage: npm run export/);
    expect(await refusal('export', ['a', '--force'])).to.match(/^export has no --force/);
    expect(await refusal('backup', ['a', '--fast'])).to.match(/--fast/);
    const env = { MONGODB_URI: 'mongodb://127.0.0.1/interlock' };
    expect(await refusal('backup', [at('file')], env)).to.match(
      /^MONGODB_URI is set, so the data is in MongoDB: use mong/,
    );
    expect(await refusal('backup', [at('file')], { DATA_DIR: at('there') })).to.match(
      /no embedded database in .*there/,
    );
  });
});

/** Each writes trios of documents in one command, turn after turn, and notes every acknowledged turn elsewhere. */
class Writers {
  readonly acknowledged = new Set<string>();
  readonly #client: mongo.MongoClient;
  #isStopping = false;
  #all: Promise<unknown> = Promise.resolve();

  private constructor(client: mongo.MongoClient) {
    this.#client = client;
  }

  static async start(uri: string): Promise<Writers> {
    const writers = new Writers(await mongo.MongoClient.connect(uri, { maxPoolSize: WRITERS }));
    writers.#all = Promise.all(Array.from({ length: WRITERS }, (_, writer) => writers.#write(writer)));
    return writers;
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    await this.#all;
    await this.#client.close();
  }

  async #write(writer: number): Promise<void> {
    const db = this.#client.db();
    for (let turn = 0; !this.#isStopping; turn += 1) {
      await db.collection('trios').insertMany([0, 1, 2].map(() => ({ writer, turn })));
      this.acknowledged.add(`${writer}/${turn}`);
      await db
        .collection<{ _id: number }>('notes')
        .updateOne({ _id: writer }, { $set: { writer, turn } }, { upsert: true });
    }
  }
}
