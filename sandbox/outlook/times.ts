/** Graph's `dateTimeTimeZone`: seven digits behind the point, no offset, the zone beside it. */
import type { CalendarDay, Instant, Span, WallTime, Zone } from '../../src/domain/time.ts';
import { utcZone } from '../../src/domain/time.ts';
import { instantToWall, wallToInstant } from '../../src/domain/zone.ts';
import type { JsonObject } from '../kit/json.ts';
import { textAt } from '../kit/json.ts';
import type { Item, When } from './model.ts';
import { breach } from './refusal.ts';
import { zoneNamed } from './zones.ts';

/** @throws Refusal in Graph's words */
export function readWhen(value: JsonObject, side: string): When {
  const text = textAt(value, 'dateTime');
  if (text === undefined) throw breach('ErrorPropertyValidationFailure', `The dateTime of ${side} is missing.`);
  const named = textAt(value, 'timeZone');
  const zoneName = named ?? 'UTC';
  const zone = zoneNamed(zoneName);
  if (zone === null) {
    const what = `A valid TimeZone value must be specified. The following TimeZone value is not supported: '${zoneName}'.`;
    throw breach('TimeZoneNotSupportedException', what);
  }
  const [, local, offset] = /^(\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d)?)(?:\.\d{1,9})?(Z|[+-]\d\d:\d\d)?$/.exec(text) ?? [];
  const wall = local?.length === 16 ? `${local}:00` : local;
  const real = wall === undefined ? Number.NaN : Date.parse(`${wall}Z`);
  if (wall === undefined || Number.isNaN(real) || new Date(real).toISOString().slice(0, 10) !== wall.slice(0, 10)) {
    throw breach('RequestBodyRead', `Cannot convert the literal '${text}' of ${side} to a date and time.`);
  }
  if (offset === undefined) return { wall: wall as WallTime, zone, zoneName };
  const at = Date.parse(`${wall}${offset}`) as Instant;
  return { wall: instantToWall(at, zone), zone, zoneName };
}

const textOf = (wall: WallTime): string => `${wall}.0000000`;

/** In the zone of the answer; whole days keep their digits whatever zone they are shown in. */
export function whenJson(
  when: When,
  isAllDay: boolean,
  shown: { readonly zone: Zone; readonly label: string },
): JsonObject {
  const wall = isAllDay ? when.wall : instantToWall(instantOf(when), shown.zone);
  return { dateTime: textOf(wall), timeZone: shown.label };
}

export const instantOf = (when: When): Instant => wallToInstant(when.wall, when.zone);
export const dayOf = (when: When): CalendarDay => when.wall.slice(0, 10) as CalendarDay;

/** Whole days count as days of UTC, as Graph compares them. */
export function spanOf({ start, end, isAllDay }: Pick<Item, 'start' | 'end' | 'isAllDay'>): Span {
  if (!isAllDay) return { start: instantOf(start), end: instantOf(end) };
  return { start: wallToInstant(start.wall, utcZone), end: wallToInstant(end.wall, utcZone) };
}

/** Also what ends exactly at the window's start is in it, as Graph has it. */
export const touches = (item: Pick<Item, 'start' | 'end' | 'isAllDay'>, window: Span): boolean => {
  const span = spanOf(item);
  return span.start < window.end && span.end >= window.start;
};

const mostDays = 1825;

/** `startDateTime` and `endDateTime`: an offset counts, without one it is UTC. @throws Refusal */
export function readWindow(from: string | undefined, to: string | undefined): Span {
  const read = (text: string | undefined, name: string): Instant => {
    const parts = /^(\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?)?)(Z|[+-]\d\d:\d\d)?$/i.exec(text ?? '');
    const at = parts === null ? Number.NaN : Date.parse(`${parts[1]}${parts[1]!.length > 10 ? (parts[2] ?? 'Z') : ''}`);
    if (Number.isNaN(at))
      throw breach('ErrorInvalidParameter', `The value '${text}' of parameter '${name}' is invalid.`);
    return at as Instant;
  };
  const window = { start: read(from, 'startDateTime'), end: read(to, 'endDateTime') };
  if (window.end <= window.start)
    throw breach('ErrorInvalidParameter', 'The EndDateTime must be after the StartDateTime.');
  if (window.end - window.start > mostDays * 86_400_000) {
    throw breach(
      'ErrorInvalidRequest',
      `Your request can't be completed. The range between the start and end dates is greater than the allowed range. Maximum number of days: ${mostDays}`,
    );
  }
  return window;
}
