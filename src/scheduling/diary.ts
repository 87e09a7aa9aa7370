/** One resource's time inside a window: when it works, what takes it, and what is left. */
import type { ClaimId } from '../domain/ids.ts';
import type { DaySheet, Resource, RowKind, SheetRow } from '../domain/resource.ts';
import { isLive } from '../domain/sheet-row.ts';
import { overlaps, subtract } from '../domain/span.ts';
import type { Instant, Span } from '../domain/time.ts';
import { dayOf } from '../domain/zone.ts';
import { workingSpans } from './hours.ts';

export interface Diary {
  readonly resource: Resource;
  readonly working: readonly Span[];
  /** Live rows, each once, by start. */
  readonly rows: readonly SheetRow[];
  /** Where every unit of the resource is in use; sorted and disjoint. */
  readonly full: readonly Span[];
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
  return { resource, working, rows: live, full, free: subtract(working, full) };
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

export const isFree = (diary: Diary, span: Span): boolean => contains(diary.free, span);

/** Why this span is not free, without doubles; empty exactly when it is free. */
export function refusalsAt(diary: Diary, span: Span): readonly Refusal[] {
  const found = new Set<Refusal>();
  if (!contains(diary.working, span)) found.add('NOT_WORKING');
  for (const row of obstaclesAt(diary, span)) found.add(busyCode[row.kind]);
  return [...found];
}

const busyCode = {
  booking: 'BUSY_BOOKING',
  calendar: 'BUSY_CALENDAR',
  hold: 'BUSY_HOLD',
} as const satisfies Record<RowKind, Refusal>;

/** Rows that fill the resource up somewhere inside the span. */
export function obstaclesAt(diary: Diary, span: Span): readonly SheetRow[] {
  const full = diary.full.filter((f) => overlaps(f, span));
  return diary.rows.filter((row) => overlaps(row, span) && full.some((f) => overlaps(f, row)));
}

/** Bookings that start on the local day of `at`. */
export function jobsOn(diary: Diary, at: Instant): number {
  const { zone } = diary.resource;
  const day = dayOf(at, zone);
  const near = diary.rows.filter((row) => row.kind === 'booking' && Math.abs(row.start - at) <= 26 * 3_600_000);
  return new Set(near.filter((row) => dayOf(row.start, zone) === day).map((row) => row.claim)).size;
}

/** Whether one of the sorted, disjoint spans holds the whole span. */
function contains(spans: readonly Span[], span: Span): boolean {
  let low = 0;
  let high = spans.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (spans[middle]!.start <= span.start) low = middle + 1;
    else high = middle;
  }
  return low > 0 && span.end <= spans[low - 1]!.end;
}
