/** Rows as Google would store and tell what the mapping writes, without a server between. */
import { insertBody, keyTime, occurrenceBody, writeTime } from '../../mappings/google.ts';
import type { Mark } from '../../src/domain/connector.ts';
import type { EventFields } from '../../src/domain/event.ts';

export interface StoredSeries {
  readonly master: Record<string, unknown>;
  readonly exceptions: Record<string, unknown>[];
}

/** JSON there and back, an ETag, and every changed occurrence as a row of its own; `fields` are projected. */
export function storedAtGoogle(fields: EventFields, id: string, mark: Mark): StoredSeries {
  const master = { kind: 'calendar#event', etag: '"1"', ...insertBody(fields, { id, mark }) };
  const exceptions = Object.entries(fields.instances).flatMap(([key, instance]) => {
    const original = keyTime(fields.start, key);
    if (instance === 'cancelled' || original === null) return [];
    const own = { id: `${id}_${key.replace(/\W/g, '')}`, etag: '"2"', recurringEventId: id };
    return [{ ...own, originalStartTime: writeTime(original), ...occurrenceBody(instance) }];
  });
  return JSON.parse(JSON.stringify({ master, exceptions }));
}
