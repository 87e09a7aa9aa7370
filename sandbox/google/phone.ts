/** What a person does in his calendar app: the edits that reach a client only through the feed. */

import type { CalendarDay, Instant } from '../../src/domain/time.ts';
import { addDays } from '../../src/domain/time.ts';
import { asZone, startOfDay } from '../../src/domain/zone.ts';
import type { Json, JsonObject } from '../kit/json.ts';
import { isObject, listAt, textAt } from '../kit/json.ts';
import { Unmet } from '../kit/verbs.ts';
import { draftOf, patched, type Writing } from './draft.ts';
import { isBusy } from './freebusy.ts';
import type { Calendar, StoredEvent } from './model.ts';
import { Refusal } from './refusal.ts';
import { isSelf } from './render.ts';
import { findEvent, instanceId, instancesOf, slotAt, touches } from './series.ts';
import { idStamp, instantOf, isDay, type Moment, momentJson, sameMoment } from './times.ts';
import type { World } from './world.ts';
import { cancelEvent, dropOrphans, newId } from './write.ts';

/** Start and end as a person gives them: RFC 3339 with an offset, wall time of the calendar, or a day (end excluded). */
export interface Times {
  readonly start?: string | undefined;
  readonly end?: string | undefined;
}
export interface PhoneCreate extends Times {
  readonly calendarId: string;
  readonly title?: string | undefined;
  readonly start: string;
  readonly end: string;
  readonly recurrence?: readonly string[] | undefined;
  /** Members of an event as the API has them, for everything that has no name here. */
  readonly fields?: JsonObject | undefined;
  readonly eventType?: string | undefined;
  /** Makes it an invitation by this person to the calendar's owner. */
  readonly organizer?: string | undefined;
}
export interface PhoneEdit extends Times {
  readonly calendarId: string;
  readonly eventId: string;
  readonly title?: string | undefined;
  readonly fields?: JsonObject | undefined;
}

export interface PhoneEntry {
  readonly calendarId: string;
  readonly id: string;
  readonly title: string;
  /** RFC 3339 in UTC, or a day (end excluded). */
  readonly start: string;
  readonly end: string;
  readonly seriesId: string | null;
  readonly isBusy: boolean;
  /** The owner's own answer where he is invited. */
  readonly answer: string | null;
}

