/** Evaluates a VTIMEZONE whose name nobody knows, and finds the zone that behaves like it (RFC 5545 section 3.6.5). */
import { lastStart, ruleStarts } from '../src/domain/series-starts.ts';
import type { Instant, WallTime, Zone } from '../src/domain/time.ts';
import { dayMs, utcMs, utcZone, wallMs } from '../src/domain/time.ts';
import { offsetMsAt } from '../src/domain/zone.ts';
import type { Component } from './caldav-lines.ts';
import { all, contentOf, first, isComponent, valueIn, writeTree } from './caldav-lines.ts';
import { readMoment } from './caldav-values.ts';
import { allZones, resolveZone } from './zones.ts';

/** Offset from UTC in milliseconds at an instant. */
export type OffsetAt = (at: number) => number;

interface Transition {
  readonly at: number;
  readonly before: number;
  readonly after: number;
}

const mostObservances = 100;
const matches = new Map<string, Zone | null>();

/** A known zone with the same offsets around that year, or null. The calendar's own zone is tried first. */
export function zoneLike(vtimezone: Component, year: number, preferred: Zone): Zone | null {
  const named = first(vtimezone, 'X-LIC-LOCATION') ?? first(vtimezone, 'TZID-ALIAS-OF');
  const zone = named === null ? null : resolveZone(contentOf(named));
  if (zone !== null) return zone;
  const key = `${preferred} ${year} ${writeTree(vtimezone)}`;
  const hit = matches.get(key);
  if (hit !== undefined) return hit;
  const offsetAt = offsetsOf(vtimezone, year);
  // Some writers give the transitions of one year only: three years must agree, or at least that one.
  const found = offsetAt && (search(offsetAt, year, 36, preferred) ?? search(offsetAt, year, 12, preferred));
  if (matches.size > 500) matches.clear();
  matches.set(key, found);
  return found;
}

function search(offsetAt: OffsetAt, year: number, months: number, preferred: Zone): Zone | null {
  const samples: number[] = [];
  for (let month = 1; month <= months; month += 1) samples.push(utcMs(year, month, 3), utcMs(year, month, 18));
  const agrees = (zone: Zone) => samples.every((at) => offsetMsAt(zone, at as Instant) === offsetAt(at));
  return [preferred, ...allZones()].find(agrees) ?? null;
}

/** Null when the component has no observance that can be read. */
export function offsetsOf(vtimezone: Component, year: number): OffsetAt | null {
  const transitions = vtimezone.items
    .filter((item) => isComponent(item))
    .filter(({ name }) => name === 'STANDARD' || name === 'DAYLIGHT')
    .slice(0, mostObservances)
    .flatMap((observance) => transitionsOf(observance, year))
    .sort((a, b) => a.at - b.at);
  if (transitions.length === 0) return null;
  return (at) => transitions.findLast((t) => t.at <= at)?.after ?? transitions[0]!.before;
}

/** Wall time as an instant: in a gap the offset from before it, in a fold the first of the two. */
export function wallToInstantBy(offsetAt: OffsetAt, wall: WallTime): Instant {
  const local = wallMs(wall);
  const before = offsetAt(local - dayMs);
  const after = offsetAt(local + dayMs);
  if (before === after || offsetAt(local - before) === before) return (local - before) as Instant;
  return (offsetAt(local - after) === after ? local - after : local - before) as Instant;
}

function transitionsOf(observance: Component, year: number): Transition[] {
  const start = readMoment(valueIn(observance, 'DTSTART'));
  const before = readOffset(valueIn(observance, 'TZOFFSETFROM'));
  const after = readOffset(valueIn(observance, 'TZOFFSETTO'));
  if (start === null || start.kind !== 'wall' || before === null || after === null) return [];
  const origin = { first: wallMs(start.wall), wholeDays: false, zone: utcZone };
  const rules = all(observance, 'RRULE').map((line) => localUntil(contentOf(line), before));
  const budget = { work: 20_000 };
  const range = [utcMs(year - 2, 1, 1), utcMs(year + 4, 1, 1)] as const;
  const walls = [origin.first, ...ruleStarts(rules, origin, range, 100, budget).starts];
  const last = lastStart(rules, origin, budget);
  if (last !== null) walls.push(last);
  for (const line of all(observance, 'RDATE').slice(0, 500)) {
    for (const value of contentOf(line).split(',')) {
      const extra = readMoment(value);
      if (extra?.kind === 'wall') walls.push(wallMs(extra.wall));
    }
  }
  return walls.map((wall) => ({ at: wall - before, before, after }));
}

/** UNTIL of an observance is in UTC while its starts are local: both are compared as local time here. */
function localUntil(rule: string, offset: number): string {
  return rule.replace(/UNTIL=(\d{8}T\d{6})Z/i, (whole, value: string) => {
    const until = readMoment(value);
    if (until?.kind !== 'wall') return whole;
    const local = new Date(wallMs(until.wall) + offset).toISOString();
    return `UNTIL=${local.slice(0, 19).replace(/[-:]/g, '')}`;
  });
}

function readOffset(value: string): number | null {
  const m = /^\s*([+-])(\d\d)(\d\d)(\d\d)?\s*$/.exec(value);
  if (m === null) return null;
  const seconds = Number(m[2]) * 3600 + Number(m[3]) * 60 + Number(m[4] ?? 0);
  return seconds > 24 * 3600 ? null : (m[1] === '-' ? -1 : 1) * seconds * 1000;
}
