/** Removes expired documents in small portions, each of them a command like any other. */
import type { Collection } from './engine/collection.ts';
import type { Engine } from './engine/engine.ts';
import { expiredRecords } from './engine/expiry.ts';
import { WriteLog } from './engine/write-log.ts';

const PORTION = 500;

export class TtlSweeper {
  readonly #engine: Engine;
  readonly #clock: () => number;
  #isStopped = false;

  constructor(engine: Engine, clock: () => number) {
    this.#engine = engine;
    this.#clock = clock;
  }

  stop(): void {
    this.#isStopped = true;
  }

  /** Returns how many documents went. */
  async sweep(): Promise<number> {
    let removed = 0;
    for (const collection of [...this.#engine.collections()]) {
      for (let portion = this.#removePortion(collection); portion > 0; portion = this.#removePortion(collection)) {
        removed += portion;
        await new Promise<void>((resolve) => setImmediate(resolve));
      }
    }
    return removed;
  }

  #removePortion(collection: Collection): number {
    // Between two portions anything may have happened: the server stopped, the collection dropped.
    if (this.#isStopped || this.#engine.collection(collection.namespace) !== collection) return 0;
    const log = new WriteLog();
    const now = new Date(this.#clock());
    const found = new Set(collection.indexes.flatMap((tree) => expiredRecords(tree, now, PORTION)));
    for (const record of found) collection.remove(log, record);
    this.#engine.commit(log, [collection]);
    return found.size;
  }
}
