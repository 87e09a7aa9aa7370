/** What of an event survives the trip to Google and back; the reader and the writer both keep to it. */
import type { EventFields, InstanceFields, InstanceKey } from '../src/domain/event.ts';
import { sameValue } from '../src/domain/event.ts';
import { instanceKeyFor, sharesZone } from '../src/domain/series.ts';
import type { EventTime, Instant, Zone } from '../src/domain/time.ts';
import { addDays, addWallMs, dayMs, wallDifferenceMs } from '../src/domain/time.ts';
import { toInstant, zonedTime } from '../src/domain/zone.ts';
import { cleanText, plainText } from './google-json.ts';
import { canonicalSeries, keyTime, occurrenceKey } from './google-repeats.ts';
import { canonicalTimes } from './google-times.ts';

/** The owner's answer to an invitation is read and never written: our copies have no attendees. */
export const googleCarries: ReadonlySet<keyof EventFields> = new Set<keyof EventFields>([
  'title',
  'description',
  'location',
  'start',
  'end',
  'busy',
  'status',
  'privacy',
  'series',
  'instances',
]);

export function projectGoogle(fields: EventFields, zone: Zone): EventFields {
  const own = projectOwn(fields, zone);
  const series = fields.series === null ? null : canonicalSeries(fields.series, own.start, zone);
  if (series === null) return { ...own, series: null, instances: {} };
  const instances: Record<InstanceKey, InstanceFields | 'cancelled'> = {};
  for (const [key, instance] of Object.entries(fields.instances)) {
    const original = keyTime(own.start, key);
    if (original === null) continue;
    const isGone = instance === 'cancelled' || instance.status === 'cancelled';
    instances[occurrenceKey(own.start, original, zone)] = isGone ? 'cancelled' : projectOwn(instance, zone);
  }
  return { ...own, series, instances: withoutPlain(own, instances, zone) };
}

/**
 * Google has one word for busy, and a cancelled event there is a deleted one: what is cancelled with us but still shown
 * stands there as free time.
 */
function projectOwn(fields: InstanceFields, zone: Zone): InstanceFields {
  const isCancelled = fields.status === 'cancelled';
  return {
    title: cleanText(fields.title),
    description: plainText(cleanText(fields.description)),
    location: cleanText(fields.location),
    ...canonicalTimes(fields, zone),
    busy: isCancelled || fields.busy === 'free' ? 'free' : 'busy',
    response: 'none',
    status: isCancelled ? 'confirmed' : fields.status,
    privacy: fields.privacy,
  };
}

/** Without the occurrences that are as the series makes them: an exception taken back leaves its row behind at Google. */
export function withoutPlain(
  own: InstanceFields,
  instances: Readonly<Record<InstanceKey, InstanceFields | 'cancelled'>>,
  zone: Zone,
): Record<InstanceKey, InstanceFields | 'cancelled'> {
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
