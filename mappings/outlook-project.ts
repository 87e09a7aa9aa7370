/** What of an event survives the trip to Outlook and back; the reader and the writer both keep to it. */
import type { EventFields, InstanceFields, InstanceKey, Series } from '../src/domain/event.ts';
import type { EventTime, Instant, Zone } from '../src/domain/time.ts';
import { dayMs, utcZone, wallMs } from '../src/domain/time.ts';
import { instantToWall, offsetMsAt, toInstant, wallToInstant, zonedTime } from '../src/domain/zone.ts';
import { canonicalSeries } from './canonical-series.ts';
import { canonicalTimes, timeAt } from './canonical-times.ts';
import { cleanText } from './json.ts';
import { keyTime, occurrenceKey, withoutPlain } from './occurrences.ts';
import { readRecurrence, writeRecurrence } from './outlook-repeats.ts';
import { wordsIn } from './outlook-text.ts';
import { resolveZone, windowsNameOf } from './zones.ts';

/** The owner's answer to an invitation is read and never written: our copies have no attendees. */
export const outlookCarries: ReadonlySet<keyof EventFields> = new Set<keyof EventFields>([
  ...(['title', 'description', 'location', 'start', 'end'] as const),
  ...(['busy', 'privacy', 'series', 'instances'] as const),
]);

export function projectOutlook(fields: EventFields, zone: Zone): EventFields {
  const own = projectOwn(fields, zone);
  const series = fields.series === null ? null : projectSeries(fields.series, own.start, zone);
  if (series === null) return { ...own, ...unfolded(own), series: null, instances: {} };
  const instances: Record<InstanceKey, InstanceFields | 'cancelled'> = {};
  for (const [key, instance] of Object.entries(fields.instances)) {
    const original = keyTime(own.start, key);
    if (original === null) continue;
    const isGone = instance === 'cancelled' || instance.status === 'cancelled';
    instances[occurrenceKey(own.start, original, zone)] = isGone ? 'cancelled' : projectOwn(instance, zone);
  }
  return { ...own, series, instances: withoutPlain(own, instances, zone) };
}

/** As Graph's pattern reads; what it has no pattern for stays as it is, and is refused when it is written. */
function projectSeries(series: Series, start: EventTime, zone: Zone): Series | null {
  const canonical = canonicalSeries(series, start, zone);
  const written = canonical === null ? null : writeRecurrence(canonical, start, zone);
  if (canonical === null || written === null || typeof written === 'string') return canonical;
  const read = readRecurrence({ ...written }, start, zone);
  return typeof read === 'string' ? canonical : read;
}

/** Outlook has no word for a cancelled or tentative event of one's own: what is cancelled stands there as free time. */
function projectOwn(fields: InstanceFields, zone: Zone): InstanceFields {
  return {
    title: shortened(cleanText(fields.title)),
    description: wordsIn(fields.description),
    location: cleanText(fields.location),
    ...timesOf(fields, zone),
    busy: fields.status === 'cancelled' ? 'free' : fields.busy,
    response: 'none',
    status: 'confirmed',
    privacy: fields.privacy,
  };
}

/** Exchange keeps no longer subject. */
const longestTitle = 255;

function shortened(title: string): string {
  if (title.length <= longestTitle) return title;
  // Half of a character outside of the first plane is none.
  return title.slice(0, longestTitle).replace(/[\ud800-\udbff]$/, '');
}

/** An hour that an autumn night has twice means either one to Exchange, so that both are told in UTC. */
function unfolded({ start, end }: InstanceFields): Pick<InstanceFields, 'start' | 'end'> {
  const exact = (time: EventTime): EventTime => {
    if (time.kind !== 'zoned' || time.zone === utcZone) return time;
    const at = wallToInstant(time.wall, time.zone);
    const later = (wallMs(time.wall) - offsetMsAt(time.zone, (at + dayMs) as Instant)) as Instant;
    const isTwice = later > at && instantToWall(later, time.zone) === time.wall;
    return isTwice ? zonedTime(at, utcZone) : time;
  };
  return { start: exact(start), end: exact(end) };
}

/** In the zone that a Windows name means: `Europe/Vienna` comes back as the zone of its group. */
function timesOf(fields: InstanceFields, zone: Zone): Pick<InstanceFields, 'start' | 'end'> {
  const { start, end } = canonicalTimes(fields, zone);
  const grouped = (time: EventTime): EventTime => {
    if (time.kind !== 'zoned') return time;
    const group = resolveZone(windowsNameOf(time.zone) ?? time.zone) ?? time.zone;
    return group === time.zone ? time : timeAt(toInstant(time, zone), group);
  };
  return { start: grouped(start), end: grouped(end) };
}

/** By name what of the series Outlook cannot say; null when all is well. */
export function outlookRefusal(fields: EventFields, zone: Zone): string | null {
  if (fields.series === null) return null;
  const { start } = projectOwn(fields, zone);
  const series = canonicalSeries(fields.series, start, zone);
  const written = series === null ? null : writeRecurrence(series, start, zone);
  return typeof written === 'string' ? written : null;
}
