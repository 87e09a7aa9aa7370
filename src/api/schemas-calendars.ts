/** Validators of connections and calendars, in and out. */
import { z } from 'zod';
import { idIn, idOut, instantOut, line, zoneOut } from './schemas.ts';
import { copiesIn, copiesOut } from './schemas-templates.ts';

export const connectionOut = z
  .strictObject({
    id: idOut('connection'),
    version: z.int(),
    provider: z.string(),
    account: z.string(),
    state: z.enum(['ok', 'needs_consent', 'paused', 'revoked']),
    pausedUntil: instantOut.nullable(),
    lastFault: z.string().nullable(),
    createdAt: instantOut,
  })
  .meta({ id: 'Connection' });

export const offeredCalendars = z
  .strictObject({
    data: z.array(
      z.strictObject({
        remoteId: z.string(),
        name: z.string(),
        timeZone: zoneOut.nullable(),
        canWrite: z.boolean(),
        attachedAs: idOut('calendar').nullable(),
      }),
    ),
    next: z.null(),
  })
  .meta({ id: 'OfferedCalendars' });

const role = z.enum(['two-way', 'read', 'write']);
const share = z.enum(['full', 'busy']);
const mirror = z.enum(['none', 'busy', 'full']);
const busyRules = z.strictObject({
  free: z.boolean(),
  tentative: z.boolean(),
  away: z.boolean(),
  allDay: z.boolean(),
  declined: z.boolean(),
  unanswered: z.boolean(),
  private: z.boolean(),
});
const authority = z.enum(['ours', 'theirs', 'ask']);
const authorities = z.strictObject({
  when: authority,
  what: authority,
  where: authority,
  busy: authority,
  status: authority,
  privacy: authority,
});
const policy = {
  removedThere: z.enum(['cancel', 'restore', 'ask']),
  removeVersusEdit: z.enum(['keep-edit', 'remove', 'ask']),
  overlap: z.enum(['flag', 'allow']),
};
/** Each rule by itself; null takes it back, so that the layer below counts again. */
const yesOrNo = z.boolean().nullable().optional();
const who = authority.nullable().optional();
export const busyRulesIn = z.strictObject({
  free: yesOrNo,
  tentative: yesOrNo,
  away: yesOrNo,
  allDay: yesOrNo,
  declined: yesOrNo,
  unanswered: yesOrNo,
  private: yesOrNo,
});
export const policyIn = z.strictObject({
  removedThere: policy.removedThere.nullable().optional(),
  removeVersusEdit: policy.removeVersusEdit.nullable().optional(),
  overlap: policy.overlap.nullable().optional(),
  authority: z
    .strictObject({ when: who, what: who, where: who, busy: who, status: who, privacy: who })
    .optional()
    .meta({ description: 'By unit: who wins when both sides changed it' }),
});
const ownRulesOut = {
  busyRules: busyRules.partial(),
  copies: copiesOut.partial().optional(),
  policy: z.strictObject({ ...policy, authority: authorities.partial() }).partial(),
};
const policyOut = z.strictObject({ ...policy, authority: authorities });

export const tenantRulesIn = z
  .strictObject({ busyRules: busyRulesIn, policy: policyIn, copies: copiesIn })
  .partial()
  .meta({ id: 'RulesChange' });
export const tenantRulesOut = z
  .strictObject({
    version: z.int(),
    busyRules: busyRules.meta({ description: 'What counts for calendars that say nothing of their own' }),
    policy: policyOut,
    copies: copiesOut.meta({ description: 'How copies of bookings are worded; null is the usual job card' }),
    own: z.strictObject(ownRulesOut).meta({ description: 'What the tenant says; the rest are the defaults' }),
  })
  .meta({ id: 'Rules' });

export const calendarIn = z
  .strictObject({
    connectionId: idIn('connection'),
    remoteId: z.string().min(1).max(2000).meta({ description: 'From the connection’s calendars' }),
    resourceId: idIn('resource'),
    role,
    share: share.default('full').meta({ description: 'How much crosses the border, both ways' }),
    mirror: mirror.default('none').meta({ description: "Copies of the resource's other calendars into this one" }),
    busyRules: busyRulesIn.default({}).meta({ description: 'Which events block time; the rest as the tenant says' }),
    policy: policyIn
      .default({})
      .meta({ description: 'Who wins when both sides changed one thing; the rest as the tenant says' }),
    copies: copiesIn
      .default({})
      .meta({ description: 'How copies of bookings are worded; the rest as the tenant says' }),
  })
  .meta({ id: 'NewCalendar' });

