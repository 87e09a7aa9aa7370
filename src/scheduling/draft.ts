/** Makes the event that carries a booking, and its next states; no reading, no writing. */
import type { Booking, Receipt } from '../domain/booking.ts';
import type { Event, EventFields } from '../domain/event.ts';
import type { EventId, ResourceId, TenantId } from '../domain/ids.ts';
import { bookingIdOf, claimOfEvent } from '../domain/ids.ts';
import type { SheetRow } from '../domain/resource.ts';
import { spanOf } from '../domain/series.ts';
import type { Takes } from '../domain/takes.ts';
import { isPadded, takesFor } from '../domain/takes.ts';
import type { Instant, Span, Zone } from '../domain/time.ts';
import { utcZone } from '../domain/time.ts';
import type { BookingChange, BookingRequest } from './desk.ts';
import type { Wording } from './parts.ts';
import { exactSpan } from './parts.ts';

export interface Draft {
  readonly id: EventId;
  readonly tenantId: TenantId;
  readonly request: BookingRequest;
  readonly span: Span;
  readonly takes: Takes;
  /** Its id follows from something that makes at most one booking, an offer. */
  readonly isOnly?: boolean;
  /** By which request an offer was accepted, or what a caller's own key stands for. */
  readonly acceptKey?: string | null;
  /** A calendar could not be read, and the caller takes the booking all the same. */
  readonly isTentative?: boolean;
  readonly at: Instant;
}

/** The row of a claim that is not confirmed yet. */
export function pendingRow(
  id: EventId,
  version: number,
  until: Instant,
): Omit<SheetRow, 'start' | 'end' | 'quantity' | 'core'> {
  return { claim: claimOfEvent(id), eventId: id, kind: 'booking', firm: false, until, version };
}

/** Version 1 of the event, without links; its rows are a debt until they are confirmed. */
export function newEvent(
  draft: Draft,
  o: {
    readonly resourceIds: readonly ResourceId[];
    readonly zone: Zone;
    readonly rows: Receipt['rows'];
    readonly calendars: NonNullable<Receipt['calendars']>;
  },
  describe: (booking: Booking) => Wording,
): Event {
  const { request, id, at, takes } = draft;
  const booking: Booking = {
    id: bookingIdOf(id),
    status: 'confirmed',
    title: request.title,
    customer: request.customer,
    location: request.location,
    notes: request.notes,
    externalRef: request.externalRef,
    jobTypeId: request.jobTypeId,
    metadata: request.metadata,
    source: request.source,
    ...(isPlain(takes) ? {} : { takes }),
    ...(draft.acceptKey ? { acceptKey: draft.acceptKey } : {}),
    ...(draft.isTentative === true ? { tentative: true } : {}),
    receipt: { claim: claimOfEvent(id), claimedAt: at, rows: o.rows, calendars: o.calendars },
  };
  return {
    id,
    tenantId: draft.tenantId,
    rev: 1,
    version: 1,
    sheetVersion: 0,
    fields: bookingFields(describe(booking), draft.span, request.timeZone ?? o.zone, statusOf(booking)),
    resources: o.resourceIds,
    booking,
    origin: 'rest',
    coveredUntil: null,
    deletedAt: null,
    createdAt: at,
    updatedAt: at,
    links: [],
  };
}

const isPlain = (takes: Takes): boolean => !isPadded(takes) && Object.keys(takes.units).length === 0;

const statusOf = (booking: Booking): EventFields['status'] => (booking.tentative === true ? 'tentative' : 'confirmed');

function bookingFields(words: Wording, span: Span, zone: Zone, status: EventFields['status']): EventFields {
  const { title, description, location } = words;
  return {
    ...{ title, description, location, ...exactSpan(span, zone) },
    ...{ busy: 'busy', response: 'none', status, privacy: 'default', series: null, instances: {} },
  };
}

/** What a change of a booking asks for, beside what it is now. */
export interface Wish {
  readonly span: Span;
  readonly zone: Zone;
  /** The event's time stays word for word; `span` is only what it covers. */
  readonly keepsTime: boolean;
  readonly resourceIds: readonly ResourceId[];
  readonly context: BookingChange['context'];
}

/** The event with the wish fulfilled: one version on, links untouched. Words that the change does not touch stay. */
export function changedEvent(
  event: Event,
  booking: Booking,
  wish: Wish,
  o: { readonly at: Instant; readonly rows: Receipt['rows'] | null },
  describe: (booking: Booking) => Wording,
): Event {
  const receipt = o.rows === null ? booking.receipt : { ...booking.receipt, claimedAt: o.at, rows: o.rows };
  const takes = booking.takes === undefined ? {} : { takes: takesFor(booking.takes, wish.resourceIds) };
  const next: Booking = { ...booking, ...wish.context, ...takes, receipt };
  const status = statusOf(booking) === statusOf(next) ? {} : { status: statusOf(next) };
  const when = wish.keepsTime ? {} : { ...exactSpan(wish.span, wish.zone), series: null, instances: {} };
  return {
    ...event,
    rev: event.rev + 1,
    version: event.version + 1,
    fields: { ...event.fields, ...rewording(describe(booking), describe(next)), ...status, ...when },
    resources: wish.resourceIds,
    booking: next,
    updatedAt: o.at,
  };
}

/** Only the words that change: a title edited in a calendar survives a new phone number. */
function rewording(before: Wording, after: Wording): Partial<Wording> {
  const keys = ['title', 'description', 'location'] as const;
  return Object.fromEntries(keys.filter((key) => before[key] !== after[key]).map((key) => [key, after[key]]));
}

/** When the booking takes place, seen from a resource's zone. */
export const spanOfEvent = (event: Event, zone: Zone = utcZone): Span => spanOf(event.fields, zone);

export const zoneOfEvent = (event: Event): Zone | null =>
  event.fields.start.kind === 'zoned' ? event.fields.start.zone : null;
