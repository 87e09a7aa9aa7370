/** A restore that is killed at any moment: afterwards there is the old data or the new, or a server that says why it does not start. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'chai';
import { type Daemon, startDaemon } from '../../test/kit/programs.ts';
import { runTransfer } from '../transfer/cli.ts';
import { CLI, run, seeded, stopAll, temporaryFolder, until } from './running.ts';

const ROUNDS = Number(process.env.EMBEDDED_ROUNDS ?? 4);
const DOCUMENTS = 4_000;

describe('a restore that is killed', function () {
  this.timeout(60_000 + ROUNDS * 30_000);
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  const at = (...names: string[]): string => join(folder.path, ...names);
  before(async () => {
    folder = await temporaryFolder();
    await fill('new');
    await fill('data', 'old');
    expect(await command('backup', at('file'), '--data', at('new'))).to.equal(0);
  });
  after(async () => {
    await stopAll();
    await folder.remove();
  });

  const command = (name: 'backup' | 'restore', ...args: string[]): Promise<number> =>
    runTransfer(name, args, {}, () => undefined);

  async function fill(name: string, state = name): Promise<void> {
    const { db, stop } = await run({ dataDir: at(name) });
    await db.collection('a').createIndex({ n: 1 }, { unique: true });
    await db
      .collection('a')
      .insertMany(Array.from({ length: DOCUMENTS }, (_, n) => ({ n, state, text: 'x'.repeat(200) })));
    await stop();
  }

  /** What a server on the folder shows, or the sentence with which it does not start. */
  async function look(): Promise<string> {
    try {
      const { db, stop } = await run({ dataDir: at('data') });
      const states = await db.collection('a').distinct('state');
      expect(await db.collection('a').countDocuments(), 'all of it').to.equal(DOCUMENTS);
      await stop();
      return states.join();
    } catch (error) {
      return (error as Error).message;
    }
  }

  it('never leaves half of the data, and is finished by running it again', async () => {
    const seed = Date.now() % 100_000;
    const random = seeded(seed);
    const seen: string[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const restoring: Daemon = startDaemon(process.execPath, [
        ...['--import', 'tsx', CLI, 'restore', at('file'), '--data', at('data'), '--force'],
      ]);
      const hasBegun = (): boolean => existsSync(at('data', 'db.restoring')) || restoring.hasEnded();
      await until(hasBegun, 'it has begun to write', 60_000);
      // Not a wait for something, but the moment of the kill.
      await pause(random.below(400));
      restoring.child.kill('SIGKILL');
      await restoring.gone;
      const found = await look();
      expect(found, `seed ${seed}, round ${round}`).to.match(/^(old|new)$|restore into .* run it again/);
      seen.push(found);
    }
    expect(await command('restore', at('file'), '--data', at('data'), '--force'), seen.join('; ')).to.equal(0);
    expect(await look()).to.equal('new');
  });
});
