/** When a resource works: its weekly hours and exceptions as spans in UTC, right over every change of the clock. */
import type { DaySpan, Resource, Weekday } from '../domain/resource.ts';
import { intersect, union } from '../domain/span.ts';
import type { CalendarDay, Instant, Span, WallTime, Zone } from '../domain/time.ts';
import { addDays, dayMs, wallMs } from '../domain/time.ts';
import { dayOf, instantToWall, offsetMsAt, wallToInstant } from '../domain/zone.ts';

export type Hours = Pick<Resource, 'zone' | 'workingHours' | 'overrides'>;

const minuteMs = 60_000;
/** `to` may reach 48:00, so a shift of two days ago can still touch the window. */
const reachDays = 2;
const weekdays: readonly Weekday[] = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

/** Working spans inside the window, sorted and disjoint. Without weekly hours every day without an exception is open. */
export function workingSpans(hours: Hours, window: Span): readonly Span[] {
  if (window.start >= window.end) return [];
  if (hours.workingHours.length === 0 && hours.overrides.length === 0) return [window];
  const spans: Span[] = [];
  const last = dayOf(window.end, hours.zone);
  for (let day = addDays(dayOf(window.start, hours.zone), -reachDays); day <= last; day = addDays(day, 1)) {
    for (const span of daySpansOn(hours, day)) {
      const start = instantOf(day, span.from, hours.zone, 'start');
      const end = instantOf(day, span.to, hours.zone, 'end');
      if (start !== null && end !== null && start < end) spans.push({ start, end });
    }
  }
  return intersect(union(spans), [window]);
}

function daySpansOn(hours: Hours, day: CalendarDay): readonly DaySpan[] {
  const exceptions = hours.overrides.filter((o) => o.date === day);
  if (exceptions.length > 0) return exceptions.flatMap((o) => o.spans);
  if (hours.workingHours.length === 0) return [{ from: '00:00', to: '24:00' }];
  const weekday = weekdays[new Date(wallMs(day)).getUTCDay()]!;
  return hours.workingHours.filter((h) => h.days.includes(weekday));
}

/** Null for a text that is no time of day; such hours count as not given. */
function instantOf(day: CalendarDay, text: string, zone: Zone, edge: 'start' | 'end'): Instant | null {
  const m = /^(\d\d):(\d\d)$/.exec(text);
  if (m === null) return null;
  const minutes = Number(m[1]) * 60 + Number(m[2]);
  const wall = new Date(wallMs(day) + minutes * minuteMs).toISOString().slice(0, 19) as WallTime;
  return edge === 'start' ? firstAtOrAfter(wall, zone) : lastAt(wall, zone);
}

/** The first instant whose wall time is this one; in a gap the gap's end, the next minute that exists. */
function firstAtOrAfter(wall: WallTime, zone: Zone): Instant {
  const at = wallToInstant(wall, zone);
  return instantToWall(at, zone) === wall ? at : changeBefore(at, zone);
}

/** As above, but the second of the two in a fold: a shift that ends at 02:30 lasts through both. */
function lastAt(wall: WallTime, zone: Zone): Instant {
  const local = wallMs(wall);
  const later = (local - offsetMsAt(zone, (local + dayMs) as Instant)) as Instant;
  return instantToWall(later, zone) === wall ? later : firstAtOrAfter(wall, zone);
}

/** The change of offset that lies at most 25 hours before `at` (a zone has skipped a whole day at the date line). */
function changeBefore(at: Instant, zone: Zone): Instant {
  return changeBetween((at - 25 * 60 * minuteMs) as Instant, at, zone) ?? at;
}

/** First instant after `from` and at or before `to` with the offset of `to`; null when both have the same offset. */
export function changeBetween(from: Instant, to: Instant, zone: Zone): Instant | null {
  const offset = offsetMsAt(zone, to);
  if (offsetMsAt(zone, from) === offset) return null;
  let low = Math.floor(from / minuteMs);
  let high = Math.ceil(to / minuteMs);
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (offsetMsAt(zone, (middle * minuteMs) as Instant) === offset) high = middle;
    else low = middle;
  }
  return Math.min(high * minuteMs, to) as Instant;
}
