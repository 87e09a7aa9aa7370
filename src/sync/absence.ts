/** What a finished listing says about copies that it does not name. */
import type { MassChangeAlarm } from '../domain/calendar.ts';
import type { RemoteId } from '../domain/ids.ts';
import type { Instant, Span } from '../domain/time.ts';
import type { LinkRow } from '../store/store.ts';

/** More missing copies than this, and more than this share of the known ones, are an accident until a person says so. */
export const mostRemovals = 20;
const mostShare = 0.3;
/** From this many known copies on, a calendar that is suddenly empty is an accident, too. */
const fewestForEmpty = 5;

/** All of time that a calendar can hold; a change feed is asked for no window. */
export const always: Span = { start: 0 as Instant, end: 253_402_300_799_000 as Instant };

export type Absence =
  | { readonly kind: 'missing'; readonly rows: readonly LinkRow[] }
  | { readonly kind: 'alarm'; readonly alarm: MassChangeAlarm };

/**
 * Missing are links whose copy lay inside the window that was listed and is not among those present. Both edges are
 * half-open: an event that ends at the window's first instant, or begins at its last, was not asked for. A missing copy may
 * still have been moved out of the window, so it is read singly before anything is removed.
 */
export function absence(o: {
  readonly known: readonly LinkRow[];
  readonly present: ReadonlySet<RemoteId>;
  readonly window: Span;
  readonly now: Instant;
  /** A person has seen the alarm and said that it is right. */
  readonly isConfirmed: boolean;
}): Absence {
  const inside = o.known.filter((row) => isInside(row, o.window));
  const rows = inside.filter((row) => !o.present.has(row.remoteId));
  const isMass = rows.length > Math.max(mostRemovals, mostShare * inside.length);
  const isEmptied = o.present.size === 0 && inside.length >= fewestForEmpty;
  if (o.isConfirmed || !(isMass || isEmptied)) return { kind: 'missing', rows };
  const sentence = `The calendar shows ${o.present.size} events, but ${rows.length} of ${inside.length} known ones are missing. Nothing was removed; somebody must confirm.`;
  return { kind: 'alarm', alarm: { at: o.now, known: inside.length, wouldRemove: rows.length, sentence } };
}

/** Whether a copy was surely asked for by a listing of this window; an empty span counts where it begins. */
function isInside(row: LinkRow, window: Span): boolean {
  if (row.spanStart >= window.end) return false;
  return row.spanEnd > window.start || (row.spanStart === row.spanEnd && row.spanStart >= window.start);
}
