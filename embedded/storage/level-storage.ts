/**
 * Durable storage on LevelDB with group commit.
 *
 * One synchronous batch is in flight at any time. Commands that finish meanwhile are gathered, whole,
 * into the next one, so that one fsync serves them all. When a batch fails nothing after it may be
 * acknowledged: the storage stays failed and says so.
 */
import { mkdir, realpath } from 'node:fs/promises';
import { ClassicLevel } from 'classic-level';
import type { StorageOp } from '../engine/write-log.ts';
import { FORMAT_VERSION, META_KEY } from './layout.ts';
import type { Storage, StoredEntry } from './storage.ts';

type Level = ClassicLevel<Buffer, Uint8Array>;
type BatchOp =
  | { readonly type: 'put'; readonly key: Buffer; readonly value: Uint8Array }
  | { readonly type: 'del'; readonly key: Buffer };

interface Waiter {
  readonly sequence: number;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

export interface LevelStorageOptions {
  readonly onFailure: (error: Error) => void;
}

export class LevelStorage implements Storage {
  durableSequence = 0;
  readonly #level: Level;
  readonly #path: string;
  readonly #onFailure: (error: Error) => void;
  #appended = 0;
  #pending: BatchOp[] = [];
  #waiters: Waiter[] = [];
  #flight: Promise<void> | null = null;
  #failure: Error | null = null;

  private constructor(level: Level, path: string, options: LevelStorageOptions) {
    this.#level = level;
    this.#path = path;
    this.#onFailure = options.onFailure;
  }

  static async open(folder: string, options: LevelStorageOptions): Promise<LevelStorage> {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const path = await realpath(folder);
    if (openFolders.has(path)) throw new FolderLockedError(folder);
    openFolders.add(path);
    try {
      return new LevelStorage(await openLevel(folder), path, options);
    } catch (error) {
      openFolders.delete(path);
      throw error;
    }
  }

  async *load(): AsyncIterable<StoredEntry> {
    const iterator = this.#level.iterator({ highWaterMarkBytes: 1024 * 1024 });
    try {
      for (let entries = await iterator.nextv(1000); entries.length > 0; entries = await iterator.nextv(1000)) {
        for (const [key, value] of entries) yield { key, value };
      }
    } finally {
      await iterator.close();
    }
  }

  append(ops: readonly StorageOp[]): number {
    if (this.#failure !== null) throw this.#failure;
    for (const { key, value } of ops)
      this.#pending.push(value === null ? { type: 'del', key } : { type: 'put', key, value });
    this.#appended += 1;
    // Deferred to the end of this turn of the loop: all requests read in it share the first batch too.
    this.#flight ??= Promise.resolve().then(() => this.#fly());
    return this.#appended;
  }

  async whenDurable(sequence: number): Promise<void> {
    if (sequence <= this.durableSequence) return;
    if (this.#failure !== null) throw this.#failure;
    await new Promise<void>((resolve, reject) => this.#waiters.push({ sequence, resolve, reject }));
  }

  async close(): Promise<void> {
    while (this.#flight !== null) await this.#flight;
    await this.#level.close();
    openFolders.delete(this.#path);
  }

  async #fly(): Promise<void> {
    try {
      while (this.#pending.length > 0) {
        const batch = this.#pending;
        const sequence = this.#appended;
        this.#pending = [];
        await this.#level.batch(batch, { sync: true });
        this.durableSequence = sequence;
        this.#wake(sequence);
      }
    } catch (error) {
      this.#fail(error instanceof Error ? error : new Error(String(error)));
    } finally {
      this.#flight = null;
    }
  }

  #wake(sequence: number): void {
    const ready = this.#waiters.filter((waiter) => waiter.sequence <= sequence);
    this.#waiters = this.#waiters.filter((waiter) => waiter.sequence > sequence);
    for (const waiter of ready) waiter.resolve();
  }

  #fail(error: Error): void {
    this.#failure = new Error(`the embedded database could not write to its folder: ${error.message}`, {
      cause: error,
    });
    this.#pending = [];
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const waiter of waiters) waiter.reject(this.#failure);
    this.#onFailure(this.#failure);
  }
}

/**
 * The folders this very process has open. LevelDB's lock is a POSIX one: a second attempt within the
 * same process would fail, and by closing the lock file set it free for other processes.
 */
const openFolders = new Set<string>();

/** Somebody else owns the folder, in this process or in another one. */
export class FolderLockedError extends Error {
  override readonly name = 'FolderLockedError';

  constructor(folder: string, cause?: unknown) {
    super(
      `the embedded database cannot open ${folder}: another server has it open; connect to that one, or stop it first`,
      { cause },
    );
  }
}

async function openLevel(folder: string): Promise<Level> {
  const level: Level = new ClassicLevel(folder, { keyEncoding: 'buffer', valueEncoding: 'view' });
  try {
    await level.open();
  } catch (error) {
    throw openFailure(folder, error);
  }
  try {
    await checkFormat(level, folder);
  } catch (error) {
    await level.close();
    throw error;
  }
  return level;
}

function openFailure(folder: string, error: unknown): Error {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (cause instanceof Error && 'code' in cause && cause.code === 'LEVEL_LOCKED')
    return new FolderLockedError(folder, error);
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new Error(`the embedded database cannot open ${folder}: ${reason}`, { cause: error });
}

/** The version is written with the first start; data of another version is never touched. */
async function checkFormat(level: Level, folder: string): Promise<void> {
  const meta = await level.get(META_KEY);
  if (meta === undefined) {
    for await (const _ of level.keys({ limit: 1 })) {
      throw new Error(`the embedded database cannot open ${folder}: it holds data of something else`);
    }
    await level.put(META_KEY, Buffer.from(JSON.stringify({ format: FORMAT_VERSION })), { sync: true });
    return;
  }
  const found = formatOf(meta);
  if (found === FORMAT_VERSION) return;
  const which =
    typeof found === 'number'
      ? `the ${found > FORMAT_VERSION ? 'newer' : 'older'} format ${found}`
      : 'an unknown format';
  throw new Error(
    `the embedded database cannot open ${folder}: it is written in ${which}, this version reads format ${FORMAT_VERSION}; ` +
      'make a backup with the version that wrote it and restore that, or start that version again',
  );
}

function formatOf(meta: Uint8Array): number | null {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(meta).toString('utf8'));
    const format = typeof parsed === 'object' && parsed !== null && 'format' in parsed ? parsed.format : null;
    return typeof format === 'number' ? format : null;
  } catch {
    return null;
  }
}
