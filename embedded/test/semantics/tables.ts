// The shape of the case tables. Cases are data, so that the same table is run against our functions and, through the
// driver, against any MongoDB. Plain whole numbers are Int32, other numbers Double; the rest are BSON classes.
import type { Doc } from '../../semantics/values.ts';

/** An answer, or the code of the error that stands in its place. */
export type Expected<T> = T | { readonly code: number };

export interface QueryTable {
  /** The page of MongoDB's manual that describes what is tested here. */
  readonly manual: string;
  readonly docs: readonly Doc[];
  /** What is said, the query, and the _id of the documents it finds. */
  readonly cases: ReadonlyArray<readonly [title: string, filter: Doc, ids: Expected<readonly unknown[]>]>;
}

export interface UpdateCase {
  readonly title: string;
  readonly doc: Doc;
  readonly update: Doc | readonly Doc[];
  readonly expected: Expected<Doc>;
  readonly filter?: Doc;
  readonly arrayFilters?: readonly Doc[];
}

export interface UpdateTable {
  readonly manual: string;
  readonly cases: readonly UpdateCase[];
}

export interface UpsertTable {
  readonly manual: string;
  readonly cases: ReadonlyArray<
    readonly [title: string, filter: Doc, update: Doc | readonly Doc[], expected: Expected<Doc>]
  >;
}

export interface SortTable {
  readonly manual: string;
  readonly docs: readonly Doc[];
  readonly cases: ReadonlyArray<readonly [title: string, sort: Doc, ids: Expected<readonly unknown[]>]>;
}

export interface ProjectionTable {
  readonly manual: string;
  readonly doc: Doc;
  readonly cases: ReadonlyArray<readonly [title: string, projection: Doc, expected: Expected<Doc>, filter?: Doc]>;
}

export interface AggregateTable {
  readonly manual: string;
  readonly docs: readonly Doc[];
  readonly cases: ReadonlyArray<readonly [title: string, pipeline: readonly Doc[], expected: Expected<readonly Doc[]>]>;
}

export function isFailure<T>(expected: Expected<T>): expected is { readonly code: number } {
  return typeof expected === 'object' && expected !== null && Object.keys(expected).join() === 'code';
}
