/** Brings day sheets to what an event says, from the event alone: after every change, and after a crash in one. */
import type { Event } from '../domain/event.ts';
import { withoutNews } from '../domain/event.ts';
import type { EventId, ResourceId, TenantId } from '../domain/ids.ts';
import { claimOfEvent } from '../domain/ids.ts';
import type { DaySheet, Resource, Slot } from '../domain/resource.ts';
import { spanOf } from '../domain/series.ts';
import { overlaps, utcDaysOf } from '../domain/span.ts';
import { longestPadMs, padded, plainTakes } from '../domain/takes.ts';
import type { CalendarDay, Instant } from '../domain/time.ts';
import { utcZone } from '../domain/time.ts';
import { coverSlackMs } from './look.ts';
import { alternativesForEvent } from './outcomes.ts';
import { overlapConflicts } from './overlap.ts';
import type { DeskDeps } from './parts.ts';
import { again, contextOf, longestBookingMs, tell, tellNews, unique, windowOf } from './parts.ts';
import type { SheetContext, SheetPut } from './sheet.ts';
import { coveredUntil, rowsFor } from './sheet.ts';

/** Settles events whose rows are behind and series whose rows end too early; returns how many. */
export async function settleSheets(deps: DeskDeps, limit: number): Promise<number> {
  const coveredBefore = (windowOf(deps).end - coverSlackMs) as Instant;
  const debts = await deps.store.events.sheetDebts(coveredBefore, limit);
  let settled = 0;
  for (const event of debts) {
    try {
      await settleEvent(deps, event, 'debt');
      settled += 1;
    } catch (error) {
      // One event that cannot be settled must not keep the others from it.
      deps.log.error('the rows of an event could not be settled', { eventId: event.id, error: String(error) });
    }
  }
  return settled;
}

export async function rebuild(deps: DeskDeps, tenantId: TenantId, id: EventId): Promise<void> {
  const event = await deps.store.events.get(tenantId, id);
  if (event !== null) await settleEvent(deps, event, 'whole');
}

/** Where rows of an event may be that the event itself does not tell of. */
export type Place = Pick<SheetPut, 'resourceId' | 'day'>;

/**
 * Writes the event's rows, takes away those that it no longer has, and raises `sheetVersion`. `whole` searches for old
 * rows even where nothing is known to be behind; `touched` are sheets to be put right in any case. Ends only when the
 * event was still the same after its rows were written: a late put of an older state would leave rows without an owner.
 */
export async function settleEvent(
  deps: DeskDeps,
  event: Event,
  depth: 'debt' | 'whole',
  touched: readonly Place[] = [],
): Promise<Event | null> {
  let current: Event | null = event;
  let places = touched;
  return again(async () => {
    if (current === null) return null;
    const puts = await putsFor(deps, current, depth, places);
    places = puts;
    await reportOverlaps(deps, current, await deps.store.sheets.putMany(current.tenantId, puts));
    if (!(await tellNews(deps, [current], true))) return current;
    const next = settledState(deps, current);
    if (next !== null && (await deps.store.events.save(next))) return next;
    const seen: Event = current;
    current = await deps.store.events.get(seen.tenantId, seen.id);
    return next === null && current?.version === seen.version ? current : 'again';
  });
}

/**
 * Says in the event that its rows are written, after the caller wrote them at `touched`. A miss means that somebody
 * settled or changed it since; then it is settled from what it is now.
 */
export async function markSettled(deps: DeskDeps, event: Event, touched: readonly Place[]): Promise<Event> {
  if (!(await tellNews(deps, [event]))) return event;
  const next = settledState(deps, event);
  if (next !== null && (await deps.store.events.save(next))) return next;
  const current = await deps.store.events.get(event.tenantId, event.id);
  return current === null ? event : ((await settleEvent(deps, current, 'debt', touched)) ?? event);
}

/** Tells what was saved in `next` and says so in the event, where rows were not owed before and have not changed. */
export async function toldOf(deps: DeskDeps, before: Event, next: Event): Promise<Event> {
  const isTold = await tell(deps, next);
  if (!isTold || before.sheetVersion < before.version) return next;
  const [isSaid] = await deps.store.events.settleRows([next]);
  return isSaid ? { ...withoutNews(next), sheetVersion: next.version } : next;
}

/** The event with its debt paid, or null when it has none. */
function settledState(deps: DeskDeps, event: Event): Event | null {
  const window = windowOf(deps);
  const covered = coveredUntil(event, { window });
  const isCovered = covered === null || (event.coveredUntil ?? 0) >= covered - coverSlackMs;
  if (event.sheetVersion === event.version && isCovered) return null;
  return {
    ...withoutNews(event),
    rev: event.rev + 1,
    sheetVersion: event.version,
    coveredUntil: covered,
    booking: withoutOldRows(event),
  };
}

