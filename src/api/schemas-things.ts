/** Validators of tenants, keys, resources and conflicts, in and out. */
import { z } from 'zod';
import {
  dayIn,
  dayOut,
  email,
  idOut,
  instantIn,
  instantOut,
  line,
  phone,
  slotOut,
  zoneIn,
  zoneOut,
} from './schemas.ts';

export const scope = z.enum(['read', 'book', 'admin', 'operator']);

export const tenantIn = z.strictObject({ name: line(100) }).meta({ id: 'NewTenant' });
const tenant = { id: idOut('tenant'), name: z.string(), createdAt: instantOut };
export const tenantOut = z.strictObject(tenant).meta({ id: 'Tenant' });
export const tenantMade = z
  .strictObject({ ...tenant, key: z.string().meta({ description: 'First key of the tenant; shown only here' }) })
  .meta({ id: 'TenantWithKey' });

export const keyIn = z
  .strictObject({
    name: line(100),
    scopes: z
      .array(scope)
      .min(1)
      .max(4)
      .refine((scopes) => new Set(scopes).size === scopes.length, 'must not name a scope twice'),
    expiresAt: instantIn.nullable().default(null),
  })
  .meta({ id: 'NewKey' });
const key = {
  id: idOut('key'),
  name: z.string(),
  scopes: z.array(scope),
  createdAt: instantOut,
  expiresAt: instantOut.nullable(),
  revokedAt: instantOut.nullable(),
};
export const keyOut = z.strictObject(key).meta({ id: 'Key' });
export const keyMade = z
  .strictObject({ ...key, key: z.string().meta({ description: 'The key itself; shown only here' }) })
  .meta({ id: 'KeyWithSecret' });

const weekday = z.enum(['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']);
export const resourceKind = z.enum(['technician', 'vehicle', 'equipment', 'room']);

const clockFrom = z
  .string()
  .regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a time of day from 00:00 to 23:59')
  .meta({ examples: ['08:00'] });
const clockTo = z
  .string()
  .regex(/^(([0-3]\d|4[0-7]):[0-5]\d|48:00)$/, 'must be a time from 00:01 to 48:00 (30:00 is 06:00 of the next day)')
  .meta({ examples: ['17:00'] });
const laterThanFrom = (span: { readonly from: string; readonly to: string }): boolean => span.from < span.to;
const laterHint = {
  path: ['to'],
  error: 'must be after from; a shift over midnight ends past 24:00 (30:00 is 06:00 of the next day)',
};

const skills = z
  .array(
    z.strictObject({
      skill: line(60),
      level: z.int().min(0).max(1000).nullable().default(null),
      validUntil: dayIn.nullable().default(null).meta({ description: 'Last day on which the skill counts' }),
    }),
  )
  .max(100);
const workingHours = z
  .array(
    z
      .strictObject({ days: z.array(weekday).min(1).max(7), from: clockFrom, to: clockTo })
      .refine(laterThanFrom, laterHint),
  )
  .max(100)
  .meta({ description: 'In the zone of the resource; none means always open' });
const overrides = z
  .array(
    z.strictObject({
      date: dayIn,
      spans: z
        .array(z.strictObject({ from: clockFrom, to: clockTo }).refine(laterThanFrom, laterHint))
        .max(20)
        .meta({ description: 'Instead of the weekly hours; none means closed' }),
    }),
  )
  .max(1000);
const latitude = z.number().min(-90).max(90);
const longitude = z.number().min(-180).max(180);
const resourceFields = {
  name: line(120),
  timeZone: zoneIn,
  quantity: z.int().min(1).max(1000),
  skills,
  territoryIds: z.array(line(80)).max(100),
  home: z.strictObject({ lat: latitude, lng: longitude, address: line(300).nullable().default(null) }).nullable(),
  workingHours,
  overrides,
  limits: z.record(z.string().regex(/^[a-zA-Z][a-zA-Z0-9]{0,39}$/), z.number().min(0).max(1_000_000)),
  email: email.nullable(),
  phone: phone.nullable(),
  externalRef: line(200).nullable(),
};
const people = 'a technician is one person: quantity must be 1';
export const isOnePerson = (r: { readonly kind: string; readonly quantity: number }): boolean =>
  r.kind !== 'technician' || r.quantity === 1;

