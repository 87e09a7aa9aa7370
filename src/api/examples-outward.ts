/** Examples of what goes out: webhooks, the stream, notices, and the words of calendar copies. */
import { starterTemplate } from '../../mappings/job-template.ts';
import type { ExampleBook } from './examples.ts';
import { ana, anasCalendar, boilerBooking, boilerEvent, kim, onePage } from './examples-cast.ts';

const newWebhook = {
  url: 'https://crm.example.com/hooks/interlock',
  events: ['booking.created', 'booking.moved', 'booking.cancelled'],
};
const webhook = {
  ...{ id: 'whk_5f7h9j1l3n5p7r9t1v3b', version: 1, ...newWebhook, state: 'on', oldSecretUntil: null },
  ...{ createdAt: '2027-06-01T06:00:05Z', updatedAt: '2027-06-01T06:00:05Z' },
};
const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const message = 'msg_mvstb0imuqfh83c3ilud';
const delivery = {
  ...{ id: message, event: 'booking.created', state: 'pending' },
  ...{ createdAt: '2027-06-01T06:06:00Z', nextAttemptAt: '2027-06-01T06:06:10Z' },
  attempts: [{ at: '2027-06-01T06:06:01Z', status: 500, durationMs: 84, error: 'answered 500' }],
};

const happening = {
  ...{ type: 'booking.created', timestamp: '2027-06-01T06:06:00.024Z' },
  data: {
    ...{ eventId: boilerEvent, bookingId: boilerBooking, calendarId: null, resourceIds: [ana], version: 1 },
    text: 'Booked from 2027-06-02T08:00:00Z.',
  },
};
const stream = [
  ': interlock',
  'retry: 2000',
  `id: 01a5d975bd5a0000009e3304\nevent: ${happening.type}\ndata: ${JSON.stringify(happening)}`,
  '',
].join('\n\n');

const settings = {
  ...{ version: 1, customers: true, technicians: true, businessName: 'Example Heating' },
  quietHours: { from: '21:00', to: '07:00', timeZone: 'Europe/Berlin' },
  ...{ reminderLeads: ['PT24H'], hasTransport: true },
};
const confirmation = {
  subject: 'Confirmed: Boiler service',
  text: 'Hello Kim Example,\n\nYour appointment is confirmed:\nBoiler service\nWednesday, June 2 at 10:00 AM, 1 hour\n1 Example Street, Berlin\n\nTimes are in Europe/Berlin.\n\nExample Heating\n',
  language: kim.language,
};
const optOut = { address: 'robin@example.com', at: '2027-06-01T06:00:06Z' };

export const outwardExamples: ExampleBook = {
  createWebhook: {
    bodies: { 'new-secret': newWebhook, 'own-secret': { ...newWebhook, secret } },
    answers: { 201: { ...webhook, secret } },
  },
  listWebhooks: { answers: { 200: onePage(webhook) } },
  getWebhook: { answers: { 200: webhook } },
  changeWebhook: {
    bodies: { pause: { state: 'off' }, 'rotate-secret': { rotateSecret: true } },
    answers: { 200: { ...webhook, version: 2, state: 'off', updatedAt: '2027-06-01T07:00:00Z' } },
  },
  listDeliveries: { answers: { 200: onePage(delivery) } },
  testWebhook: { answers: { 200: { delivered: true, status: 204, durationMs: 12, error: null, body: '' } } },
  replayWebhook: {
    bodies: { 'after-time': { after: '2027-06-01T06:00:00Z' }, 'after-delivery': { after: message, onlyDead: true } },
    answers: { 202: { replayed: 1 } },
  },
  stream: { answers: { 200: stream } },
  getNoticeSettings: { answers: { 200: settings } },
  changeNoticeSettings: {
    bodies: {
      wishes: {
        ...{ customers: true, technicians: true, businessName: settings.businessName },
        ...{ quietHours: settings.quietHours, reminderLeads: ['PT24H'] },
      },
    },
    answers: { 200: settings },
  },
  addOptOut: { bodies: { address: { address: optOut.address } }, answers: { 201: optOut } },
  listOptOuts: { answers: { 200: onePage(optOut) } },
  listNotices: {
    answers: {
      200: {
        data: [
          {
            ...{ id: `${boilerBooking}:confirmation:customer:1`, kind: 'confirmation', audience: 'customer' },
            ...{ address: kim.email, state: 'sent', why: null },
            ...{ dueAt: '2027-06-01T06:06:00Z', sentAt: '2027-06-01T06:06:03Z' },
            ...confirmation,
          },
        ],
      },
    },
  },
  previewNotice: { bodies: { confirmation: { kind: 'confirmation' } }, answers: { 200: confirmation } },
  previewCopy: {
    bodies: {
      'as-it-is': { calendarId: anasCalendar },
      'try-a-title': { copies: { title: starterTemplate.title } },
    },
    answers: {
      200: {
        title: 'Boiler service',
        description: `Customer: Kim Example\nPhone: +49 30 901820\nAddress: 1 Example Street, Berlin\n\nThe key is with the neighbour.\n\nBooking: ${boilerBooking}`,
        ...{ location: '1 Example Street, Berlin', isHtml: false, isTimeOnly: false },
      },
    },
  },
};
