/** Validators of notices: what a tenant wishes, who wants none, what was told. */
import { z } from 'zod';
import { dayMs } from '../domain/time.ts';
import { durationIn, email, instantOut, line, zoneIn, zoneOut } from './schemas.ts';

const clockIn = z
  .string()
  .regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a time of day such as 21:00')
  .meta({ examples: ['21:00'] });
const quietIn = z
  .strictObject({ from: clockIn, to: clockIn, timeZone: zoneIn })
  .meta({ description: 'Nobody is told anything then, unless the booking begins before they end' });
const lead = durationIn({ minMs: 5 * 60_000, maxMs: 14 * dayMs, example: 'PT24H' });

export const noticeSettingsIn = z
  .strictObject({
    customers: z.boolean().meta({ description: 'Customers with an e-mail address are told' }),
    technicians: z.boolean().meta({ description: 'Resources with an e-mail address are told' }),
    quietHours: quietIn.nullable(),
    reminderLeads: z.array(lead).max(5).meta({ description: 'How long before the start customers are reminded' }),
    businessName: line(100).nullable().meta({ description: 'Who signs' }),
  })
  .partial()
  .meta({ id: 'NoticeSettingsChange', examples: [{ customers: true, reminderLeads: ['PT24H'] }] });
export const noticeSettingsOut = z
  .strictObject({
    version: z.int(),
    customers: z.boolean(),
    technicians: z.boolean(),
    quietHours: z.strictObject({ from: z.string(), to: z.string(), timeZone: zoneOut }).nullable(),
    reminderLeads: z.array(z.string()).meta({ examples: [['PT24H']] }),
    businessName: z.string().nullable(),
    hasTransport: z
      .boolean()
      .meta({ description: 'Without one messages are composed and shown, and nobody gets them' }),
  })
  .meta({ id: 'NoticeSettings' });

export const optOutIn = z
  .strictObject({ address: email })
  .meta({ id: 'NewOptOut', examples: [{ address: 'kim@example.com' }] });
export const optOutOut = z.strictObject({ address: z.string(), at: instantOut }).meta({ id: 'OptOut' });

const kind = z.enum(['confirmation', 'moved', 'cancelled', 'reminder']);
const messageOut = {
  subject: z.string(),
  text: z.string(),
  language: z.string().meta({ examples: ['en'] }),
};
export const noticePreviewIn = z
  .strictObject({
    kind,
    audience: z.enum(['customer', 'technician']).default('customer'),
  })
  .meta({ id: 'NoticePreviewWish', examples: [{ kind: 'confirmation' }] });
export const noticePreviewOut = z
  .strictObject(messageOut)
  .meta({ id: 'NoticePreview', description: 'What would be said; nothing was sent' });
export const noticesOut = z
  .strictObject({
    data: z.array(
      z.strictObject({
        id: z.string(),
        kind,
        audience: z.string().meta({ description: 'customer, or the id of the resource' }),
        address: z.string(),
        state: z.enum(['unsent', 'sending', 'sent', 'dropped', 'refused']),
        why: z
          .string()
          .nullable()
          .meta({ examples: ['no transport'] }),
        dueAt: instantOut,
        sentAt: instantOut.nullable(),
        ...messageOut,
      }),
    ),
  })
  .meta({ id: 'Notices', description: 'What was told to whom, and what is still to be told' });
