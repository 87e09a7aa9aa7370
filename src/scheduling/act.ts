/** Leads a booking through its life: started, completed, missed or cancelled. */
import type { BookingStatus } from '../domain/booking.ts';
import type { Event } from '../domain/event.ts';
import type { BookingId, TenantId } from '../domain/ids.ts';
import { eventIdOf } from '../domain/ids.ts';
import type { JournalKind } from '../domain/tenant.ts';
import { bookingEvent } from './booking.ts';
import type { BookingAction, BookOutcome } from './desk.ts';
import { ruleViolation } from './outcomes.ts';
import type { DeskDeps } from './parts.ts';
import { again, contextOf, setOff, withNews } from './parts.ts';
import { markSettled, toldOf } from './settle.ts';
import { sheetMoves } from './sheet.ts';
import { calendarsOf } from './take.ts';

interface Step {
  readonly from: readonly BookingStatus[];
  readonly to: BookingStatus;
  readonly journal: JournalKind;
  readonly text: string;
}
const steps: Readonly<Record<BookingAction, Step>> = {
  cancel: { from: ['confirmed', 'in_progress'], to: 'cancelled', journal: 'booking.cancelled', text: 'Cancelled.' },
  start: { from: ['confirmed'], to: 'in_progress', journal: 'booking.changed', text: 'Work has started.' },
  complete: { from: ['confirmed', 'in_progress'], to: 'completed', journal: 'booking.completed', text: 'Completed.' },
  'no-show': {
    from: ['confirmed', 'in_progress'],
    to: 'no_show',
    journal: 'booking.changed',
    text: 'Nobody was there.',
  },
};
const words: Readonly<Record<BookingStatus, string>> = {
  confirmed: 'confirmed',
  in_progress: 'in progress',
  completed: 'completed',
  cancelled: 'cancelled',
  no_show: 'marked as missed by the customer',
};

export function act(
  deps: DeskDeps,
  tenantId: TenantId,
  id: BookingId,
  action: BookingAction,
  ifVersion: number | null,
): Promise<BookOutcome> {
  return again(async () => {
    const event = await bookingEvent(deps, tenantId, eventIdOf(id));
    if (event === null) return { kind: 'not-found', what: 'booking' };
    if (ifVersion !== null && ifVersion !== event.version) return { kind: 'version-mismatch', event };
    const step = steps[action];
    const status = event.deletedAt === null ? event.booking!.status : 'cancelled';
    // The same step again is the same wish.
    if (status === step.to) return { kind: 'booked', event };
    if (!step.from.includes(status)) {
      return ruleViolation('booking-state', `The booking is ${words[status]}; it cannot become ${words[step.to]}.`);
    }
    const saved = await advance(deps, event, step);
    return saved === null ? 'again' : { kind: 'booked', event: saved };
  });
}

/** Null when somebody saved meanwhile. Rows of a cancelled booking are freed as soon as the event says so. */
async function advance(deps: DeskDeps, event: Event, step: Step): Promise<Event | null> {
  const next = await nextState(deps, event, step);
  if (!(await deps.store.events.save(next))) return null;
  if (step.to !== 'cancelled') return toldOf(deps, event, next);
  const saved = await free(deps, event, next);
  setOff(deps, [saved]);
  return saved;
}

/**
 * A cancelled booking is a tombstone: its copies are removed from all calendars, and it can still be read and listed
 * until the tombstone is purged. All other steps leave the rows as they are: the time was used.
 */
async function nextState(deps: DeskDeps, event: Event, step: Step): Promise<Event> {
  const at = deps.clock.now();
  const version = event.version + 1;
  const isCancelled = step.to === 'cancelled';
  const bare: Event = {
    ...event,
    rev: event.rev + 1,
    version,
    booking: { ...event.booking!, status: step.to },
    fields: isCancelled ? { ...event.fields, status: 'cancelled' } : event.fields,
    deletedAt: isCancelled ? at : null,
    updatedAt: at,
  };
  const links = deps.linksFor(bare, await calendarsOf(deps, event.tenantId, event.resources));
  return withNews({ ...bare, links }, step.journal, step.text);
}

async function free(deps: DeskDeps, event: Event, next: Event): Promise<Event> {
  const resources = await deps.store.resources.getMany(event.tenantId, event.resources);
  const { settle } = sheetMoves(event, next, await contextOf(deps, event, resources));
  await deps.store.sheets.putMany(event.tenantId, settle);
  return markSettled(deps, next, settle);
}
