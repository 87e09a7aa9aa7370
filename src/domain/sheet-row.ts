/** What a row of a day sheet counts for: whether it still holds, and how much is in use where several lie together. */
import type { SheetRow } from './resource.ts';
import { overlaps } from './span.ts';
import type { Instant, Span } from './time.ts';

/** Whether a row counts: confirmed, or not yet at its end. Judged when it is read, whatever any sweep does. */
export const isLive = (row: SheetRow, now: Instant): boolean => row.firm || row.until === null || row.until > now;

/** The work itself, without the pads around it. */
export const coreOf = (row: Pick<SheetRow, 'start' | 'end' | 'core'>): Span => row.core ?? row;

type Stretch = Pick<SheetRow, 'start' | 'end' | 'core'>;
/**
 * Whether two rows cannot follow one another on one unit: between two pieces of work lies the longer of the two pads, not
 * their sum, so pads may overlap pads but never work.
 */
export const collide = (a: Stretch, b: Stretch): boolean => overlaps(a, coreOf(b)) || overlaps(coreOf(a), b);

/**
 * Those of `others` that leave no room for the row, empty when it fits. On a resource with several units pads count as
 * use like the work itself (which unit follows which is not known), and the most in use at any instant decides.
 */
export function crowding(
  row: Stretch & { readonly quantity: number },
  others: readonly SheetRow[],
  capacity: number,
): readonly SheetRow[] {
  if (capacity === 1) return others.filter((other) => collide(other, row));
  const near = others.filter((other) => overlaps(other, row));
  return near.length > 0 && peak(near, row) + row.quantity > capacity ? near : [];
}

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
