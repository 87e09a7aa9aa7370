/**
 * Indexes the planner makes for itself, in memory only.
 *
 * Agenda asks for `lockedAt: null and due, or lockedAt before a deadline`, with one index that
 * serves the first branch. Nearly every job has lockedAt null, so an index of the others is almost
 * empty, and turns the second branch from a walk over all jobs into a look at the locked ones.
 */
import type { Bounds } from '../semantics/filter.ts';
import type { Collection } from './collection.ts';
import type { IndexTree } from './index-tree.ts';

const MAX_HELPERS = 4;

/** A helper index on `path`; null when none is allowed: only fields somebody has declared an index over get one. */
export function helperFor(collection: Collection, path: string, bounds: ReadonlyMap<string, Bounds>): IndexTree | null {
  const existing = collection.helpers.get(path);
  if (existing !== undefined) return existing;
  const isDeclared = collection.indexes.some(({ spec }) => spec.fields.some((field) => field.path === path));
  const excludesNull = bounds.get(path)?.eq?.every((value) => value !== null && value !== undefined) ?? true;
  if (!isDeclared || !excludesNull || collection.helpers.size >= MAX_HELPERS) return null;
  const spec = {
    name: `helper_${path}`,
    fields: [{ path, descending: false }],
    key: { [path]: 1 },
    unique: false,
    sparse: true,
    expireAfterSeconds: null,
  };
  const tree = collection.buildIndex(spec, true);
  collection.helpers.set(path, tree);
  return tree;
}
