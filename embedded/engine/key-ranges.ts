/** Turns the bounds a filter puts on the fields of an index into ranges of its keys. */
import type { Bounds } from '../semantics/filter.ts';
import type { IndexTree, KeyRange } from './index-tree.ts';
import { bracketOf, prefixEnd, valueKey } from './value-key.ts';

/** More combinations of several fields' $in values than this and the further field is left to the matcher. */
const MAX_COMBINATIONS = 200;

export interface IndexBounds {
  readonly ranges: readonly KeyRange[];
  /** How many leading fields are held to points. */
  readonly pointFields: number;
  /** True when the field after the points has a range. */
  readonly hasRange: boolean;
}

/** null when the bounds say nothing about the first field of the index. */
export function indexBounds(tree: IndexTree, bounds: ReadonlyMap<string, Bounds>): IndexBounds | null {
  let prefixes = [''];
  let pointFields = 0;
  const roots = new Set<string>();
  for (const [i, { path, descending }] of tree.spec.fields.entries()) {
    const root = path.split('.', 1)[0]!;
    // Two paths through one array: each is met by some element, maybe not by the same one.
    const bound = tree.isMultikey(i) && roots.has(root) ? undefined : bounds.get(path);
    roots.add(root);
    const points = bound === undefined ? null : pointsOf(bound, tree);
    // One list alone is asked as it is, however long: each value is a look-up, and the alternative is every document.
    const isProduct = points !== null && points.length > 1 && prefixes.length > 1;
    if (points !== null && (!isProduct || points.length * prefixes.length <= MAX_COMBINATIONS)) {
      prefixes = prefixes.flatMap((prefix) => points.map((point) => prefix + valueKey(point, descending)));
      pointFields += 1;
      continue;
    }
    const range = bound === undefined ? null : rangeOf(bound, descending);
    if (range === null) break;
    const ranges = prefixes.map((prefix) => ({ low: prefix + range.low, high: prefix + range.high }));
    return { ranges, pointFields, hasRange: true };
  }
  if (pointFields === 0) return null;
  const ranges = [...new Set(prefixes)].map((prefix) => ({ low: prefix, high: prefixEnd(prefix) }));
  return { ranges, pointFields, hasRange: false };
}

/** The values of an equality that the index can be asked for; null when it cannot. */
function pointsOf(bound: Bounds, tree: IndexTree): unknown[] | null {
  if (bound.eq === null) return null;
  const points: unknown[] = [];
  for (const value of bound.eq) {
    // An array equals a whole field or one element; the index holds only elements.
    if (Array.isArray(value)) return null;
    if (value === null || value === undefined) {
      if (tree.spec.sparse || tree.skipsNull) return null;
      // Missing is indexed as null, an empty array as undefined; a null query may mean either.
      points.push(null, undefined);
    } else points.push(value);
  }
  return points;
}

/** A range with one side only ends with the type of that side: {$lt: 5} never means null or a text. */
function rangeOf(bound: Bounds, descending: boolean): KeyRange | null {
  const low = 'gt' in bound ? above(bound.gt) : 'gte' in bound ? below(bound.gte) : null;
  const high = 'lt' in bound ? below(bound.lt) : 'lte' in bound ? above(bound.lte) : null;
  if (low === null && high === null) return null;
  const bracket = bracketOf(bound.gt ?? bound.gte ?? bound.lt ?? bound.lte);
  const open = String.fromCharCode(descending ? bracket ^ 0xff : bracket);
  const [start, end] = descending ? [high, low] : [low, high];
  return { low: start ?? open, high: end ?? prefixEnd(open) };

  /** The border between a value and everything less; in a descending key that is the far side of it. */
  function below(value: unknown): string {
    const key = valueKey(value, descending);
    return descending ? prefixEnd(key) : key;
  }
  function above(value: unknown): string {
    const key = valueKey(value, descending);
    return descending ? key : prefixEnd(key);
  }
}
