/** Examples of asking for free time, holding it and offering it. */
import type { ExampleBook } from './examples.ts';
import { ana, anasCalendar, boilerBooking } from './examples-cast.ts';

const wish = {
  ...{ from: '2027-06-02T08:00:00+02:00', to: '2027-06-04T18:00:00+02:00', duration: 'PT1H' },
  requires: [{ kind: 'technician', skills: ['gas'] }],
  ...{ language: 'en-US', timeZone: 'Europe/Berlin' },
};
const wednesday = {
  ...{ start: '2027-06-02T08:00:00Z', end: '2027-06-02T09:00:00Z', resourceIds: [ana] },
  sentence: 'Wednesday, June 2 at 10:00 AM, 1 hour',
};
const thursday = {
  ...{ start: '2027-06-03T06:00:00Z', end: '2027-06-03T07:00:00Z', resourceIds: [ana] },
  sentence: 'Thursday, June 3 at 8:00 AM, 1 hour',
};
const friday = {
  ...{ start: '2027-06-04T06:00:00Z', end: '2027-06-04T07:00:00Z', resourceIds: [ana] },
  sentence: 'Friday, June 4 at 8:00 AM, 1 hour',
};

/** How fresh the view of Ana's calendar is. */
export const fresh = [{ calendarId: anasCalendar, syncedAt: '2027-06-01T06:05:00Z', problem: null }];
/** What is free besides the time of the boiler service. */
export const alternatives = [
  { start: '2027-06-02T09:15:00Z', end: '2027-06-02T10:15:00Z', resourceIds: [ana] },
  { start: '2027-06-02T06:45:00Z', end: '2027-06-02T07:45:00Z', resourceIds: [ana] },
  { start: '2027-06-02T10:15:00Z', end: '2027-06-02T11:15:00Z', resourceIds: [ana] },
];
/** The option that the customer takes. */
export const optionTaken = 'opt_7v3k0q1m2n4p5r6s8t9a';
const later = [
  { id: 'opt_9ktlv2de81kav9r0rg6q', ...thursday },
  { id: 'opt_jd6h9247ptgp78rkoibj', ...friday },
];
export const offer = {
  ...{ id: 'off_0d2f4h6j8l0n2p4r6t8v', state: 'open', bookingId: null, note: 'Call 311' },
  ...{ createdAt: '2027-06-01T06:05:10Z', expiresAt: '2027-06-01T06:08:10Z' },
  options: [{ id: optionTaken, ...wednesday }, ...later],
};
/** What is offered when the first offer has ended. */
export const nextOffer = {
  ...{ ...offer, id: 'off_1e3g5i7k9m1o3q5s7u9c', options: later },
  ...{ createdAt: '2027-06-01T06:12:00Z', expiresAt: '2027-06-01T06:15:00Z' },
};
const newHold = {
  ...{ start: '2027-06-02T10:00:00+02:00', end: '2027-06-02T11:00:00+02:00', resourceIds: [ana] },
  ...{ expiresIn: 'PT5M', note: 'Web form 17' },
};
/** The hold that the booking takes over. */
export const holdId = 'hld_6h8j0l2n4p6r8t0v2b4d';

export const slotExamples: ExampleBook = {
  findAvailability: {
    bodies: {
      'by-skill': { ...wish, limit: 3, maxStaleness: 'PT30S', explain: true },
      'one-technician': {
        ...{ from: '2027-06-02T08:00:00+02:00', to: '2027-06-02T18:00:00+02:00', duration: 'PT90M' },
        ...{ resourceIds: [ana], granularity: 'PT30M', buffers: { before: 'PT15M', after: 'PT15M' } },
      },
    },
    answers: { 200: { slots: [wednesday, thursday, friday], freshness: fresh, why: { BUSY: 4, NOT_WORKING: 36 } } },
  },
  createHold: {
    bodies: { hold: newHold },
    answers: {
      201: {
        ...{ id: holdId, start: wednesday.start, end: wednesday.end, resourceIds: [ana] },
        ...{ note: newHold.note, offerId: null },
        ...{ createdAt: '2027-06-01T06:05:10Z', expiresAt: '2027-06-01T06:10:10Z' },
      },
    },
  },
  createOffer: {
    bodies: { 'three-options': { ...wish, count: 3, expiresIn: 'PT3M', note: offer.note, maxStaleness: 'PT30S' } },
    answers: { 201: offer },
  },
  getOffer: { answers: { 200: { ...offer, state: 'accepted', bookingId: boilerBooking } } },
};
