/** Validators of bookings and the schedule, in and out. */
import { z } from 'zod';
import type { Instant } from '../domain/time.ts';
import {
  checkSpan,
  email,
  idIn,
  idOut,
  instantIn,
  instantOut,
  languageIn,
  line,
  paragraphs,
  phone,
  problemOut,
  resourceIds,
  sentenceExample,
  slotOut,
  spanOut,
  zoneIn,
  zoneOut,
} from './schemas.ts';
import { freshnessOut, holdOut, offerOut } from './schemas-availability.ts';
import { conflictOut, resourceKind } from './schemas-things.ts';
import { checkQuantities, freshness, location, requirement, requirements, takes, takesOut } from './schemas-wishes.ts';

const customer = z.strictObject({
  name: line(200),
  phone: phone.nullable().default(null),
  email: email.nullable().default(null),
  timeZone: zoneIn.nullable().default(null),
  language: languageIn.nullable().default(null),
});
const metadata = z
  .record(
    // Dots and dollars are left out so that every database can hold the key as it is.
    z.string().regex(/^[^.$\p{C}]{1,64}$/u, 'a key has 1 to 64 characters without dot and dollar'),
    paragraphs(1000),
  )
  .refine((entries) => Object.keys(entries).length <= 50, 'must have at most 50 entries');
const context = {
  title: line(300),
  jobTypeId: line(80).nullable(),
  customer: customer.nullable(),
  location: location.nullable(),
  notes: paragraphs(8000).nullable(),
  metadata,
};
const source = z.enum(['website', 'crm', 'phone', 'agent', 'dispatcher']);

const said = {
  ...context,
  jobTypeId: context.jobTypeId.default(null),
  customer: context.customer.default(null),
  location: context.location.default(null),
  notes: context.notes.default(null),
  metadata: metadata.default({}),
  timeZone: zoneIn.nullable().default(null).meta({ description: "Default: the first resource's zone" }),
  externalRef: line(200).nullable().default(null),
  source: source.default('crm'),
};
/** What is booked when one option of an offer is accepted: time and resources are the option's. */
export const acceptIn = z
  .strictObject({ option: z.string().regex(/^opt_[0-9a-z]{1,64}$/, 'must be the id of an option'), ...said })
  .meta({
    id: 'Acceptance',
  });

const bookingFields = {
  start: instantIn,
  end: instantIn,
  resourceIds: resourceIds.nullable().default(null),
  assign: z
    .union([requirements, requirement.transform((one) => [one])])
    .nullable()
    .default(null)
    .meta({ description: 'Instead of resourceIds: what is needed; we choose' }),
  holdId: idIn('hold').nullable().default(null),
  ...said,
  ...takes,
  ...freshness,
};
const checkBooking = <S extends z.ZodType<BookingCheck>>(schema: S) =>
  schema.superRefine((b, context) => {
    checkSpan(b, context);
    checkQuantities(b, context);
    const complain = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message });
    if (b.resourceIds !== null && b.assign !== null) complain('assign', 'give either resourceIds or assign, not both');
    if (b.resourceIds === null && b.assign === null && b.holdId === null) {
      complain('resourceIds', 'give resourceIds or assign; a holdId alone takes the resources that were held');
    }
    if (b.holdId !== null && (b.buffers !== null || b.quantities !== null)) {
      complain('holdId', 'buffers and quantities are those of the hold');
    }
  });
interface BookingCheck {
  readonly start: Instant;
  readonly end: Instant;
  readonly resourceIds: readonly string[] | null;
  readonly assign: unknown;
  readonly holdId: string | null;
  readonly buffers: unknown;
  readonly quantities: Readonly<Record<string, number>> | null;
}
export const bookingIn = checkBooking(z.strictObject(bookingFields)).meta({
  id: 'NewBooking',
});

const bulkItem = checkBooking(
  z.strictObject({
    ...bookingFields,
    key: z
      .string()
      .regex(/^[\x20-\x7e]{1,200}$/, 'must be 1 to 200 printable ASCII characters')
      .nullable()
      .default(null)
      .meta({ description: 'Names this item for ever: sent again, alone or in another list, it is booked once' }),
  }),
).meta({ id: 'BulkItem' });
export const bulkIn = z.strictObject({ bookings: z.array(bulkItem).min(1).max(500) }).meta({ id: 'NewBookings' });

export const bookingChange = z
  .strictObject({
    start: instantIn,
    end: instantIn,
    timeZone: zoneIn,
    resourceIds,
    ...context,
    tentative: z.literal(false).meta({ description: 'A tentative booking is sure now' }),
  })
  .partial()
  .superRefine((change, issues) => {
    if (change.start !== undefined && change.end !== undefined) {
      checkSpan({ start: change.start, end: change.end }, issues);
    }
  })
  .meta({ id: 'BookingChange', description: 'Of start and end, one alone keeps the duration or the start' });

