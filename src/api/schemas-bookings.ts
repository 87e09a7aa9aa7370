/** Validators of availability, holds, bookings and the schedule, in and out. */
import { z } from 'zod';
import { dayMs } from '../domain/time.ts';
import {
  checkSpan,
  checkWindow,
  durationIn,
  email,
  idIn,
  idOut,
  instantIn,
  instantOut,
  line,
  paragraphs,
  phone,
  problemOut,
  resourceIds,
  slotOut,
  spanOut,
  zoneIn,
  zoneOut,
} from './schemas.ts';
import { conflictOut, resourceKind } from './schemas-things.ts';

const skillWanted = z.union([
  line(60).transform((skill) => ({ skill, level: null })),
  z.strictObject({ skill: line(60), level: z.int().min(0).max(1000).nullable().default(null) }),
]);
const requirement = z
  .strictObject({
    kind: resourceKind,
    skills: z.array(skillWanted).max(20).default([]),
    territoryId: line(80).nullable().default(null),
    quantity: z.int().min(1).max(20).default(1),
  })
  .meta({ id: 'Requirement', description: 'So many resources of this kind with these skills, all free at once' });
const requirements = z.array(requirement).min(1).max(10);

const maxStaleness = durationIn({ minMs: 0, maxMs: 30 * dayMs, example: 'PT30S' });
const location = z
  .strictObject({
    address: line(300).nullable().default(null),
    lat: z.number().min(-90).max(90).nullable().default(null),
    lng: z.number().min(-180).max(180).nullable().default(null),
  })
  .refine((p) => (p.lat === null) === (p.lng === null), { path: ['lng'], error: 'lat and lng come together' });

export const availabilityIn = z
  .strictObject({
    from: instantIn,
    to: instantIn,
    duration: durationIn({ minMs: 60_000, maxMs: 31 * dayMs, example: 'PT90M' }),
    resourceIds: resourceIds
      .nullable()
      .default(null)
      .meta({ description: 'All of these together; with requires, the ones to choose from' }),
    requires: requirements.nullable().default(null),
    location: location.nullable().default(null).meta({ description: 'Where the job is; not used for travel yet' }),
    granularity: durationIn({ minMs: 60_000, maxMs: dayMs, example: 'PT15M' }).default(900_000),
    limit: z.int().min(1).max(500).default(50),
    maxStaleness: maxStaleness.nullable().default(null).meta({
      description: 'Calendars read longer ago than this are visited first, within 2 seconds',
    }),
    explain: z.boolean().default(false),
  })
  .superRefine(checkWindow)
  .meta({ id: 'AvailabilityQuery', description: 'With neither resourceIds nor requires: any one technician' });

export const freshnessOut = z.array(
  z
    .strictObject({
      calendarId: idOut('calendar'),
      syncedAt: instantOut.nullable(),
      problem: z.string().nullable().meta({ description: 'Why it could not be read in time, or null' }),
    })
    .meta({ id: 'Freshness' }),
);
export const availabilityOut = z
  .strictObject({
    slots: z.array(slotOut),
    freshness: freshnessOut,
    why: z
      .record(z.string(), z.int())
      .optional()
      .meta({ description: 'With explain: refused starts by reason, such as BUSY or NOT_WORKING' }),
  })
  .meta({ id: 'Availability' });

export const holdIn = z
  .strictObject({
    start: instantIn,
    end: instantIn,
    resourceIds,
    expiresIn: durationIn({ minMs: 1000, maxMs: dayMs, example: 'PT5M' }).default(300_000),
    note: line(300).nullable().default(null),
  })
  .superRefine(checkSpan)
  .meta({ id: 'NewHold' });
export const holdOut = z
  .strictObject({
    id: idOut('hold'),
    ...spanOut,
    resourceIds: z.array(idOut('resource')),
    note: z.string().nullable(),
    expiresAt: instantOut,
    createdAt: instantOut,
  })
  .meta({ id: 'Hold' });

const customer = z.strictObject({
  name: line(200),
  phone: phone.nullable().default(null),
  email: email.nullable().default(null),
  timeZone: zoneIn.nullable().default(null),
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

export const bookingIn = z
  .strictObject({
    start: instantIn,
    end: instantIn,
    timeZone: zoneIn.nullable().default(null).meta({ description: "Default: the first resource's zone" }),
    resourceIds: resourceIds.nullable().default(null),
    assign: z
      .union([requirements, requirement.transform((one) => [one])])
      .nullable()
      .default(null)
      .meta({ description: 'Instead of resourceIds: what is needed; we choose' }),
    holdId: idIn('hold').nullable().default(null),
    ...context,
    jobTypeId: context.jobTypeId.default(null),
    customer: context.customer.default(null),
    location: context.location.default(null),
    notes: context.notes.default(null),
    metadata: metadata.default({}),
    externalRef: line(200).nullable().default(null),
    source: source.default('crm'),
    maxStaleness: maxStaleness.nullable().default(null),
  })
  .superRefine(checkSpan)
  .refine((b) => b.resourceIds === null || b.assign === null, {
    path: ['assign'],
    error: 'give either resourceIds or assign, not both',
  })
  .refine((b) => b.resourceIds !== null || b.assign !== null || b.holdId !== null, {
    path: ['resourceIds'],
    error: 'give resourceIds or assign; a holdId alone takes the resources that were held',
  })
  .meta({ id: 'NewBooking' });

export const bookingChange = z
  .strictObject({
    start: instantIn,
    end: instantIn,
    timeZone: zoneIn,
    resourceIds,
    ...context,
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
      })
      .meta({ description: 'Which rows of which day sheets were won, and when' }),
  })
  .meta({ id: 'Booking' });

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
  })
  .meta({ id: 'SlotTaken', description: 'Problem `slot_taken`: what is in the way and what is free instead' });
/** Why a time could not be had. */
export const takenOut = z.union([
  slotTakenOut,
  problemOut.refine((problem) => problem.code !== 'slot_taken', 'slot_taken carries conflicts and alternatives'),
]);

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
