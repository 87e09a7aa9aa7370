/** Occurrences of a series by their keys, for providers that keep each changed one as a row of its own. */
import type { EventFields, InstanceFields, InstanceKey } from '../src/domain/event.ts';
import { sameValue } from '../src/domain/event.ts';
import { instanceKeyFor, instanceKeyIn, sharesZone } from '../src/domain/series.ts';
import type { CalendarDay, EventTime, Instant, WallTime, Zone } from '../src/domain/time.ts';
import { addDays, addWallMs, dayMs, parseDay, wallDifferenceMs } from '../src/domain/time.ts';
import { toInstant, zonedTime } from '../src/domain/zone.ts';
import { canonicalTime, canonicalTimes } from './canonical-times.ts';

/** An occurrence's original start from its key, in the form of the master's start; null when the key has no such form. */
export function keyTime(master: EventTime, key: string): EventTime | null {
  const m = /^(\d{4}-\d\d-\d\d)(T\d\d:\d\d:\d\d)?$/.exec(key);
  const day: CalendarDay | null = m === null ? null : parseDay(m[1]!);
  if (m === null || day === null) return null;
  if (master.kind === 'date') return { kind: 'date', day };
  return { ...master, wall: `${day}${m[2] ?? master.wall.slice(10)}` as WallTime };
}

export function changedKeys(fields: EventFields): InstanceKey[] {
  return keysWhere(fields, (instance) => instance !== 'cancelled');
}

export function excludedKeys(fields: EventFields): InstanceKey[] {
  return keysWhere(fields, (instance) => instance === 'cancelled');
}

function keysWhere(fields: EventFields, is: (instance: InstanceFields | 'cancelled') => boolean): InstanceKey[] {
  const keys = Object.entries(fields.instances).filter(([, instance]) => is(instance));
  return keys.map(([key]) => key as InstanceKey).sort();
}

/** Without the occurrences that are as the series makes them: an exception taken back leaves its row behind. */
export function withoutPlain(
  own: InstanceFields,
  instances: EventFields['instances'],
  zone: Zone,
): EventFields['instances'] {
  const entries = Object.entries(instances).filter(
    ([key, instance]) => instance === 'cancelled' || !sameValue(instance, occurrenceOf(own, key, zone)),
  );
  return Object.fromEntries(entries);
}

/** The occurrence with this original start as its series makes it; null when the key has no such form. */
export function occurrenceOf(own: InstanceFields, key: string, zone: Zone): InstanceFields | null {
  const original = keyTime(own.start, key);
  if (original === null) return null;
  return { ...own, ...canonicalTimes({ start: original, end: endOf(own, original, zone) }, zone) };
}

/** On one clock the wall time counts, days count as days, and between zones the length stays. */
function endOf({ start, end }: InstanceFields, original: EventTime, zone: Zone): EventTime {
  const shiftMs = wallDifferenceMs(instanceKeyFor(start), instanceKeyFor(original));
  if (end.kind === 'date') return { kind: 'date', day: addDays(end.day, Math.round(shiftMs / dayMs)) };
  if (sharesZone(start, end)) return { ...end, wall: addWallMs(end.wall, shiftMs) };
  const lengthMs = toInstant(end, zone) - toInstant(start, zone);
  const at = (toInstant(original, zone) + lengthMs) as Instant;
  return zonedTime(at, end.kind === 'zoned' ? end.zone : zone);
}

/**
 * The key of the occurrence that originally starts then. A provider may tell an original start as an instant: where summer time
 * skips the series' hour that is an hour later than the series says, and the series' own wall time names it.
 */
export function occurrenceKey(master: EventTime, original: EventTime, zone: Zone): InstanceKey {
  const key = instanceKeyIn(master, canonicalTime(original, zone), zone);
  const nominal = master.kind === 'date' ? null : keyTime(master, key.slice(0, 10));
  if (nominal === null || original.kind === 'date') return key;
  return toInstant(nominal, zone) === toInstant(original, zone) ? instanceKeyFor(nominal) : key;
}