export const emptyBody = z.strictObject({}).meta({ id: 'Nothing' });

export const bookingStatus = z.enum(['confirmed', 'in_progress', 'completed', 'cancelled', 'no_show']);
const customerOut = z.strictObject({
  name: z.string(),
  phone: z.string().nullable(),
  email: z.string().nullable(),
  timeZone: zoneOut.nullable(),
  language: z.string().nullable(),
});
const locationOut = z.strictObject({
  address: z.string().nullable(),
  lat: z.number().nullable(),
  lng: z.number().nullable(),
});
export const bookingOut = z
  .strictObject({
    id: idOut('booking'),
    version: z.int(),
    status: bookingStatus,
    ...spanOut,
    timeZone: zoneOut,
    resourceIds: z.array(idOut('resource')),
    eventId: idOut('event'),
    title: z.string(),
    customer: customerOut.nullable(),
    location: locationOut.nullable(),
    notes: z.string().nullable(),
    externalRef: z.string().nullable(),
    jobTypeId: z.string().nullable(),
    metadata: z.record(z.string(), z.string()),
    source,
    ...takesOut,
    tentative: z.boolean(),
    sentence: z
      .string()
      .meta({ description: 'To be read back to the customer', examples: [`Boiler service: ${sentenceExample}.`] }),
    createdAt: instantOut,
    updatedAt: instantOut,
    calendars: z.array(
      z.strictObject({
        calendarId: idOut('calendar'),
        state: z.enum(['pending', 'written', 'failed']),
        remoteId: z.string().nullable(),
        writtenAt: instantOut.nullable(),
        reason: z.string().nullable().meta({ description: "The provider's words when it refused the copy" }),
      }),
    ),
    receipt: z
      .strictObject({
        claim: z.string(),
        claimedAt: instantOut,
        rows: z.array(z.strictObject({ resourceId: idOut('resource'), ...spanOut, sheetVersion: z.int() })),
        calendars: z
          .array(z.strictObject({ calendarId: idOut('calendar'), syncedAt: instantOut.nullable() }))
          .meta({ description: 'When each calendar that can block the resources had last been read' }),
      })
      .meta({ description: 'Which rows of which day sheets were won (buffers included), when, and on what knowledge' }),
  })
  .meta({ id: 'Booking' });
export const bulkOut = z
  .strictObject({
    booked: z.int(),
    refused: z.int(),
    data: z.array(
      z.strictObject({
        index: z.int(),
        status: z.int().meta({ description: 'As POST /v1/bookings would have answered', examples: [201] }),
        booking: bookingOut.optional(),
        problem: problemOut.optional(),
      }),
    ),
  })
  .meta({ id: 'BulkAnswer', description: 'One entry for each booking, in their order' });

const slotTakenOut = problemOut
  .extend({
    code: z.literal('slot_taken'),
    conflicts: z.array(
      z.strictObject({
        resourceId: idOut('resource'),
        ...spanOut,
        kind: z.enum(['booking', 'calendar', 'hold']),
      }),
    ),
    alternatives: z.array(slotOut),
    freshness: freshnessOut,
  })
  .meta({ id: 'SlotTaken', description: 'Problem `slot_taken`: what is in the way and what is free instead' });
/** Why a time could not be had. */
export const takenOut = z.union([
  slotTakenOut,
  problemOut.refine((problem) => problem.code !== 'slot_taken', 'slot_taken carries conflicts and alternatives'),
]);
const offerEndedOut = problemOut
  .extend({
    code: z.enum(['offer_accepted', 'offer_expired']),
    bookingId: idOut('booking').nullable(),
    offer: offerOut.nullable().meta({ description: 'A new offer for the same wish, held; null when nothing is free' }),
  })
  .meta({ id: 'OfferEnded', description: 'Problems `offer_accepted`, `offer_expired`: what can be offered instead' });
export const acceptRefusedOut = z.union([slotTakenOut, offerEndedOut, takenOut]);

const busyOut = z.strictObject({
  eventId: idOut('event').nullable(),
  calendarId: idOut('calendar').nullable(),
  ...spanOut,
  title: z
    .string()
    .nullable()
    .meta({ description: 'Only where the calendar shares in full and the event is not private' }),
});
export const scheduleOut = z
  .strictObject({
    from: instantOut,
    to: instantOut,
    data: z.array(
      z
        .strictObject({
          resourceId: idOut('resource'),
          kind: resourceKind,
          name: z.string(),
          timeZone: zoneOut,
          quantity: z.int(),
          working: z.array(z.strictObject(spanOut)),
          bookings: z.array(bookingOut),
          busy: z.array(busyOut),
          holds: z.array(holdOut),
          conflicts: z.array(conflictOut),
        })
        .meta({ id: 'ScheduleRow' }),
    ),
    next: z.string().nullable(),
  })
  .meta({ id: 'Schedule' });
