/** Examples of bookings from the first request to the last word, and of the schedule that shows them. */
import type { ExampleBook } from './examples.ts';
import { ana, anasCalendar, boilerBooking, boilerEvent, dentistEvent, kim, onePage, van } from './examples-cast.ts';
import { bookingTaken } from './examples-problems.ts';
import { holdId, optionTaken } from './examples-slots.ts';

const job = {
  title: 'Boiler service',
  customer: kim,
  location: { address: '1 Example Street, Berlin' },
  notes: 'The key is with the neighbour.',
  metadata: { boiler: 'Model 5' },
};
const when = { start: '2027-06-02T10:00:00+02:00', end: '2027-06-02T11:00:00+02:00' };
const newBooking = {
  ...{ ...when, resourceIds: [ana], ...job, externalRef: 'JOB-42', source: 'crm' },
  ...{ buffers: { before: 'PT15M', after: 'PT15M' }, maxStaleness: 'PT30S' },
};

const written = {
  ...{ calendarId: anasCalendar, state: 'written', remoteId: '4dupk9k9old50dqqn082espsc5ou00oi' },
  ...{ writtenAt: '2027-06-01T06:06:01Z', reason: null },
};
export const booking = {
  id: boilerBooking,
  version: 1,
  status: 'confirmed',
  ...{ start: '2027-06-02T08:00:00Z', end: '2027-06-02T09:00:00Z', timeZone: 'Europe/Berlin' },
  ...{ resourceIds: [ana], eventId: boilerEvent },
  ...{ ...job, location: { address: '1 Example Street, Berlin', lat: null, lng: null } },
  ...{ externalRef: 'JOB-42', jobTypeId: null, source: 'crm', buffers: newBooking.buffers, tentative: false },
  sentence: 'Boiler service: Wednesday, June 2 at 10:00 AM, 1 hour, 1 Example Street, Berlin.',
  ...{ createdAt: '2027-06-01T06:06:00Z', updatedAt: '2027-06-01T06:06:00Z' },
  calendars: [written],
  receipt: {
    ...{ claim: boilerEvent, claimedAt: '2027-06-01T06:06:00Z' },
    rows: [{ resourceId: ana, start: '2027-06-02T07:45:00Z', end: '2027-06-02T09:15:00Z', sheetVersion: 1 }],
    calendars: [{ calendarId: anasCalendar, syncedAt: '2027-06-01T06:05:59Z' }],
  },
};
const justBooked = {
  ...booking,
  calendars: [{ ...written, state: 'pending', remoteId: null, writtenAt: null }],
};
const moved = {
  ...booking,
  ...{ version: 2, updatedAt: '2027-06-01T06:20:00Z' },
  ...{ start: '2027-06-02T11:00:00Z', end: '2027-06-02T12:00:00Z' },
  sentence: 'Boiler service: Wednesday, June 2 at 1:00 PM, 1 hour, 1 Example Street, Berlin.',
  calendars: [{ ...written, state: 'pending' }],
  receipt: {
    ...{ ...booking.receipt, claimedAt: '2027-06-01T06:20:00Z' },
    rows: [{ resourceId: ana, start: '2027-06-02T10:45:00Z', end: '2027-06-02T12:15:00Z', sheetVersion: 3 }],
  },
};
const afterwards = (status: string) => ({ ...booking, version: 2, status, updatedAt: '2027-06-02T09:05:00Z' });
/** Actions take no fields. */
const nothing = { nothing: {} };

export const bookingExamples: ExampleBook = {
  createBooking: {
    bodies: {
      'named-technician': newBooking,
      'whoever-is-free': {
        ...{ ...when, ...job, externalRef: 'JOB-43' },
        assign: [{ kind: 'technician', skills: ['gas'] }, { kind: 'vehicle' }],
      },
      'held-time': { ...when, holdId, title: job.title, customer: { name: kim.name }, source: 'website' },
    },
    answers: { 200: booking, 201: justBooked },
  },
  createBookings: {
    bodies: {
      import: {
        bookings: [
          { key: 'import-7-1', ...newBooking },
          { key: 'import-7-2', ...newBooking, externalRef: 'JOB-44' },
        ],
      },
    },
    answers: {
      200: {
        ...{ booked: 1, refused: 1 },
        data: [
          { index: 0, status: 201, booking: justBooked },
          { index: 1, status: 409, problem: bookingTaken },
        ],
      },
    },
  },
  acceptOffer: {
    bodies: { option: { option: optionTaken, ...job, source: 'agent' } },
    answers: { 200: booking, 201: justBooked },
  },
  listBookings: { answers: { 200: onePage(booking) } },
  getBooking: { answers: { 200: booking } },
  changeBooking: {
    bodies: {
      move: { start: '2027-06-02T13:00:00+02:00' },
      reassign: { resourceIds: [ana, van] },
      context: { notes: 'The dog is friendly.', metadata: { boiler: 'Model 6' } },
    },
    answers: { 200: moved },
  },
  cancelBooking: { bodies: nothing, answers: { 200: { ...afterwards('cancelled'), calendars: [] } } },
  startBooking: { bodies: nothing, answers: { 200: afterwards('in_progress') } },
  completeBooking: { bodies: nothing, answers: { 200: { ...afterwards('completed'), version: 3 } } },
  missBooking: { bodies: nothing, answers: { 200: afterwards('no_show') } },
  getSchedule: {
    answers: {
      200: {
        ...{ from: '2027-06-02T00:00:00Z', to: '2027-06-03T00:00:00Z', next: null },
        data: [
          {
            ...{ resourceId: ana, kind: 'technician', name: 'Ana Example', timeZone: 'Europe/Berlin', quantity: 1 },
            working: [{ start: '2027-06-02T06:00:00Z', end: '2027-06-02T15:00:00Z' }],
            bookings: [booking],
            busy: [
              {
                ...{ eventId: dentistEvent, calendarId: anasCalendar, title: 'Dentist' },
                ...{ start: '2027-06-02T12:00:00Z', end: '2027-06-02T13:00:00Z' },
              },
            ],
            ...{ holds: [], conflicts: [] },
          },
        ],
      },
    },
  },
};
