/** Storage for tests: keeps nothing besides the engine's own memory image. */
import type { StorageOp } from '../engine/write-log.ts';
import type { Storage, StoredEntry } from './storage.ts';

export class MemoryStorage implements Storage {
  durableSequence = 0;

  async *load(): AsyncIterable<StoredEntry> {}

  append(_ops: readonly StorageOp[]): number {
    this.durableSequence += 1;
    return this.durableSequence;
  }

  async whenDurable(_sequence: number): Promise<void> {}

  async close(): Promise<void> {}
}
