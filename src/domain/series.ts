/** Expands an event into its occurrences: the only place where recurrence rules become time. */
import type { EventFields, InstanceFields, InstanceKey } from './event.ts';
import type { Origin } from './series-starts.ts';
import { lastStart, lastWall, ruleStarts, wallText } from './series-starts.ts';
import type { CalendarDay, EventTime, Instant, Span, WallTime, Zone } from './time.ts';
import { addDays, dayMs, utcZone, wallDifferenceMs, wallMs } from './time.ts';
import { dayOf, instantToWall, localToInstant, offsetMsAt, toInstant } from './zone.ts';

export { canonicalRule } from './series-rule.ts';

/** One concrete stretch of an event. */
export interface Occurrence {
  /** Original start; null for a single event. */
  readonly key: InstanceKey | null;
  readonly span: Span;
  /** The occurrence's own fields, `start` and `end` included. */
  readonly fields: InstanceFields;
}

export interface Expansion {
  readonly occurrences: readonly Occurrence[];
  /** False: cut by the instance cap or the work cap, or a rule cannot be read; nothing that starts at or after `upTo` is known. */
  readonly complete: boolean;
  readonly upTo: Instant;
}

const defaultMost = 5000;
const workCap = 300_000;

/**
 * All occurrences that touch `window`, sorted by start: overrides applied (one moved into the window counts, one moved out
 * does not), deleted ones and those with status `cancelled` left out. Zero-length occurrences touch when they start inside.
 * Never throws: a rule that cannot be read gives what is certain (at least the first start) and `complete: false`.
 */
export function expand(
  fields: EventFields,
  window: Span,
  floatingZone: Zone,
  limits: { readonly maxOccurrences?: number } = {},
): Expansion {
  if (fields.series === null) {
    const own = occurrence(null, withoutSeries(fields), floatingZone);
    return { occurrences: keep([own], window), complete: true, upTo: window.end };
  }
  const most = limits.maxOccurrences ?? defaultMost;
  const pattern = patternOf(fields, floatingZone);
  const { starts, cutAt } = startsWithin(fields, pattern, window, floatingZone, most);
  const cut = cutAt === null ? window.end : localToInstant(cutAt, pattern.origin.zone);
  const found: Occurrence[] = [];
  for (const ms of starts) {
    const span = pattern.spanAt(ms);
    if (!touches(span, window)) continue;
    const key = pattern.keyAt(ms);
    if (fields.instances[key] === undefined) found.push({ key, span, fields: pattern.fieldsAt(ms) });
  }
  for (const [key, own] of Object.entries(fields.instances)) {
    if (own !== 'cancelled') found.push(occurrence(key as InstanceKey, own, floatingZone));
  }
  const complete = cut >= window.end;
  return { occurrences: keep(found, window), complete, upTo: complete ? window.end : cut };
}

/**
 * Extent of the whole event: its span, or for a series the first start and the last end; null when it has no end (or none
 * that can be told). Deleted occurrences still count, so the extent may be wider than what `expand` gives, never narrower.
 */
export function extentOf(fields: EventFields, floatingZone: Zone): { start: Instant; end: Instant | null } {
  const own = spanOf(fields, floatingZone);
  if (fields.series === null) return own;
  const pattern = patternOf(fields, floatingZone);
  const spans: Span[] = [];
  for (const time of fields.series.extraDates) spans.push(pattern.spanAt(startMsOf(time, fields.start, floatingZone)));
  for (const instance of Object.values(fields.instances)) {
    if (instance !== 'cancelled') spans.push(spanOf(instance, floatingZone));
  }
  const last = lastStart(fields.series.rules, pattern.origin, { work: workCap });
  if (last !== null) spans.push(pattern.spanAt(last));
  let { start, end } = own;
  for (const span of spans) {
    if (span.start < start) start = span.start;
    if (span.end > end) end = span.end;
  }
  return { start, end: last === null ? null : end };
}

/** The key of the occurrence that originally starts here; `start` in the form and zone of the master's start. */
export function instanceKeyFor(start: EventTime): InstanceKey {
  return start.kind === 'date' ? start.day : start.wall;
}

