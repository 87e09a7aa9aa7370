/** Reads what a proof of some day sheets rests on: the sheets, and the events and holds by which they are recomputed. */
import type { Calendar } from '../domain/calendar.ts';
import type { Event } from '../domain/event.ts';
import type { CalendarId, EventId, ResourceId, TenantId } from '../domain/ids.ts';
import { claimOfHold } from '../domain/ids.ts';
import type { DaySheet, Hold, Resource } from '../domain/resource.ts';
import { expand, spanOf } from '../domain/series.ts';
import { utcDaysOf } from '../domain/span.ts';
import { longestPadMs, padded, plainTakes, unitsOf } from '../domain/takes.ts';
import type { CalendarDay, Instant, Span } from '../domain/time.ts';
import { utcZone } from '../domain/time.ts';
import type { ProofDeps } from './proof.ts';
import type { Expected, SheetInput } from './proof-sheet.ts';
import { dayAsSpan } from './proof-sheet.ts';
import { rowsFor, sheetContext } from './sheet.ts';

const eventsPerRead = 1_000;
/** A write that takes longer than this has died; the sweep of sheet debts should have finished it. */
const graceMs = 2 * 60_000;
const always: Span = { start: Number.MIN_SAFE_INTEGER as Instant, end: Number.MAX_SAFE_INTEGER as Instant };

/** What one proof remembers from read to read. */
export interface Memo {
  readonly calendars: Map<CalendarId, Calendar | null>;
  /** Series that cannot be followed to the end, by event and version. */
  readonly vague: Map<string, boolean>;
}
export const newMemo = (): Memo => ({ calendars: new Map(), vague: new Map() });

export interface GroundQuery {
  readonly resources: readonly Resource[];
  /** Days in order, without a gap. */
  readonly days: readonly CalendarDay[];
  readonly span: Span;
}

/** One input per resource and day, in that order. */
export async function readGround(
  deps: ProofDeps,
  tenantId: TenantId,
  q: GroundQuery,
  memo: Memo,
): Promise<readonly Omit<SheetInput, 'isTold'>[]> {
  const { store } = deps;
  const ids = q.resources.map((r) => r.id);
  const [first, last] = [q.days[0], q.days.at(-1)];
  if (first === undefined || last === undefined || ids.length === 0) return [];
  const chunk: Span = { start: dayAsSpan(first).start, end: dayAsSpan(last).end };
  const sheets = await store.sheets.load(tenantId, ids, q.days);
  // Pads reach over midnight although the work itself does not.
  const wide: Span = { start: (chunk.start - longestPadMs) as Instant, end: (chunk.end + longestPadMs) as Instant };
  const events = await eventsIn(deps, tenantId, ids, wide);
  const now = store.now();
  const holds = await store.holds.inSpan(tenantId, wide, now);
  const expected = await expectedBy(deps, tenantId, { ...q, chunk, events, holds, memo });
  const settling = await settlingOf(deps, tenantId, sheets, events);
  const vague = new Set(events.filter((event) => isVague(deps, event, memo)).map((event) => event.id));
  const byId = new Map(q.resources.map((r) => [r.id, r]));
  return sheets.flatMap((sheet) => {
    const resource = byId.get(sheet.resourceId);
    const day = dayAsSpan(sheet.day);
    const within: Span = {
      start: Math.max(day.start, q.span.start) as Instant,
      end: Math.min(day.end, q.span.end) as Instant,
    };
    if (resource === undefined) return [];
    return [{ sheet, resource, within, expected: expected.get(keyOf(sheet)) ?? [], now, settling, vague }];
  });
}

/** All of them: a day that holds more than one read gives is read again whole. */
async function eventsIn(
  deps: ProofDeps,
  tenantId: TenantId,
  ids: readonly ResourceId[],
  chunk: Span,
): Promise<readonly Event[]> {
  for (let limit = eventsPerRead; ; limit *= 4) {
    const found = await deps.store.events.inSpan(tenantId, ids, chunk, limit);
    if (found.length < limit) return found;
  }
}

