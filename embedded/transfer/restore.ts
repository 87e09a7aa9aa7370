/**
 * Puts a snapshot into a data folder, whole or not at all.
 *
 * The documents go through the engine into a folder beside the live one, so what is restored has satisfied every rule
 * of the server, unique indexes included. Only when the snapshot has come to its end does the new folder take the old one's place,
 * by renaming. Until then nothing has changed; a server refuses to start in the moments between (storage/restore-marks.ts).
 */
import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import type { Collection } from '../engine/collection.ts';
import { Engine } from '../engine/engine.ts';
import { existsAlready, parseIndexSpec } from '../engine/index-spec.ts';
import { WriteLog } from '../engine/write-log.ts';
import { CommandError } from '../semantics/errors.ts';
import { type Doc, decode } from '../semantics/values.ts';
import { FolderLockedError, LevelStorage } from '../storage/level-storage.ts';
import { liveFolder, restoredFolder, restoringFolder } from '../storage/restore-marks.ts';
import { syncFolder } from './files.ts';
import { messageOf, type Part, type Progress, type Snapshot, type Totals, TransferError } from './snapshot.ts';

export interface RestoreOptions {
  readonly dataDir: string;
  /** Replace what is there. */
  readonly force: boolean;
  readonly onProgress: Progress;
}

export interface Restored extends Totals {
  /** Where the data went that was there before; null when there was none. */
  readonly replaced: string | null;
}

/** @throws TransferError; nothing has changed then */
export async function restore(snapshot: Snapshot, options: RestoreOptions): Promise<Restored> {
  const { dataDir } = options;
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  let owned: LevelStorage | null = null;
  try {
    owned = await claim(options);
    const totals = await fill(snapshot, options);
    // There is one already when an earlier restore was cut off between its last steps; this one takes its place.
    await rm(restoredFolder(dataDir), { recursive: true, force: true });
    await rename(restoringFolder(dataDir), restoredFolder(dataDir));
    await syncFolder(dataDir);
    // From here on a server refuses to start, so the lock is not needed any more; LevelDB must not see its folder move.
    await owned?.close();
    return { ...totals, replaced: await exchange(dataDir) };
  } catch (error) {
    await rm(restoringFolder(dataDir), { recursive: true, force: true });
    throw explained(error);
  } finally {
    await owned?.close();
  }
}

/** Takes hold of the data folder, so that no server can start on it; null when there is nothing to take hold of. */
async function claim({ dataDir, force }: RestoreOptions): Promise<LevelStorage | null> {
  await clearLeftovers(dataDir);
  const live = liveFolder(dataDir);
  if (!existsSync(live)) return null;
  let storage: LevelStorage;
  try {
    storage = await LevelStorage.open(live, { onFailure: () => undefined });
  } catch (error) {
    if (error instanceof FolderLockedError) {
      throw new TransferError(
        `a server is running on ${dataDir}: stop it first; nothing is restored into running servers`,
      );
    }
    // A damaged folder, or one of another version, is what backups are for.
    if (force) return null;
    throw new TransferError(`${messageOf(error)}; --force puts the backup in its place`, { cause: error });
  }
  try {
    if (force || !(await hasCollections(storage))) return storage;
  } catch (error) {
    await storage.close();
    throw error;
  }
  await storage.close();
  throw new TransferError(
    `${dataDir} has data in it: restore into an empty folder, or replace what is there with --force`,
  );
}

async function hasCollections(storage: LevelStorage): Promise<boolean> {
  const engine = new Engine({ storage, warn: () => undefined });
  await engine.load();
  return [...engine.collections()].length > 0;
}

/** Of an earlier restore that was cut off; it starts over. */
async function clearLeftovers(dataDir: string): Promise<void> {
  const restoring = restoringFolder(dataDir);
  try {
    if (existsSync(restoring)) await (await LevelStorage.open(restoring, { onFailure: () => undefined })).close();
  } catch (error) {
    if (error instanceof FolderLockedError) throw new TransferError(`another restore into ${dataDir} is under way`);
  }
  await rm(restoring, { recursive: true, force: true });
}

async function fill(snapshot: Snapshot, { dataDir, onProgress }: RestoreOptions): Promise<Totals> {
  const storage = await LevelStorage.open(restoringFolder(dataDir), { onFailure: () => undefined });
  try {
    const engine = new Engine({ storage, warn: () => undefined });
    const totals = { collections: 0, documents: 0 };
    let collection: Collection | null = null;
    for await (const part of snapshot.parts) {
      collection = take(engine, collection, part);
      await storage.whenDurable(engine.sequenceSeenBy([collection]));
      if (part.kind === 'collection') totals.collections += 1;
      else totals.documents += part.documents.length;
      onProgress(totals.documents);
    }
    return totals;
  } finally {
    await storage.close();
  }
}

function take(engine: Engine, current: Collection | null, part: Part): Collection {
  const log = new WriteLog();
  const collection = part.kind === 'collection' ? create(engine, log, part.namespace, part.indexes) : current;
  if (collection === null) throw new TransferError('documents come before their collection');
  if (part.kind === 'documents') {
    engine.checkRoom(part.documents.length);
    for (const bytes of part.documents) collection.insert(log, decode(bytes), bytes);
  }
  engine.commit(log, [collection]);
  return collection;
}

function create(engine: Engine, log: WriteLog, namespace: string, indexes: readonly Doc[]): Collection {
  if (engine.collection(namespace) !== null) throw new TransferError(`the collection ${namespace} comes twice`);
  const collection = engine.demand(log, namespace);
  for (const raw of indexes) {
    try {
      const spec = parseIndexSpec(raw);
      const existing = collection.indexes.map((tree) => tree.spec);
      if (!existsAlready(spec, existing)) collection.addIndex(log, spec);
    } catch (error) {
      throw new TransferError(`index ${String(raw.name)} of ${namespace}: ${messageOf(error)}`, { cause: error });
    }
  }
  engine.saveCatalog(log, collection);
  return collection;
}

async function exchange(dataDir: string): Promise<string | null> {
  const live = liveFolder(dataDir);
  let replaced: string | null = null;
  if (existsSync(live)) {
    replaced = `${live}.before-restore-${new Date().toISOString().replaceAll(/[-:]|\.\d+/g, '')}`;
    for (let n = 2; existsSync(replaced); n += 1) replaced = `${replaced.replace(/-\d+$/, '')}-${n}`;
    await rename(live, replaced);
  }
  await rename(restoredFolder(dataDir), live);
  await syncFolder(dataDir);
  return replaced;
}

function explained(error: unknown): Error {
  if (error instanceof TransferError) return error;
  const what = error instanceof CommandError ? 'the data cannot be restored' : 'the restore failed';
  return new TransferError(`${what}: ${messageOf(error)}`, { cause: error });
}
