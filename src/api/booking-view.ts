/** Shows bookings, and waits for their calendar copies when the caller prefers to. */
import { type BookingView, showBooking } from '../../mappings/crm.ts';
import type { Booking } from '../domain/booking.ts';
import type { Event } from '../domain/event.ts';
import { owes } from '../domain/event.ts';
import { Fault } from '../domain/fault.ts';
import type { CalendarId, ResourceId, TenantId } from '../domain/ids.ts';
import type { Zone } from '../domain/time.ts';
import { utcZone } from '../domain/time.ts';
import type { Store } from '../store/store.ts';
import type { AppParts } from './parts.ts';

export const bookingOf = (event: Event): Booking => {
  if (event.booking === null) throw new Fault('bug', 'an event without a booking was taken for one');
  return event.booking;
};

/** Zones are needed only for copies that a technician turned into whole days or floating times. */
async function zonesOf(store: Store, tenantId: TenantId, events: readonly Event[]): Promise<Map<ResourceId, Zone>> {
  const ids = events
    .filter((e) => e.fields.start.kind !== 'zoned' || e.fields.end.kind !== 'zoned')
    .flatMap((e) => e.resources.slice(0, 1));
  const found = ids.length === 0 ? [] : await store.resources.getMany(tenantId, ids);
  return new Map(found.map((r) => [r.id, r.zone]));
}

export async function viewBookings(store: Store, tenantId: TenantId, events: readonly Event[]): Promise<BookingView[]> {
  const zones = await zonesOf(store, tenantId, events);
  return events.map((event) => {
    const first = event.resources[0];
    return showBooking(event, bookingOf(event), (first === undefined ? undefined : zones.get(first)) ?? utcZone);
  });
}

export async function viewBooking(store: Store, event: Event): Promise<BookingView> {
  const [view] = await viewBookings(store, event.tenantId, [event]);
  return view!;
}

const lookAgainMs = 100;

/** The event after its copies were written, or after the time was up, or when waiting longer makes no sense. */
export async function afterCopies(parts: AppParts, event: Event, waitMs: number): Promise<Event> {
  const { clock, store, nudge } = parts;
  const until = clock.monotonic() + waitMs;
  let current = event;
  for (;;) {
    const left = until - clock.monotonic();
    const pending = toBeWritten(current, clock.now());
    if (pending.length === 0 || left <= 0) return current;
    const reports = await Promise.all(pending.map((id) => nudge.visitAndWait(id, left, 'due')));
    const next = await store.events.get(current.tenantId, current.id);
    if (next === null) return current;
    current = next;
    // Another process is at it: look again. A visit of ours that ended without writing will not do better at once.
    if (!reports.some((report) => report?.kind === 'busy')) return current;
    await clock.sleep(Math.min(lookAgainMs, Math.max(0, until - clock.monotonic())));
  }
}

function toBeWritten(event: Event, now: number): CalendarId[] {
  return event.links
    .filter((link) => owes(event, link) && (link.retryAt === null || link.retryAt <= now))
    .map((link) => link.calendarId);
}
