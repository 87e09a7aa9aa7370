/** Time as the domain knows it: instants, half-open spans and wall time with a zone. */

declare const timeBrand: unique symbol;
/** Milliseconds since 1970-01-01T00:00:00Z, a safe integer. */
export type Instant = number & { readonly [timeBrand]: 'Instant' };
/** `YYYY-MM-DDTHH:mm:ss`, without an offset. */
export type WallTime = string & { readonly [timeBrand]: 'WallTime' };
/** `YYYY-MM-DD`. */
export type CalendarDay = string & { readonly [timeBrand]: 'CalendarDay' };
/** An IANA zone name that this process knows (checked by `asZone`), or `UTC`. */
export type Zone = string & { readonly [timeBrand]: 'Zone' };

/** [start, end): start included, end excluded, in UTC. */
export interface Span {
  readonly start: Instant;
  readonly end: Instant;
}

/** A moment as its author wrote it. Identity is wall time and zone; instants are computed. */
export type EventTime =
  | { readonly kind: 'zoned'; readonly wall: WallTime; readonly zone: Zone }
  | { readonly kind: 'floating'; readonly wall: WallTime }
  | { readonly kind: 'date'; readonly day: CalendarDay };

export const utcZone = 'UTC' as Zone;
export const minuteMs = 60_000;
export const dayMs = 86_400_000;

export function equalTime(a: EventTime, b: EventTime): boolean {
  if (a.kind === 'date' || b.kind === 'date') return a.kind === 'date' && b.kind === 'date' && a.day === b.day;
  if (a.wall !== b.wall) return false;
  return (a.kind === 'zoned' ? a.zone : null) === (b.kind === 'zoned' ? b.zone : null);
}

const rfc3339 = /^(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?([Zz]|[+-]\d\d:\d\d)$/;
/** RFC 3339 with an offset; null for anything else, impossible dates and years outside 1900-2199 included. */
export function parseInstant(text: string): Instant | null {
  const m = rfc3339.exec(text);
  if (m === null) return null;
  const [y, mo, d, h, mi, s] = m.slice(1, 7).map(Number) as [number, number, number, number, number, number];
  if (y < 1900 || y > 2199 || h > 23 || mi > 59 || s > 59 || !isRealDay(y, mo, d)) return null;
  const zulu = m[8]!.toUpperCase() === 'Z';
  const offset = zulu ? 0 : Number(m[8]!.slice(1, 3)) * 60 + Number(m[8]!.slice(4, 6));
  if (offset > 23 * 60 + 59) return null;
  const sign = m[8]!.startsWith('-') ? -1 : 1;
  const millis = Math.trunc(Number(`0.${m[7] ?? '0'}`) * 1000);
  return (utcMs(y, mo, d, h, mi, s) + millis - sign * offset * 60_000) as Instant;
}

export function parseDay(text: string): CalendarDay | null {
  const m = /^(\d{4})-(\d\d)-(\d\d)$/.exec(text);
  return m !== null && isRealDay(Number(m[1]), Number(m[2]), Number(m[3])) ? (text as CalendarDay) : null;
}

function isRealDay(year: number, month: number, day: number): boolean {
  const date = new Date(utcMs(year, month, day));
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day && date.getUTCFullYear() === year;
}

/** RFC 3339 in UTC with `Z`; milliseconds only when there are any. */
export function formatInstant(at: Instant): string {
  return new Date(at).toISOString().replace('.000Z', 'Z');
}

/** ISO 8601 duration of weeks, days, hours, minutes and seconds as milliseconds (a day is 24 hours); null otherwise. */
export function parseDuration(text: string): number | null {
  const m = /^P(?:(\d{1,4})W|(?:(\d{1,4})D)?(?:T(?=\d)(?:(\d{1,5})H)?(?:(\d{1,6})M)?(?:(\d{1,8})S)?)?)$/.exec(text);
  if (m === null || text === 'P') return null;
  const [w, d, h, mi, s] = m.slice(1).map((x) => Number(x ?? 0)) as [number, number, number, number, number];
  return (((w * 7 + d) * 24 + h) * 60 + mi) * 60_000 + s * 1000;
}

/** ISO 8601, in the largest of hours, minutes and seconds that says it in a whole number; parts of seconds are rounded up. */
export function formatDuration(ms: number): string {
  if (ms > 0 && ms % 3_600_000 === 0) return `PT${ms / 3_600_000}H`;
  return ms % minuteMs === 0 ? `PT${ms / minuteMs}M` : `PT${Math.ceil(ms / 1000)}S`;
}

export function addDays(day: CalendarDay, days: number): CalendarDay {
  return new Date(wallMs(day) + days * dayMs).toISOString().slice(0, 10) as CalendarDay;
}

/** Wall time moved by milliseconds of wall clock, whatever the zone does meanwhile. */
export function addWallMs(wall: WallTime, ms: number): WallTime {
  return new Date(wallMs(wall) + ms).toISOString().slice(0, 19) as WallTime;
}

export const wallDifferenceMs = (from: WallTime | CalendarDay, to: WallTime | CalendarDay): number =>
  wallMs(to) - wallMs(from);

/** A UTC calendar date and time as milliseconds, also for years below 100. */
export function utcMs(year: number, month: number, day: number, hour = 0, minute = 0, second = 0): number {
  if (year >= 100) return Date.UTC(year, month - 1, day, hour, minute, second);
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  date.setUTCHours(hour, minute, second, 0);
  return date.getTime();
}

/** Wall time (or day at midnight) as if it were UTC, in milliseconds. */
export function wallMs(wall: string): number {
  const [, y, mo, d, h, mi, s] = /^(\d{4})-(\d\d)-(\d\d)(?:T(\d\d):(\d\d):(\d\d))?$/.exec(wall) ?? [];
  if (y === undefined) throw new RangeError(`not a wall time: ${wall}`);
  return utcMs(Number(y), Number(mo), Number(d), Number(h ?? 0), Number(mi ?? 0), Number(s ?? 0));
}
