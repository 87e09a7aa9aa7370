/** One index: a B-tree of order-preserving keys. It may be asked for too much, never for too little. */

import { MISSING } from '../semantics/fields.ts';
import { generateKeys } from '../semantics/index-keys.ts';
import type { Doc } from '../semantics/values.ts';
import { BTree } from './b-tree.ts';
import type { IndexSpec } from './index-spec.ts';
import type { StoredRecord } from './record.ts';
import { prefixEnd, valueKey } from './value-key.ts';

/** From `low` (included) to `high` (excluded). */
export interface KeyRange {
  readonly low: string;
  readonly high: string;
}

export interface IndexEntry {
  readonly key: string;
  readonly values: readonly unknown[];
}

/** What one document holds in one index. */
export interface IndexEntries {
  readonly entries: readonly IndexEntry[];
  readonly multikey: readonly boolean[];
}

export const WHOLE_INDEX: KeyRange = { low: '', high: '\u0100' };

const compareKeys = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

export class IndexTree {
  readonly spec: IndexSpec;
  /** Helper indexes leave out null, so that "nearly always null" fields cost nearly nothing. */
  readonly skipsNull: boolean;
  readonly #paths: readonly (readonly string[])[];
  readonly #tree = new BTree<string, StoredRecord>(undefined, compareKeys, 64);
  readonly #multikey: boolean[];

  constructor(spec: IndexSpec, skipsNull = false) {
    this.spec = spec;
    this.skipsNull = skipsNull;
    this.#paths = spec.fields.map((field) => field.path.split('.'));
    this.#multikey = spec.fields.map(() => false);
  }

  /** Once a field has met an array it stays multikey; forgetting that would need a rescan. */
  isMultikey(field: number): boolean {
    return this.#multikey[field]!;
  }

  get size(): number {
    return this.#tree.size;
  }

  entriesOf(doc: Doc): IndexEntries {
    const { rows, multikey, isAbsent } = generateKeys(doc, this.#paths);
    if (isAbsent && this.spec.sparse) return { entries: [], multikey };
    const byKey = new Map<string, IndexEntry>();
    for (const row of rows) {
      if (this.skipsNull && (row[0] === MISSING || row[0] === null)) continue;
      const values = row.map((value) => (value === MISSING ? null : value));
      const key = values.map((value, i) => valueKey(value, this.spec.fields[i]!.descending)).join('');
      if (!byKey.has(key)) byKey.set(key, { key, values });
    }
    return { entries: [...byKey.values()], multikey };
  }

  /** The entry that another record already holds, for unique indexes. */
  conflict(entries: IndexEntries, self: StoredRecord | null): IndexEntry | null {
    for (const entry of entries.entries) {
      for (const record of this.scan({ low: entry.key, high: prefixEnd(entry.key) }, false)) {
        if (record !== self) return entry;
      }
    }
    return null;
  }

  add(entries: IndexEntries, record: StoredRecord): void {
    entries.multikey.forEach((isArray, i) => {
      if (isArray) this.#multikey[i] = true;
    });
    const suffix = recordSuffix(record.id);
    for (const { key } of entries.entries) this.#tree.set(key + suffix, record);
  }

  remove(entries: IndexEntries, record: StoredRecord): void {
    const suffix = recordSuffix(record.id);
    for (const { key } of entries.entries) this.#tree.delete(key + suffix);
  }

  *scan(range: KeyRange, reverse: boolean): Generator<StoredRecord> {
    const pair: (string | StoredRecord)[] = [];
    const pairs = reverse ? this.#tree.entriesReversed(range.high, pair) : this.#tree.entries(range.low, pair);
    for (const [key, record] of pairs) {
      if (reverse ? key < range.low : key >= range.high) return;
      if (reverse && key >= range.high) continue;
      yield record;
    }
  }

  /** Counts the entries of a range, but never more than `cap`: the planner only needs "few or many". */
  count(range: KeyRange, cap: number): number {
    let count = 0;
    for (const _ of this.scan(range, false)) if (++count >= cap) break;
    return count;
  }
}

/** Six bytes, so that equal keys of different records stay apart and in insertion order. */
function recordSuffix(id: number): string {
  const high = Math.floor(id / 0x1000000);
  const low = id % 0x1000000;
  return String.fromCharCode(high >>> 16, (high >>> 8) & 0xff, high & 0xff, low >>> 16, (low >>> 8) & 0xff, low & 0xff);
}
