/** The control verbs that play the technician's phone; the phone page knows them by the same names everywhere. */
import { z } from 'zod';
import type { Json } from '../kit/json.ts';
import { textAt } from '../kit/json.ts';
import { verb } from '../kit/verbs.ts';
import { idOf } from './ids.ts';
import type { Item } from './model.ts';
import { phone } from './phone.ts';
import { eventJson, plainWishes } from './render.ts';
import type { World } from './world.ts';

const calendarId = z.string();
const eventId = z.string();
const json: z.ZodType<Json> = z.json();
const fields = z.record(z.string(), json).optional();
const edit = {
  ...{ calendarId, eventId, fields },
  ...{ title: z.string().optional(), start: z.string().optional(), end: z.string().optional() },
};
const responses = {
  accepted: 'accepted',
  declined: 'declined',
  tentative: 'tentativelyAccepted',
  needsAction: 'notResponded',
} as const;

export function phoneVerbs(world: World) {
  const hand = phone(world);
  const told = (id: string, item: Item) => {
    const calendar = hand.calendarOf(id);
    const listed = { calendarId: id, isDefault: false, canEdit: true, canViewPrivate: true };
    const event = eventJson(item, { calendar, listed, wishes: { ...plainWishes, isImmutable: true } });
    return { id: textAt(event, 'id')!, event: { ...event, singleValueExtendedProperties: { ...item.properties } } };
  };
  const one = z.strictObject({ calendarId, eventId });
  return {
    phoneDay: verb(
      'Everything on one day of some calendars, for looking at it.',
      z.strictObject({
        calendarIds: z.array(calendarId),
        day: z.string().regex(/^\d{4}-\d\d-\d\d$/),
        timeZone: z.string().optional(),
      }),
      ({ calendarIds, day, timeZone }) => ({
        entries: hand.day(calendarIds, day, timeZone).map(({ key, series, ...entry }) => ({
          ...entry,
          ...{ calendarId: String(entry.calendarId), title: String(entry.title) },
          ...{ start: String(entry.start), end: String(entry.end) },
          id: idOf(String(entry.calendarId), String(key), true),
          seriesId: series === null ? null : idOf(String(entry.calendarId), String(series), true),
        })),
      }),
    ),
    phoneCreate: verb(
      'Types an event. `start` and `end`: with an offset, wall time of the mailbox, or days. `organizer` makes it an invitation; `recurrence` is that of Graph, its range may be left out.',
      z.strictObject({
        ...{ calendarId, fields, title: z.string().optional(), start: z.string(), end: z.string() },
        recurrence: z.record(z.string(), json).optional(),
        organizer: z.string().optional(),
      }),
      (wish) => told(wish.calendarId, hand.create(wish)),
    ),
    phoneEdit: verb(
      'Moves, renames or otherwise edits an event, a whole series, or one occurrence (by the id of the occurrence).',
      z.strictObject(edit),
      (wish) => told(wish.calendarId, hand.edit(wish)),
    ),
    phoneSplit: verb('Edits "this and following" of a series, from the occurrence on.', z.strictObject(edit), (wish) =>
      told(wish.calendarId, hand.split(wish)),
    ),
    phoneEditAll: verb(
      'Edits the whole series of an occurrence; moved times move it all by as much.',
      z.strictObject(edit),
      (wish) => told(wish.calendarId, hand.editAll(wish)),
    ),
    phoneEndSeries: verb('Deletes "this and following" of a series.', one, (wish) =>
      told(wish.calendarId, hand.endSeries(wish.calendarId, wish.eventId)),
    ),
    phoneDelete: verb('Deletes an event, a series or one occurrence.', one, (wish) =>
      told(wish.calendarId, hand.remove(wish.calendarId, wish.eventId)),
    ),
    phoneCancel: verb('The organiser calls an event off: it stays, cancelled.', one, (wish) =>
      told(wish.calendarId, hand.cancel(wish.calendarId, wish.eventId)),
    ),
    phoneMove: verb(
      'Moves an event to another calendar of the mailbox: its plain id changes.',
      z.strictObject({ calendarId, eventId, toCalendarId: z.string() }),
      (wish) => told(wish.toCalendarId, hand.move(wish.calendarId, wish.eventId, wish.toCalendarId)),
    ),
    phoneAnswer: verb(
      'Answers an invitation.',
      z.strictObject({ calendarId, eventId, answer: z.enum(['accepted', 'declined', 'tentative', 'needsAction']) }),
      (wish) => told(wish.calendarId, hand.answer(wish.calendarId, wish.eventId, responses[wish.answer])),
    ),
    garble: verb(
      'Shows an event with these members in place of its own, as a broken service would.',
      z.strictObject({ calendarId, eventId, members: z.record(z.string(), json) }),
      (wish) => {
        const calendar = hand.calendarOf(wish.calendarId);
        calendar.garbled.set(hand.itemOf(calendar, wish.eventId).key, wish.members);
        return {};
      },
    ),
    events: verb(
      'All events that a calendar holds, exceptions included, with their extended properties by id.',
      z.strictObject({ calendarId }),
      (wish) => ({
        events: [...hand.calendarOf(wish.calendarId).items.values()].map((item) => told(wish.calendarId, item).event),
      }),
    ),
  };
}
