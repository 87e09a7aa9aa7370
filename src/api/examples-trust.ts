/** Examples of what explains and proves: conflicts, stories, the audit list, the proof and the doctor. */
import type { ExampleBook } from './examples.ts';
import { aConflict, ana, anasCalendar, boilerBooking, boilerEvent, onePage } from './examples-cast.ts';

const remoteId = '4dupk9k9old50dqqn082espsc5ou00oi';
const open = {
  ...{ id: aConflict, version: 1, state: 'open', kind: 'edit', unit: 'when' },
  ...{ bookingId: boilerBooking, eventId: boilerEvent, otherEventId: null, resourceId: ana, calendarId: anasCalendar },
  ours: '2027-06-02 11:00 UTC to 2027-06-02 12:00 UTC',
  theirs: '2027-06-02 13:00 UTC to 2027-06-02 14:00 UTC',
  ...{ oursAt: '2027-06-01T06:20:00Z', theirsAt: '2027-06-01T06:20:02Z' },
  sentence:
    'The time was changed here to 2027-06-02 11:00 UTC to 2027-06-02 12:00 UTC (2027-06-01 06:20 UTC) and in the calendar "Ana at work" to 2027-06-02 13:00 UTC to 2027-06-02 14:00 UTC (seen 2027-06-01 06:20 UTC). Both stand until somebody chooses.',
  ...{ choices: ['ours', 'theirs'], alternatives: [], openedAt: '2027-06-01T06:20:02Z' },
  ...{ resolvedAt: null, choice: null },
};

const booked = {
  ...{ at: '2027-06-01T06:06:00.024Z', kind: 'booking.created' },
  ...{ text: 'Booked from 2027-06-02T08:00:00Z.', details: { version: 1 } },
};
const copied = {
  ...{ at: '2027-06-01T06:06:01Z', kind: 'copy.written', text: 'Written to the calendar "Ana at work".' },
  ...{ calendarId: anasCalendar, details: { version: 1, write: 'create', remoteId } },
};
const story = {
  data: [
    {
      at: '2027-06-01T06:06:00Z',
      kind: 'booking.requested',
      text: 'Requested by the CRM.',
      details: { source: 'crm' },
    },
    {
      ...{ at: '2027-06-01T06:06:00.011Z', kind: 'booking.held', text: 'Its time was won on one day sheet.' },
      details: { sheets: 1, resourceIds: [ana] },
    },
    booked,
    copied,
    {
      ...{ at: '2027-06-01T06:06:02Z', kind: 'copy.echoed', calendarId: anasCalendar },
      text: 'Seen in the calendar "Ana at work" as we wrote it; nothing to do.',
      details: { version: 1, verdict: 'echo' },
    },
  ],
};

const of = { eventId: boilerEvent, resourceIds: [ana] };
const audit = onePage(
  { id: '01a5d975bd6e0000009e3304', ...copied, ...of, bookingId: null },
  { id: '01a5d975bd5a0000009e3304', ...booked, ...of, bookingId: boilerBooking, calendarId: null },
);

const lost = {
  ...{ remoteId, eventId: boilerEvent, bookingId: boilerBooking, units: [], side: null },
  ...{ action: 'restore', outcome: 'planned', why: null },
  sentence: 'The copy is not there: the copy is written again.',
};
const diagnosis = {
  ...{ calendarId: anasCalendar, applied: false, checked: { copies: 1, links: 2 } },
  ...{ ghosts: [], missing: [lost], duplicates: [], moved: [], drift: [], orphans: [], unread: [] },
  plan: [{ action: 'restore', outcome: 'planned', count: 1, sentence: 'The copy is written again.' }],
  ...{ pending: 0, unreadable: 0, complete: true },
};

export const trustExamples: ExampleBook = {
  listConflicts: { answers: { 200: onePage(open) } },
  getConflict: { answers: { 200: open } },
  resolveConflict: {
    bodies: { ours: { choice: 'ours' }, move: { choice: 'move', start: '2027-06-02T15:00:00+02:00' } },
    answers: {
      200: {
        ...open,
        ...{ version: 2, state: 'resolved', choice: 'ours', choices: [], resolvedAt: '2027-06-01T06:30:00Z' },
      },
    },
  },
  tellBooking: { answers: { 200: story } },
  tellEvent: { answers: { 200: story } },
  listAudit: { answers: { 200: audit } },
  proveLedger: {
    bodies: { week: { from: '2027-06-01T00:00:00Z', to: '2027-06-08T00:00:00Z' } },
    answers: { 200: { overlaps: [], uncovered: [], phantom: [], conflicts: [], checked: 7, complete: true } },
  },
  examineCalendar: {
    bodies: { look: { calendarId: anasCalendar }, repair: { calendarId: anasCalendar, apply: true } },
    answers: { 200: diagnosis },
  },
};
