/** Reads RANGE=THISANDFUTURE (RFC 5545 section 3.2.13): one override that changes every later occurrence as well. */
import type { EventFields, InstanceFields, InstanceKey } from '../src/domain/event.ts';
import { expand, extentOf } from '../src/domain/series.ts';
import type { EventTime, Instant, Zone } from '../src/domain/time.ts';
import { addDays, addWallMs, dayMs, wallDifferenceMs } from '../src/domain/time.ts';
import { toInstant } from '../src/domain/zone.ts';
import { keyTime } from './caldav-project.ts';

/** A series with more later occurrences than this is not written out. */
const most = 1000;

/** The later occurrences as instances of their own, or null when there are too many (an endless series). */
export function spreadForward(
  fields: EventFields,
  ranges: readonly InstanceKey[],
  floatingZone: Zone,
): EventFields | null {
  const { end } = extentOf({ ...fields, instances: {} }, floatingZone);
  const from = ranges[0] === undefined ? null : keyTime(fields.start, ranges[0]);
  if (end === null || from === null) return null;
  const window = { start: toInstant(from, floatingZone), end: (end + dayMs) as Instant };
  const plain = expand({ ...fields, status: 'confirmed', instances: {} }, window, floatingZone, {
    maxOccurrences: most,
  });
  if (!plain.complete) return null;
  const instances = { ...fields.instances };
  for (const { key } of plain.occurrences) {
    if (key === null || instances[key] !== undefined) continue;
    const range = ranges.findLast((start) => start <= key);
    const model = range === undefined ? undefined : fields.instances[range];
    if (range !== undefined && model !== undefined && model !== 'cancelled') instances[key] = moved(model, range, key);
  }
  return { ...fields, instances };
}

function moved(model: InstanceFields, from: InstanceKey, to: InstanceKey): InstanceFields {
  const byMs = wallDifferenceMs(from, to);
  return { ...model, start: shift(model.start, byMs), end: shift(model.end, byMs) };
}

function shift(time: EventTime, byMs: number): EventTime {
  if (time.kind === 'date') return { kind: 'date', day: addDays(time.day, Math.round(byMs / dayMs)) };
  return { ...time, wall: addWallMs(time.wall, byMs) };
}
