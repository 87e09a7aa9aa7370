/** Small things that all documents share: maps whose keys are foreign, and the filter of a page. */

import { decodePlace } from '../paging.ts';
import type { PageQuery } from '../store.ts';

/** A map with foreign keys as pairs: `.` and `$` mean something to the database, and a pair means nothing. */
export type Pairs<T> = readonly (readonly [string, T])[];
export const toPairs = <T>(map: Readonly<Record<string, T>>): Pairs<T> => Object.entries(map);
export const fromPairs = <T>(pairs: Pairs<T>): Readonly<Record<string, T>> => Object.fromEntries(pairs);

/** The condition "after this place" for rows sorted by `field` and `_id`; nothing for the first page. */
export function afterPlace(query: PageQuery, field: string, order: 'rising' | 'falling' = 'rising'): object {
  if (query.after === null) return {};
  const { at, id } = decodePlace(query.after);
  const [beyond, from] = order === 'rising' ? ['$gt', '$gte'] : ['$lt', '$lte'];
  // The first condition is implied by the second; it gives the index its range.
  return { [field]: { [from]: at }, $or: [{ [field]: { [beyond]: at } }, { [field]: at, _id: { [beyond]: id } }] };
}
