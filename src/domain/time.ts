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
export const dayMs = 86_400_000;

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
  let known = offsets.get(zone);
  if (known === undefined) offsets.set(zone, (known = new Map()));
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

function utcMs(year: number, month: number, day: number, hour = 0, minute = 0, second = 0): number {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  date.setUTCHours(hour, minute, second, 0);
  return date.getTime();
}

function wallMs(wall: string): number {
  const [, y, mo, d, h, mi, s] = /^(\d{4})-(\d\d)-(\d\d)(?:T(\d\d):(\d\d):(\d\d))?$/.exec(wall) ?? [];
  if (y === undefined) throw new RangeError(`not a wall time: ${wall}`);
  return utcMs(Number(y), Number(mo), Number(d), Number(h ?? 0), Number(mi ?? 0), Number(s ?? 0));
}

/**
 * The instant of a wall time. In a fold the first of the two; in a gap the offset from before the gap applies, so that
 * 02:30 becomes 03:30 (RFC 5545 section 3.3.5).
 */
export function wallToInstant(wall: WallTime, zone: Zone): Instant {
  const local = wallMs(wall);
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

export function addDays(day: CalendarDay, days: number): CalendarDay {
  return new Date(wallMs(day) + days * dayMs).toISOString().slice(0, 10) as CalendarDay;
}

/** Wall time moved by milliseconds of wall clock, whatever the zone does meanwhile. */
export function addWallMs(wall: WallTime, ms: number): WallTime {
  return new Date(wallMs(wall) + ms).toISOString().slice(0, 19) as WallTime;
}

export const wallDifferenceMs = (from: WallTime | CalendarDay, to: WallTime | CalendarDay): number =>
  wallMs(to) - wallMs(from);

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

export function equalTime(a: EventTime, b: EventTime): boolean {
  if (a.kind === 'date' || b.kind === 'date') return a.kind === 'date' && b.kind === 'date' && a.day === b.day;
  if (a.wall !== b.wall) return false;
  return (a.kind === 'zoned' ? a.zone : null) === (b.kind === 'zoned' ? b.zone : null);
}

export const overlaps = (a: Span, b: Span): boolean => a.start < b.end && b.start < a.end;

/** UTC days that a span touches, in order; an empty span touches none. */
export function utcDaysOf(span: Span): readonly CalendarDay[] {
  const days: CalendarDay[] = [];
  for (let at = Math.floor(span.start / dayMs) * dayMs; at < span.end && span.start < span.end; at += dayMs) {
    days.push(new Date(at).toISOString().slice(0, 10) as CalendarDay);
  }
  return days;
}

/** Sorted, disjoint, touching spans joined, empty ones left out. */
export function union(spans: readonly Span[]): Span[] {
  const sorted = spans.filter((s) => s.start < s.end).sort((a, b) => a.start - b.start);
  const out: Span[] = [];
  for (const span of sorted) {
    const last = out.at(-1);
    if (last !== undefined && span.start <= last.end) {
      if (span.end > last.end) out[out.length - 1] = { start: last.start, end: span.end };
    } else out.push({ start: span.start, end: span.end });
  }
  return out;
}

/** What is left of `spans` without `minus`; sorted and disjoint. */
export function subtract(spans: readonly Span[], minus: readonly Span[]): Span[] {
  const holes = union(minus);
  const out: Span[] = [];
  let first = 0;
  for (const span of union(spans)) {
    let start = span.start;
    while (first < holes.length && holes[first]!.end <= span.start) first += 1;
    for (let i = first; i < holes.length && holes[i]!.start < span.end; i += 1) {
      const hole = holes[i]!;
      if (hole.start > start) out.push({ start, end: hole.start });
      if (hole.end > start) start = hole.end;
    }
    if (start < span.end) out.push({ start, end: span.end });
  }
  return out;
}

export function intersect(a: readonly Span[], b: readonly Span[]): Span[] {
  const left = union(a);
  const right = union(b);
  const out: Span[] = [];
  for (let i = 0, j = 0; i < left.length && j < right.length; ) {
    const start = Math.max(left[i]!.start, right[j]!.start) as Instant;
    const end = Math.min(left[i]!.end, right[j]!.end) as Instant;
    if (start < end) out.push({ start, end });
    if (left[i]!.end < right[j]!.end) i += 1;
    else j += 1;
  }
  return out;
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
