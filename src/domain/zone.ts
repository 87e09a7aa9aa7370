/** Zone arithmetic on the platform's own zone data (Intl), memoised. */

import type { CalendarDay, EventTime, Instant, WallTime, Zone } from './time.ts';
import { dayMs, utcMs, utcZone, wallMs } from './time.ts';

/** The zone under its name if this process knows it, else null. Unknown zones are kept by their mappings, never guessed. */
export function asZone(name: string): Zone | null {
  if (name === 'UTC') return utcZone;
  if (!/^[A-Za-z0-9_+\-/]{1,64}$/.test(name) || /^[+-]/.test(name)) return null;
  return formatOf(name) === null ? null : (name as Zone);
}

const formats = new Map<string, Intl.DateTimeFormat | null>();
function formatOf(zone: string): Intl.DateTimeFormat | null {
  let format = formats.get(zone);
  if (format === undefined) {
    try {
      format = new Intl.DateTimeFormat('en-US', {
        timeZone: zone,
        hourCycle: 'h23',
        year: 'numeric',
        month: 'numeric',
        day: 'numeric',
        hour: 'numeric',
        minute: 'numeric',
        second: 'numeric',
        era: 'short',
      });
    } catch {
      format = null;
    }
    if (formats.size < 2000) formats.set(zone, format);
  }
  return format;
}

const offsets = new Map<string, Map<number, number>>();
/** Offset of a zone from UTC in milliseconds at an instant. Memoised by quarter of an hour: no zone changes inside one. */
export function offsetMsAt(zone: Zone, at: Instant): number {
  if (zone === utcZone) return 0;
  const quarter = Math.floor(at / 900_000);
  const known = offsets.get(zone) ?? new Map<number, number>();
  offsets.set(zone, known);
  const hit = known.get(quarter);
  if (hit !== undefined) return hit;
  const offset = computeOffset(zone, quarter * 900_000);
  if (known.size > 50_000) known.clear();
  known.set(quarter, offset);
  return offset;
}

function computeOffset(zone: Zone, at: number): number {
  const format = formatOf(zone);
  if (format === null) throw new RangeError(`unknown time zone ${zone}`);
  const part: Record<string, number> = {};
  let beforeChrist = false;
  for (const { type, value } of format.formatToParts(at)) {
    if (type === 'era') beforeChrist = value.startsWith('B');
    else if (type !== 'literal') part[type] = Number(value);
  }
  const year = beforeChrist ? 1 - part.year! : part.year!;
  return utcMs(year, part.month!, part.day!, part.hour!, part.minute!, part.second!) - at;
}

/**
 * The instant of a wall time. In a fold the first of the two; in a gap the offset from before the gap applies, so that
 * 02:30 becomes 03:30 (RFC 5545 section 3.3.5).
 */
export const wallToInstant = (wall: WallTime, zone: Zone): Instant => localToInstant(wallMs(wall), zone);

/** The same for wall time in milliseconds as if it were UTC. */
export function localToInstant(local: number, zone: Zone): Instant {
  if (zone === utcZone) return local as Instant;
  const before = offsetMsAt(zone, (local - dayMs) as Instant);
  const after = offsetMsAt(zone, (local + dayMs) as Instant);
  const first = (local - before) as Instant;
  if (before === after || offsetMsAt(zone, first) === before) return first;
  const second = (local - after) as Instant;
  return offsetMsAt(zone, second) === after ? second : first;
}

export function instantToWall(at: Instant, zone: Zone): WallTime {
  return new Date(at + offsetMsAt(zone, at)).toISOString().slice(0, 19) as WallTime;
}

export function dayOf(at: Instant, zone: Zone): CalendarDay {
  return instantToWall(at, zone).slice(0, 10) as CalendarDay;
}

/** First instant of a day; where a zone skips midnight, the first instant that exists. */
export function startOfDay(day: CalendarDay, zone: Zone): Instant {
  return wallToInstant(`${day}T00:00:00` as WallTime, zone);
}

/** `floatingZone` is the calendar's or resource's zone: floating times and whole days live there. */
export function toInstant(time: EventTime, floatingZone: Zone): Instant {
  switch (time.kind) {
    case 'zoned':
      return wallToInstant(time.wall, time.zone);
    case 'floating':
      return wallToInstant(time.wall, floatingZone);
    case 'date':
      return startOfDay(time.day, floatingZone);
  }
}

export function zonedTime(at: Instant, zone: Zone): EventTime {
  return { kind: 'zoned', wall: instantToWall(at, zone), zone };
}
