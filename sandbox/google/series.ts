/**
 * The occurrences of a series. Rules are expanded by the gateway's own engine (`src/domain/series.ts`), the one thing that
 * the simulator shares with it; that engine is checked against an independent one in its own tests.
 */
import type { EventFields } from '../../src/domain/event.ts';
import { expand, extentOf } from '../../src/domain/series.ts';
import { parseRule } from '../../src/domain/series-rule.ts';
import type { CalendarDay, EventTime, Instant, Span, WallTime, Zone } from '../../src/domain/time.ts';
import { addDays, dayMs, parseDay, wallDifferenceMs } from '../../src/domain/time.ts';
import { instantToWall, wallToInstant } from '../../src/domain/zone.ts';
import type { Calendar, StoredEvent } from './model.ts';
import { breach } from './refusal.ts';
import type { Moment } from './times.ts';
import { idStamp, instantOf, isDay, sameMoment, zoneNamed } from './times.ts';

/** @throws Refusal for lines that Google would not take */
export function checkRecurrence(lines: readonly string[], start: Moment): void {
  for (const line of lines) {
    const [, name, , value] = /^(RRULE|EXRULE|RDATE|EXDATE)((?:;[^:]*)?):(.+)$/.exec(line) ?? [];
    if (name === undefined) throw breach('invalid', `Invalid recurrence rule: ${line}`);
    if (name === 'RRULE') checkRule(value!, line, isDay(start));
    if (name === 'RDATE' || name === 'EXDATE') momentsOf(line, start);
  }
  if (lines.length > 0 && !isDay(start) && !start.named) {
    throw breach('required', 'Missing time zone definition for start time.');
  }
}

function checkRule(value: string, line: string, isWholeDays: boolean): void {
  const rule = parseRule(value);
  if (rule === null) throw breach('invalid', `Invalid recurrence rule: ${line}`);
  // RFC 5545 section 3.3.10: UNTIL has the type of the start, and a zoned start needs it in UTC.
  if (rule.until !== null && rule.until.kind !== (isWholeDays ? 'day' : 'utc')) {
    throw breach('invalid', `Invalid recurrence rule: UNTIL of ${line} does not fit to the start`);
  }
}

/** The times of an RDATE or EXDATE line. */
function momentsOf(line: string, start: Moment): Moment[] {
  const [, parameters, values] = /^(?:RDATE|EXDATE)((?:;[^:]*)?):(.+)$/.exec(line) ?? [];
  const zoneName = /;TZID=([^;:]+)/.exec(parameters ?? '')?.[1];
  const own = isDay(start) ? null : start.zone;
  const zone = zoneName === undefined ? own : zoneNamed(zoneName);
  return (values ?? '').split(',').map((value): Moment => {
    const [, y, mo, d, time, utc] = /^(\d{4})(\d\d)(\d\d)(?:T(\d{6})(Z?))?$/.exec(value) ?? [];
    const day = parseDay(`${y}-${mo}-${d}`);
    if (day === null) throw breach('invalid', `Invalid recurrence rule: ${line}`);
    if (time === undefined) return { day };
    const wall = `${day}T${time.slice(0, 2)}:${time.slice(2, 4)}:${time.slice(4)}` as WallTime;
    if (utc !== 'Z' && zone === null)
      throw breach('invalid', `Invalid recurrence rule: the zone of ${line} is unknown`);
    const at = utc === 'Z' ? (Date.parse(`${wall}Z`) as Instant) : wallToInstant(wall, zone!);
    return { at, zone: zone ?? ('UTC' as Zone), named: true };
  });
}

export interface Slot {
  readonly original: Moment;
  readonly start: Moment;
  readonly end: Moment;
}

const fieldsCache = new WeakMap<StoredEvent, EventFields>();

/** The pattern of a series as the engine takes it. */
function fieldsOf(master: StoredEvent): EventFields {
  const known = fieldsCache.get(master);
  if (known !== undefined) return known;
  const lines = master.recurrence ?? [];
  const dates = (name: string): Moment[] =>
    lines.filter((line) => line.startsWith(name)).flatMap((line) => momentsOf(line, master.start));
  const removed = dates('EXDATE').map((moment) => [keyOf(moment, master.start), 'cancelled'] as const);
  const fields: EventFields = {
    ...{
      title: '',
      description: '',
      location: '',
      busy: 'busy',
      response: 'none',
      status: 'confirmed',
      privacy: 'default',
    },
    start: timeOf(master.start),
    end: timeOf(isDay(master.end) ? master.end : { ...master.end, zone: zoneOfMoment(master.start) }),
    series: {
      rules: lines.filter((line) => line.startsWith('RRULE')).map((line) => line.slice(line.indexOf(':') + 1)),
      extraDates: dates('RDATE').map(timeOf),
    },
    instances: Object.fromEntries(removed),
  };
  fieldsCache.set(master, fields);
  return fields;
}

