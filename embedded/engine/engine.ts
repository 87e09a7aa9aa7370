/** All namespaces of the server, the warning and refusing figures, and the way to and from storage. */
import { REFUSE_DOCUMENTS, WARN_DOCUMENTS } from '../limits.ts';
import { CommandError } from '../semantics/errors.ts';
import { type Doc, decode, encode } from '../semantics/values.ts';
import { catalogKey, documentKey, parseKey } from '../storage/layout.ts';
import type { Storage } from '../storage/storage.ts';
import { Collection } from './collection.ts';
import { describeIndex, parseIndexSpec } from './index-spec.ts';
import { DocCache } from './record.ts';
import { WriteLog } from './write-log.ts';

export interface EngineOptions {
  readonly storage: Storage;
  readonly warn: (message: string) => void;
  readonly warnDocuments?: number;
  readonly refuseDocuments?: number;
}

export class Engine {
  readonly storage: Storage;
  readonly #warn: (message: string) => void;
  readonly #warnAt: number;
  readonly #refuseAt: number;
  readonly #collections = new Map<string, Collection>();
  readonly #cache = new DocCache();
  #nextCollectionId = 1;
  #hasWarned = false;
  #catalogIsDirty = false;
  #catalogSequence = 0;

  constructor(options: EngineOptions) {
    this.storage = options.storage;
    this.#warn = options.warn;
    this.#warnAt = options.warnDocuments ?? WARN_DOCUMENTS;
    this.#refuseAt = options.refuseDocuments ?? REFUSE_DOCUMENTS;
  }

  /** Brings the memory image to what storage holds. Catalog keys sort before document keys. */
  async load(): Promise<void> {
    const byId = new Map<number, Collection>();
    for await (const { key, value } of this.storage.load()) {
      const parsed = parseKey(key);
      if (parsed.kind === 'catalog') byId.set(parsed.collectionId, this.#restoreCollection(parsed.collectionId, value));
      else if (parsed.kind === 'document') {
        const collection = byId.get(parsed.collectionId);
        if (collection === undefined)
          throw new Error(`document of the unknown collection ${parsed.collectionId} in storage`);
        collection.restore(parsed.recordId, value);
      } else if (parsed.kind === 'unknown') throw new Error(`unknown key ${key.toString('hex')} in storage`);
    }
    this.checkRoom(0);
  }

  #restoreCollection(id: number, value: Uint8Array): Collection {
    const { ns, indexes } = decode(value) as { ns: string; indexes: Doc[] };
    const collection = new Collection(id, ns, this.#cache);
    const log = new WriteLog();
    for (const raw of indexes) {
      const spec = parseIndexSpec(raw);
      if (spec.name !== '_id_') collection.addIndex(log, spec);
    }
    this.#collections.set(ns, collection);
    this.#nextCollectionId = Math.max(this.#nextCollectionId, id + 1);
    return collection;
  }

  collection(namespace: string): Collection | null {
    return this.#collections.get(namespace) ?? null;
  }

  collections(): Iterable<Collection> {
    return this.#collections.values();
  }

  /** The collection, made now if a write is the first to name it. */
  demand(log: WriteLog, namespace: string): Collection {
    const existing = this.#collections.get(namespace);
    if (existing !== undefined) return existing;
    checkNamespace(namespace);
    const collection = new Collection(this.#nextCollectionId, namespace, this.#cache);
    this.#nextCollectionId += 1;
    this.#collections.set(namespace, collection);
    log.record(() => this.#collections.delete(namespace), null);
    this.saveCatalog(log, collection);
    return collection;
  }

  /** Called after every change of a collection's indexes. */
  saveCatalog(log: WriteLog, collection: Collection): void {
    this.#catalogIsDirty = true;
    const indexes = collection.indexes.map((tree) => describeIndex(tree.spec));
    const value = encode({ ns: collection.namespace, indexes });
    log.record(() => undefined, { key: catalogKey(collection.id), value });
  }

  drop(log: WriteLog, collection: Collection): void {
    this.#catalogIsDirty = true;
    this.#collections.delete(collection.namespace);
    log.record(() => this.#collections.set(collection.namespace, collection), {
      key: catalogKey(collection.id),
      value: null,
    });
    for (const record of collection.records()) {
      log.record(() => undefined, { key: documentKey(collection.id, record.id), value: null });
    }
  }

  countDocuments(): number {
    let count = 0;
    for (const collection of this.#collections.values()) count += collection.size;
    return count;
  }

  /** Inserts ask before they grow the data; the whole image has to fit into memory. */
  checkRoom(additional: number): void {
    const count = this.countDocuments() + additional;
    if (count > this.#refuseAt && additional > 0) {
      throw new CommandError(
        146,
        `the embedded database holds at most ${this.#refuseAt} documents; set MONGODB_URI to use MongoDB`,
      );
    }
    if (count < this.#warnAt || this.#hasWarned) return;
    this.#hasWarned = true;
    this.#warn(
      `the embedded database holds ${count} documents and refuses more than ${this.#refuseAt}; move to MongoDB with MONGODB_URI`,
    );
  }

  /** Hands a finished command to storage; readers of the touched collections wait for its place. */
  commit(log: WriteLog, touched: Iterable<Collection>): void {
    const ops = log.ops();
    if (ops.length === 0) return;
    const sequence = this.storage.append(ops);
    for (const collection of touched) collection.lastSequence = sequence;
    if (this.#catalogIsDirty) this.#catalogSequence = sequence;
    this.#catalogIsDirty = false;
  }

  /** Answers may only speak of durable state: of the collections they saw, and of which collections there are. */
  sequenceSeenBy(touched: Iterable<Collection>): number {
    let sequence = this.#catalogSequence;
    for (const collection of touched) sequence = Math.max(sequence, collection.lastSequence);
    return sequence;
  }
}

function checkNamespace(namespace: string): void {
  const name = namespace.slice(namespace.indexOf('.') + 1);
  const isBad =
    name === '' || name.includes('\0') || name.includes('$') || name.startsWith('system.') || name.startsWith('.');
  if (isBad || namespace.length > 255) throw new CommandError(73, `Invalid namespace specified '${namespace}'`);
}
