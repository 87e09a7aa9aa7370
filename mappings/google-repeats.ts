/** The `recurrence` lines of a Google series: RRULE, RDATE and EXDATE (RFC 5545), without DTSTART. */
import type { InstanceKey, Series } from '../src/domain/event.ts';
import type { EventTime, WallTime, Zone } from '../src/domain/time.ts';
import { parseDay, utcZone } from '../src/domain/time.ts';
import { canonicalSeries, ruleFor } from './canonical-series.ts';
import { keyTime, occurrenceKey } from './occurrences.ts';
import { resolveZone } from './zones.ts';

export interface Repeats {
  readonly series: Series;
  /** Occurrences that an EXDATE takes out. */
  readonly excluded: readonly InstanceKey[];
}

/** Null: this does not repeat. A text: why it cannot be read; a line that we ignored would change what it means. */
export function readRecurrence(lines: readonly unknown[], start: EventTime, zone: Zone): Repeats | string | null {
  const rules: string[] = [];
  const extra: EventTime[] = [];
  const excluded: EventTime[] = [];
  for (const line of lines) {
    const m = typeof line === 'string' ? /^\s*([A-Za-z-]+)((?:;[^:]*)?):(.*)$/s.exec(line) : null;
    if (m === null) return 'a recurrence line cannot be read';
    const [name, parameters, value] = [m[1]!.toUpperCase(), m[2]!, m[3]!];
    if (name === 'RRULE') {
      const rule = ruleFor(value, start, zone);
      if (rule === null) return 'the recurrence rule cannot be read';
      rules.push(rule);
    } else if (name === 'RDATE' || name === 'EXDATE') {
      const times = readDates(parameters, value, start, zone);
      if (times === null) return `a date of ${name} cannot be read`;
      (name === 'RDATE' ? extra : excluded).push(...times);
    } else if (name === 'EXRULE') return 'the series has an EXRULE';
  }
  const series = canonicalSeries({ rules, extraDates: extra }, start, zone);
  if (series === null) return null;
  const keys = excluded.map((time) => occurrenceKey(start, time, zone));
  return { series, excluded: [...new Set(keys)].sort() };
}

function readDates(parameters: string, value: string, start: EventTime, zone: Zone): EventTime[] | null {
  const named = /;TZID=("?)([^";]*)\1/i.exec(parameters)?.[2] ?? null;
  const own = start.kind === 'zoned' ? start.zone : zone;
  const tzid = named === null ? own : resolveZone(named);
  if (tzid === null) return null;
  const out: EventTime[] = [];
  for (const item of value.split(',')) {
    if (item.trim() === '') continue;
    const time = readDate(item, tzid);
    if (time === null) return null;
    out.push(time);
  }
  return out;
}

/** A date, a time, or the start of a period. */
function readDate(text: string, zone: Zone): EventTime | null {
  const m = /^\s*(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)(Z)?)?\s*(?:\/.*)?$/i.exec(text);
  const day = m === null ? null : parseDay(`${m[1]}-${m[2]}-${m[3]}`);
  if (m === null || day === null) return null;
  if (m[4] === undefined) return { kind: 'date', day };
  if (Number(m[4]) > 23 || Number(m[5]) > 59 || Number(m[6]) > 59) return null;
  const wall = `${day}T${m[4]}:${m[5]}:${m[6]}` as WallTime;
  return { kind: 'zoned', wall, zone: m[7] === undefined ? zone : utcZone };
}

/** `excluded` are keys in the form of the start. */
export function writeRecurrence(series: Series, excluded: readonly InstanceKey[], start: EventTime): string[] {
  const out = series.rules.map((rule) => `RRULE:${rule}`);
  const dates = excluded.map((key) => keyTime(start, key)).filter((time) => time !== null);
  if (series.extraDates.length > 0) out.push(dateLine('RDATE', series.extraDates));
  if (dates.length > 0) out.push(dateLine('EXDATE', dates));
  return out;
}

/** All of one kind and zone, as `canonicalSeries` leaves them. */
function dateLine(name: string, times: readonly EventTime[]): string {
  const [first] = times;
  const values = times.map((time) => (time.kind === 'date' ? time.day : time.wall).replace(/[-:]/g, ''));
  if (first?.kind === 'date') return `${name};VALUE=DATE:${values.join(',')}`;
  const zone = first?.kind === 'zoned' ? first.zone : utcZone;
  if (zone === utcZone) return `${name}:${values.map((value) => `${value}Z`).join(',')}`;
  return `${name};TZID=${zone}:${values.join(',')}`;
}
