/** Where writes become durable. The engine appends whole commands; nothing here knows what they mean. */
import type { StorageOp } from '../engine/write-log.ts';

export interface StoredEntry {
  readonly key: Buffer;
  readonly value: Uint8Array;
}

export interface Storage {
  /** Everything stored, in key order; called once, before the first append. */
  load(): AsyncIterable<StoredEntry>;
  /** Takes the changes of one command as a unit and returns its place in the order of commands. */
  append(ops: readonly StorageOp[]): number;
  /** The last place that is safely stored. */
  readonly durableSequence: number;
  /** Resolves when everything up to `sequence` is stored; rejects when storing failed, and then for good. */
  whenDurable(sequence: number): Promise<void>;
  close(): Promise<void>;
}
