/** Times of Google events to and from ours: an instant with a zone, or a day whose end is excluded. */
import type { EventTime, Instant, Zone } from '../src/domain/time.ts';
import { parseDay, parseInstant, utcZone } from '../src/domain/time.ts';
import { offsetMsAt, wallToInstant } from '../src/domain/zone.ts';
import { timeAt } from './canonical-times.ts';
import { isJson, textIn } from './json.ts';
import { resolveZone } from './zones.ts';

/** `null` removes a member in a PATCH: a time that turns into a day must lose its `dateTime` and the other way round. */
export interface GoogleTime {
  readonly date: string | null;
  readonly dateTime: string | null;
  readonly timeZone: string | null;
}

export interface ReadTime {
  readonly time: EventTime;
  /** Null for a day. */
  readonly at: Instant | null;
  /** The name under which the zone came, when nobody knows such a zone: then `time` is in UTC. */
  readonly unknownZone: string | null;
}

/**
 * A start, an end or an original start; null when there is none that makes sense. Without a zone of its own a time lives in
 * the calendar's zone.
 */
export function readTime(value: unknown, calendarZone: Zone): ReadTime | null {
  if (!isJson(value)) return null;
  const day = parseDay(textIn(value, 'date') ?? '');
  if (day !== null) return { time: { kind: 'date', day }, at: null, unknownZone: null };
  const exact = parseInstant(textIn(value, 'dateTime') ?? '');
  if (exact === null) return null;
  const at = (Math.floor(exact / 1000) * 1000) as Instant;
  const name = textIn(value, 'timeZone');
  const zone = name === null ? calendarZone : resolveZone(name);
  return { time: timeAt(at, zone ?? utcZone), at, unknownZone: zone === null ? name : null };
}

/** A canonical time as Google takes it; offset and zone are both told, so that neither side has to guess. */
export function writeTime(time: EventTime): GoogleTime {
  if (time.kind === 'date') return { date: time.day, dateTime: null, timeZone: null };
  const zone = time.kind === 'zoned' ? time.zone : utcZone;
  const at = wallToInstant(time.wall, zone);
  return { date: null, dateTime: `${time.wall}${offsetText(offsetMsAt(zone, at))}`, timeZone: zone };
}

function offsetText(ms: number): string {
  if (ms === 0) return 'Z';
  const minutes = Math.round(Math.abs(ms) / 60_000);
  const two = (n: number) => String(n).padStart(2, '0');
  return `${ms < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}
