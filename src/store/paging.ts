/** Pages by key: a cursor names the last row seen (its sort number and id), so inserts never shift a page. */

import { Fault } from '../domain/fault.ts';
import type { Page, PageQuery } from './store.ts';

/** Where a page ended: the number that rows are sorted by, then the id. */
export interface Place {
  readonly at: number;
  readonly id: string;
}

export const encodePlace = (place: Place): string =>
  Buffer.from(`${place.at}~${place.id}`, 'utf8').toString('base64url');

/** @throws Fault `invalid`: not a cursor of ours. */
export function decodePlace(cursor: string): Place {
  const m = /^(-?\d{1,16})~(.{1,200})$/.exec(Buffer.from(cursor, 'base64url').toString('utf8'));
  if (m === null) throw new Fault('invalid', 'this is not a cursor of this list');
  return { at: Number(m[1]), id: m[2]! };
}

/** The page out of up to `limit + 1` rows that begin after the cursor. */
export function pageOf<T>(rows: readonly T[], limit: number, place: (row: T) => Place): Page<T> {
  const data = rows.slice(0, limit);
  const last = data.at(-1);
  return { data, next: rows.length > limit && last !== undefined ? encodePlace(place(last)) : null };
}

/** Filters, sorts and cuts rows that are all at hand. */
export function pageFrom<T>(
  rows: Iterable<T>,
  query: PageQuery,
  place: (row: T) => Place,
  order: 'rising' | 'falling' = 'rising',
): Page<T> {
  const sign = order === 'rising' ? 1 : -1;
  const after = query.after === null ? null : decodePlace(query.after);
  const found = [...rows]
    .map((row) => ({ row, at: place(row) }))
    .filter(({ at }) => after === null || sign * comparePlaces(at, after) > 0)
    .sort((a, b) => sign * comparePlaces(a.at, b.at))
    .slice(0, query.limit + 1)
    .map(({ row }) => row);
  return pageOf(found, query.limit, place);
}

export function comparePlaces(a: Place, b: Place): number {
  return a.at - b.at || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
}