async function putsFor(
  deps: DeskDeps,
  event: Event,
  depth: 'debt' | 'whole',
  touched: readonly Place[],
): Promise<readonly SheetPut[]> {
  const resources = await deps.store.resources.getMany(event.tenantId, event.resources);
  const ctx = await contextOf(deps, event, resources);
  const puts = rowsFor(event, ctx);
  // The first version of an event has no older rows, and a series that only goes on has none either.
  const mayHaveOld = depth === 'whole' || (event.sheetVersion < event.version && event.version > 1);
  const old = mayHaveOld ? await placesWithRows(deps, event, ctx) : [];
  const known = new Set(puts.map(placeKey));
  const claim = claimOfEvent(event.id);
  const others = new Map([...old, ...touched].map((place) => [placeKey(place), place]));
  const empty = [...others.values()]
    .filter((place) => !known.has(placeKey(place)))
    .map(({ resourceId, day }) => ({ resourceId, day, claim, rows: [], version: event.version }));
  return [...puts, ...empty];
}

const placeKey = (place: Place): string => `${place.resourceId} ${place.day}`;

async function placesWithRows(deps: DeskDeps, event: Event, ctx: SheetContext): Promise<readonly Place[]> {
  const claim = claimOfEvent(event.id);
  const sheets = await deps.store.sheets.load(event.tenantId, resourcesEver(event), daysEver(event, ctx));
  return sheets.filter((sheet) => sheet.rows.some((row) => row.claim === claim));
}

const resourcesEver = (event: Event): readonly ResourceId[] =>
  unique([...event.resources, ...(event.booking?.receipt.rows ?? []).map((row) => row.resourceId)]);

function daysEver(event: Event, ctx: SheetContext): readonly CalendarDay[] {
  const own = padded(spanOf(event.fields, utcZone), event.booking?.takes ?? plainTakes);
  const isShort = event.fields.series === null && own.end - own.start <= longestBookingMs + 2 * longestPadMs;
  const spans = [ctx.window, ...(isShort ? [own] : []), ...(event.booking?.receipt.rows ?? []).map((row) => row.span)];
  return unique(spans.flatMap(utcDaysOf)).toSorted();
}

/** Until it is settled, a moved booking's receipt also names the rows it is leaving, so that a crash cannot lose them. */
function withoutOldRows(event: Event): Event['booking'] {
  if (event.booking === null) return null;
  const { receipt } = event.booking;
  const { start, end } = padded(spanOf(event.fields, utcZone), event.booking.takes ?? plainTakes);
  const rows = receipt.rows.filter(
    (row) => event.resources.includes(row.resourceId) && row.span.start === start && row.span.end === end,
  );
  return rows.length === 0 ? event.booking : { ...event.booking, receipt: { ...receipt, rows } };
}

/** Facts are not refused, but two of them at one time are told. */
export async function reportOverlaps(deps: DeskDeps, event: Event, sheets: readonly DaySheet[]): Promise<void> {
  const now = deps.store.now();
  const resources = await resourcesIfCrowded(deps, event, sheets);
  if (resources === null) return;
  const found = overlapConflicts(event, sheets, resources, { now, alternatives: [] });
  if (found.length === 0) return;
  const bookings = await deps.store.events.getMany(
    event.tenantId,
    found.map((conflict) => conflict.eventId),
  );
  const free = new Map<EventId, readonly Slot[]>();
  for (const booking of bookings) free.set(booking.id, await alternativesForEvent(deps, booking));
  const complete = found.map((conflict) => ({ ...conflict, alternatives: free.get(conflict.eventId) ?? [] }));
  const opened = await deps.store.conflicts.open(complete);
  if (opened === 0) return;
  deps.log.info('two events want one time', { eventId: event.id, conflicts: opened });
  await deps.store.journal.append(
    found.map((conflict) => ({
      tenantId: event.tenantId,
      kind: 'conflict.opened' as const,
      eventId: event.id,
      calendarId: null,
      resourceIds: conflict.resourceId === null ? [] : [conflict.resourceId],
      version: event.version,
      text: conflict.sentence,
      details: { conflictId: conflict.id, conflict: conflict.kind, unit: conflict.unit },
    })),
  );
}

/** The event's resources, read only when some firm row of others lies over one of its own; else null. */
async function resourcesIfCrowded(
  deps: DeskDeps,
  event: Event,
  sheets: readonly DaySheet[],
): Promise<readonly Resource[] | null> {
  const claim = claimOfEvent(event.id);
  const isCrowded = sheets.some((sheet) => {
    const firm = sheet.rows.filter((row) => row.firm);
    const own = firm.filter((row) => row.claim === claim);
    return firm.some((row) => row.claim !== claim && own.some((mine) => overlaps(mine, row)));
  });
  return isCrowded ? deps.store.resources.getMany(event.tenantId, event.resources) : null;
}
