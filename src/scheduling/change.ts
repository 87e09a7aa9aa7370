/** Changes a booking: its time, its resources, or what is written about it. */
import type { Booking } from '../domain/booking.ts';
import type { Event } from '../domain/event.ts';
import { sameValue } from '../domain/event.ts';
import type { BookingId, TenantId } from '../domain/ids.ts';
import { eventIdOf } from '../domain/ids.ts';
import type { Resource } from '../domain/resource.ts';
import { bookingEvent } from './booking.ts';
import type { BookingChange, BookOutcome } from './desk.ts';
import type { Wish } from './draft.ts';
import { changedEvent, spanOfEvent, zoneOfEvent } from './draft.ts';
import { move } from './move.ts';
import { ruleViolation } from './outcomes.ts';
import type { DeskDeps } from './parts.ts';
import { again, exactSpan, resourcesOf, spanFault, unique, wholeSeconds, withNews } from './parts.ts';
import { toldOf } from './settle.ts';
import { calendarsOf } from './take.ts';

export function change(deps: DeskDeps, tenantId: TenantId, id: BookingId, wanted: BookingChange): Promise<BookOutcome> {
  return again(async () => {
    const event = await bookingEvent(deps, tenantId, eventIdOf(id));
    if (event === null) return { kind: 'not-found', what: 'booking' };
    if (wanted.ifVersion !== null && wanted.ifVersion !== event.version) return { kind: 'version-mismatch', event };
    const booking = event.booking!;
    if (event.deletedAt !== null || booking.status === 'cancelled') {
      return ruleViolation('booking-over', 'The booking was cancelled and cannot be changed.');
    }
    const asked = await wishOf(deps, event, wanted);
    if ('kind' in asked) return asked;
    const { wish, resources } = asked;
    if (isMoved(event, wish)) {
      if (booking.status === 'completed' || booking.status === 'no_show') {
        return ruleViolation('booking-over', 'The booking is over and cannot be moved or given to somebody else.');
      }
      return move(deps, event, booking, wish, resources);
    }
    return isReworded(booking, wish) ? reword(deps, event, booking, wish) : { kind: 'booked', event };
  });
}

interface Asked {
  readonly wish: Wish;
  readonly resources: readonly Resource[];
}

/** What is asked for in full: everything that the change leaves open is as it is now. */
async function wishOf(deps: DeskDeps, event: Event, wanted: BookingChange): Promise<Asked | BookOutcome> {
  const ids = wanted.resourceIds === null ? event.resources : unique(wanted.resourceIds);
  if (ids.length === 0) return ruleViolation('resources', 'A booking needs at least one resource.');
  const resources = await resourcesOf(deps, event.tenantId, ids);
  if (resources === null) return { kind: 'not-found', what: 'resource' };
  const gone = resources.find((r) => r.deletedAt !== null && !event.resources.includes(r.id));
  if (gone !== undefined) return ruleViolation('resource-deleted', `${gone.name} was deleted and cannot be booked.`);
  const local = resources[0]!.zone;
  const span = wanted.span === null ? spanOfEvent(event, local) : wholeSeconds(wanted.span);
  const fault = wanted.span === null ? null : spanFault(span);
  if (fault !== null) return ruleViolation('span', fault);
  const zone = wanted.timeZone ?? zoneOfEvent(event) ?? local;
  // Without a new time or zone the event keeps the form that its time has now.
  const keepsTime = wanted.span === null && wanted.timeZone === null;
  return { wish: { span, zone, keepsTime, resourceIds: ids, context: wanted.context }, resources };
}

function isMoved(event: Event, wish: Wish): boolean {
  const isReassigned = !sameValue([...event.resources].sort(), [...wish.resourceIds].sort());
  if (isReassigned || wish.keepsTime) return isReassigned;
  const { start, end, series } = event.fields;
  return series !== null || !sameValue({ start, end }, exactSpan(wish.span, wish.zone));
}

const isReworded = (booking: Booking, wish: Wish): boolean => !sameValue(booking, { ...booking, ...wish.context });

/** Rows stay as they are; the event owes them only until it is told. */
async function reword(deps: DeskDeps, event: Event, booking: Booking, wish: Wish): Promise<BookOutcome | 'again'> {
  const bare = changedEvent(event, booking, wish, { at: deps.clock.now(), rows: null }, deps.describe);
  const calendars = await calendarsOf(deps, event.tenantId, event.resources);
  const text = 'What is written about the booking was changed.';
  const next = withNews({ ...bare, links: deps.linksFor(bare, calendars) }, 'booking.changed', text);
  if (!(await deps.store.events.save(next))) return 'again';
  return { kind: 'booked', event: await toldOf(deps, event, next) };
}
