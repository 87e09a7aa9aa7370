import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import mongoose from 'mongoose';
import { startEmbedded } from '../../embedded/child.ts';
import { systemClock } from '../../src/clock.ts';
import { silentLog } from '../../src/domain/ports.ts';
import type { KeptDatabase } from '../../src/keep-embedded.ts';
import { keepEmbedded } from '../../src/keep-embedded.ts';
import { eventually } from '../kit/eventually.ts';

const entry = fileURLToPath(new URL('../../embedded/cli.ts', import.meta.url));

describe('the embedded database of a gateway', function () {
  this.timeout(60_000);
  let dataDir: string;
  let kept: KeptDatabase;
  beforeEach(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'ilk-'));
    kept = await keepEmbedded(() => startEmbedded({ dataDir, entry, onMessage: () => {} }), {
      clock: systemClock,
      log: silentLog,
    });
  });
  afterEach(async () => {
    await kept.stop();
    rmSync(dataDir, { recursive: true, force: true });
  });

  it('is started again when it was killed, under the same address and with everything in it', async () => {
    const connection = await mongoose.createConnection(kept.uri, { serverSelectionTimeoutMS: 1_000 }).asPromise();
    const things = connection.collection<{ _id: number }>('things');
    await things.insertOne({ _id: 1 });
    const before = kept.pid();
    process.kill(before, 'SIGKILL');
    const found = await eventually(
      async () => (kept.pid() === before ? null : things.findOne({ _id: 1 }).catch(() => null)),
      30_000,
    );
    expect(found).to.deep.equal({ _id: 1 });
    await connection.close();
  });

  it('is not started again when it was told to stop', async () => {
    const pid = kept.pid();
    await kept.stop();
    expect(kept.pid()).to.equal(pid);
    expect(() => process.kill(pid, 0)).to.throw();
  });
});
