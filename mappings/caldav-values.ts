/** Values of iCalendar properties: text, moments and durations, there and back (RFC 5545 section 3.3). */
import type { CalendarDay, EventTime, WallTime } from '../src/domain/time.ts';
import { parseDay, utcZone } from '../src/domain/time.ts';

/** Undoes the escapes of section 3.3.11; a backslash before anything else is dropped, as every client does. */
export function readText(value: string): string {
  if (!value.includes('\\')) return cleanText(value);
  return cleanText(value.replace(/\\([\s\S]?)/g, (_, c: string) => (c === 'n' || c === 'N' ? '\n' : c)));
}

export function writeText(text: string): string {
  return cleanText(text).replace(/[\\;,\n]/g, (c) => (c === '\n' ? '\\n' : `\\${c}`));
}

/** What XML and iCalendar cannot carry: control characters, noncharacters and halves of surrogate pairs. */
const impossible = /(?![\t\n])[\p{Cc}\ufffe\uffff]/gu;
const suspicious = /[\p{Cc}\p{Cs}\ufffe\uffff]/u;
export function cleanText(text: string): string {
  if (!suspicious.test(text)) return text;
  return text
    .replace(/\r\n?/g, '\n')
    .replace(impossible, '')
    .replace(/\p{Cs}/gu, '\ufffd');
}

/** A moment without its zone: a day, or wall time that may be UTC. */
export type Moment =
  | { readonly kind: 'date'; readonly day: CalendarDay }
  | { readonly kind: 'wall'; readonly wall: WallTime; readonly isUtc: boolean };

const moment = /^\s*(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)?(Z)?)?\s*$/i;
const firstYear = 1000;
/** A day and a length after this one must still have four digits; "for ever" (9999) is read as this year. */
const lastYear = 9998;

/** DATE, DATE-TIME, or null for anything else; impossible dates and hours are refused, not rolled over. */
export function readMoment(value: string): Moment | null {
  const m = moment.exec(value);
  if (m === null) return null;
  const year = Number(m[1]);
  const [h, mi, s] = [Number(m[4] ?? 0), Number(m[5] ?? 0), Number(m[6] ?? 0)];
  const day = parseDay(`${String(Math.min(year, lastYear)).padStart(4, '0')}-${m[2]}-${m[3]}`);
  if (day === null || year < firstYear || h > 23 || mi > 59 || s > 60) return null;
  if (m[4] === undefined) return { kind: 'date', day };
  // A leap second is no wall time of ours.
  const second = String(Math.min(s, 59)).padStart(2, '0');
  return { kind: 'wall', wall: `${day}T${m[4]}:${m[5]}:${second}` as WallTime, isUtc: m[7] !== undefined };
}

/** `DTSTART` and the like: the head with its parameters, and the value. */
export function writeTime(name: string, time: EventTime): readonly [head: string, value: string] {
  const value = timeValue(time);
  if (time.kind === 'date') return [`${name};VALUE=DATE`, value];
  if (time.kind === 'floating' || time.zone === utcZone) return [name, value];
  return [`${name};TZID=${time.zone}`, value];
}

export function timeValue(time: EventTime): string {
  if (time.kind === 'date') return time.day.replaceAll('-', '');
  const value = time.wall.replace(/[-:]/g, '');
  return time.kind === 'zoned' && time.zone === utcZone ? `${value}Z` : value;
}

/** UTC with `Z`, for DTSTAMP and LAST-MODIFIED. */
export const stampValue = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`;

/** Weeks and days count on the wall clock, hours and below exactly (section 3.3.6). */
export interface Duration {
  readonly days: number;
  readonly exactMs: number;
}

const duration = /^\s*([+-])?P(?:(\d{1,4})W)?(?:(\d{1,5})D)?(?:T(?:(\d{1,5})H)?(?:(\d{1,6})M)?(?:(\d{1,8})S)?)?\s*$/i;

/** Null for anything that is no duration; a negative one has no length. */
export function readDuration(value: string): Duration | null {
  const m = duration.exec(value);
  if (m === null || m.slice(2).every((part) => part === undefined)) return null;
  if (m[1] === '-') return { days: 0, exactMs: 0 };
  const [w, d, h, mi, s] = m.slice(2).map((part) => Number(part ?? 0)) as [number, number, number, number, number];
  return { days: w * 7 + d, exactMs: ((h * 60 + mi) * 60 + s) * 1000 };
}
