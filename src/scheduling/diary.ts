/** One resource's time inside a window: when it works, what takes it, and what is left. */
import type { ClaimId } from '../domain/ids.ts';
import type { DaySheet, Resource, RowKind, SheetRow } from '../domain/resource.ts';
import { collide, coreOf, isLive, peak } from '../domain/sheet-row.ts';
import { overlaps, subtract, union } from '../domain/span.ts';
import type { Takes } from '../domain/takes.ts';
import { isPadded, padded, plainTakes, unitsOf } from '../domain/takes.ts';
import type { Instant, Span, Zone } from '../domain/time.ts';
import { dayMs } from '../domain/time.ts';
import { offsetMsAt } from '../domain/zone.ts';
import { workingSpans } from './hours.ts';

export interface Diary {
  readonly resource: Resource;
  readonly working: readonly Span[];
  /** Live rows, each once, by start. */
  readonly rows: readonly SheetRow[];
  /** Where every unit of the resource is in use, pads included; sorted and disjoint. */
  readonly full: readonly Span[];
  /** As `full`, without pads: where no pad of others may reach. */
  readonly work: readonly Span[];
  /** Working and not full; sorted and disjoint. */
  readonly free: readonly Span[];
}

export type Refusal = 'NOT_WORKING' | `BUSY_${Uppercase<RowKind>}`;

/** `sheets` may hold those of other resources; rows of the claims in `ignore` count as absent. */
export function diaryOf(
  resource: Resource,
  sheets: readonly DaySheet[],
  window: Span,
  now: Instant,
  ignore: ReadonlySet<ClaimId> = new Set(),
): Diary {
  const rows = new Map<string, SheetRow>();
  for (const sheet of sheets) {
    if (sheet.resourceId !== resource.id) continue;
    for (const row of sheet.rows) {
      if (ignore.has(row.claim) || !isLive(row, now) || !overlaps(row, window)) continue;
      rows.set(`${row.claim} ${row.start} ${row.end}`, row);
    }
  }
  const live = [...rows.values()].sort((a, b) => a.start - b.start || a.end - b.end);
  const working = workingSpans(resource, window);
  const full = fullSpans(live, resource.quantity);
  const hasPads = resource.quantity === 1 && live.some((row) => row.core !== undefined);
  const work = hasPads ? union(live.map(coreOf)) : full;
  return { resource, working, rows: live, full, work, free: subtract(working, full) };
}

/** Where the rows leave no unit: one sweep over starts and ends, an end before a start at the same instant. */
export function fullSpans(rows: readonly SheetRow[], quantity: number): readonly Span[] {
  const steps = rows.flatMap((row) => [
    { at: row.start, by: row.quantity },
    { at: row.end, by: -row.quantity },
  ]);
  steps.sort((a, b) => a.at - b.at || a.by - b.by);
  const spans: Span[] = [];
  let used = 0;
  let since: Instant | null = null;
  for (const step of steps) {
    used += step.by;
    if (used >= quantity) since ??= step.at;
    else if (since !== null) {
      if (since < step.at) spans.push({ start: since, end: step.at });
      since = null;
    }
  }
  return spans;
}

/** Whether the resource works then and has room for what is taken. Pads need not lie in working time. */
export const isFree = (diary: Diary, span: Span, takes: Takes = plainTakes): boolean =>
  freeUnits(diary, span, takes) >= unitsOf(takes, diary.resource.id);

/** How many units can be had at the span with its pads; 0 outside working time. */
export function freeUnits(diary: Diary, span: Span, takes: Takes = plainTakes): number {
  const { quantity } = diary.resource;
  if (quantity > 1) {
    return contains(diary.working, span) ? Math.max(0, quantity - peak(diary.rows, padded(span, takes))) : 0;
  }
  if (!contains(diary.free, span)) return 0;
  return isPadded(takes) && touches(diary.work, padded(span, takes)) ? 0 : 1;
}

/** Why this span is not free, without doubles; empty exactly when it is free. */
export function refusalsAt(diary: Diary, span: Span, takes: Takes = plainTakes): readonly Refusal[] {
  const found = new Set<Refusal>();
  if (!contains(diary.working, span)) found.add('NOT_WORKING');
  for (const row of obstaclesAt(diary, span, takes)) found.add(busyCode[row.kind]);
  return [...found];
}

const busyCode = {
  booking: 'BUSY_BOOKING',
  calendar: 'BUSY_CALENDAR',
  hold: 'BUSY_HOLD',
} as const satisfies Record<RowKind, Refusal>;

/** Rows that fill the resource up somewhere inside the span, or leave too few units there. */
export function obstaclesAt(diary: Diary, span: Span, takes: Takes = plainTakes): readonly SheetRow[] {
  const { id, quantity } = diary.resource;
  const wide = padded(span, takes);
  if (quantity === 1) return diary.rows.filter((row) => collide(row, { ...wide, core: span }));
  const need = unitsOf(takes, id);
  const short = need === 1 ? diary.full : fullSpans(diary.rows, Math.max(1, quantity - need + 1));
  const full = short.filter((f) => overlaps(f, wide));
  return diary.rows.filter((row) => overlaps(row, wide) && full.some((f) => overlaps(f, row)));
}

const jobCounts = new WeakMap<Diary, ReadonlyMap<number, number>>();
/** Bookings that start on the local day of `at`. */
export function jobsOn(diary: Diary, at: Instant): number {
  let counts = jobCounts.get(diary);
  if (counts === undefined) {
    counts = countJobs(diary);
    jobCounts.set(diary, counts);
  }
  return counts.size === 0 ? 0 : (counts.get(localDay(at, diary.resource.zone)) ?? 0);
}

function countJobs({ rows, resource }: Diary): ReadonlyMap<number, number> {
  const jobs = new Map<string, number>();
  for (const row of rows) {
    const day = localDay(coreOf(row).start, resource.zone);
    if (row.kind === 'booking') jobs.set(`${day} ${row.claim}`, day);
  }
  const counts = new Map<number, number>();
  for (const day of jobs.values()) counts.set(day, (counts.get(day) ?? 0) + 1);
  return counts;
}

/** A number for each local day: asked for every start of a long window, so no text is made. */
const localDay = (at: Instant, zone: Zone): number => Math.floor((at + offsetMsAt(zone, at)) / dayMs);

/** Whether one of the sorted, disjoint spans holds the whole span. */
function contains(spans: readonly Span[], span: Span): boolean {
  const before = startedBy(spans, span.start);
  return before > 0 && span.end <= spans[before - 1]!.end;
}

/** Whether one of the sorted, disjoint spans overlaps the span. */
function touches(spans: readonly Span[], span: Span): boolean {
  const before = startedBy(spans, span.start);
  if (before > 0 && spans[before - 1]!.end > span.start) return true;
  return before < spans.length && spans[before]!.start < span.end;
}

/** How many of the sorted spans start at or before the instant. */
function startedBy(spans: readonly Span[], at: Instant): number {
  let low = 0;
  let high = spans.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (spans[middle]!.start <= at) low = middle + 1;
    else high = middle;
  }
  return low;
}
