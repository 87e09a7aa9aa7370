// Compiles a query document into a test over decoded documents.
import type { Doc } from './values.ts';

/** Every given side holds at the same time; an absent side is open. Types are not bracketed: `lt: 5` alone includes null. */
export interface Bounds {
  /** Values of $eq or of a $in without regular expressions; [] means that nothing can match. */
  readonly eq: readonly unknown[] | null;
  readonly gt?: unknown;
  readonly gte?: unknown;
  readonly lt?: unknown;
  readonly lte?: unknown;
}

export interface Matcher {
  matches(doc: Doc): boolean;
  /** The index in the (outermost) array that made the document match: what positional `$` stands for. */
  positionOf(doc: Doc): number | null;
  /**
   * Per path, what every matching document has at least one index key inside of, arrays or not. A bound that takes in
   * null (eq [null], gte null, lte null) also matches documents without the field: no use to a sparse index.
   */
  readonly bounds: ReadonlyMap<string, Bounds>;
  /** As `bounds`, but with both sides of a range: only true of an index in which no document has several keys. */
  readonly singleKeyBounds: ReadonlyMap<string, Bounds>;
  /** The top-level fields the test reads; decoding no others is enough (`decodeFields`). */
  readonly fields: ReadonlySet<string>;
}

export function compileFilter(_filter: Doc): Matcher {
  throw new Error('not written yet');
}
