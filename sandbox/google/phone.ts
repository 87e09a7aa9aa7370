/** What a person does in his calendar app: the edits that reach a client only through the feed. */

import type { CalendarDay } from '../../src/domain/time.ts';
import { addDays } from '../../src/domain/time.ts';
import { asZone, startOfDay } from '../../src/domain/zone.ts';
import type { Json } from '../kit/json.ts';
import { isObject, listAt, textAt } from '../kit/json.ts';
import { Unmet } from '../kit/verbs.ts';
import { draftOf, patched } from './draft.ts';
import { isBusy } from './freebusy.ts';
import type { Calendar, StoredEvent } from './model.ts';
import { endSeries, forAll, occurrenceIn, split } from './phone-series.ts';
import type { PhoneCreate, PhoneEdit, PhoneEntry } from './phone-wish.ts';
import { byHand, calendarIn, eventIn, patchOf, refusedAsUnmet, timeJson } from './phone-wish.ts';
import { isSelf } from './render.ts';
import { instancesOf, touches } from './series.ts';
import { instantOf, isDay, type Moment, sameMoment } from './times.ts';
import type { World } from './world.ts';
import { cancelEvent, dropOrphans, newId } from './write.ts';

export function phone(world: World) {
  const calendarOf = (id: string): Calendar => calendarIn(world, id);

  function edit(wish: PhoneEdit): StoredEvent {
    const calendar = calendarOf(wish.calendarId);
    const before = eventIn(calendar, wish.eventId);
    const body = patched(before, patchOf(calendar, before, wish), calendar);
    const draft = refusedAsUnmet(() => draftOf(byHand(calendar, body), { ...before, before }));
    const after = world.put(calendar, draft);
    if (after.recurrence !== null) dropOrphans({ world, calendar }, after);
    return after;
  }

  function create(wish: PhoneCreate): StoredEvent {
    const calendar = calendarOf(wish.calendarId);
    const id = newId();
    const owner = { email: calendar.owner };
    const organizer = wish.organizer === undefined ? { email: calendar.id } : { email: wish.organizer };
    const guests = wish.organizer === undefined ? {} : { attendees: guestsOf(wish.organizer, calendar) };
    const times = { start: timeJson(calendar, wish.start), end: timeJson(calendar, wish.end) };
    const recurrence = wish.recurrence ?? [];
    const body = {
      ...wish.fields,
      ...guests,
      ...times,
      recurrence,
      ...(wish.title === undefined ? {} : { summary: wish.title }),
    };
    const created = Math.floor(world.clock.now() / 1000) * 1000;
    const eventType = wish.eventType ?? 'default';
    const ground = {
      id,
      uid: `${id}@google.com`,
      created,
      creator: owner,
      organizer,
      of: null,
      eventType,
      before: null,
    };
    return world.put(
      calendar,
      refusedAsUnmet(() => draftOf(byHand(calendar, body), ground)),
    );
  }

  return {
    create,
    edit,
    /** The whole series of an occurrence. */
    editAll: (wish: PhoneEdit): StoredEvent => edit(forAll(world, wish)),
    /** From an occurrence on; from the first one on it is the whole series. */
    split(wish: PhoneEdit): StoredEvent {
      const { master, original } = occurrenceIn(world, wish.calendarId, wish.eventId);
      return sameMoment(original, master.start) ? edit(forAll(world, wish)) : split(world, wish);
    },
    end: (calendarId: string, eventId: string): StoredEvent => endSeries(world, calendarId, eventId),
    remove(calendarId: string, eventId: string): StoredEvent {
      const calendar = calendarOf(calendarId);
      return cancelEvent({ world, calendar }, eventIn(calendar, eventId));
    },
    /** Back from the bin under the same id. */
    restore(calendarId: string, eventId: string): StoredEvent {
      const calendar = calendarOf(calendarId);
      return world.put(calendar, { ...eventIn(calendar, eventId), status: 'confirmed' });
    },
    answer(calendarId: string, eventId: string, answer: string): StoredEvent {
      const calendar = calendarOf(calendarId);
      const event = eventIn(calendar, eventId);
      const rows = listAt(event.content, 'attendees').filter(isObject);
      if (!rows.some((row) => isSelf(textAt(row, 'email'), calendar))) throw new Unmet(`${eventId} is no invitation`);
      const attendees = rows.map((row) =>
        isSelf(textAt(row, 'email'), calendar) ? { ...row, responseStatus: answer } : row,
      );
      return world.put(calendar, { ...event, content: { ...event.content, attendees } });
    },
    /** Everything that touches a day of a zone (the calendar's own when none is given). */
    day(calendarIds: readonly string[], day: string, zoneName: string | undefined): readonly PhoneEntry[] {
      return calendarIds.map(calendarOf).flatMap((calendar) => {
        const zone = zoneName === undefined ? calendar.zone : asZone(zoneName);
        if (zone === null) throw new Unmet(`there is no time zone ${zoneName}`);
        const from = startOfDay(day as CalendarDay, zone);
        const window = { start: from, end: startOfDay(addDays(day as CalendarDay, 1), zone) };
        return [...calendar.events.values()]
          .filter((event) => event.status !== 'cancelled' && event.of === null)
          .flatMap((event) => (event.recurrence === null ? [event] : instancesOf(calendar, event, window, false)))
          .filter((event) => touches(calendar, event, window))
          .sort((a, b) => instantOf(a.start, calendar.zone) - instantOf(b.start, calendar.zone))
          .map((event) => entryOf(event, calendar));
      });
    },
  };
}

function entryOf(event: StoredEvent, calendar: Calendar): PhoneEntry {
  const own = listAt(event.content, 'attendees')
    .filter(isObject)
    .find((row) => isSelf(textAt(row, 'email'), calendar));
  const text = (moment: Moment): string => (isDay(moment) ? moment.day : new Date(moment.at).toISOString());
  return {
    ...{ calendarId: calendar.id, id: event.id, title: textAt(event.content, 'summary') ?? '' },
    ...{ start: text(event.start), end: text(event.end), seriesId: event.of?.master ?? null },
    ...{
      isBusy: isBusy(event, calendar),
      answer: own === undefined ? null : (textAt(own, 'responseStatus') ?? 'needsAction'),
    },
  };
}

const guestsOf = (organizer: string, calendar: Calendar): Json[] => [
  { email: organizer, responseStatus: 'accepted' },
  { email: calendar.id, responseStatus: 'needsAction' },
];
