/**
 * One stored document. The bytes are kept as they came; decoding is on demand.
 *
 * Small documents live as latin1 strings: a V8 string costs 16 bytes besides its content, a
 * Uint8Array more than 200, and at 100,000 small documents that difference is the memory budget.
 */
import { type Doc, decode } from '../semantics/values.ts';

const STRING_LIMIT_BYTES = 4096;

/** Immutable bytes of a document at one moment; cursors hold on to these, not to records. */
export type Stored = string | Uint8Array;

export function pack(bytes: Uint8Array): Stored {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.length <= STRING_LIMIT_BYTES) return view.toString('latin1');
  // An exact copy: a slice would keep the whole network chunk alive.
  const copy = Buffer.allocUnsafeSlow(view.length);
  view.copy(copy);
  return copy;
}

export function unpack(stored: Stored): Uint8Array {
  return typeof stored === 'string' ? Buffer.from(stored, 'latin1') : stored;
}

export interface StoredRecord {
  readonly id: number;
  stored: Stored;
  /** The decoded document while it is in the cache. Nobody may change it. */
  doc: Doc | null;
}

/** Remembers the most recently decoded documents; a ring, because eviction must cost nothing. */
export class DocCache {
  readonly #ring: (StoredRecord | undefined)[];
  #next = 0;

  constructor(capacity = 4096) {
    this.#ring = new Array<StoredRecord | undefined>(capacity).fill(undefined);
  }

  read(record: StoredRecord): Doc {
    if (record.doc !== null) return record.doc;
    const doc = decode(unpack(record.stored));
    if (record.stored.length <= STRING_LIMIT_BYTES) this.keep(record, doc);
    return doc;
  }

  keep(record: StoredRecord, doc: Doc): void {
    const slot = this.#next;
    this.#next = (slot + 1) % this.#ring.length;
    const evicted = this.#ring[slot];
    if (evicted !== undefined) evicted.doc = null;
    record.doc = doc;
    this.#ring[slot] = record;
  }
}
