/** What a row of a day sheet counts for: whether it still holds, and how much is in use where several lie together. */
import type { SheetRow } from './resource.ts';
import { overlaps } from './span.ts';
import type { Instant, Span } from './time.ts';

/** Whether a row counts: confirmed, or not yet at its end. Judged when it is read, whatever any sweep does. */
export const isLive = (row: SheetRow, now: Instant): boolean => row.firm || row.until === null || row.until > now;

/** The most that these rows use at any one instant of the span. */
export function peak(rows: readonly SheetRow[], within: Span): number {
  const inside = rows.filter((row) => overlaps(row, within));
  const steps = inside.flatMap((row) => [
    { at: Math.max(row.start, within.start), by: row.quantity },
    { at: row.end, by: -row.quantity },
  ]);
  steps.sort((a, b) => a.at - b.at || a.by - b.by);
  let used = 0;
  let most = 0;
  for (const step of steps) {
    used += step.by;
    if (used > most) most = used;
  }
  return most;
}
