/** A booking desk over a store in memory, with a clock that the test moves, and short ways to say what to book. */
import type { Booking } from '../../src/domain/booking.ts';
import type { Event } from '../../src/domain/event.ts';
import type { CalendarId, ResourceId } from '../../src/domain/ids.ts';
import { defaultTenantId } from '../../src/domain/ids.ts';
import { silentLog } from '../../src/domain/ports.ts';
import type { Resource } from '../../src/domain/resource.ts';
import type { Span } from '../../src/domain/time.ts';
import { dayMs } from '../../src/domain/time.ts';
import { makeDesk } from '../../src/scheduling/book.ts';
import type {
  AcceptOutcome,
  BookingChange,
  BookingDesk,
  BookingRequest,
  BookOutcome,
} from '../../src/scheduling/desk.ts';
import { makeLater } from '../../src/scheduling/later.ts';
import type { DeskDeps, DeskSettings, Later } from '../../src/scheduling/parts.ts';
import { memoryStore } from '../../src/store/memory.ts';
import type { Store } from '../../src/store/store.ts';
import { linksFor } from '../../src/sync/links.ts';
import { aResource, at } from './builders.ts';
import type { FakeClock } from './clock.ts';
import { fakeClock } from './clock.ts';

export const tenant = defaultTenantId;
export const holdMs = 120_000;

export interface Office {
  readonly clock: FakeClock;
  readonly store: Store;
  readonly desk: BookingDesk;
  /** Calendars that were nudged, oldest first. */
  readonly nudged: CalendarId[];
}

/** It is Tuesday, 1 June 2027, 06:00 UTC. */
export async function anOffice(resources: readonly Resource[]): Promise<Office> {
  const clock = fakeClock(at('2027-06-01T06:00:00Z'));
  const store = memoryStore({ clock });
  for (const resource of resources) await store.resources.insert(resource);
  const nudged: CalendarId[] = [];
  return { clock, store, nudged, desk: deskOver(store, clock, nudged) };
}

/** Another process at the same database. */
export function deskOver(
  store: Store,
  clock: FakeClock,
  nudged: CalendarId[] = [],
  settings: Partial<DeskSettings> = {},
): BookingDesk {
  return makeDesk(depsOf(store, clock, nudged, settings));
}

/** A desk that answers before it confirms, as the running gateway has it. */
export function lateDeskOver(store: Store, clock: FakeClock): { readonly desk: BookingDesk; readonly later: Later } {
  const deps = depsOf(store, clock, [], {});
  const later = makeLater(deps);
  return { desk: makeDesk({ ...deps, later }), later };
}

function depsOf(store: Store, clock: FakeClock, nudged: CalendarId[], settings: Partial<DeskSettings>): DeskDeps {
  return {
    store,
    clock,
    log: silentLog,
    settings: { holdMs, windowPastMs: 30 * dayMs, windowAheadMs: 60 * dayMs, ...settings },
    nudge: { nudge: (id) => nudged.push(id) },
    linksFor,
    describe: wording,
  };
}

export const wording = (booking: Booking) => ({
  title: booking.customer === null ? booking.title : `${booking.title} (${booking.customer.name})`,
  description: booking.notes ?? '',
  location: booking.location?.address ?? '',
});

/** From and to on 1 June 2027, UTC: `span('10:00', '11:00')`; a full instant may be given instead. */
export const span = (from: string, to: string): Span => ({ start: moment(from), end: moment(to) });
const moment = (text: string) => at(text.length === 5 ? `2027-06-01T${text}:00Z` : text);

export function aRequest(over: Partial<BookingRequest> = {}): BookingRequest {
  return {
    span: span('10:00', '11:00'),
    timeZone: null,
    resourceIds: null,
    assign: null,
    holdId: null,
    title: 'Boiler service',
    jobTypeId: null,
    customer: null,
    location: null,
    notes: null,
    externalRef: null,
    metadata: {},
    source: 'crm',
    idempotencyKey: null,
    ...over,
  };
}

export const aChange = (over: Partial<BookingChange> = {}): BookingChange => ({
  span: null,
  timeZone: null,
  resourceIds: null,
  context: {},
  ifVersion: null,
  ...over,
});

/** The event of an outcome that grants it; fails loudly on any other. */
export function granted(outcome: BookOutcome | AcceptOutcome): Event {
  if (outcome.kind !== 'booked' && outcome.kind !== 'existing') {
    throw new Error(`not granted: ${JSON.stringify(outcome)}`);
  }
  return outcome.event;
}

/** A technician under a fixed id, so that order is known. */
export const technician = (name: string, over: Partial<Resource> = {}): Resource =>
  aResource({ id: `res_${name}` as ResourceId, name, ...over });
