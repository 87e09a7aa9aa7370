/** Google's start and end: read strictly, kept exactly, written in the zone that the answer is for. */

import type { CalendarDay, Instant, WallTime, Zone } from '../../src/domain/time.ts';
import { parseDay } from '../../src/domain/time.ts';
import { asZone, instantToWall, offsetMsAt, startOfDay, wallToInstant } from '../../src/domain/zone.ts';
import type { JsonObject } from '../kit/json.ts';
import { textAt } from '../kit/json.ts';
import { breach } from './refusal.ts';

/** A day, or an instant with the zone that it was meant in. */
export type Moment =
  | { readonly day: CalendarDay }
  | {
      readonly at: Instant;
      readonly zone: Zone;
      /** Whether the client named the zone itself; a series needs that. */
      readonly named: boolean;
    };

export const isDay = (moment: Moment): moment is { readonly day: CalendarDay } => 'day' in moment;

export const zoneNamed = (name: string): Zone | null => asZone(name);

/** Days begin when they begin in the calendar. */
export const instantOf = (moment: Moment, calendarZone: Zone): Instant =>
  isDay(moment) ? startOfDay(moment.day, calendarZone) : moment.at;

/** @throws Refusal in Google's words */
export function readMoment(value: JsonObject | undefined, side: 'start' | 'end', calendarZone: Zone): Moment {
  const date = textAt(value, 'date');
  const dateTime = textAt(value, 'dateTime');
  const zoneName = textAt(value, 'timeZone');
  if (date === undefined && dateTime === undefined) throw breach('required', `Missing ${side} time.`);
  if (date !== undefined && dateTime !== undefined) {
    throw breach('invalid', `Invalid ${side} time: date and dateTime exclude each other.`);
  }
  if (date !== undefined) {
    const isReal = /^\d{4}-\d\d-\d\d$/.test(date) && parseDay(date) !== null;
    if (!isReal) throw breach('invalid', `Invalid ${side} time: "${date}" is no date.`);
    return { day: date as CalendarDay };
  }
  const zone = zoneName === undefined ? null : asZone(zoneName);
  if (zoneName !== undefined && zone === null) {
    throw breach('invalid', `Invalid time zone definition for ${side} time: "${zoneName}".`);
  }
  return { at: instantOfText(dateTime!, zone, side), zone: zone ?? calendarZone, named: zone !== null };
}

function instantOfText(text: string, zone: Zone | null, side: string): Instant {
  const parts = /^(\d{4}-\d\d-\d\d)[Tt](\d\d:\d\d(?::\d\d)?)(?:\.\d+)?([Zz]|[+-]\d\d:\d\d)?$/.exec(text);
  if (parts === null) throw breach('invalid', `Invalid ${side} time: "${text}" is no RFC 3339 time.`);
  const wall = `${parts[1]}T${parts[2]!.length === 5 ? `${parts[2]}:00` : parts[2]}`;
  const asUtc = Date.parse(`${wall}Z`);
  if (Number.isNaN(asUtc) || new Date(asUtc).toISOString().slice(0, 10) !== parts[1]) {
    throw breach('invalid', `Invalid ${side} time: "${text}" does not exist.`);
  }
  if (parts[3] !== undefined) return Date.parse(`${wall}${parts[3].toUpperCase()}`) as Instant;
  if (zone === null) throw breach('invalid', `Missing time zone definition for ${side} time.`);
  return wallToInstant(wall as WallTime, zone);
}

/** As Google answers: with the offset of `shownIn` (the request's or the calendar's zone) and the event's own zone beside it. */
export function momentJson(moment: Moment, shownIn: Zone): JsonObject {
  if (isDay(moment)) return { date: moment.day };
  return { dateTime: rfc3339(moment.at, shownIn), timeZone: moment.zone };
}

export function rfc3339(at: Instant, zone: Zone): string {
  const offset = Math.round(offsetMsAt(zone, at) / 60_000);
  const size = Math.abs(offset);
  const two = (n: number): string => String(n).padStart(2, '0');
  const tail = offset === 0 ? 'Z' : `${offset < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`;
  return `${instantToWall(at, zone)}${tail}`;
}

/** `20260601T080000Z` or `20260601`: how Google writes an original start into an id. */
export const idStamp = (moment: Moment): string =>
  isDay(moment)
    ? moment.day.replaceAll('-', '')
    : `${new Date(moment.at).toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`;

export const sameMoment = (a: Moment, b: Moment): boolean =>
  isDay(a) ? isDay(b) && a.day === b.day : !isDay(b) && a.at === b.at;
