/** Moments of one calendar object: every TZID resolved by name first, by the object's own VTIMEZONE second. */

import { sharesZone } from '../src/domain/series.ts';
import type { CalendarDay, EventTime, Instant, WallTime, Zone } from '../src/domain/time.ts';
import { addDays, addWallMs, dayMs, utcZone } from '../src/domain/time.ts';
import { instantToWall, toInstant, zonedTime } from '../src/domain/zone.ts';
import type { Component, Line } from './caldav-lines.ts';
import { componentsNamed, contentOf, first, parameter, valueIn } from './caldav-lines.ts';
import type { Moment } from './caldav-values.ts';
import { readDuration, readMoment } from './caldav-values.ts';
import { offsetsOf, wallToInstantBy, zoneLike } from './caldav-vtimezone.ts';
import { resolveZone } from './zones.ts';

/** Reads the moments of one object. `notes` and `lostZone` grow while it reads. */
export interface Times {
  readonly floatingZone: Zone;
  readonly notes: Set<string>;
  /** A zone could only be used as offsets: right for one moment, not for a series. */
  lostZone: boolean;
  /** One moment of a property, or null when it cannot be read. */
  read(line: Line): EventTime | null;
  /** The readable moments of a list (EXDATE, RDATE); of a PERIOD its start. */
  readList(line: Line): EventTime[];
}

export function timesOf(root: Component, floatingZone: Zone): Times {
  const notes = new Set<string>();
  const times: Times = {
    floatingZone,
    notes,
    lostZone: false,
    read: (line) => {
      const moment = readMoment(contentOf(line));
      return moment === null ? null : place(moment, parameter(line, 'TZID'));
    },
    readList: (line) => {
      const tzid = parameter(line, 'TZID');
      return contentOf(line)
        .split(',')
        .flatMap((value) => {
          const period = value.indexOf('/');
          if (period !== -1) notes.add(`${line.name} is a period: its start was taken`);
          const moment = readMoment(period === -1 ? value : value.slice(0, period));
          if (moment === null) notes.add(`${line.name} has a value that cannot be read`);
          return moment === null ? [] : [place(moment, tzid)];
        });
    },
  };
  const place = (moment: Moment, tzid: string | null): EventTime => {
    if (moment.kind === 'date') return moment;
    if (moment.isUtc) return { kind: 'zoned', wall: moment.wall, zone: utcZone };
    if (tzid === null || tzid === '') return { kind: 'floating', wall: moment.wall };
    const zone = resolveZone(tzid);
    return zone === null ? placeByRules(root, times, moment, tzid) : { kind: 'zoned', wall: moment.wall, zone };
  };
  return times;
}

function placeByRules(root: Component, times: Times, moment: Moment & { kind: 'wall' }, tzid: string): EventTime {
  const { wall } = moment;
  const year = Number(wall.slice(0, 4));
  const vtimezone = componentsNamed(root, 'VTIMEZONE').find((c) => valueIn(c, 'TZID') === tzid);
  if (vtimezone !== undefined) {
    const zone = zoneLike(vtimezone, year, times.floatingZone);
    if (zone !== null) return { kind: 'zoned', wall, zone };
    const offsetAt = offsetsOf(vtimezone, year);
    if (offsetAt !== null) {
      times.lostZone = true;
      times.notes.add(`time zone ${tzid} is like no known zone: its own rules gave the time`);
      return zonedTime(wallToInstantBy(offsetAt, wall), utcZone);
    }
  }
  times.notes.add(`time zone ${tzid} is unknown: taken as local time of the calendar`);
  return { kind: 'floating', wall };
}

/** The end of an event, or null when it has one that cannot be read. */
export function readEnd(event: Component, start: EventTime, times: Times): EventTime | null {
  const line = first(event, 'DTEND');
  const end = line === null ? null : times.read(line);
  if (end !== null) return normalEnd(start, end, times.floatingZone);
  const length = first(event, 'DURATION');
  const duration = length === null ? null : readDuration(contentOf(length));
  if (duration !== null) {
    const reached = addDuration(start, duration.days, duration.exactMs, times.floatingZone);
    return reached === null ? null : normalEnd(start, reached, times.floatingZone);
  }
  return line === null && length === null ? normalEnd(start, start, times.floatingZone) : null;
}

function addDuration(start: EventTime, days: number, exactMs: number, floatingZone: Zone): EventTime | null {
  // Beyond the last year that four digits write there is no time.
  if (Number((start.kind === 'date' ? start.day : start.wall).slice(0, 4)) + days / 365 > 9998) return null;
  if (start.kind === 'date') return { kind: 'date', day: addDays(start.day, days + Math.ceil(exactMs / dayMs)) };
  const moved: EventTime = { ...start, wall: addWallMs(start.wall, days * dayMs) };
  if (exactMs === 0) return moved;
  const zone = start.kind === 'zoned' ? start.zone : floatingZone;
  const wall = instantToWall((toInstant(moved, floatingZone) + exactMs) as Instant, zone);
  return wall.startsWith('+') ? null : { ...start, wall };
}

/**
 * The end in the form that goes with its start: days with days, and never before the start. A whole day lasts at least
 * that day; anything else that ends before it starts has no length.
 */
export function normalEnd(start: EventTime, end: EventTime, floatingZone: Zone): EventTime {
  if (start.kind === 'date') {
    const day = end.kind === 'date' ? end.day : dayAfter(end.wall);
    return { kind: 'date', day: day > start.day ? day : addDays(start.day, 1) };
  }
  const same: EventTime = end.kind === 'date' ? { ...start, wall: `${end.day}T00:00:00` as WallTime } : end;
  // On one clock the written times decide: a start in a DST gap is moved on and would meet its end.
  if (sharesZone(start, same)) return same.wall > start.wall ? same : start;
  return toInstant(same, floatingZone) > toInstant(start, floatingZone) ? same : start;
}

/** The first day that a time does not touch any more. */
function dayAfter(wall: WallTime): CalendarDay {
  const day = wall.slice(0, 10) as CalendarDay;
  return wall.endsWith('T00:00:00') ? day : addDays(day, 1);
}
