/** Rows of Google's event lists, and how a master with its exceptions becomes one event of ours. */
import type { Mark } from '../src/domain/connector.ts';
import type { EventFields, InstanceFields, InstanceKey } from '../src/domain/event.ts';
import type { Span, Zone } from '../src/domain/time.ts';
import { privateProperty, readMark, readOwn, spanIn, unfinishedKey } from './google-own.ts';
import { type Repeats, readRecurrence } from './google-repeats.ts';
import { readTime } from './google-times.ts';
import { isJson, type Json, listIn, textIn } from './json.ts';
import { occurrenceKey, withoutPlain } from './occurrences.ts';

/** What can be said of any row before its content is looked at. */
export interface Row {
  readonly id: string;
  /** Kept with its quotes; a tombstone may have none. */
  readonly etag: string | null;
  /** Deleted; of an exception: this occurrence does not take place. */
  readonly isCancelled: boolean;
  /** The master's id when this is one occurrence of a series. */
  readonly seriesId: string | null;
  readonly isMaster: boolean;
  readonly uid: string | null;
  readonly updated: string;
  /** A series of ours whose changed occurrences are still being written: not to be taken for what we meant. */
  readonly isUnfinished: boolean;
  readonly json: Json;
}

/** Null for what is no event at all. */
export function readRow(value: unknown): Row | null {
  if (!isJson(value)) return null;
  const id = textIn(value, 'id');
  if (id === null) return null;
  const seriesId = textIn(value, 'recurringEventId');
  return {
    id,
    etag: textIn(value, 'etag'),
    isCancelled: textIn(value, 'status') === 'cancelled',
    seriesId: seriesId === id ? null : seriesId,
    isMaster: listIn(value, 'recurrence').length > 0,
    uid: textIn(value, 'iCalUID'),
    updated: textIn(value, 'updated') ?? '',
    isUnfinished: privateProperty(value, unfinishedKey) === '1',
    json: value,
  };
}

export interface Mapped {
  readonly kind: 'mapped';
  readonly fields: EventFields;
  readonly mark: Mark | null;
  readonly createId: string | null;
}
export interface Unmappable {
  readonly kind: 'unmappable';
  readonly why: string;
  readonly span: Span | null;
}

/** One event, or a master with the exceptions that belong to it. `zone` is the calendar's. */
export function mapRows(head: Row, exceptions: readonly Row[], zone: Zone): Mapped | Unmappable {
  const unmappable = (why: string): Unmappable => ({ kind: 'unmappable', why, span: spanIn(head.json, zone) });
  if (head.etag === null) return unmappable('the event has no ETag');
  const own = readOwn(head.json, zone);
  if (own === null) return unmappable('the event has no start that can be read');
  const mark = readMark(head.json);
  const said = { kind: 'mapped' as const, mark, createId: createIdOf(head.id, mark) };
  const repeats = readRecurrence(listIn(head.json, 'recurrence'), own.fields.start, zone);
  if (typeof repeats === 'string') return unmappable(repeats);
  if (repeats === null) return { ...said, fields: { ...own.fields, series: null, instances: {} } };
  if (own.unknownZone !== null) return unmappable('the series repeats in a time zone that is not known');
  const instances = readInstances(own.fields, repeats, exceptions, zone);
  if (instances === null) return unmappable('a changed occurrence of the series has no start that can be read');
  return { ...said, fields: { ...own.fields, series: repeats.series, instances } };
}

/** A row of its own decides over an EXDATE of the same occurrence. */
function readInstances(
  own: InstanceFields,
  repeats: Repeats,
  exceptions: readonly Row[],
  zone: Zone,
): EventFields['instances'] | null {
  const instances: Record<InstanceKey, InstanceFields | 'cancelled'> = {};
  for (const key of repeats.excluded) instances[key] = 'cancelled';
  for (const row of exceptions) {
    const key = keyOf(row, own, zone);
    if (key === null) return null;
    const fields = row.isCancelled ? null : readOwn(row.json, zone);
    if (!row.isCancelled && fields === null) return null;
    instances[key] = fields === null ? 'cancelled' : fields.fields;
  }
  return withoutPlain(own, instances, zone);
}

/** Which occurrence an exception is: by its original start, never by its id. */
export function keyOf(row: Row, own: Pick<InstanceFields, 'start'>, zone: Zone): InstanceKey | null {
  const original = readTime(row.json.originalStartTime, zone);
  return original === null ? null : occurrenceKey(own.start, original.time, zone);
}

/** Ids that we made have 32 characters and our mark beside them; Google's own are shorter. */
function createIdOf(id: string, mark: Mark | null): string | null {
  return mark !== null && /^[0-9a-v]{32}$/.test(id) ? id : null;
}
