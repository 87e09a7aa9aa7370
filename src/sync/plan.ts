/** What planners are given and what they answer: one change, one plan, as data. */
import type { Calendar } from '../domain/calendar.ts';
import type { Capabilities } from '../domain/connector.ts';
import type { CalendarLink, Event, EventFields } from '../domain/event.ts';
import type { ConflictId } from '../domain/ids.ts';
import type { Conflict } from '../domain/policy.ts';
import type { Instant } from '../domain/time.ts';
import { linksFor, settleUnseen, withLink } from './links.ts';

/** The ground that a visit stands on; the same for every change of it. */
export interface Ground {
  readonly calendar: Calendar;
  /** All calendars of this calendar's resource, itself included. */
  readonly siblings: readonly Calendar[];
  readonly capabilities: Capabilities;
  /** What survives the trip to this provider and back. */
  project(fields: EventFields): EventFields;
  readonly fence: number;
  readonly now: Instant;
  /** A create of ours may be on its way, and only reading a copy singly would show that it is ours. */
  readonly isAwaitingOwn: boolean;
}

/**
 * `fenced`: a later visit has written this link; stop. `read`: the feed alone does not settle it; read the copy singly and
 * absorb the answer as verified.
 */
export type Verdict =
  | 'echo'
  | 'touch'
  | 'landed'
  | 'merge'
  | 'new'
  | 'removed'
  | 'quarantine'
  | 'ignored'
  | 'fenced'
  | 'read';

export interface Plan {
  readonly verdict: Verdict;
  /** The event as it should be saved (its `rev` still as read), or null when nothing is to be written. */
  readonly next: Event | null;
  /** A second event, to be inserted after `next`: somebody's copy that took over a remote id. */
  readonly born: Event | null;
  readonly conflicts: readonly Conflict[];
  /** Open questions that answered themselves. */
  readonly closes: readonly ConflictId[];
}

export function plan(verdict: Verdict, over: Partial<Omit<Plan, 'verdict'>> = {}): Plan {
  return { verdict, next: null, born: null, conflicts: [], closes: [], ...over };
}

/** The calendar where the event was born; null when it was born here or its calendar is not among those known. */
export const originOf = (g: Ground, event: Event): Calendar | null =>
  g.siblings.find((calendar) => calendar.id === event.origin) ?? null;

/** Replaces this calendar's link; every link written carries the fence of the visit that wrote it. */
export const withOwn = (g: Ground, event: Event, link: CalendarLink): Event =>
  withLink(event, { ...link, fence: g.fence });

/**
 * `after` with the version raised over `before`, its other links seen to: mirrors that became wanted or unwanted, links
 * that see no difference. Bookings keep their set of links; only their resources decide it.
 */
export function raised(g: Ground, before: Event, after: Event): Event {
  const next: Event = { ...after, version: before.version + 1, updatedAt: g.now };
  if (next.booking !== null) return { ...next, links: settleUnseen(before, next, g.siblings, g.calendar.id) };
  const linked = { ...next, links: linksFor(next, g.siblings, 'remote') };
  return { ...linked, links: settleUnseen(before, linked, g.siblings, g.calendar.id) };
}
