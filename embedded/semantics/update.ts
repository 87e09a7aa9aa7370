// Applies an update (operators, a replacement or a pipeline) to a document.
import type { Matcher } from './filter.ts';
import type { Doc } from './values.ts';

export interface UpdateOptions {
  /** The query that found the document: positional `$` asks it. */
  readonly filter: Matcher | null;
  readonly arrayFilters?: readonly Doc[];
  readonly isInsert: boolean;
  /** The database clock: `$$NOW` and $currentDate. */
  readonly now: Date;
}

/** The updated document; the input is left alone, and is itself the answer when the update changes nothing. */
export function applyUpdate(_doc: Doc, _update: Doc | readonly Doc[], _o: UpdateOptions): Doc {
  throw new Error('not written yet');
}

/** The document an upsert inserts: the equalities of the filter, the update on top, and an _id in first place. */
export function upsertDocument(_filter: Doc, _update: Doc | readonly Doc[], _o: UpdateOptions): Doc {
  throw new Error('not written yet');
}
