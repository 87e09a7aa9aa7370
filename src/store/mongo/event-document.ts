/** How an event lies in MongoDB: the value itself, and beside it the fields by which it is found. */

import { type Connection, type Model, type mongo, Schema } from 'mongoose';
import type { Booking } from '../../domain/booking.ts';
import type { CalendarLink, Event, EventFields, Sent } from '../../domain/event.ts';
import { sameValue } from '../../domain/event.ts';
import type { EventId, TenantId } from '../../domain/ids.ts';
import type { Instant } from '../../domain/time.ts';
import { dayMs } from '../../domain/time.ts';
import { coverEndOf, type Debt, extentOfEvent, isFloating, linkKeysOf, owedTo, owesRows } from '../rules.ts';
import { fromPairs, type Pairs, toPairs } from './documents.ts';

/**
 * Copies of the fields are most of an event's weight, and mostly they are equal: null in `base.local` and `sent.fields`
 * means "as the event has them in this document", null in `base.remote` means "as `base.local`".
 */
interface LinkDoc extends Omit<CalendarLink, 'base' | 'sent'> {
  readonly base: { readonly local: EventFields | null; readonly remote: EventFields | null } | null;
  readonly sent: (Omit<Sent, 'fields'> & { readonly fields: EventFields | null }) | null;
}
interface BookingDoc extends Omit<Booking, 'metadata'> {
  readonly metadata: Pairs<string>;
}

/** Fields marked "left out" are absent rather than null, so that their sparse indexes stay small. */
export interface EventDoc extends Omit<Event, 'id' | 'booking' | 'links' | 'deletedAt'> {
  readonly _id: EventId;
  readonly booking: BookingDoc | null;
  readonly links: readonly LinkDoc[];
  readonly spanStart: Instant;
  readonly spanEnd: Instant;
  readonly floating: boolean;
  /** Left out while the event lives. */
  readonly deletedAt?: Instant;
  /** Left out where there is none: an empty array would be a value of the unique index. */
  readonly linkKeys?: readonly string[];
  /** Left out when nothing is owed; `owedStart` repeats the start as a plain field, to sort debts by the index. */
  readonly owedTo?: readonly Debt[];
  readonly owedStart?: Instant;
  /** The start, while rows are behind the version; else left out. */
  readonly sheetDebt?: Instant;
  /** Where the rows of a series end although it goes on; else left out. */
  readonly coverEnd?: Instant;
  /** The tenant, on bookings only. */
  readonly bookingOf?: TenantId;
  /** The tenant and the mark, on bookings whose notices are to be looked at by then; else left out. */
  readonly noticesOf?: TenantId;
  readonly noticesAt?: Instant;
  readonly externalKey?: string;
  /** The tenant, on events longer than `shortMs` only; see `findTouching`. */
  readonly longOf?: TenantId;
  /** Which bulk wrote this revision; see `saveMany`. */
  readonly batch?: string;
}

/** Events up to this length are found by their start alone; the few longer ones are looked up apart. */
export const shortMs = 31 * dayMs;

const { Mixed } = Schema.Types;
const schema = new Schema<EventDoc>(
  {
    _id: { type: String, required: true },
    tenantId: { type: String, required: true },
    rev: { type: Number, required: true },
    version: { type: Number, required: true },
    sheetVersion: { type: Number, required: true },
    fields: { type: Mixed, required: true },
    resources: { type: [String], required: true },
    booking: Mixed,
    origin: { type: String, required: true },
    coveredUntil: Number,
    deletedAt: Number,
    createdAt: { type: Number, required: true },
    updatedAt: { type: Number, required: true },
    links: { type: [Mixed], required: true },
    untold: { type: [Mixed], default: undefined },
    spanStart: { type: Number, required: true },
    spanEnd: { type: Number, required: true },
    floating: { type: Boolean, required: true },
    linkKeys: { type: [String], default: undefined },
    owedTo: { type: [Mixed], default: undefined },
    owedStart: Number,
    sheetDebt: Number,
    coverEnd: Number,
    bookingOf: String,
    noticesOf: String,
    noticesAt: Number,
    externalKey: String,
    longOf: String,
    batch: String,
  },
  { versionKey: false, minimize: false, strict: 'throw', autoIndex: false, autoCreate: false },
);
schema.index({ linkKeys: 1 }, { unique: true, sparse: true });
schema.index({ externalKey: 1 }, { unique: true, sparse: true });
schema.index({ tenantId: 1, resources: 1, spanStart: 1 });
schema.index({ tenantId: 1, spanStart: 1, _id: 1 });
schema.index({ bookingOf: 1, spanStart: 1, _id: 1 });
schema.index({ noticesOf: 1, noticesAt: 1, _id: 1 }, { sparse: true });
schema.index({ longOf: 1 }, { sparse: true });
schema.index({ 'owedTo.to': 1, owedStart: 1 }, { sparse: true });
schema.index({ 'owedTo.from': 1 }, { sparse: true });
schema.index({ 'links.calendarId': 1, _id: 1 });
schema.index({ sheetDebt: 1 }, { sparse: true });
schema.index({ coverEnd: 1 }, { sparse: true });
schema.index({ deletedAt: 1 }, { sparse: true });

