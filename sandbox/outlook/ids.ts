/** Ids as Exchange has them: long, case-sensitive, with an equals sign; of items there are two forms. */
import { randomBytes } from 'node:crypto';
import type { CalendarDay } from '../../src/domain/time.ts';

export const newKey = (): string => randomBytes(9).toString('hex');
export const newCalendarId = (): string => `AQMkADAwATM0MDAAMS1${randomBytes(24).toString('base64url')}-_AAA=`;
export const newChangeKey = (): string => `${randomBytes(15).toString('base64')}AAA==`.replace(/[/]/g, 'x');

const immutablePrefix = 'AAkALgAAAAAAHYQDEapmEc2byACqAC-EWg0A';
const movingPrefix = 'AAMkAGI1AAAoZCfHAAA';
const packed = (text: string): string => Buffer.from(text).toString('base64url');

/** `isImmutable`: the form that survives a move, given only to who asks for it on every request. */
export function idOf(calendarId: string, key: string, isImmutable: boolean): string {
  if (isImmutable) return `${immutablePrefix}${packed(key)}=`;
  return `${movingPrefix}${packed(`${key} ${calendarId.slice(-20)}`)}=`;
}

/** Null for what was never an id. `calendarEnd` is the end of the calendar's id where the form tells it. */
export function keyOf(id: string): { readonly key: string; readonly calendarEnd: string | null } | null {
  const prefix = [immutablePrefix, movingPrefix].find((start) => id.startsWith(start));
  if (prefix === undefined || !id.endsWith('=')) return null;
  const [key, calendarEnd] = Buffer.from(id.slice(prefix.length, -1), 'base64url').toString('utf8').split(' ');
  return key === undefined || key === '' ? null : { key, calendarEnd: calendarEnd ?? null };
}

export const occurrenceKey = (master: string, generation: number, day: CalendarDay): string =>
  `${master}.${generation}.${day}`;

export function partsOf(
  key: string,
): { readonly master: string; readonly generation: number; readonly day: CalendarDay } | null {
  const [, master, generation, day] = /^([^.]+)\.(\d+)\.(\d{4}-\d\d-\d\d)$/.exec(key) ?? [];
  return master === undefined ? null : { master, generation: Number(generation), day: day as CalendarDay };
}
