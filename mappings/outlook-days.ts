/** A series of Outlook that no rule of ours can say, day by day: from the occurrences that Graph itself makes of it. */
import type { EventFields, InstanceFields, InstanceKey } from '../src/domain/event.ts';
import { instanceKeyFor, instanceKeyIn } from '../src/domain/series.ts';
import type { EventTime, Zone } from '../src/domain/time.ts';
import { canonicalSeries } from './canonical-series.ts';
import { keyTime, withoutPlain } from './occurrences.ts';
import { readOwn } from './outlook-own.ts';
import type { Row } from './outlook-rows.ts';

/**
 * Each day where Graph says that it is, as a date of its own; null when one of them has no start that can be read. A bare
 * occurrence has its times only and everything else from its master.
 */
export function fromDays(
  own: InstanceFields,
  days: readonly Row[],
  zone: Zone,
): Pick<EventFields, 'series' | 'instances'> | null {
  // The master's own start is an occurrence only where it is told as one.
  const instances: Record<InstanceKey, InstanceFields | 'cancelled'> = {};
  instances[instanceKeyFor(own.start)] = 'cancelled';
  const extraDates: EventTime[] = [];
  for (const row of days) {
    const day = readOwn(row.json, zone)?.fields;
    if (day === undefined) return null;
    const key = instanceKeyIn(own.start, day.start, zone);
    const start = keyTime(own.start, key);
    if (start === null) return null;
    extraDates.push(start);
    instances[key] = row.isException ? day : { ...own, start: day.start, end: day.end };
  }
  const series = canonicalSeries({ rules: [], extraDates }, own.start, zone);
  // None that is left, or only the first one.
  if (series === null) return { series: null, instances: {} };
  return { series, instances: withoutPlain(own, instances, zone) };
}