interface Sources extends GroundQuery {
  readonly chunk: Span;
  readonly events: readonly Event[];
  readonly holds: readonly Hold[];
  readonly memo: Memo;
}

async function expectedBy(
  deps: ProofDeps,
  tenantId: TenantId,
  o: Sources,
): Promise<ReadonlyMap<string, readonly Expected[]>> {
  const byKey = new Map<string, Expected[]>();
  const add = (key: string, claim: Expected): void => void byKey.set(key, [...(byKey.get(key) ?? []), claim]);
  const zones = new Map(o.resources.map((r) => [r.id, r.zone]));
  const { calendars } = o.memo;
  for (const event of o.events) {
    const { origin } = event;
    if (origin !== 'rest' && !calendars.has(origin)) {
      calendars.set(origin, await deps.store.calendars.get(tenantId, origin));
    }
    const home = origin === 'rest' ? null : (calendars.get(origin) ?? null);
    const ctx = sheetContext(event, home, (id) => zones.get(id) ?? utcZone, o.chunk);
    const kind = event.booking === null ? ('calendar' as const) : ('booking' as const);
    for (const put of rowsFor(event, ctx)) {
      if (!zones.has(put.resourceId)) continue;
      const { claim, rows: spans } = put;
      const quantity = spans[0]?.quantity ?? 1;
      add(keyOf(put), { claim, eventId: event.id, kind, spans, quantity, must: mustOf(deps, event) });
    }
  }
  for (const hold of o.holds) {
    const takes = hold.takes ?? plainTakes;
    const span = padded(hold.span, takes);
    const claim = { claim: claimOfHold(hold.id), eventId: null, kind: 'hold' as const, spans: [span], must: always };
    for (const resourceId of hold.resourceIds) {
      const quantity = unitsOf(takes, resourceId);
      for (const day of utcDaysOf(span)) add(keyOf({ resourceId, day }), { ...claim, quantity });
    }
  }
  return byKey;
}

/** Series and endless events have rows only inside the sliding window, and of a series only as far as it is covered. */
function mustOf({ store, settings }: ProofDeps, event: Event): Span {
  const { start, end: last } = spanOf(event.fields, utcZone);
  const isEndless = last - start > settings.windowPastMs + settings.windowAheadMs;
  if (event.fields.series === null && !isEndless) return always;
  const now = store.now();
  const end = Math.min(now + settings.windowAheadMs, event.coveredUntil ?? Infinity);
  return { start: (now - settings.windowPastMs) as Instant, end: end as Instant };
}

/** Whether all behind some point is blocked because a rule is too dense to be followed; seen from here it may not be. */
function isVague({ store, settings }: ProofDeps, event: Event, memo: Memo): boolean {
  if (event.fields.series === null) return false;
  const key = `${event.id} ${event.version}`;
  const known = memo.vague.get(key);
  if (known !== undefined) return known;
  const now = store.now();
  const window: Span = {
    start: (now - settings.windowPastMs) as Instant,
    end: (now + settings.windowAheadMs) as Instant,
  };
  const isSo = !expand(event.fields, window, utcZone).complete;
  memo.vague.set(key, isSo);
  return isSo;
}

/** Events whose rows are being written: those that say so, and those that rows of a newer version stand for. */
async function settlingOf(
  deps: ProofDeps,
  tenantId: TenantId,
  sheets: readonly DaySheet[],
  live: readonly Event[],
): Promise<ReadonlySet<EventId>> {
  const known = new Map(live.map((event) => [event.id, event]));
  const strangers = new Set<EventId>();
  for (const { rows } of sheets) {
    for (const { eventId } of rows) if (eventId !== null && !known.has(eventId)) strangers.add(eventId);
  }
  for (const event of await deps.store.events.getMany(tenantId, [...strangers])) known.set(event.id, event);
  const young = (event: Event): boolean => deps.clock.now() - event.updatedAt < graceMs;
  const settling = [...known.values()].filter((event) => event.sheetVersion < event.version && young(event));
  return new Set(settling.map((event) => event.id));
}

const keyOf = (place: { readonly resourceId: ResourceId; readonly day: CalendarDay }): string =>
  `${place.resourceId} ${place.day}`;