/** Key of an occurrence whose original start is written in another form (UTC, another zone, a bare day) than the master's. */
export function instanceKeyIn(master: EventTime, start: EventTime, floatingZone: Zone): InstanceKey {
  const text = wallText(startMsOf(start, master, floatingZone));
  return master.kind === 'date' ? (text.slice(0, 10) as CalendarDay) : text;
}

const touches = (span: Span, window: Span): boolean =>
  span.start < window.end && (span.end > window.start || (span.start === span.end && span.start === window.start));

function keep(occurrences: readonly Occurrence[], window: Span): Occurrence[] {
  return occurrences
    .filter((o) => o.fields.status !== 'cancelled' && touches(o.span, window))
    .sort((a, b) => a.span.start - b.span.start || a.span.end - b.span.end);
}

function startsWithin(fields: EventFields, pattern: Pattern, window: Span, floatingZone: Zone, most: number) {
  const { origin } = pattern;
  // A day of slack on both sides covers every offset; what does not touch is dropped afterwards by its real span.
  const from = window.start - pattern.longestMs - dayMs;
  const to = window.end + dayMs;
  const series = fields.series!;
  const { starts, cutAt } = ruleStarts(series.rules, origin, [from, to], most, { work: workCap });
  const extra = series.extraDates.map((time) => startMsOf(time, fields.start, floatingZone));
  const all = new Set([...starts, ...[origin.first, ...extra].filter((ms) => ms >= from && ms <= to)]);
  const sorted = [...all].sort((a, b) => a - b);
  if (sorted.length <= most) return { starts: sorted, cutAt };
  return { starts: sorted.slice(0, most), cutAt: Math.min(cutAt ?? Number.POSITIVE_INFINITY, sorted[most]!) };
}

/** How a start of the series (wall time in milliseconds as if UTC) becomes an occurrence. */
interface Pattern {
  readonly origin: Origin;
  readonly longestMs: number;
  keyAt(ms: number): InstanceKey;
  spanAt(ms: number): Span;
  fieldsAt(ms: number): InstanceFields;
}

function patternOf(fields: EventFields, floatingZone: Zone): Pattern {
  const { start } = fields;
  const first = wallMs(start.kind === 'date' ? start.day : start.wall);
  const zone = start.kind === 'zoned' ? start.zone : floatingZone;
  const wholeDays = start.kind === 'date';
  const keyAt = (ms: number): InstanceKey => (wholeDays ? (wallText(ms).slice(0, 10) as CalendarDay) : wallText(ms));
  const own = spanOf(fields, floatingZone);
  const timesAt = (ms: number) => {
    const moved = startAt(start, ms);
    return { start: moved, end: endAt(fields, moved, ms - first, own.end - own.start, floatingZone) };
  };
  const shared = withoutSeries(fields);
  const isOneClock = !wholeDays && fields.end.kind !== 'date' && sharesZone(start, fields.end);
  const lengthMs = isOneClock ? wallDifferenceMs(start.wall, fields.end.wall) : 0;
  const longest = Math.max(own.end - own.start, wholeDays ? nominalDays(fields) * dayMs : 0);
  return {
    origin: { first, wholeDays, zone },
    longestMs: longest + dayMs,
    keyAt,
    spanAt: isOneClock ? (ms) => spanOnClock(ms, ms + lengthMs, zone) : (ms) => spanOf(timesAt(ms), floatingZone),
    fieldsAt: (ms) => ({ ...shared, ...timesAt(ms) }),
  };
}

function withoutSeries({ series: _series, instances: _instances, ...own }: EventFields): InstanceFields {
  return own;
}

function startAt(master: EventTime, ms: number): EventTime {
  const wall = wallText(ms);
  switch (master.kind) {
    case 'date':
      return { kind: 'date', day: wall.slice(0, 10) as CalendarDay };
    case 'floating':
      return { kind: 'floating', wall };
    case 'zoned':
      return { kind: 'zoned', wall, zone: master.zone };
  }
}

/**
 * Where start and end live in one zone the wall clock counts (10:00-11:00 stays so on every day), whole days count as
 * days, and anything else (a flight between zones) keeps its exact length.
 */