export const resourceIn = z
  .strictObject({
    kind: resourceKind,
    ...resourceFields,
    quantity: resourceFields.quantity.default(1),
    skills: skills.default([]),
    territoryIds: resourceFields.territoryIds.default([]),
    home: resourceFields.home.default(null),
    workingHours: workingHours.default([]),
    overrides: overrides.default([]),
    limits: resourceFields.limits.default({}),
    email: resourceFields.email.default(null),
    phone: resourceFields.phone.default(null),
    externalRef: resourceFields.externalRef.default(null),
  })
  .refine(isOnePerson, { path: ['quantity'], error: people })
  .meta({ id: 'NewResource' });
export const resourceChange = z.strictObject(resourceFields).partial().meta({ id: 'ResourceChange' });

export const resourceOut = z
  .strictObject({
    id: idOut('resource'),
    version: z.int(),
    kind: resourceKind,
    name: z.string(),
    timeZone: zoneOut,
    quantity: z.int(),
    skills: z.array(z.strictObject({ skill: z.string(), level: z.number().nullable(), validUntil: dayOut.nullable() })),
    territoryIds: z.array(z.string()),
    home: z.strictObject({ lat: z.number(), lng: z.number(), address: z.string().nullable() }).nullable(),
    workingHours: z.array(z.strictObject({ days: z.array(weekday), from: z.string(), to: z.string() })),
    overrides: z.array(
      z.strictObject({ date: dayOut, spans: z.array(z.strictObject({ from: z.string(), to: z.string() })) }),
    ),
    limits: z.record(z.string(), z.number()),
    email: z.string().nullable(),
    phone: z.string().nullable(),
    externalRef: z.string().nullable(),
    createdAt: instantOut,
  })
  .meta({ id: 'Resource' });

export const conflictChoice = z.enum(['ours', 'theirs', 'both', 'move']);
export const conflictOut = z
  .strictObject({
    id: idOut('conflict'),
    version: z.int(),
    state: z.enum(['open', 'resolved']),
    kind: z.enum(['edit', 'removed', 'remove-versus-edit', 'overlap', 'loop']),
    bookingId: idOut('booking').nullable(),
    eventId: idOut('event'),
    otherEventId: idOut('event').nullable().meta({ description: 'Of an overlap: the event on the other side' }),
    resourceId: idOut('resource').nullable(),
    calendarId: idOut('calendar').nullable(),
    unit: z.string().nullable(),
    ours: z.string().nullable(),
    theirs: z.string().nullable(),
    oursAt: instantOut.nullable().meta({ description: 'When our side came to be so' }),
    theirsAt: instantOut.nullable().meta({ description: 'When their side was seen' }),
    sentence: z.string().meta({ description: 'Both values, both times, where either came from' }),
    choices: z.array(conflictChoice).meta({ description: 'What `resolve` takes now; empty once it is resolved' }),
    alternatives: z.array(slotOut).meta({ description: 'Of an overlap: free times for the booking' }),
    openedAt: instantOut,
    resolvedAt: instantOut.nullable(),
    choice: conflictChoice
      .nullable()
      .meta({ description: 'Null in a resolved conflict: it was over before anybody chose' }),
  })
  .meta({ id: 'Conflict' });

export const journalKind = z.enum([
  'booking.created',
  'booking.moved',
  'booking.changed',
  'booking.cancelled',
  'booking.completed',
  'booking.delayed',
  'calendar.blocked',
  'calendar.freed',
  'calendar.synced',
  'calendar.degraded',
  'copy.written',
  'notice.sent',
  'notice.refused',
  'conflict.opened',
  'conflict.resolved',
  'connection.needs_consent',
  'hold.changed',
  'copy.echoed',
  'copy.seen',
  'copy.refused',
  'copy.failed',
  'calendar.repaired',
]);
const stepDetails = z.looseObject({ version: z.int().optional() });
export const storyOut = z
  .strictObject({
    data: z.array(
      z.strictObject({
        at: instantOut,
        kind: z.enum(['booking.requested', 'booking.held', ...journalKind.options]),
        text: z.string(),
        calendarId: idOut('calendar').optional(),
        details: stepDetails.optional(),
      }),
    ),
  })
  .meta({ id: 'Story', description: 'Every step with its time and cause, oldest first' });

export const auditLine = z
  .strictObject({
    id: z.string(),
    at: instantOut,
    kind: journalKind,
    text: z.string(),
    eventId: idOut('event').nullable(),
    bookingId: idOut('booking').nullable(),
    calendarId: idOut('calendar').nullable(),
    resourceIds: z.array(idOut('resource')),
    details: stepDetails.optional(),
  })
  .meta({ id: 'AuditLine', description: 'Something that happened; written once and never changed' });
