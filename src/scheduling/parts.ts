/** What the booking desk is made of: its outer parts, its settings, and the small steps that all its journeys share. */
import type { Booking } from '../domain/booking.ts';
import type { Calendar } from '../domain/calendar.ts';
import type { CalendarLink, Event } from '../domain/event.ts';
import { owes } from '../domain/event.ts';
import { Fault } from '../domain/fault.ts';
import type { ResourceId, TenantId } from '../domain/ids.ts';
import type { Clock, Log } from '../domain/ports.ts';
import type { Resource } from '../domain/resource.ts';
import type { JournalKind, JournalLine } from '../domain/tenant.ts';
import type { EventTime, Instant, Span, Zone } from '../domain/time.ts';
import { dayMs, utcZone } from '../domain/time.ts';
import type { Nudge } from '../domain/visit.ts';
import { instantToWall, wallToInstant, zonedTime } from '../domain/zone.ts';
import type { Store } from '../store/store.ts';
import type { Cell } from './cells.ts';
import type { SheetContext } from './sheet.ts';
import { sheetContext } from './sheet.ts';

export interface DeskSettings {
  /** How long won but unconfirmed rows live; the time that a booking may take from claim to confirmation. */
  readonly holdMs: number;
  readonly windowPastMs: number;
  readonly windowAheadMs: number;
  /** How far around a lost slot alternatives are searched. */
  readonly searchMs?: number;
  /** Grid of alternatives. */
  readonly searchStepMs?: number;
  /** Longest life of a hold that a caller may ask for. */
  readonly longestHoldMs?: number;
  /** How much may be held at once; no limit when left out. */
  readonly holdCaps?: HoldCaps;
}

export interface HoldCaps {
  /** Holds of one caller that have not ended. */
  readonly perCaller: number;
  /** Share of a resource's working time on one UTC day that all holds together may take; one hold is always possible. */
  readonly dayShare: number;
}

export interface DeskDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly settings: DeskSettings;
  /** Without `visitAndWait` nobody can be asked to read a calendar again. */
  readonly nudge: Pick<Nudge, 'nudge'> & Partial<Pick<Nudge, 'visitAndWait'>>;
  /** The links that an event should have, given the calendars of its resources; links that it has are kept. */
  readonly linksFor: (event: Event, calendars: readonly Calendar[]) => readonly CalendarLink[];
  /** How a booking is worded in a calendar. */
  readonly describe: (booking: Booking) => Wording;
  /** Confirms bookings behind their answers, many at once; left out, each is confirmed before its answer. */
  readonly later?: Later;
}

/** Work that must not be lost but need not be waited for: what a crash leaves undone, sweeps and claims finish. */
export interface Later {
  /** Makes the won rows of an inserted booking firm, and announces it. */
  confirm(event: Event, cells: readonly Cell[]): void;
  /** Never fails the caller. */
  run(work: () => Promise<unknown>): void;
  /** Ends when all that was given is done. */
  idle(): Promise<void>;
}
/** What reading and searching need of it. */
export type LookDeps = Pick<DeskDeps, 'store' | 'settings'>;

export interface Wording {
  readonly title: string;
  readonly description: string;
  readonly location: string;
}

export const longestBookingMs = 31 * dayMs;
/** A lost race is run again at most this often; more losses in a row mean that something else is wrong. */
export const mostAttempts = 5;

/** Runs a step until it does not ask for another run. @throws Fault `clash` when it never ends */
export async function again<T>(step: () => Promise<T | 'again'>): Promise<T> {
  for (let attempt = 0; attempt < mostAttempts; attempt += 1) {
    const result = await step();
    if (result !== 'again') return result;
  }
  throw new Fault('clash', 'the same record was changed by others again and again');
}

export const windowOf = (deps: LookDeps): Span => {
  const now = deps.store.now();
  return {
    start: (now - deps.settings.windowPastMs) as Instant,
    end: (now + deps.settings.windowAheadMs) as Instant,
  };
};

/** The context in which an event's rows are made; reads the calendar it came from. */
export async function contextOf(
  deps: LookDeps,
  event: Event,
  resources: readonly Resource[],
  window: Span = windowOf(deps),
): Promise<SheetContext> {
  const { origin } = event;
  const calendar = origin === 'rest' ? null : await deps.store.calendars.get(event.tenantId, origin);
  const zones = new Map(resources.map((r) => [r.id, r.zone]));
  return sheetContext(event, calendar, (id) => zones.get(id) ?? utcZone, window);
}

