/** The documents of one namespace with their indexes. Every change is checked before anything moves. */
import { CommandError } from '../semantics/errors.ts';
import { compareValues, type Doc, encode } from '../semantics/values.ts';
import { documentKey } from '../storage/layout.ts';
import { checkDocument, withIdFirst } from './document-rules.ts';
import { duplicateKey } from './duplicate-key.ts';
import { ID_INDEX, type IndexSpec } from './index-spec.ts';
import { type IndexEntries, IndexTree } from './index-tree.ts';
import { type DocCache, pack, type Stored, type StoredRecord } from './record.ts';
import type { WriteLog } from './write-log.ts';

interface IndexChange {
  readonly tree: IndexTree;
  readonly before: IndexEntries | null;
  readonly after: IndexEntries | null;
}

export class Collection {
  readonly id: number;
  readonly namespace: string;
  readonly idIndex = new IndexTree(ID_INDEX);
  /** The declared indexes, `_id_` first. */
  readonly indexes: IndexTree[] = [this.idIndex];
  /** Made by the planner on its own, never shown and never stored. */
  readonly helpers = new Map<string, IndexTree>();
  /** The place of the newest write in the storage; readers wait for it. */
  lastSequence = 0;
  readonly #records = new Map<number, StoredRecord>();
  readonly #cache: DocCache;
  #nextRecordId = 1;

  constructor(id: number, namespace: string, cache: DocCache) {
    this.id = id;
    this.namespace = namespace;
    this.#cache = cache;
  }

  get size(): number {
    return this.#records.size;
  }

  /** In insertion order. */
  records(): Iterable<StoredRecord> {
    return this.#records.values();
  }

  read(record: StoredRecord): Doc {
    return this.#cache.read(record);
  }

  /** Puts a stored document back at start-up; unique indexes were satisfied when it was written. */
  restore(recordId: number, bytes: Uint8Array): void {
    const record: StoredRecord = { id: recordId, stored: pack(bytes), doc: null };
    this.#nextRecordId = Math.max(this.#nextRecordId, recordId + 1);
    this.#records.set(recordId, record);
    const doc = this.#cache.read(record);
    for (const tree of this.indexes) tree.add(tree.entriesOf(doc), record);
  }

  insert(log: WriteLog, given: Doc, givenBytes: Uint8Array | null): Doc {
    const doc = withIdFirst(given);
    const bytes = doc === given && givenBytes !== null ? givenBytes : encode(doc);
    checkDocument(doc, bytes.length);
    const record: StoredRecord = { id: this.#nextRecordId, stored: '', doc: null };
    const changes = this.#plan(record, null, doc);
    this.#nextRecordId += 1;
    this.#apply(record, changes, pack(bytes), doc);
    log.record(() => this.#undo(record, changes, null), { key: documentKey(this.id, record.id), value: bytes });
    return doc;
  }

  /** Returns false when the new document is the old one byte for byte. */
  replace(log: WriteLog, record: StoredRecord, given: Doc): boolean {
    const old = this.read(record);
    const doc = withIdFirst(given, old._id);
    if (compareValues(doc._id, old._id) !== 0) {
      throw new CommandError(66, "Performing an update on the path '_id' would modify the immutable field '_id'");
    }
    const bytes = encode(doc);
    const stored = pack(bytes);
    if (isSame(stored, record.stored)) return false;
    checkDocument(doc, bytes.length);
    const changes = this.#plan(record, old, doc);
    const previous = record.stored;
    this.#apply(record, changes, stored, doc);
    log.record(() => this.#undo(record, changes, previous), { key: documentKey(this.id, record.id), value: bytes });
    return true;
  }

  remove(log: WriteLog, record: StoredRecord): void {
    const changes = this.#plan(record, this.read(record), null);
    const previous = record.stored;
    this.#apply(record, changes, null, null);
    log.record(() => this.#undo(record, changes, previous), { key: documentKey(this.id, record.id), value: null });
  }

  /** Builds an index over what is there; refuses when a unique one would not hold. */
  addIndex(log: WriteLog, spec: IndexSpec): void {
    const tree = this.buildIndex(spec);
    this.indexes.push(tree);
    log.record(() => this.indexes.splice(this.indexes.indexOf(tree), 1), null);
  }

  buildIndex(spec: IndexSpec, skipsNull = false): IndexTree {
    const tree = new IndexTree(spec, skipsNull);
    for (const record of this.#records.values()) {
      const entries = tree.entriesOf(this.read(record));
      const conflict = spec.unique ? tree.conflict(entries, record) : null;
      if (conflict !== null) throw duplicateKey(this.namespace, spec, conflict);
      tree.add(entries, record);
    }
    return tree;
  }

  dropIndex(log: WriteLog, tree: IndexTree): void {
    const at = this.indexes.indexOf(tree);
    this.indexes.splice(at, 1);
    // The dropped tree misses later writes, so a rolled back drop within one command is only
    // right because nothing else of that command comes between.
    log.record(() => this.indexes.splice(at, 0, tree), null);
  }

  #plan(record: StoredRecord, before: Doc | null, after: Doc | null): IndexChange[] {
    const changes = [...this.indexes, ...this.helpers.values()].map((tree) => ({
      tree,
      before: before === null ? null : tree.entriesOf(before),
      after: after === null ? null : tree.entriesOf(after),
    }));
    for (const { tree, after: entries } of changes) {
      if (!tree.spec.unique || entries === null) continue;
      const conflict = tree.conflict(entries, record);
      if (conflict !== null) throw duplicateKey(this.namespace, tree.spec, conflict);
    }
    return changes.filter(({ before: a, after: b }) => a === null || b === null || !hasSameEntries(a, b));
  }

  /** Moves memory to the new state; cannot fail, everything was checked in `#plan`. */
  #apply(record: StoredRecord, changes: readonly IndexChange[], stored: Stored | null, doc: Doc | null): void {
    for (const { tree, before, after } of changes) {
      if (before !== null) tree.remove(before, record);
      if (after !== null) tree.add(after, record);
    }
    record.doc = null;
    if (stored === null) {
      this.#records.delete(record.id);
      return;
    }
    record.stored = stored;
    this.#records.set(record.id, record);
    if (doc !== null) this.#cache.keep(record, doc);
  }

  /** A helper made between the change and its undoing is not in `changes`; all helpers are given up. */
  #undo(record: StoredRecord, changes: readonly IndexChange[], stored: Stored | null): void {
    const back = changes.map(({ tree, before, after }) => ({ tree, before: after, after: before }));
    this.#apply(record, back, stored, null);
    this.helpers.clear();
  }
}

function hasSameEntries(a: IndexEntries, b: IndexEntries): boolean {
  return a.entries.length === b.entries.length && a.entries.every((entry, i) => entry.key === b.entries[i]!.key);
}

function isSame(a: Stored, b: Stored): boolean {
  if (typeof a === 'string' || typeof b === 'string') return a === b;
  return Buffer.compare(a, b) === 0;
}
