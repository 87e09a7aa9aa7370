/** Everything the engine holds at one moment, for backups; taking it copies references, not documents. */
import type { Doc } from '../semantics/values.ts';
import type { Engine } from './engine.ts';
import { describeIndex } from './index-spec.ts';
import type { Stored } from './record.ts';

export interface SnapshotHead {
  readonly ns: string;
  /** As listIndexes shows them, `_id_` first. */
  readonly indexes: readonly Doc[];
  /** How many of `stored` belong to it. */
  readonly count: number;
}

export interface EngineSnapshot {
  readonly collections: readonly SnapshotHead[];
  /** The documents of all collections, one collection after the other, each in insertion order. */
  readonly stored: readonly Stored[];
}

export function takeSnapshot(engine: Engine): EngineSnapshot {
  const stored: Stored[] = [];
  const collections = [...engine.collections()].map((collection) => {
    for (const record of collection.records()) stored.push(record.stored);
    const indexes = collection.indexes.map((tree) => describeIndex(tree.spec));
    return { ns: collection.namespace, indexes, count: collection.size };
  });
  return { collections, stored };
}