export interface EventCollection {
  /** For reads, lean. */
  readonly model: Model<EventDoc>;
  /** For writes: a document is made by `toDocument` alone, and casting it again would cost more than writing it. */
  readonly raw: mongo.Collection<EventDoc>;
}
export function eventCollection(connection: Connection, db: mongo.Db): EventCollection {
  return { model: connection.model<EventDoc>('Event', schema, 'events'), raw: db.collection<EventDoc>('events') };
}

export const externalKeyOf = (tenantId: TenantId, ref: string): string => `${tenantId}|${ref}`;

export function toDocument(event: Event, batch?: string): EventDoc {
  const { id, booking, links, deletedAt, ...same } = event;
  const extent = extentOfEvent(event);
  const keys = linkKeysOf(event);
  const debts = owedTo(event);
  const coverEnd = coverEndOf(event, extent);
  const ref = booking?.externalRef ?? null;
  return {
    _id: id,
    ...same,
    booking: booking === null ? null : { ...booking, metadata: toPairs(booking.metadata) },
    links: links.map((link) => linkDocument(link, event.fields)),
    spanStart: extent.start,
    spanEnd: extent.end,
    floating: isFloating(event.fields),
    ...(deletedAt === null ? {} : { deletedAt }),
    ...(keys.length === 0 ? {} : { linkKeys: keys }),
    ...(debts.length === 0 ? {} : { owedTo: debts, owedStart: extent.start }),
    ...(owesRows(event) ? { sheetDebt: extent.start } : {}),
    ...(coverEnd === null ? {} : { coverEnd }),
    ...(booking === null ? {} : { bookingOf: event.tenantId, noticesOf: event.tenantId, noticesAt: event.updatedAt }),
    ...(ref === null ? {} : { externalKey: externalKeyOf(event.tenantId, ref) }),
    ...(extent.end - extent.start > shortMs ? { longOf: event.tenantId } : {}),
    ...(batch === undefined ? {} : { batch }),
  };
}

/** Writes what links say, and leaves what else is stored as it is. */
export function linksUpdate(event: Event, batch: string) {
  const { rev, links, linkKeys, owedTo: debts, owedStart } = toDocument(event);
  const set = { rev, links, batch };
  return {
    $set: {
      ...set,
      ...(linkKeys === undefined ? {} : { linkKeys }),
      ...(debts === undefined || owedStart === undefined ? {} : { owedTo: debts, owedStart }),
    },
    $unset: {
      ...(linkKeys === undefined ? { linkKeys: '' as const } : {}),
      ...(debts === undefined ? { owedTo: '' as const, owedStart: '' as const } : {}),
    },
  };
}

function linkDocument(link: CalendarLink, fields: EventFields): LinkDoc {
  const { base, sent, ...same } = link;
  return {
    ...same,
    base:
      base === null
        ? null
        : {
            local: sameValue(base.local, fields) ? null : base.local,
            remote: sameValue(base.remote, base.local) ? null : base.remote,
          },
    sent: sent === null ? null : { ...sent, fields: sameValue(sent.fields, fields) ? null : sent.fields },
  };
}

export function fromDocument(doc: EventDoc): Event {
  const { booking, fields } = doc;
  return {
    id: doc._id,
    tenantId: doc.tenantId,
    rev: doc.rev,
    version: doc.version,
    sheetVersion: doc.sheetVersion,
    fields,
    resources: doc.resources,
    booking: booking === null ? null : { ...booking, metadata: fromPairs(booking.metadata) },
    origin: doc.origin,
    coveredUntil: doc.coveredUntil,
    deletedAt: doc.deletedAt ?? null,
    createdAt: doc.createdAt,
    updatedAt: doc.updatedAt,
    links: doc.links.map((link) => linkOf(link, fields)),
    ...(doc.untold === undefined ? {} : { untold: doc.untold }),
  };
}

function linkOf(doc: LinkDoc, fields: EventFields): CalendarLink {
  const { base, sent, ...same } = doc;
  const local = base?.local ?? fields;
  return {
    ...same,
    base: base === null ? null : { local, remote: base.remote ?? local },
    sent: sent === null ? null : { ...sent, fields: sent.fields ?? fields },
  };
}

/** What a page of links reads of a document. */
export type LinkedDoc = Pick<EventDoc, '_id' | 'tenantId' | 'version' | 'spanStart' | 'spanEnd' | 'floating'> & {
  readonly deletedAt?: Instant;
  readonly links: readonly Pick<LinkDoc, 'calendarId' | 'remoteId' | 'state' | 'settledVersion' | 'stamp'>[];
};
