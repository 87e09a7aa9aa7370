/** The store on the embedded database as it runs for a small shop: a process of its own, on disk, over its socket. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type EmbeddedChild, startEmbedded } from '../../embedded/child.ts';
import { systemClock } from '../../src/clock.ts';
import { silentLog } from '../../src/domain/ports.ts';
import { connectMongo } from '../../src/store/mongo/connect.ts';
import { storeContract } from '../contract/store.ts';

const entry = fileURLToPath(new URL('../../embedded/cli.ts', import.meta.url));

describe('the store on the embedded database in a child process', () => {
  let dataDir: string;
  let child: EmbeddedChild;
  before(async function () {
    this.timeout(60_000);
    dataDir = mkdtempSync(join(tmpdir(), 'ilk-'));
    child = await startEmbedded({ dataDir, entry });
  });
  after(async () => {
    await child.stop();
    rmSync(dataDir, { recursive: true, force: true });
  });

  storeContract('embedded child', () => connectMongo({ uri: child.uri, log: silentLog, clock: systemClock }));
});