export const calendarChange = z
  .strictObject({ name: line(200), role, share, mirror, busyRules: busyRulesIn, policy: policyIn, copies: copiesIn })
  .partial()
  .meta({ id: 'CalendarChange' });

export const changePreviewIn = calendarChange
  .omit({ name: true })
  .extend({ calendarId: idIn('calendar') })
  .meta({ id: 'ChangePreview', description: 'A change of settings of an attached calendar' });

const previewList = z.strictObject({
  count: z.int(),
  first: z
    .array(z.strictObject({ title: z.string().nullable(), start: instantOut, end: instantOut }))
    .meta({ description: 'The first 20 by time; titles only where the calendar shares them' }),
});
export const previewOut = z
  .strictObject({
    sentence: z.string().meta({ description: 'The same in words' }),
    looked: z.int().meta({ description: 'Events that were looked at, from now on' }),
    blocked: previewList.meta({ description: 'Would take time of the resource and do not now' }),
    freed: previewList.meta({ description: 'Take it now and would no longer' }),
    overlapping: previewList.meta({ description: 'Of those blocked: on a booking, a conflict would open' }),
    created: previewList.meta({ description: 'Copies that would be written into the calendar' }),
    changed: previewList.meta({ description: 'Copies that would be worded anew' }),
    deleted: previewList.meta({ description: 'Copies that would be taken out of it' }),
    unreadable: z.int(),
  })
  .meta({ id: 'Preview', description: 'What would happen; nothing was written' });

const alarmOut = z
  .strictObject({
    id: z.string().meta({ description: 'Names exactly what is held; give it to `approve`' }),
    at: instantOut,
    known: z.int().meta({ description: 'Events that we know and that the read covered' }),
    wouldRemove: z.int(),
    wouldMove: z.int(),
    sentence: z.string(),
    approvedAt: instantOut.nullable().meta({ description: 'Set until the next visit has carried it out' }),
    changes: z
      .array(
        z.strictObject({
          eventId: idOut('event'),
          change: z.enum(['remove', 'move']),
          title: z.string().nullable().meta({ description: 'Only where the calendar shares it' }),
          start: instantOut,
          end: instantOut,
          newStart: instantOut.nullable(),
          newEnd: instantOut.nullable(),
        }),
      )
      .meta({ description: 'The first 20, soonest first' }),
  })
  .meta({ id: 'MassChangeAlarm', description: 'A read that would remove or move so much that it waits for a person' });

export const approveIn = z
  .strictObject({ alarmId: z.string().min(1).max(100).meta({ description: 'From `sync.alarm.id`' }) })
  .meta({ id: 'Approval' });

export const calendarOut = z
  .strictObject({
    id: idOut('calendar'),
    version: z.int(),
    connectionId: idOut('connection'),
    remoteId: z.string(),
    resourceId: idOut('resource'),
    name: z.string(),
    timeZone: zoneOut,
    role,
    share,
    mirror,
    busyRules,
    policy: policyOut,
    own: z.strictObject(ownRulesOut).meta({ description: 'Rules of this calendar alone; the rest are the tenant’s' }),
    sync: z.strictObject({
      state: z.enum(['listing', 'live', 'polling', 'degraded', 'stopped']),
      why: z
        .array(z.string())
        .meta({ description: 'In plain sentences what is wrong or waits; empty when all is well' }),
      lastSyncedAt: instantOut.nullable(),
      staleForMs: z.int().min(0).nullable(),
      push: z
        .object({
          state: z.enum(['live', 'never_delivered', 'stale', 'expiring', 'off']),
          endsAt: z.string().nullable(),
          lastHintAt: z.string().nullable(),
          why: z.string().nullable(),
        })
        .nullable()
        .meta({ description: 'How hints of the provider arrive; null where it has none' }),
      pending: z.int().meta({ description: 'Copies that are still to be written' }),
      conflicts: z.int(),
      lastFault: z.string().nullable(),
      quarantined: z.int().meta({ description: 'Events that could not be read' }),
      alarm: alarmOut.nullable(),
    }),
    createdAt: instantOut,
  })
  .meta({ id: 'Calendar' });

export const syncOut = z
  .strictObject({
    calendarId: idOut('calendar'),
    outcome: z.enum(['requested', 'done', 'running', 'fault', 'alarm']),
    counts: z
      .strictObject({
        pulled: z.int(),
        created: z.int(),
        changed: z.int(),
        removed: z.int(),
        pushed: z.int(),
        conflicts: z.int(),
        quarantined: z.int(),
      })
      .nullable(),
    detail: z.string().nullable(),
  })
  .meta({ id: 'SyncReport' });
