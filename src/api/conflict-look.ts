/** Looks whether an open conflict still stands, and how it stands now. */

import type { Event } from '../domain/event.ts';
import { sameValue } from '../domain/event.ts';
import { claimOfEvent } from '../domain/ids.ts';
import type { Conflict } from '../domain/policy.ts';
import type { Slot } from '../domain/resource.ts';
import { spanOf } from '../domain/series.ts';
import { overlaps, utcDaysOf } from '../domain/span.ts';
import { dayMs, utcZone } from '../domain/time.ts';
import { clashes, overlapConflictId } from '../scheduling/sheet.ts';
import type { AppParts } from './parts.ts';

type LookParts = Pick<AppParts, 'store' | 'disputes' | 'alternativesFor'>;

/** The record as it should be now, one version on where it changed; `over` when nothing is left to decide. Writes nothing. */
export async function lookAt(parts: LookParts, conflict: Conflict): Promise<Conflict | 'over'> {
  const current = conflict.kind === 'overlap' ? await overlapNow(parts, conflict) : await disputeNow(parts, conflict);
  if (current === 'over' || sameValue(current, conflict)) return current;
  return { ...current, version: conflict.version + 1 };
}

async function disputeNow(parts: LookParts, conflict: Conflict): Promise<Conflict | 'over'> {
  const standing = await parts.disputes.standing(conflict);
  if (standing.kind === 'over') return 'over';
  const { ours, theirs, sentence } = standing;
  // Only other values make another question; a sentence alone would be made anew with every look.
  return ours === conflict.ours && theirs === conflict.theirs ? conflict : { ...conflict, ours, theirs, sentence };
}

async function overlapNow(parts: LookParts, conflict: Conflict): Promise<Conflict | 'over'> {
  const booking = await parts.store.events.get(conflict.tenantId, conflict.eventId);
  if (booking === null || !(await stillOverlaps(parts, conflict, booking))) return 'over';
  const fresh = await parts.alternativesFor(booking);
  return areStillFree(conflict.alternatives, fresh) ? conflict : { ...conflict, alternatives: fresh };
}

/** Nearest ones change with every booking around; what was offered is replaced only when some of it is gone. */
function areStillFree(offered: readonly Slot[], fresh: readonly Slot[]): boolean {
  return offered.length > 0
    ? offered.every((slot) => fresh.some((other) => other.start === slot.start && other.end === slot.end))
    : fresh.length === 0;
}

const widest = 62 * dayMs;

/** Whether the very rows that the record is about lie on each other still. */
async function stillOverlaps(parts: LookParts, conflict: Conflict, booking: Event): Promise<boolean> {
  const { tenantId, resourceId, other } = conflict;
  if (other === null || resourceId === null || booking.deletedAt !== null) return false;
  if (!booking.resources.includes(resourceId)) return false;
  const [resource] = await parts.store.resources.getMany(tenantId, [resourceId]);
  const span = spanOf(booking.fields, resource?.zone ?? utcZone);
  // A series has no one time: it is looked at again when either of the two ends.
  if (booking.fields.series !== null || span.end - span.start > widest) {
    const beside = await parts.store.events.get(tenantId, other.eventId);
    return beside !== null && beside.deletedAt === null;
  }
  const sheets = await parts.store.sheets.load(tenantId, [resourceId], utcDaysOf(span));
  const claim = claimOfEvent(booking.id);
  const own = sheets.flatMap((sheet) => sheet.rows.filter((row) => row.claim === claim));
  const now = parts.store.now();
  return clashes(booking, sheets, now, () => resource?.quantity ?? 1).some(
    (row) =>
      row.eventId === other.eventId &&
      own.some((mine) => overlaps(mine, row) && overlapConflictId(mine, row) === conflict.id),
  );
}
