/** Examples of calendars, what synchronises them, and the rules they follow. */
import { connectionAnswer } from '../../mappings/crm-connection-examples.ts';
import type { ExampleBook } from './examples.ts';
import { ana, anasCalendar, dentistEvent, onePage } from './examples-cast.ts';

const busyRules = {
  ...{ free: false, tentative: true, away: true, allDay: true },
  ...{ declined: false, unanswered: true, private: true },
};
const authority = { when: 'theirs', what: 'ours', where: 'ours', busy: 'theirs', status: 'ours', privacy: 'theirs' };
const policy = { authority, removedThere: 'ask', removeVersusEdit: 'keep-edit', overlap: 'flag' };
const copies = { title: null, description: null, descriptionHtml: null, location: null, detail: 'full' };

const newCalendar = {
  connectionId: connectionAnswer.id,
  remoteId: 'ana@example.com',
  resourceId: ana,
  role: 'two-way',
  policy: { authority: { when: 'ask' } },
};
const quiet = { pending: 0, conflicts: 0, lastFault: null, quarantined: 0, alarm: null };
const attached = {
  id: anasCalendar,
  version: 1,
  connectionId: connectionAnswer.id,
  remoteId: 'ana@example.com',
  resourceId: ana,
  name: 'Ana at work',
  timeZone: 'Europe/Berlin',
  role: 'two-way',
  share: 'full',
  mirror: 'none',
  busyRules,
  policy: { ...policy, authority: { ...authority, when: 'ask' } },
  own: { policy: { authority: { when: 'ask' } }, busyRules: {} },
  sync: {
    ...{ state: 'listing', why: ['Not visited yet.'], lastSyncedAt: null, staleForMs: null, push: null },
    ...quiet,
  },
  createdAt: '2027-06-01T06:00:02Z',
};
const live = {
  ...attached,
  sync: {
    ...{ state: 'live', why: [], lastSyncedAt: '2027-06-01T06:05:00Z', staleForMs: 2_150 },
    push: { state: 'live', endsAt: '2027-06-08T06:00:03Z', lastHintAt: '2027-06-01T06:04:59Z', why: null },
    ...quiet,
  },
};
const held = {
  ...live,
  sync: {
    ...live.sync,
    alarm: {
      id: 'alarm-3f1c9a',
      at: '2027-06-01T06:05:00Z',
      ...{ known: 12, wouldRemove: 11, wouldMove: 0 },
      sentence:
        'The calendar would remove 11 of 12 known events at once. Nothing was removed or moved; somebody must approve.',
      approvedAt: null,
      changes: [
        {
          ...{ eventId: dentistEvent, change: 'remove', title: 'Dentist' },
          ...{ start: '2027-06-02T12:00:00Z', end: '2027-06-02T13:00:00Z', newStart: null, newEnd: null },
        },
      ],
    },
  },
};
const counts = { pulled: 1, created: 1, changed: 0, removed: 0, pushed: 1, conflicts: 0, quarantined: 0 };
const requested = { calendarId: anasCalendar, outcome: 'requested', counts: null, detail: null };
const done = { calendarId: anasCalendar, outcome: 'done', counts, detail: null };

const none = { count: 0, first: [] };
const preview = {
  sentence: '1 event would block time.',
  looked: 1,
  blocked: { count: 1, first: [{ title: 'Dentist', start: '2027-06-02T12:00:00Z', end: '2027-06-02T13:00:00Z' }] },
  ...{ freed: none, overlapping: none, created: none, changed: none, deleted: none },
  unreadable: 0,
};
const rules = {
  version: 1,
  busyRules,
  policy,
  copies,
  own: { policy: { removedThere: 'ask' }, busyRules: {} },
};

export const calendarExamples: ExampleBook = {
  previewCalendar: {
    bodies: { attach: newCalendar, change: { calendarId: anasCalendar, busyRules: { tentative: false } } },
    answers: { 200: preview },
  },
  attachCalendar: { bodies: { 'two-way': newCalendar }, answers: { 201: attached } },
  listCalendars: { answers: { 200: onePage(live) } },
  getCalendar: { answers: { 200: held } },
  changeCalendar: {
    bodies: { 'time-only': { share: 'busy' }, rules: { busyRules: { tentative: false }, policy: { overlap: null } } },
    answers: { 200: { ...live, version: 2, share: 'busy' } },
  },
  syncCalendar: { answers: { 200: done, 202: requested } },
  approveChange: {
    bodies: { approval: { alarmId: held.sync.alarm.id } },
    answers: { 200: { ...done, counts: { ...counts, created: 0, pushed: 0, removed: 11 } }, 202: requested },
  },
  getPolicy: { answers: { 200: rules } },
  changePolicy: { bodies: { ask: { policy: { removedThere: 'ask' } } }, answers: { 200: rules } },
};
