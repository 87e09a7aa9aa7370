/** The record that two claims want one time: opened when facts collide, since neither is ever dropped. */
import type { Event } from '../domain/event.ts';
import type { ResourceId } from '../domain/ids.ts';
import { claimOfEvent } from '../domain/ids.ts';
import type { Conflict } from '../domain/policy.ts';
import type { DaySheet, Resource, SheetRow, Slot } from '../domain/resource.ts';
import { overlaps } from '../domain/span.ts';
import type { Instant } from '../domain/time.ts';
import { formatInstant } from '../domain/time.ts';
import { clashes, overlapConflictId } from './sheet.ts';

const kindWords = { booking: 'another booking', calendar: 'an event of a calendar', hold: 'a hold' } as const;

/**
 * One conflict for each overlap of a booking with another event; that two appointments of a calendar overlap is their
 * owner's business. Rows that are not confirmed yet are left out: when their owner
 * confirms them (or uses the hold), the claim is decided again and refused.
 */
export function overlapConflicts(
  event: Event,
  sheets: readonly DaySheet[],
  resources: readonly Resource[],
  o: { readonly now: Instant; readonly alternatives: readonly Slot[] },
): readonly Conflict[] {
  const found = new Map<string, Conflict>();
  const opened = { openedAt: o.now, alternatives: o.alternatives };
  for (const whole of sheets) {
    const sheet = { ...whole, rows: whole.rows.filter((row) => row.firm) };
    const resource = resources.find((r) => r.id === sheet.resourceId);
    const beside = clashes(event, [sheet], o.now, () => resource?.quantity ?? 1).filter(
      (row) => event.booking !== null || row.kind === 'booking',
    );
    const own = sheet.rows.filter((row) => row.claim === claimOfEvent(event.id));
    for (const row of beside) {
      const mine = own.find((r) => overlaps(r, row))!;
      const id = overlapConflictId(mine, row);
      found.set(id, {
        ...conflictOf(event, sheet.resourceId, resource?.name ?? 'A resource', mine, row),
        id,
        ...opened,
      });
    }
  }
  return [...found.values()];
}

/** The booking is always our side, whoever of the two was looked at. */
function conflictOf(event: Event, resourceId: ResourceId, name: string, mine: SheetRow, row: SheetRow) {
  const from = formatInstant(Math.max(mine.start, row.start) as Instant);
  const to = formatInstant(Math.min(mine.end, row.end) as Instant);
  const isOurs = event.booking !== null;
  const [booking, other] = isOurs ? [mine, row] : [row, mine];
  return {
    tenantId: event.tenantId,
    version: 1,
    state: 'open',
    kind: 'overlap',
    eventId: booking.eventId ?? event.id,
    other: other.eventId === null ? null : { eventId: other.eventId, isBooking: other.kind === 'booking' },
    isBooking: true,
    resourceId,
    calendarId: null,
    unit: null,
    ours: `${formatInstant(booking.start)}/${formatInstant(booking.end)}`,
    theirs: `${formatInstant(other.start)}/${formatInstant(other.end)}`,
    sentence: `${name} is wanted twice from ${from} to ${to}: here and by ${kindWords[row.kind]}.`,
    oursAt: isOurs ? event.updatedAt : null,
    theirsAt: null,
    decision: null,
    resolvedAt: null,
    choice: null,
  } as const;
}
