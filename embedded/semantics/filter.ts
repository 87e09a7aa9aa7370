// Compiles a query document into a test over decoded documents.
import { type Bounds, bestBound, mergeBounds } from './bounds.ts';
import type { Trace } from './path.ts';
import type { PathBounds } from './predicates.ts';
import { parseQuery, type QueryTest } from './query.ts';
import type { Doc } from './values.ts';

export type { Bounds } from './bounds.ts';

export interface Matcher {
  matches(doc: Doc): boolean;
  /** The index in the (outermost) array that made the document match: what positional `$` stands for. */
  positionOf(doc: Doc): number | null;
  /**
   * Per path, what every matching document has at least one index key inside of, arrays or not. A bound that takes in
   * null (eq [null]) also matches documents without the field: no use to a sparse index.
   */
  readonly bounds: ReadonlyMap<string, Bounds>;
  /** As `bounds`, but with both sides of a range: only true of an index in which no document has several keys. */
  readonly singleKeyBounds: ReadonlyMap<string, Bounds>;
  /** The top-level fields the test reads; decoding no others is enough (`decodeFields`). */
  readonly fields: ReadonlySet<string>;
}

export function compileFilter(filter: Doc): Matcher {
  const query = parseQuery(filter);
  return {
    matches: (doc) => query.test(doc, null),
    positionOf: (doc) => positionOf(query, doc),
    bounds: perPath(query.bounds, bestBound),
    singleKeyBounds: perPath(query.bounds, mergeBounds),
    fields: new Set(query.fields),
  };
}

function positionOf(query: QueryTest, doc: Doc): number | null {
  const trace: Trace = { position: null };
  return query.test(doc, trace) ? trace.position : null;
}

function perPath(
  found: readonly PathBounds[],
  choose: (all: readonly Bounds[]) => Bounds | null,
): ReadonlyMap<string, Bounds> {
  const groups = new Map<string, Bounds[]>();
  for (const { below, bounds } of found) {
    const group = groups.get(below);
    if (group === undefined) groups.set(below, [bounds]);
    else group.push(bounds);
  }
  const chosen = new Map<string, Bounds>();
  for (const [path, all] of groups) {
    const bounds = choose(all);
    if (bounds !== null) chosen.set(path, bounds);
  }
  return chosen;
}
