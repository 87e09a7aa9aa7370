/** Writes small iCalendar objects as a person's calendar app does, independent of our own mapping. */
import type { EventFields, InstanceFields } from '../../src/domain/event.ts';
import type { EventTime } from '../../src/domain/time.ts';

const escapeText = (text: string): string => text.replace(/[\\;,]/g, (c) => `\\${c}`).replace(/\n/g, '\\n');

function timeLine(name: string, time: EventTime): string {
  const compact = (wall: string): string => wall.replace(/[-:]/g, '');
  switch (time.kind) {
    case 'date':
      return `${name};VALUE=DATE:${compact(time.day)}`;
    case 'floating':
      return `${name}:${compact(time.wall)}`;
    case 'zoned':
      return time.zone === 'UTC' ? `${name}:${compact(time.wall)}Z` : `${name};TZID=${time.zone}:${compact(time.wall)}`;
  }
}

function eventLines(uid: string, fields: InstanceFields, extra: readonly string[]): string[] {
  return [
    'BEGIN:VEVENT',
    `UID:${uid}`,
    'DTSTAMP:20270501T000000Z',
    timeLine('DTSTART', fields.start),
    timeLine('DTEND', fields.end),
    `SUMMARY:${escapeText(fields.title)}`,
    ...(fields.description === '' ? [] : [`DESCRIPTION:${escapeText(fields.description)}`]),
    ...(fields.location === '' ? [] : [`LOCATION:${escapeText(fields.location)}`]),
    ...(fields.busy === 'free' ? ['TRANSP:TRANSPARENT'] : []),
    ...(fields.status === 'tentative' ? ['STATUS:TENTATIVE'] : []),
    ...extra,
    'END:VEVENT',
  ];
}

/** Folded at 75 octets, as RFC 5545 section 3.1 demands; ASCII content only. */
const fold = (line: string): string => line.replace(/(.{74})(?=.)/g, '$1\r\n ');

/** One object: the event or series, its changed occurrences, and any extra lines inside the master. */
export function ics(uid: string, fields: EventFields, extra: readonly string[] = []): string {
  const rules = (fields.series?.rules ?? []).map((rule) => `RRULE:${rule}`);
  const overrides = Object.entries(fields.instances).flatMap(([at, instance]) =>
    instance === 'cancelled' ? [] : eventLines(uid, instance, [timeLine('RECURRENCE-ID', sameForm(fields.start, at))]),
  );
  const excluded = Object.entries(fields.instances)
    .filter(([, instance]) => instance === 'cancelled')
    .map(([at]) => timeLine('EXDATE', sameForm(fields.start, at)));
  const master = eventLines(uid, fields, [...rules, ...excluded, ...extra]);
  const lines = [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//example.com//Phone//EN',
    ...master,
    ...overrides,
    'END:VCALENDAR',
  ];
  return `${lines.map(fold).join('\r\n')}\r\n`;
}

function sameForm(start: EventTime, at: string): EventTime {
  if (start.kind === 'date') return { kind: 'date', day: at as typeof start.day };
  return { ...start, wall: at as typeof start.wall };
}
