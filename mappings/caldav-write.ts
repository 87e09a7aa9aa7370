/** The content lines that say what our fields say, and new objects made of them. */
import type { Mark } from '../src/domain/connector.ts';
import type { Busy, EventFields, InstanceFields, InstanceKey, Status } from '../src/domain/event.ts';
import type { EventTime, Instant, Zone } from '../src/domain/time.ts';
import { equalTime } from '../src/domain/time.ts';
import { busyStatusName, markName } from './caldav-event.ts';
import type { Line } from './caldav-lines.ts';
import { makeLine } from './caldav-lines.ts';
import { keyTime } from './caldav-project.ts';
import { stampValue, timeValue, writeText, writeTime } from './caldav-values.ts';
import { resolveZone, vtimezoneFor } from './zones.ts';

export const product = '-//Interlock//Calendar gateway//EN';

export interface NewOptions {
  readonly uid: string;
  readonly mark: Mark;
  readonly now: Instant;
  /** The calendar's zone, for an event whose start floats while its end has a zone. UTC when it is left out. */
  readonly floatingZone?: Zone;
}

/** A property by name and value; a null value means that it is left out. */
export type Property = readonly [head: string, value: string | null];

export const transparencyOf = (busy: Busy): string => (busy === 'free' ? 'TRANSPARENT' : 'OPAQUE');
export const busyStatusOf: Readonly<Record<Busy, string>> = {
  busy: 'BUSY',
  tentative: 'TENTATIVE',
  away: 'OOF',
  free: 'FREE',
};
export const statusValue: Readonly<Record<Status, string>> = {
  confirmed: 'CONFIRMED',
  tentative: 'TENTATIVE',
  cancelled: 'CANCELLED',
};
export const markProperty = (mark: Mark): Property => [markName, `${mark.eventId};${mark.version}`];

export function timeProperty(name: string, time: EventTime): Property {
  return writeTime(name, canonicalZone(time));
}

const canonicalZone = (time: EventTime): EventTime =>
  time.kind === 'zoned' ? { ...time, zone: resolveZone(time.zone) ?? time.zone } : time;

/** No DTEND where there is no length: it must be later than DTSTART (RFC 5545 section 3.6.1). */
export const endProperty = ({ start, end }: Pick<InstanceFields, 'start' | 'end'>): Property =>
  equalTime(start, end) ? ['DTEND', null] : timeProperty('DTEND', end);

/** Extra dates share the form of the start, so that one line holds them all. */
export function extraDatesProperty(times: readonly EventTime[]): Property {
  const [one] = times;
  if (one === undefined) return ['RDATE', null];
  return [timeProperty('RDATE', one)[0], times.map((time) => timeValue(canonicalZone(time))).join(',')];
}

function ownProperties(fields: InstanceFields): Property[] {
  return [
    ['SUMMARY', fields.title === '' ? null : writeText(fields.title)],
    ['DESCRIPTION', fields.description === '' ? null : writeText(fields.description)],
    ['LOCATION', fields.location === '' ? null : writeText(fields.location)],
    ['STATUS', statusValue[fields.status]],
    ['TRANSP', transparencyOf(fields.busy)],
    [busyStatusName, busyStatusOf[fields.busy]],
    ['CLASS', fields.privacy === 'private' ? 'PRIVATE' : null],
  ];
}

/** Deleted occurrences of a projected event, by their keys in order. */
export const deletedKeys = (fields: EventFields): InstanceKey[] =>
  (Object.keys(fields.instances) as InstanceKey[]).filter((key) => fields.instances[key] === 'cancelled').sort();

function seriesProperties(fields: EventFields): Property[] {
  if (fields.series === null) return [];
  const deleted = deletedKeys(fields).map((key) => keyTime(fields.start, key));
  return [
    ...fields.series.rules.map((rule): Property => ['RRULE', rule]),
    extraDatesProperty(fields.series.extraDates),
    ...deleted.filter((time) => time !== null).map((time) => timeProperty('EXDATE', time)),
  ];
}

/** Zones that need a VTIMEZONE. */
export function zonesOf(fields: EventFields): Zone[] {
  const zones = new Set<Zone>();
  const add = (time: EventTime) => {
    const named = canonicalZone(time);
    if (named.kind === 'zoned') zones.add(named.zone);
  };
  for (const own of [fields, ...Object.values(fields.instances)]) {
    if (own === 'cancelled') continue;
    add(own.start);
    add(own.end);
  }
  return [...zones].filter((zone) => vtimezoneFor(zone) !== '');
}

/** `fields` as `projectICalendar` gives them. Without organizer and attendees: no server may mail anybody because of us. */
export function newObject(fields: EventFields, { uid, mark, now }: NewOptions): string {
  const lines = [
    'BEGIN:VCALENDAR\r\nVERSION:2.0\r\n',
    `PRODID:${product}\r\n`,
    ...zonesOf(fields).map(vtimezoneFor),
    ...eventComponents(fields, { uid, now, mark: [markProperty(mark)] }),
    'END:VCALENDAR\r\n',
  ];
  return lines.join('');
}

/** The VEVENTs of one event, master first, without the calendar around them. */
export function eventComponents(
  fields: EventFields,
  { uid, now, mark }: { readonly uid: string; readonly now: Instant; readonly mark: readonly Property[] },
): string[] {
  const head: Property[] = [
    ['UID', uid],
    ['DTSTAMP', stampValue(now)],
    ['LAST-MODIFIED', stampValue(now)],
    ['SEQUENCE', '0'],
  ];
  const component = (properties: readonly Property[]) => [
    'BEGIN:VEVENT\r\n',
    ...rawLines(properties),
    'END:VEVENT\r\n',
  ];
  const times = (own: InstanceFields): Property[] => [timeProperty('DTSTART', own.start), endProperty(own)];
  const overrides = Object.entries(fields.instances).flatMap(([key, own]) => {
    const original = keyTime(fields.start, key);
    if (own === 'cancelled' || original === null) return [];
    return component([...head, timeProperty('RECURRENCE-ID', original), ...times(own), ...ownProperties(own)]);
  });
  const master = [...head, ...times(fields), ...seriesProperties(fields), ...ownProperties(fields), ...mark];
  return [...component(master), ...overrides].flat();
}

export function rawLines(properties: readonly Property[]): string[] {
  return properties.flatMap(([head, value]) => (value === null ? [] : [makeLine(head, value, '\r\n').raw]));
}

export const lineOf = ([head, value]: Property, lineEnd: string): Line | null =>
  value === null ? null : makeLine(head, value, lineEnd);