/**
 * An instant as wall time in a zone, or in UTC where the wall clock shows that time twice: the later of the two has no
 * wall time of its own.
 */
export function exactSpan(span: Span, zone: Zone): { readonly start: EventTime; readonly end: EventTime } {
  const isExact = (at: Instant) => wallToInstant(instantToWall(at, zone), zone) === at;
  const named = isExact(span.start) && isExact(span.end) ? zone : utcZone;
  return { start: zonedTime(span.start, named), end: zonedTime(span.end, named) };
}

/** Whole seconds, never shorter than asked: calendars know nothing finer. */
export const wholeSeconds = (span: Span): Span => ({
  start: (Math.floor(span.start / 1000) * 1000) as Instant,
  end: (Math.ceil(span.end / 1000) * 1000) as Instant,
});

/** What is wrong with a span, in a sentence, or null. */
export function spanFault(span: Span): string | null {
  if (!Number.isSafeInteger(span.start) || !Number.isSafeInteger(span.end)) return 'The time is no time.';
  if (span.end <= span.start) return 'The end must lie after the start.';
  if (span.end - span.start > longestBookingMs) return 'Nothing can be booked or held for more than 31 days.';
  return null;
}

export const unique = <T>(items: readonly T[]): readonly T[] => [...new Set(items)];

/** In the order asked; null when one is not there (a deleted one is). */
export async function resourcesOf(
  deps: LookDeps,
  tenantId: TenantId,
  ids: readonly ResourceId[],
): Promise<readonly Resource[] | null> {
  const found = new Map((await deps.store.resources.getMany(tenantId, unique(ids))).map((r) => [r.id, r]));
  const all = ids.map((id) => found.get(id));
  return all.every((r) => r !== undefined) ? all : null;
}

/** The event with something to be told about its version; it owes rows until that is done. */
export const withNews = (event: Event, kind: JournalKind, text: string): Event => ({
  ...event,
  untold: [...(event.untold ?? []), { kind, version: event.version, text }],
});

/**
 * Sets off visits where copies are behind, and tells what the event carries. A lost visit is found by the sweep of debts,
 * and what was not told (false) stays with the event as long as it owes rows.
 */
export async function tell(deps: DeskDeps, event: Event): Promise<boolean> {
  setOff(deps, [event]);
  return tellNews(deps, [event]);
}

/**
 * At once, so that the copy is on its way while the rest is written down: what is owed is in the event itself. Where that is
 * still being saved (`saving`), the visits make ready meanwhile.
 */
export function setOff(deps: DeskDeps, events: readonly Event[], saving?: Promise<unknown>): void {
  const owed = events.flatMap((event) => event.links.filter((link) => owes(event, link)));
  for (const id of unique(owed.map((link) => link.calendarId))) deps.nudge.nudge(id, saving);
}

/** Never fails its caller. `isRepeated`: somebody may have told it already, so the journal is asked first. */
export async function tellNews(deps: DeskDeps, events: readonly Event[], isRepeated = false): Promise<boolean> {
  try {
    const lines = events.flatMap(linesOf);
    const news = isRepeated && lines.length > 0 ? await notYetTold(deps, events, lines) : lines;
    if (news.length > 0) await deps.store.journal.append(news);
    return true;
  } catch (error) {
    const ids = events.map(({ id }) => id).join(' ');
    deps.log.error('a change was saved but could not be announced', { events: ids, error: String(error) });
    return false;
  }
}

type Line = Omit<JournalLine, 'id' | 'at'>;
const linesOf = ({ tenantId, id: eventId, resources: resourceIds, untold }: Event): Line[] =>
  (untold ?? []).map((news) => ({ tenantId, eventId, calendarId: null, resourceIds, ...news }));

const mostLinesLooked = 200;
async function notYetTold(deps: DeskDeps, events: readonly Event[], lines: readonly Line[]): Promise<readonly Line[]> {
  const told = new Set<string>();
  const nameOf = (line: Line) => `${line.eventId} ${line.version} ${line.kind}`;
  for (const { tenantId, id, untold } of events) {
    if (untold === undefined) continue;
    for (const line of await deps.store.journal.ofEvent(tenantId, id, mostLinesLooked)) told.add(nameOf(line));
  }
  return lines.filter((line) => !told.has(nameOf(line)));
}
