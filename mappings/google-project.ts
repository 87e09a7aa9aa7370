/** What of an event survives the trip to Google and back; the reader and the writer both keep to it. */
import type { EventFields, InstanceFields, InstanceKey } from '../src/domain/event.ts';
import type { Zone } from '../src/domain/time.ts';
import { canonicalSeries } from './canonical-series.ts';
import { canonicalTimes } from './canonical-times.ts';
import { plainText } from './google-json.ts';
import { cleanText } from './json.ts';
import { keyTime, occurrenceKey, withoutPlain } from './occurrences.ts';

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
