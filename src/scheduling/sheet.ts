/** What the day sheets must hold for an event: the pure rules by which time is covered before it is uncovered. */
import type { BusyRules, Calendar } from '../domain/calendar.ts';
import type { Event, InstanceFields } from '../domain/event.ts';
import { sameValue } from '../domain/event.ts';
import type { ClaimId, ConflictId, ResourceId } from '../domain/ids.ts';
import { claimOfEvent, derivedId } from '../domain/ids.ts';
import type { DaySheet, SheetRow } from '../domain/resource.ts';
import { expand, spanOf } from '../domain/series.ts';
import { crowding, isLive } from '../domain/sheet-row.ts';
import { union, utcDaysOf } from '../domain/span.ts';
import { plainTakes, rowShape } from '../domain/takes.ts';
import type { CalendarDay, Instant, Span, Zone } from '../domain/time.ts';
import { dayMs } from '../domain/time.ts';

export interface SheetContext {
  /** How far series are materialised; single events block wherever they are. */
  readonly window: Span;
  /** The zone in which floating times and whole days of an event fall for this resource. */
  readonly zoneOf: (resourceId: ResourceId) => Zone;
  /** Rules of the calendar that the event came from; null for bookings, which block whatever they are called. */
  readonly rules: BusyRules | null;
}

/** All rows of one claim on one sheet, in the shape of `SheetStore.putMany`. */
export interface SheetPut {
  readonly resourceId: ResourceId;
  readonly day: CalendarDay;
  readonly claim: ClaimId;
  readonly rows: readonly SheetRow[];
  /** The event version that the rows were made from: a late writer clears nothing newer. */
  readonly version: number;
}

/**
 * `cover` holds old and new rows together and is written BEFORE the event is saved. `settle` is exactly the new rows
 * and is written AFTER; it names only sheets on which old rows have to go. So with an empty `settle` the event may be
 * saved with `sheetVersion` = `version` at once; otherwise it is saved behind, settled, and raised by a second save:
 * that debt is what finds the old rows after a crash.
 */
export interface SheetMoves {
  readonly cover: readonly SheetPut[];
  readonly settle: readonly SheetPut[];
}

/** A single event longer than this is bad data or a statement about a life; it blocks only inside the window. */
const longestSingleMs = 1100 * dayMs;

/** What the sheets should hold for this event: one entry per resource and UTC day, sorted by both. */
export function rowsFor(event: Event, ctx: SheetContext): readonly SheetPut[] {
  if (event.deletedAt !== null || event.booking?.status === 'cancelled') return [];
  const claim = claimOfEvent(event.id);
  const puts: SheetPut[] = [];
  for (const resourceId of [...new Set(event.resources)].sort()) {
    const byDay = new Map<CalendarDay, SheetRow[]>();
    for (const span of busySpans(event, ctx, ctx.zoneOf(resourceId))) {
      const row = rowOf(event, resourceId, span);
      for (const day of utcDaysOf(reach(event, row, ctx.window))) {
        const rows = byDay.get(day) ?? [];
        byDay.set(day, rows);
        rows.push(row);
      }
    }
    for (const day of [...byDay.keys()].sort()) {
      puts.push({ resourceId, day, claim, rows: byDay.get(day)!, version: event.version });
    }
  }
  return puts;
}

/** The moves from the rows of `prev` (null: there was none) to those of `next`; both empty when nothing changes. */
export function sheetMoves(prev: Event | null, next: Event, ctx: SheetContext): SheetMoves {
  const before = byKey(prev === null ? [] : rowsFor(prev, ctx));
  const written = byKey(prev === null ? [] : rowsFor(prev, writtenPart(prev, ctx)));
  const after = byKey(rowsFor(next, ctx));
  const cover: SheetPut[] = [];
  const settle: SheetPut[] = [];
  for (const key of [...new Set([...before.keys(), ...after.keys()])].sort()) {
    const rows = after.get(key)?.rows ?? [];
    const put = { ...(after.get(key) ?? before.get(key))!, version: next.version };
    const gone = (before.get(key)?.rows ?? []).filter((row) => !holds(rows, row));
    const come = rows.filter((row) => !holds(written.get(key)?.rows ?? [], row));
    if (come.length > 0) cover.push({ ...put, rows: [...rows, ...gone.map((row) => aged(row, next))] });
    if (gone.length > 0) settle.push({ ...put, rows });
  }
  return { cover, settle };
}

/**
 * Takes back a cover whose event could not be saved, from the event as it is now. To be written before the plan is made
 * anew: the next plan knows nothing of days that only the lost one named.
 */
export function uncover(cover: readonly SheetPut[], current: Event, ctx: SheetContext): readonly SheetPut[] {
  const rows = byKey(rowsFor(current, ctx));
  const version = Math.max(current.version, ...cover.map((put) => put.version));
  return cover.map((put) => ({ ...put, rows: rows.get(keyOf(put))?.rows ?? [], version }));
}

/** The rules and the zone by which an event's rows are made: those of the calendar it came from, if it still has one. */
export function sheetContext(
  event: Event,
  origin: Pick<Calendar, 'id' | 'busyRules' | 'zone'> | null,
  zoneOfResource: (resourceId: ResourceId) => Zone,
  window: Span,
): SheetContext {
  const from = event.booking === null && origin !== null && origin.id === event.origin ? origin : null;
  return { window, rules: from?.busyRules ?? null, zoneOf: from === null ? zoneOfResource : () => from.zone };
}

