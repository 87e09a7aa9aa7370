import { expect } from 'chai';
import { ClassicLevel } from 'classic-level';
import { mongo } from 'mongoose';
import { EmbeddedServer } from '../server.ts';
import { LevelStorage } from '../storage/level-storage.ts';
import { failure, run, stopAll, temporaryFolder, until } from './running.ts';

type Batch = typeof ClassicLevel.prototype.batch;

/** Holds the batches of LevelDB in hand, to look at what goes together and to let them fail. */
class HeldBatches {
  readonly sizes: number[] = [];
  readonly #original = ClassicLevel.prototype.batch;
  #release: ((fail: boolean) => void)[] = [];

  constructor() {
    const held = this;
    ClassicLevel.prototype.batch = async function (this: ClassicLevel, ...args: unknown[]) {
      held.sizes.push((args[0] as unknown[]).length);
      const fail = await new Promise<boolean>((resolve) => held.#release.push(resolve));
      if (fail) throw new Error('No space left on device');
      return (held.#original as (...args: unknown[]) => Promise<void>).apply(this, args);
    } as unknown as Batch;
  }

  async next(fail = false): Promise<void> {
    await until(() => this.#release.length > 0, 'a batch is under way');
    this.#release.shift()!(fail);
  }

  restore(): void {
    ClassicLevel.prototype.batch = this.#original;
    for (const release of this.#release) release(false);
    this.#release = [];
  }
}

describe('storage', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let held: HeldBatches | null = null;
  beforeEach(async () => {
    folder = await temporaryFolder();
  });
  afterEach(async () => {
    held?.restore();
    held = null;
    await stopAll();
    await folder.remove();
  });

  it('writes one batch at a time and gathers whole commands for the next', async () => {
    const storage = await LevelStorage.open(folder.path, { onFailure: () => undefined });
    held = new HeldBatches();
    const op = (n: number) => ({ key: Buffer.from(`k${n}`), value: Buffer.from('v') });
    const first = storage.append([op(1), op(2)]);
    await until(() => held?.sizes.length === 1, 'the first batch is under way');
    const second = storage.append([op(3)]);
    const third = storage.append([op(4), op(5)]);
    expect(storage.durableSequence).to.equal(0);
    await held.next();
    await storage.whenDurable(first);
    expect(storage.durableSequence).to.equal(first);
    await held.next();
    await Promise.all([storage.whenDurable(second), storage.whenDurable(third)]);
    expect(held.sizes).to.deep.equal([2, 3]);
    await storage.close();
  });

  it('answers neither a write nor a read of it before the disk has it, but reads of other collections', async () => {
    const { db } = await run({ dataDir: folder.path });
    await db.collection('quiet').insertOne({ a: 1 });
    await db.collection('busy').insertOne({ a: 1 });
    held = new HeldBatches();
    const answers: string[] = [];
    const write = db
      .collection('busy')
      .insertOne({ a: 2 })
      .then(() => answers.push('write'));
    await until(() => held?.sizes.length === 1, 'the write is on its way to the disk');
    const read = db
      .collection('busy')
      .countDocuments()
      .then((n) => answers.push(`read ${n}`));
    expect(await db.collection('quiet').countDocuments()).to.equal(1);
    expect(answers).to.deep.equal([]);
    await held.next();
    await Promise.all([write, read]);
    expect(answers).to.have.members(['write', 'read 2']);
  });

  it('stops the server with a clear word when the disk refuses a write, and acknowledges nothing', async () => {
    const failures: string[] = [];
    const server = new EmbeddedServer({
      dataDir: folder.path,
      warn: () => undefined,
      onFailure: (error) => failures.push(error.message),
    });
    const { uri } = await server.start();
    const client = await mongo.MongoClient.connect(uri, { serverSelectionTimeoutMS: 100 });
    held = new HeldBatches();
    const writes = [1, 2, 3].map((n) => failure(client.db().collection('a').insertOne({ n })));
    await held.next(true);
    for (const write of writes)
      expect((await write).name).to.match(/^Mongo(Network|ServerSelection)Error|MongoPoolClearedError/);
    expect(failures).to.deep.equal(['the embedded database could not write to its folder: No space left on device']);
    await client.close();
    await server.stop();
  });
});