const zoneOfMoment = (moment: Moment): Zone => (isDay(moment) ? ('UTC' as Zone) : moment.zone);

function timeOf(moment: Moment): EventTime {
  if (isDay(moment)) return { kind: 'date', day: moment.day };
  return { kind: 'zoned', wall: instantToWall(moment.at, moment.zone), zone: moment.zone };
}

function keyOf(moment: Moment, start: Moment): CalendarDay | WallTime {
  if (isDay(start))
    return isDay(moment) ? moment.day : (instantToWall(moment.at, moment.zone).slice(0, 10) as CalendarDay);
  if (!isDay(moment)) return instantToWall(moment.at, start.zone);
  return `${moment.day}${instantToWall(start.at, start.zone).slice(10)}` as WallTime;
}

/** The slots of the pattern that touch the window, exceptions not looked at. */
export function slotsOf(calendar: Calendar, master: StoredEvent, window: Span, most = 750): readonly Slot[] {
  const { occurrences } = expand(fieldsOf(master), window, calendar.zone, { maxOccurrences: most });
  const zone = zoneOfMoment(master.start);
  return occurrences.map(({ key, span, fields }): Slot => {
    if (isDay(master.start)) {
      const day = key as CalendarDay;
      const days = isDay(master.end) ? wallDifferenceMs(master.start.day, master.end.day) / dayMs : 1;
      return { original: { day }, start: { day }, end: { day: addDays(day, days) } };
    }
    const start: Moment = { at: fields.start.kind === 'date' ? span.start : span.start, zone, named: true };
    const end: Moment = { at: span.end, zone: zoneOfMoment(master.end), named: true };
    return { original: start, start, end };
  });
}

export function extentOfSeries(calendar: Calendar, master: StoredEvent): { start: Instant; end: Instant | null } {
  return extentOf(fieldsOf(master), calendar.zone);
}

/** The slot that starts exactly here, or null. */
export function slotAt(calendar: Calendar, master: StoredEvent, original: Moment): Slot | null {
  const at = instantOf(original, calendar.zone);
  const window = { start: at, end: (at + 1) as Instant };
  return slotsOf(calendar, master, window).find((slot) => sameMoment(slot.original, original)) ?? null;
}

export const instanceId = (master: string, original: Moment): string => `${master}_${idStamp(original)}`;

/** An occurrence that nobody touched, as if it were stored. */
export function virtualInstance(master: StoredEvent, slot: Slot): StoredEvent {
  return {
    ...master,
    id: instanceId(master.id, slot.original),
    recurrence: null,
    of: { master: master.id, original: slot.original },
    start: slot.start,
    end: slot.end,
  };
}

/** Occurrences that touch the window, with exceptions in their places; cancelled ones only when asked for. */
export function instancesOf(
  calendar: Calendar,
  master: StoredEvent,
  window: Span,
  withCancelled: boolean,
): readonly StoredEvent[] {
  const own = [...(calendar.exceptions.get(master.id) ?? [])].flatMap((id) => calendar.events.get(id) ?? []);
  const taken = new Set(own.map(({ of }) => idStamp(of!.original)));
  const plain = slotsOf(calendar, master, window)
    .filter((slot) => !taken.has(idStamp(slot.original)))
    .map((slot) => virtualInstance(master, slot));
  const changed = own.filter(
    (event) => (withCancelled || event.status !== 'cancelled') && touches(calendar, event, window),
  );
  return [...plain, ...changed].sort((a, b) => instantOf(a.start, calendar.zone) - instantOf(b.start, calendar.zone));
}

/** Google's bounds: the end after `start`, the start before `end`, both excluded. */
export function touches(calendar: Calendar, event: Pick<StoredEvent, 'start' | 'end'>, window: Span): boolean {
  return instantOf(event.start, calendar.zone) < window.end && instantOf(event.end, calendar.zone) > window.start;
}

/** Finds an event by its id; occurrences of a series are found by theirs even when nobody has touched them. */
export function findEvent(calendar: Calendar, id: string): StoredEvent | null {
  const stored = calendar.events.get(id);
  if (stored !== undefined) return stored;
  const [, masterId, stamp] = /^(.+)_(\d{8}(?:T\d{6}Z)?)$/.exec(id) ?? [];
  const master = masterId === undefined ? undefined : calendar.events.get(masterId);
  if (master === undefined || master.recurrence === null || master.status === 'cancelled') return null;
  const original = momentsOf(`RDATE:${stamp}`, master.start)[0]!;
  if (isDay(original) !== isDay(master.start)) return null;
  const slot = slotAt(calendar, master, original);
  return slot === null ? null : virtualInstance(master, slot);
}
