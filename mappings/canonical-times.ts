/** Start and end as providers keep them: pinned to a zone, the end in the form of its start and after it. */
import type { InstanceFields } from '../src/domain/event.ts';
import { spanOf } from '../src/domain/series.ts';
import type { CalendarDay, EventTime, Instant, WallTime, Zone } from '../src/domain/time.ts';
import { addDays, utcZone } from '../src/domain/time.ts';
import { instantToWall, toInstant, wallToInstant } from '../src/domain/zone.ts';
import { resolveZone } from './zones.ts';

export type Times = Pick<InstanceFields, 'start' | 'end'>;

/** Google refuses what has no length, and Outlook shows it nowhere; a minute is the shortest that every app shows. */
const shortestMs = 60_000;

/** Floating times are pinned to the calendar's zone, gaps of summer time closed, aliases of zones told by their main name. */
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

/** The second 02:30 of an autumn night has no wall time of its own in its zone: it is told in UTC. */
export function timeAt(at: Instant, zone: Zone): EventTime {
  const wall = instantToWall(at, zone);
  if (wallToInstant(wall, zone) === at) return { kind: 'zoned', wall, zone };
  return { kind: 'zoned', wall: instantToWall(at, utcZone), zone: utcZone };
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