function endAt(fields: EventFields, start: EventTime, shiftMs: number, exactMs: number, floatingZone: Zone): EventTime {
  const { end } = fields;
  if (end.kind === 'date') {
    if (start.kind === 'date') return { kind: 'date', day: moved(end.day, shiftMs).slice(0, 10) as CalendarDay };
    return { kind: 'date', day: dayOf(lastingUntil(toInstant(start, floatingZone) + exactMs), floatingZone) };
  }
  if (sharesZone(fields.start, end)) return { ...end, wall: moved(end.wall, shiftMs) };
  const at = lastingUntil(toInstant(start, floatingZone) + exactMs);
  if (end.kind === 'zoned') return { kind: 'zoned', wall: instantToWall(at, end.zone), zone: end.zone };
  return { kind: 'floating', wall: instantToWall(at, floatingZone) };
}

/** Never beyond the last year that can be written, whatever the zone. */
const lastingUntil = (ms: number): Instant => Math.min(ms, lastWall - dayMs) as Instant;
/** Never beyond the last year that can be written. */
const moved = (wall: string, byMs: number): WallTime => wallText(Math.min(wallMs(wall) + byMs, lastWall));

/** Whether both times are read on one clock (or are both days). */
export function sharesZone(start: EventTime, end: EventTime): boolean {
  if (start.kind === 'zoned') return end.kind === 'zoned' && start.zone === end.zone;
  return start.kind === end.kind;
}

type Times = Pick<InstanceFields, 'start' | 'end'>;

function occurrence(key: InstanceKey | null, fields: InstanceFields, floatingZone: Zone): Occurrence {
  return { key, span: spanOf(fields, floatingZone), fields };
}

/** The stretch that a start and an end cover. An end before its start covers nothing; a whole day covers at least itself. */
export function spanOf(times: Times, floatingZone: Zone): Span {
  const start = toInstant(times.start, floatingZone);
  if (times.start.kind === 'date' && times.end.kind === 'date' && times.end.day <= times.start.day) {
    return { start, end: toInstant({ kind: 'date', day: addDays(times.start.day, 1) }, floatingZone) };
  }
  if (times.start.kind !== 'date' && times.end.kind !== 'date' && sharesZone(times.start, times.end)) {
    const zone = times.start.kind === 'zoned' ? times.start.zone : floatingZone;
    return spanOnClock(wallMs(times.start.wall), wallMs(times.end.wall), zone);
  }
  return { start, end: Math.max(start, toInstant(times.end, floatingZone)) as Instant };
}

/** A start inside a DST gap is moved on (RFC 5545 section 3.3.5); its end moves with it, or the stretch would shrink away. */
function spanOnClock(startMs: number, endMs: number, zone: Zone): Span {
  const start = localToInstant(startMs, zone);
  const end = localToInstant(Math.min(endMs, lastWall), zone);
  const isMoved = start + offsetMsAt(zone, start) !== startMs;
  return { start, end: Math.max(start, end, isMoved ? start + endMs - startMs : end) as Instant };
}

const nominalDays = ({ start, end }: Times): number =>
  start.kind === 'date' && end.kind === 'date' ? Math.max(1, wallDifferenceMs(start.day, end.day) / dayMs) : 0;

/** A start in any form as wall time of the master's form, in milliseconds as if UTC. */
function startMsOf(time: EventTime, master: EventTime, floatingZone: Zone): number {
  if (master.kind === 'date') return wallMs(dayMeant(time, floatingZone));
  if (time.kind === 'date') return wallMs(`${time.day}${master.wall.slice(10)}`);
  if (sharesZone(master, time)) return wallMs(time.wall);
  const zone = master.kind === 'zoned' ? master.zone : floatingZone;
  return wallMs(instantToWall(toInstant(time, floatingZone), zone));
}

/** The day that a time means in a series of whole days: Outlook writes local midnight in UTC, others midnight itself. */
function dayMeant(time: EventTime, floatingZone: Zone): CalendarDay {
  if (time.kind === 'date') return time.day;
  const isExact = time.kind === 'zoned' && time.zone === utcZone && !time.wall.endsWith('T00:00:00');
  return isExact ? dayOf(toInstant(time, floatingZone), floatingZone) : (time.wall.slice(0, 10) as CalendarDay);
}
