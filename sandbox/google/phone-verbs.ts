/** The control verbs that play the technician's phone. */
import { z } from 'zod';
import type { Json } from '../kit/json.ts';
import { verb } from '../kit/verbs.ts';
import type { StoredEvent } from './model.ts';
import { phone } from './phone.ts';
import { eventJson } from './render.ts';
import type { World } from './world.ts';

const calendarId = z.string();
const eventId = z.string();
const json: z.ZodType<Json> = z.json();
const fields = z.record(z.string(), json).optional();
const edit = {
  ...{ calendarId, eventId, fields },
  ...{ title: z.string().optional(), start: z.string().optional(), end: z.string().optional() },
};

export function phoneVerbs(world: World, origin: () => string) {
  const hand = phone(world);
  const told = (id: string, event: StoredEvent) => {
    const calendar = world.calendars.get(id)!;
    const sight = { calendar, role: 'owner', busyOnly: false, zone: calendar.zone, maxAttendees: undefined } as const;
    return { id: event.id, event: eventJson(event, { ...sight, origin: origin() }) };
  };
  return {
    phoneDay: verb(
      'Everything on one day of some calendars, for looking at it.',
      z.strictObject({
        calendarIds: z.array(calendarId),
        day: z.string().regex(/^\d{4}-\d\d-\d\d$/),
        timeZone: z.string().optional(),
      }),
      ({ calendarIds, day, timeZone }) => ({ entries: hand.day(calendarIds, day, timeZone) }),
    ),
    phoneCreate: verb(
      'Types an event. `start` and `end`: with an offset, wall time of the calendar, or days. `organizer` makes it an invitation.',
      z.strictObject({
        ...{ calendarId, fields, title: z.string().optional(), start: z.string(), end: z.string() },
        recurrence: z.array(z.string()).optional(),
        eventType: z.string().optional(),
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
    phoneEndSeries: verb('Deletes "this and following" of a series.', z.strictObject({ calendarId, eventId }), (wish) =>
      told(wish.calendarId, hand.end(wish.calendarId, wish.eventId)),
    ),
    phoneDelete: verb(
      'Deletes an event, a series or one occurrence.',
      z.strictObject({ calendarId, eventId }),
      (wish) => told(wish.calendarId, hand.remove(wish.calendarId, wish.eventId)),
    ),
    phoneRestore: verb('Takes a deleted event back from the bin.', z.strictObject({ calendarId, eventId }), (wish) =>
      told(wish.calendarId, hand.restore(wish.calendarId, wish.eventId)),
    ),
    phoneAnswer: verb(
      'Answers an invitation.',
      z.strictObject({ calendarId, eventId, answer: z.enum(['accepted', 'declined', 'tentative', 'needsAction']) }),
      (wish) => told(wish.calendarId, hand.answer(wish.calendarId, wish.eventId, wish.answer)),
    ),
    events: verb(
      'All events that a calendar holds, deleted ones and exceptions included.',
      z.strictObject({ calendarId }),
      (wish) => ({
        events: [...(world.calendars.get(wish.calendarId)?.events.values() ?? [])].map(
          (event) => told(wish.calendarId, event).event,
        ),
      }),
    ),
  };
}
