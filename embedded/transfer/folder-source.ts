/** The data of a folder: from the server that owns it while one runs, else from the files themselves. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Engine } from '../engine/engine.ts';
import { unpack } from '../engine/record.ts';
import { takeSnapshot } from '../engine/snapshot.ts';
import { readOwner } from '../owner-file.ts';
import { LevelStorage } from '../storage/level-storage.ts';
import { liveFolder, refuseUnfinishedRestore } from '../storage/restore-marks.ts';
import { LiveClient, type LiveHead, readHead } from './live-client.ts';
import { messageOf, type Part, type Snapshot, TransferError } from './snapshot.ts';

/** A server that was just killed is being started again; taking its folder meanwhile would keep it from that. */
const PATIENCE_MS = 3_000;
const PAUSE_MS = 100;
const PART_DOCUMENTS = 500;

/** One moment of the data in `dataDir`. @throws TransferError */
export async function openFolder(dataDir: string): Promise<Snapshot> {
  const owner = await connectOwner(dataDir);
  return owner === null ? fromFiles(dataDir) : fromServer(owner);
}

async function connectOwner(dataDir: string): Promise<LiveClient | null> {
  const end = performance.now() + PATIENCE_MS;
  for (let owner = await readOwner(dataDir); owner !== null; owner = await readOwner(dataDir)) {
    try {
      return await LiveClient.connect(owner.uri);
    } catch {
      if (performance.now() > end) return null;
      await pause(PAUSE_MS);
    }
  }
  return null;
}

async function fromServer(client: LiveClient): Promise<Snapshot> {
  const batches = client.batches();
  try {
    const first: readonly Uint8Array[] = (await batches.next()).value ?? [];
    const head = readHead(first[0]);
    const parts = partsOf(head, flatten(first.slice(1), batches));
    return { takenAt: head.takenAt, total: totalOf(head), parts, close: async () => client.close() };
  } catch (error) {
    client.close();
    throw error;
  }
}

async function* flatten(
  begun: readonly Uint8Array[],
  batches: AsyncGenerator<readonly Uint8Array[]>,
): AsyncGenerator<Uint8Array> {
  yield* begun;
  for await (const batch of batches) yield* batch;
}

async function fromFiles(dataDir: string): Promise<Snapshot> {
  if (!existsSync(join(liveFolder(dataDir), 'CURRENT'))) {
    throw new TransferError(`there is no embedded database in ${dataDir}`);
  }
  try {
    refuseUnfinishedRestore(dataDir);
    const storage = await LevelStorage.open(liveFolder(dataDir), { onFailure: () => undefined });
    try {
      const engine = new Engine({ storage, warn: () => undefined });
      await engine.load();
      const { collections, stored } = takeSnapshot(engine);
      const head = { takenAt: new Date(), collections };
      const documents = (function* () {
        for (const one of stored) yield unpack(one);
      })();
      return {
        takenAt: head.takenAt,
        total: stored.length,
        parts: partsOf(head, documents),
        close: () => storage.close(),
      };
    } catch (error) {
      await storage.close();
      throw error;
    }
  } catch (error) {
    throw new TransferError(messageOf(error), { cause: error });
  }
}

const totalOf = (head: LiveHead): number => head.collections.reduce((sum, { count }) => sum + Number(count), 0);

async function* partsOf(
  head: LiveHead,
  documents: AsyncGenerator<Uint8Array> | Generator<Uint8Array>,
): AsyncGenerator<Part> {
  for (const { ns, indexes, count } of head.collections) {
    yield { kind: 'collection', namespace: ns, indexes };
    let part: Uint8Array[] = [];
    for (let left = Number(count); left > 0; left -= 1) {
      const { value, done } = await documents.next();
      if (done === true) throw new TransferError('the server sent fewer documents than it announced');
      part.push(value);
      if (part.length < PART_DOCUMENTS && left > 1) continue;
      yield { kind: 'documents', documents: part };
      part = [];
    }
  }
}
