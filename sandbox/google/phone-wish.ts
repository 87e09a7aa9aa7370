/** What a person asks of his calendar app, and how it becomes the body of a write. */
import type { Instant } from '../../src/domain/time.ts';
import type { JsonObject } from '../kit/json.ts';
import { Unmet } from '../kit/verbs.ts';
import type { Writing } from './draft.ts';
import type { Calendar, StoredEvent } from './model.ts';
import { Refusal } from './refusal.ts';
import { findEvent } from './series.ts';
import { isDay, momentJson } from './times.ts';
import type { World } from './world.ts';

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

/** @throws Unmet when there is no such calendar */
export function calendarIn(world: World, id: string): Calendar {
  const calendar = world.calendars.get(id);
  if (calendar === undefined) throw new Unmet(`there is no calendar ${id}`);
  return calendar;
}

/** @throws Unmet when there is no such event or occurrence */
export function eventIn(calendar: Calendar, id: string): StoredEvent {
  const event = findEvent(calendar, id);
  if (event === null) throw new Unmet(`there is no event ${id} in ${calendar.id}`);
  return event;
}

/** A person's app knows what it may write: nothing is noted against it. */
export const byHand = (calendar: Calendar, body: JsonObject): Writing => ({
  ...{ calendar, body, conferenceVersion: 1 },
  note() {},
});

export function timeJson(calendar: Calendar, text: string): JsonObject {
  if (/^\d{4}-\d\d-\d\d$/.test(text)) return { date: text };
  return { dateTime: text, timeZone: calendar.zone };
}

export function patchOf(calendar: Calendar, before: StoredEvent, wish: Omit<PhoneEdit, 'eventId'>): JsonObject {
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

/** What the API would refuse a person cannot do either; here it is a sentence. */
export function refusedAsUnmet<T>(act: () => T): T {
  try {
    return act();
  } catch (fault) {
    throw fault instanceof Refusal ? new Unmet(fault.message) : fault;
  }
}
