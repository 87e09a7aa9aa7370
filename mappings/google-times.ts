/** Times of Google events to and from ours: an instant with a zone, or a day whose end is excluded. */
import { spanOf } from '../src/domain/series.ts';
import type { CalendarDay, EventTime, Instant, WallTime, Zone } from '../src/domain/time.ts';
import { addDays, parseDay, parseInstant, utcZone } from '../src/domain/time.ts';
import { instantToWall, offsetMsAt, toInstant, wallToInstant } from '../src/domain/zone.ts';
import { isJson, textIn } from './google-json.ts';
import { resolveZone } from './zones.ts';

/** `null` removes a member in a PATCH: a time that turns into a day must lose its `dateTime` and the other way round. */
export interface GoogleTime {
  readonly date: string | null;
  readonly dateTime: string | null;
  readonly timeZone: string | null;
}

export interface ReadTime {
  readonly time: EventTime;
  /** Null for a day. */
  readonly at: Instant | null;
  /** The name under which the zone came, when nobody knows such a zone: then `time` is in UTC. */
  readonly unknownZone: string | null;
}

/**
 * A start, an end or an original start; null when there is none that makes sense. Without a zone of its own a time lives in
 * the calendar's zone.
 */
export function readTime(value: unknown, calendarZone: Zone): ReadTime | null {
  if (!isJson(value)) return null;
  const day = parseDay(textIn(value, 'date') ?? '');
  if (day !== null) return { time: { kind: 'date', day }, at: null, unknownZone: null };
  const exact = parseInstant(textIn(value, 'dateTime') ?? '');
  if (exact === null) return null;
  const at = (Math.floor(exact / 1000) * 1000) as Instant;
  const name = textIn(value, 'timeZone');
  const zone = name === null ? calendarZone : resolveZone(name);
  return { time: timeAt(at, zone ?? utcZone), at, unknownZone: zone === null ? name : null };
}

/** The second 02:30 of an autumn night has no wall time of its own in its zone: it is told in UTC. */
function timeAt(at: Instant, zone: Zone): EventTime {
  const wall = instantToWall(at, zone);
  if (wallToInstant(wall, zone) === at) return { kind: 'zoned', wall, zone };
  return { kind: 'zoned', wall: instantToWall(at, utcZone), zone: utcZone };
}

/** Google refuses what has no length (400 timeRangeEmpty); a minute is the shortest that every app shows. */
const shortestMs = 60_000;

interface Times {
  readonly start: EventTime;
  readonly end: EventTime;
}

/**
 * Start and end in the form in which Google gives them back: floating times pinned to the calendar's zone, gaps of summer
 * time closed, the end in the form of its start and after it.
 */
export function canonicalTimes({ start, end }: Times, calendarZone: Zone): Times {
  if (start.kind === 'date') {
    const day = end.kind === 'date' ? end.day : dayAfter(instantToWall(toInstant(end, calendarZone), calendarZone));
    return { start, end: { kind: 'date', day: day > start.day ? day : addDays(start.day, 1) } };
  }
  const midnight = (day: CalendarDay): EventTime => ({ kind: 'floating', wall: `${day}T00:00:00` as WallTime });
  const timed = end.kind === 'date' ? midnight(end.day) : end;
  const span = spanOf({ start, end: timed }, calendarZone);
  const startZone = zoneOf(start, calendarZone);
  if (span.end > span.start) {
    return { start: timeAt(span.start, startZone), end: timeAt(span.end, zoneOf(timed, calendarZone)) };
  }
  return { start: timeAt(span.start, startZone), end: timeAt((span.start + shortestMs) as Instant, startZone) };
}

export function canonicalTime(time: EventTime, calendarZone: Zone): EventTime {
  return time.kind === 'date' ? time : timeAt(toInstant(time, calendarZone), zoneOf(time, calendarZone));
}

function zoneOf(time: EventTime, calendarZone: Zone): Zone {
  const named = time.kind === 'zoned' ? time.zone : calendarZone;
  return resolveZone(named) ?? named;
}

/** The first day that a time does not touch any more. */
function dayAfter(wall: WallTime): CalendarDay {
  const day = wall.slice(0, 10) as CalendarDay;
  return wall.endsWith('T00:00:00') ? day : addDays(day, 1);
}

/** A canonical time as Google takes it; offset and zone are both told, so that neither side has to guess. */
export function writeTime(time: EventTime): GoogleTime {
  if (time.kind === 'date') return { date: time.day, dateTime: null, timeZone: null };
  const zone = time.kind === 'zoned' ? time.zone : utcZone;
  const at = wallToInstant(time.wall, zone);
  return { date: null, dateTime: `${time.wall}${offsetText(offsetMsAt(zone, at))}`, timeZone: zone };
}

function offsetText(ms: number): string {
  if (ms === 0) return 'Z';
  const minutes = Math.round(Math.abs(ms) / 60_000);
  const two = (n: number) => String(n).padStart(2, '0');
  return `${ms < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}
