/** What a finished read means: which copies are missing, and whether so much may be removed or moved at all. */
import type { HeldChange, MassChangeAlarm } from '../domain/calendar.ts';
import type { EventId, RemoteId } from '../domain/ids.ts';
import { fingerprint } from '../domain/ids.ts';
import type { Instant, Span } from '../domain/time.ts';
import type { LinkRow } from '../store/store.ts';

/** More removals and moves than this, and than this share of the known copies, are an accident until a person says so. */
export const mostRemovals = 20;
export const mostShare = 0.3;
/** From this many known copies on, a calendar that is suddenly empty is an accident, too. */
export const fewestForEmpty = 5;

/** All of time that a calendar can hold; a change feed is asked for no window. */
export const always: Span = { start: 0 as Instant, end: 253_402_300_799_000 as Instant };

/** A change that would move a known event, or (`to` null) end it although its copy is there. */
export interface HeldMove {
  readonly remoteId: RemoteId;
  readonly eventId: EventId;
  readonly from: Span;
  readonly to: Span | null;
}

export type Absence =
  | { readonly kind: 'missing'; readonly rows: readonly LinkRow[] }
  | { readonly kind: 'alarm'; readonly alarm: MassChangeAlarm };

/** What is shown of an alarm, and how much of it can be compared one by one. */
export const mostShown = 20;
const mostKeys = 5000;

/**
 * Missing are links whose copy lay inside the window that was listed and is not among those present. Both edges are
 * half-open: an event that ends at the window's first instant, or begins at its last, was not asked for. A missing copy may
 * still have been moved out of the window, so it is read singly before anything is removed.
 */
export function absence(o: {
  readonly known: readonly LinkRow[];
  readonly present: ReadonlySet<RemoteId>;
  readonly window: Span;
  readonly moves: readonly HeldMove[];
  readonly now: Instant;
  /** The alarm that stands, with a person's approval or without. */
  readonly standing: MassChangeAlarm | null;
}): Absence {
  const inside = o.known.filter((row) => isInside(row, o.window));
  const rows = inside.filter((row) => !o.present.has(row.remoteId));
  const isMass = rows.length + o.moves.length > Math.max(mostRemovals, mostShare * inside.length);
  const isEmptied = o.present.size === 0 && inside.length >= fewestForEmpty;
  if (!(isMass || isEmptied)) return { kind: 'missing', rows };
  const keys = [...rows.map((row) => keyOf(row.remoteId, null)), ...o.moves.map((m) => keyOf(m.remoteId, m.to))].sort();
  if (isApproved(keys, o.standing)) return { kind: 'missing', rows };
  return { kind: 'alarm', alarm: alarmOf({ ...o, inside: inside.length, rows, keys }) };
}

const keyOf = (remoteId: RemoteId, to: Span | null): string =>
  fingerprint('held', remoteId, to === null ? 'gone' : `${to.start} ${to.end}`);
const idOf = (keys: readonly string[]): string => `alarm_${fingerprint(...keys)}`;

/** An approval is for what was shown: less of it may happen, more of it or anything else may not. */
function isApproved(keys: readonly string[], standing: MassChangeAlarm | null): boolean {
  if (standing === null || standing.approvedAt === null) return false;
  if (standing.id === idOf(keys)) return true;
  const approved = new Set(standing.keys);
  return keys.every((key) => approved.has(key));
}

function alarmOf(o: {
  readonly inside: number;
  readonly rows: readonly LinkRow[];
  readonly moves: readonly HeldMove[];
  readonly keys: readonly string[];
  readonly now: Instant;
  readonly standing: MassChangeAlarm | null;
}): MassChangeAlarm {
  const { rows, moves, keys, inside, now, standing } = o;
  const id = idOf(keys);
  const wouldMove = moves.filter((move) => move.to !== null).length;
  const wouldRemove = rows.length + moves.length - wouldMove;
  const gone: HeldChange[] = rows.map((row) => ({
    ...{ eventId: row.eventId, title: null, to: null },
    from: { start: row.spanStart, end: row.spanEnd },
  }));
  const all = [...gone, ...moves.map(({ eventId, from, to }) => ({ eventId, title: null, from, to }))];
  return {
    ...{ id, known: inside, wouldRemove, wouldMove, approvedAt: null },
    at: standing?.id === id ? standing.at : now,
    sentence: sentenceOf(inside, wouldRemove, wouldMove, standing?.approvedAt != null),
    shown: all.sort((a, b) => a.from.start - b.from.start).slice(0, mostShown),
    keys: keys.length > mostKeys ? [] : keys,
  };
}

function sentenceOf(known: number, wouldRemove: number, wouldMove: number, hasGrown: boolean): string {
  const parts = [
    ...(wouldRemove > 0 ? [`remove ${wouldRemove}`] : []),
    ...(wouldMove > 0 ? [`move ${wouldMove}`] : []),
  ];
  const again = hasGrown ? ' It is not what was approved before.' : '';
  return `The calendar would ${parts.join(' and ')} of ${known} known events at once.${again} Nothing was removed or moved; somebody must approve.`;
}

/** Whether a copy was surely asked for by a listing of this window; an empty span counts where it begins. */
export function isInside(row: LinkRow, window: Span): boolean {
  if (row.spanStart >= window.end) return false;
  return row.spanEnd > window.start || (row.spanStart === row.spanEnd && row.spanStart >= window.start);
}