export function phone(world: World) {
  const calendarOf = (id: string): Calendar => {
    const calendar = world.calendars.get(id);
    if (calendar === undefined) throw new Unmet(`there is no calendar ${id}`);
    return calendar;
  };
  const eventOf = (calendar: Calendar, id: string): StoredEvent => {
    const event = findEvent(calendar, id);
    if (event === null) throw new Unmet(`there is no event ${id} in ${calendar.id}`);
    return event;
  };
  const writing = (calendar: Calendar, body: JsonObject): Writing => ({
    calendar,
    body,
    conferenceVersion: 1,
    note() {},
  });

  function edit(wish: PhoneEdit): StoredEvent {
    const calendar = calendarOf(wish.calendarId);
    const before = eventOf(calendar, wish.eventId);
    const body = patched(before, patchOf(calendar, before, wish), calendar);
    const draft = refusedAsUnmet(() => draftOf(writing(calendar, body), { ...before, before }));
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
      refusedAsUnmet(() => draftOf(writing(calendar, body), ground)),
    );
  }

  /** "This and following": the old series ends, a new one with an id of its own takes over from here. */
  function split(wish: PhoneEdit): StoredEvent {
    const calendar = calendarOf(wish.calendarId);
    const first = eventOf(calendar, wish.eventId);
    const master = first.of === null ? null : (calendar.events.get(first.of.master) ?? null);
    if (first.of === null || master === null) throw new Unmet(`${wish.eventId} is no occurrence of a series`);
    const { original } = first.of;
    if (sameMoment(original, master.start)) return edit({ ...wish, eventId: master.id });
    const slot = slotAt(calendar, master, original);
    const id = `${master.id.replace(/_R\d{8}(T\d{6})?$/, '')}_R${idStamp(original).replace('Z', '')}`;
    const left = master.recurrence ?? [];
    const whole = {
      ...master,
      id,
      uid: `${id}@google.com`,
      start: slot?.start ?? first.start,
      end: slot?.end ?? first.end,
    };
    const patch = patchOf(calendar, whole, wish);
    const body = { ...patched(whole, patch, calendar), recurrence: following(calendar, master, original) };
    const draft = refusedAsUnmet(() => draftOf(writing(calendar, body), { ...whole, before: null }));
    world.put(calendar, {
      ...master,
      recurrence: left.map((line) => endedBefore(line, original)),
      sequence: master.sequence + 1,
    });
    const next = world.put(calendar, draft);
    takeOver(calendar, master, next, original);
    return next;
  }

  /** Exceptions from the split on go to the new series where their start still is one of its own. */
  function takeOver(calendar: Calendar, master: StoredEvent, next: StoredEvent, from: Moment): void {
    for (const id of [...(calendar.exceptions.get(master.id) ?? [])]) {
      const exception = calendar.events.get(id)!;
      const { original } = exception.of!;
      if (instantOf(original, calendar.zone) < instantOf(from, calendar.zone)) continue;
      if (exception.status !== 'cancelled') world.put(calendar, { ...exception, status: 'cancelled' });
      if (slotAt(calendar, next, original) === null) continue;
      const own = { id: instanceId(next.id, original), uid: next.uid, of: { master: next.id, original } };
      world.put(calendar, { ...exception, ...own });
    }
  }

  return {
    create,
    edit,
    split,
    remove(calendarId: string, eventId: string): StoredEvent {
      const calendar = calendarOf(calendarId);
      return cancelEvent({ world, calendar }, eventOf(calendar, eventId));
    },
    /** Back from the bin under the same id. */
    restore(calendarId: string, eventId: string): StoredEvent {
      const calendar = calendarOf(calendarId);
      return world.put(calendar, { ...eventOf(calendar, eventId), status: 'confirmed' });
    },
    answer(calendarId: string, eventId: string, answer: string): StoredEvent {
      const calendar = calendarOf(calendarId);
      const event = eventOf(calendar, eventId);
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

function timeJson(calendar: Calendar, text: string): JsonObject {
  if (/^\d{4}-\d\d-\d\d$/.test(text)) return { date: text };
  return { dateTime: text, timeZone: calendar.zone };
}

function patchOf(calendar: Calendar, before: StoredEvent, wish: Omit<PhoneEdit, 'eventId'>): JsonObject {
  // A person who drags only the start takes the end along.
  const start = wish.start === undefined ? undefined : whole(timeJson(calendar, wish.start));
  const end = wish.end === undefined ? shiftedEnd(calendar, before, wish.start) : whole(timeJson(calendar, wish.end));
  return {
    ...wish.fields,
    ...(wish.title === undefined ? {} : { summary: wish.title }),
    ...(start === undefined ? {} : { start }),
    ...(end === undefined ? {} : { end }),
  };
}

const whole = (time: JsonObject): JsonObject => ({ date: null, dateTime: null, ...time });

function shiftedEnd(calendar: Calendar, before: StoredEvent, start: string | undefined): JsonObject | undefined {
  if (start === undefined || isDay(before.start) || isDay(before.end) || !/[Zz]|[+-]\d\d:\d\d$/.test(start))
    return undefined;
  const at = (Date.parse(start) + before.end.at - before.start.at) as Instant;
  return momentJson({ ...before.end, at }, calendar.zone);
}

/** The rule that a series has from here on: what was counted already is taken off. */
function following(calendar: Calendar, master: StoredEvent, from: Moment): readonly string[] {
  const until = { start: instantOf(master.start, calendar.zone), end: instantOf(from, calendar.zone) };
  const passed = instancesOf({ ...calendar, exceptions: new Map() }, master, until, false).length;
  return (master.recurrence ?? []).map((line) =>
    line.replace(/COUNT=(\d+)/, (_, count: string) => `COUNT=${Math.max(1, Number(count) - passed)}`),
  );
}

/** A rule that ends just before a start: UNTIL in UTC for times, the day before for days. */
function endedBefore(line: string, from: Moment): string {
  if (!line.startsWith('RRULE')) return line;
  const until = isDay(from)
    ? addDays(from.day, -1).replaceAll('-', '')
    : idStamp({ ...from, at: (from.at - 1000) as Instant });
  return `${line.replace(/;?(UNTIL|COUNT)=[^;]*/g, '')};UNTIL=${until}`;
}

/** What the API would refuse a person cannot do either; here it is a sentence. */
function refusedAsUnmet<T>(act: () => T): T {
  try {
    return act();
  } catch (fault) {
    throw fault instanceof Refusal ? new Unmet(fault.message) : fault;
  }
}
