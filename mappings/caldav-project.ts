/** What of an event survives the trip into an iCalendar object and back; the reader and the writer both keep to it. */
import type { EventFields, InstanceFields, InstanceKey } from '../src/domain/event.ts';
import { canonicalRule, instanceKeyFor, instanceKeyIn } from '../src/domain/series.ts';
import type { CalendarDay, EventTime, WallTime, Zone } from '../src/domain/time.ts';
import { parseDay } from '../src/domain/time.ts';
import { normalEnd } from './caldav-times.ts';
import { cleanText } from './caldav-values.ts';
import { resolveZone } from './zones.ts';

/** The owner's answer to an invitation is read and never written: our copies have no attendees. */
export const caldavCarries: ReadonlySet<keyof EventFields> = new Set<keyof EventFields>([
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

export function projectICalendar(fields: EventFields, floatingZone: Zone): EventFields {
  const own = projectOwn(fields, floatingZone);
  if (fields.series === null) return { ...own, series: null, instances: {} };
  const instances: Record<InstanceKey, InstanceFields | 'cancelled'> = {};
  for (const [key, instance] of Object.entries(fields.instances)) {
    const at = keyTime(own.start, key);
    if (at === null) continue;
    instances[instanceKeyFor(at)] = instance === 'cancelled' ? instance : projectOwn(instance, floatingZone);
  }
  const rules = fields.series.rules.map(canonicalRule).filter((rule) => rule !== null);
  return assemble(own, { rules, extraDates: fields.series.extraDates, instances }, floatingZone);
}

function projectOwn(fields: InstanceFields, floatingZone: Zone): InstanceFields {
  const start = projectTime(fields.start);
  return {
    title: cleanText(fields.title),
    description: cleanText(fields.description),
    location: cleanText(fields.location),
    start,
    end: normalEnd(start, projectTime(fields.end), floatingZone),
    busy: fields.busy,
    response: 'none',
    status: fields.status,
    privacy: fields.privacy,
  };
}

/** A zone comes back under the name that `resolveZone` gives it (`Etc/UTC` as `UTC`). */
function projectTime(time: EventTime): EventTime {
  return time.kind === 'zoned' ? { ...time, zone: resolveZone(time.zone) ?? time.zone } : time;
}

export interface Repeats {
  readonly rules: readonly string[];
  readonly extraDates: readonly EventTime[];
  readonly instances: Readonly<Record<InstanceKey, InstanceFields | 'cancelled'>>;
}

/** Fields of an event with its repeats in one canonical form: sorted, without doubles, in the form of its start. */
export function assemble(own: InstanceFields, repeats: Repeats, floatingZone: Zone): EventFields {
  const first = instanceKeyFor(own.start);
  const keys = new Set(repeats.extraDates.map((time) => instanceKeyIn(own.start, time, floatingZone)));
  keys.delete(first);
  const extraDates = [...keys]
    .sort()
    .map((key) => keyTime(own.start, key))
    .filter((time) => time !== null);
  const changed = Object.values(repeats.instances).some((instance) => instance !== 'cancelled');
  if (repeats.rules.length === 0 && extraDates.length === 0 && !changed) return { ...own, series: null, instances: {} };
  const rules = [...new Set(repeats.rules)].sort();
  return { ...own, series: { rules, extraDates }, instances: repeats.instances };
}

/** An instance's original start from its key, in the form of the master's start; null when the key has no such form. */
export function keyTime(master: EventTime, key: string): EventTime | null {
  const m = /^(\d{4}-\d\d-\d\d)(T\d\d:\d\d:\d\d)?$/.exec(key);
  const day = m === null ? null : parseDay(m[1]!);
  if (m === null || day === null) return null;
  if (master.kind === 'date') return { kind: 'date', day: day as CalendarDay };
  const wall = `${day}${m[2] ?? master.wall.slice(10)}` as WallTime;
  return { ...master, wall };
}