/** Two claims that want one time have one conflict, whoever of the two finds it and how often. */
export function overlapConflictId(a: SheetRow, b: SheetRow): ConflictId {
  return derivedId('conflict', 'overlap', ...[a, b].map((row) => `${row.claim} ${row.start} ${row.end}`).sort());
}

/** What `Event.coveredUntil` must say once the rows of this context are written. */
export const coveredUntil = (event: Event, ctx: Pick<SheetContext, 'window'>): Instant | null =>
  event.fields.series === null ? null : ctx.window.end;

/** The window moves on by itself: rows of a series behind `coveredUntil` were never written, whatever `rowsFor` says. */
function writtenPart(prev: Event, ctx: SheetContext): SheetContext {
  if (prev.fields.series === null) return ctx;
  const end = Math.min(ctx.window.end, prev.coveredUntil ?? ctx.window.start) as Instant;
  return { ...ctx, window: { start: ctx.window.start, end } };
}

/**
 * Live rows of other claims that do not fit beside the event's own rows on these sheets, each once per resource.
 * `capacityOf` says how many may be in use at once (1 when left out).
 */
export function clashes(
  event: Pick<Event, 'id'>,
  sheets: readonly DaySheet[],
  now: Instant,
  capacityOf: (resourceId: ResourceId) => number = () => 1,
): readonly SheetRow[] {
  const claim = claimOfEvent(event.id);
  const found = new Map<string, SheetRow>();
  for (const sheet of sheets) {
    const others = sheet.rows.filter((row) => row.claim !== claim && isLive(row, now));
    for (const own of sheet.rows.filter((row) => row.claim === claim && isLive(row, now))) {
      for (const row of crowding(own, others, capacityOf(sheet.resourceId)))
        found.set(`${sheet.resourceId} ${row.claim} ${row.start} ${row.end}`, row);
    }
  }
  return [...found.values()].sort((a, b) => a.start - b.start || (a.claim < b.claim ? -1 : 1));
}

/**
 * Whether one occurrence takes its resource's time. Every rule that applies must say that it blocks: a private
 * all-day event blocks only where both private and all-day events do.
 */
export function blocks(o: InstanceFields, rules: BusyRules | null): boolean {
  if (o.status === 'cancelled') return false;
  if (rules === null) return true;
  if (o.busy === 'free' && !rules.free) return false;
  if ((o.busy === 'tentative' || o.status === 'tentative') && !rules.tentative) return false;
  if (o.busy === 'away' && !rules.away) return false;
  if (o.start.kind === 'date' && !rules.allDay) return false;
  if (o.response === 'declined' && !rules.declined) return false;
  if (o.response === 'unanswered' && !rules.unanswered) return false;
  return o.privacy !== 'private' || rules.private;
}

/** The stretches that the event takes from a resource living in `zone`, sorted and disjoint. */
export function busySpans(event: Event, ctx: Pick<SheetContext, 'window' | 'rules'>, zone: Zone): readonly Span[] {
  const { fields } = event;
  const rules = event.booking === null ? ctx.rules : null;
  if (fields.series === null) return blocks(fields, rules) ? union([spanOf(fields, zone)]) : [];
  if (ctx.window.start >= ctx.window.end) return [];
  const { occurrences, complete, upTo } = expand(fields, ctx.window, zone);
  const spans = occurrences.filter((o) => blocks(o.fields, rules)).map((o): Span => o.span);
  // A rule too dense or too hostile to follow to the end: what lies behind is unknown, and unknown time is not free.
  if (!complete && blocks(fields, rules)) {
    spans.push({ start: Math.max(upTo, ctx.window.start) as Instant, end: ctx.window.end });
  }
  return union(spans.filter((span) => span.start < span.end));
}

function rowOf(event: Event, resourceId: ResourceId, span: Span): SheetRow {
  return {
    claim: claimOfEvent(event.id),
    eventId: event.id,
    kind: event.booking === null ? 'calendar' : 'booking',
    ...rowShape(span, event.booking?.takes ?? plainTakes, resourceId),
    firm: true,
    until: null,
    version: event.version,
  };
}

/** The part of a span that gets rows: all of it, but of series and of endless events only what the window shows. */
function reach(event: Event, span: Span, window: Span): Span {
  if (event.fields.series === null && span.end - span.start <= longestSingleMs) return span;
  return {
    start: Math.max(span.start, window.start) as Instant,
    end: Math.min(span.end, window.end) as Instant,
  };
}

const keyOf = (put: Pick<SheetPut, 'resourceId' | 'day'>): string => `${put.resourceId} ${put.day}`;
const byKey = (puts: readonly SheetPut[]): Map<string, SheetPut> => new Map(puts.map((put) => [keyOf(put), put]));

/** The version is left out of the comparison: a row that stays where it is need not be written again. */
const holds = (rows: readonly SheetRow[], row: SheetRow): boolean =>
  rows.some((other) => sameValue({ ...other, version: 0 }, { ...row, version: 0 }));

/** An old row inside a cover carries the new version, so that the settling put of that version may take it away. */
const aged = (row: SheetRow, next: Event): SheetRow => ({ ...row, version: next.version });
