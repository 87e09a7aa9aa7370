/** Rows of Graph's event lists, and how a master with its exceptions becomes one event of ours. */
import type { Mark } from '../src/domain/connector.ts';
import type { EventFields, InstanceFields, InstanceKey } from '../src/domain/event.ts';
import type { Instant, Span, WallTime, Zone } from '../src/domain/time.ts';
import { parseDay, parseInstant, utcZone } from '../src/domain/time.ts';
import { instantToWall } from '../src/domain/zone.ts';
import { isJson, type Json, jsonIn, textIn } from './json.ts';
import { keyTime, occurrenceKey, withoutPlain } from './occurrences.ts';
import { fromDays } from './outlook-days.ts';
import { keyId, property, readMark, readOwn, spanIn } from './outlook-own.ts';
import { readRecurrence } from './outlook-repeats.ts';

/** What can be said of any row before its content is looked at. */
export interface Row {
  readonly id: string;
  /** Kept with its quotes. */
  readonly etag: string | null;
  readonly isMaster: boolean;
  /** An occurrence that differs from its series. */
  readonly isException: boolean;
  /** The master's id when this is one occurrence of a series. */
  readonly seriesId: string | null;
  /** Ends with the day that the occurrence had in its series. */
  readonly occurrenceId: string | null;
  /** Time of the last change, or ''. */
  readonly updated: string;
  readonly transactionId: string | null;
  /** A series of ours whose changed occurrences are still being written: not to be taken for what we meant. */
  readonly isUnfinished: boolean;
  readonly json: Json;
}

/** Null for what is no event at all. */
export function readRow(value: unknown): Row | null {
  if (!isJson(value)) return null;
  const id = textIn(value, 'id');
  if (id === null) return null;
  const type = (textIn(value, 'type') ?? '').toLowerCase();
  const isMaster = type === 'seriesmaster';
  return {
    id,
    etag: textIn(value, '@odata.etag'),
    isMaster,
    isException: type === 'exception',
    seriesId: isMaster || type === 'singleinstance' ? null : textIn(value, 'seriesMasterId'),
    occurrenceId: textIn(value, 'occurrenceId'),
    updated: textIn(value, 'lastModifiedDateTime') ?? '',
    transactionId: textIn(value, 'transactionId'),
    isUnfinished: property(value, keyId) !== null && readMark(value) === null,
    json: value,
  };
}

/** Other programs have transaction ids of their own, in other forms. */
const ownForm = /^[0-9a-v]{32}$/;
export const isOwnRow = (row: Row): boolean => ownForm.test(row.transactionId ?? '');

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
  /** It can be read day by day, from the occurrences that Graph makes of it. */
  readonly hasDays: boolean;
}

/** One event, or a master with what belongs to it; `days` where its rule cannot be said. `zone` is the calendar's. */
export function mapRows(
  head: Row,
  exceptions: readonly Row[],
  cancelled: readonly string[],
  zone: Zone,
  days: readonly Row[] | null,
): Mapped | Unmappable {
  const unmappable = (why: string, hasDays = false): Unmappable => ({
    ...{ kind: 'unmappable', why, span: spanIn(head.json, zone), hasDays },
  });
  if (head.etag === null) return unmappable('the event has no ETag');
  const own = readOwn(head.json, zone);
  if (own === null) return unmappable('the event has no start that can be read');
  const createId = isOwnRow(head) ? head.transactionId : null;
  const said = { kind: 'mapped' as const, mark: readMark(head.json), createId };
  if (!head.isMaster) return { ...said, fields: { ...own.fields, series: null, instances: {} } };
  const series =
    own.unknownZone === null
      ? readRecurrence(jsonIn(head.json, 'recurrence') ?? {}, own.fields.start, zone)
      : 'the series repeats in a time zone that is not known';
  if (typeof series === 'string') {
    const byDay = days === null ? null : fromDays(own.fields, days, zone);
    return byDay === null ? unmappable(series, true) : { ...said, fields: { ...own.fields, ...byDay } };
  }
  const instances = readInstances(own.fields, exceptions, cancelled, zone);
  if (instances === null) return unmappable('a changed occurrence of the series cannot be read');
  return { ...said, fields: { ...own.fields, series, instances } };
}

function readInstances(
  own: InstanceFields,
  exceptions: readonly Row[],
  cancelled: readonly string[],
  zone: Zone,
): EventFields['instances'] | null {
  const instances: Record<InstanceKey, InstanceFields | 'cancelled'> = {};
  for (const id of cancelled) {
    const key = keyOfDay(id, own);
    if (key === null) return null;
    instances[key] = 'cancelled';
  }
  for (const row of exceptions) {
    const key = keyOf(row, own, zone);
    const fields = readOwn(row.json, zone)?.fields;
    if (key === null || fields === undefined) return null;
    instances[key] = fields.status === 'cancelled' ? 'cancelled' : fields;
  }
  return withoutPlain(own, instances, zone);
}

/** `OID.<master>.<day>`: the day is that of the original start in the series' own zone. */
function keyOfDay(occurrenceId: string, own: Pick<InstanceFields, 'start'>): InstanceKey | null {
  const day = parseDay(occurrenceId.slice(occurrenceId.lastIndexOf('.') + 1));
  if (day === null) return null;
  const { start } = own;
  return start.kind === 'date' ? day : (`${day}${start.wall.slice(10)}` as WallTime);
}

/** Which occurrence a row is: by the day in its `occurrenceId`, else by its original start. */
export function keyOf(row: Row, own: Pick<InstanceFields, 'start'>, zone: Zone): InstanceKey | null {
  const byDay = row.occurrenceId === null ? null : keyOfDay(row.occurrenceId, own);
  if (byDay !== null) return byDay;
  const at = parseInstant(textIn(row.json, 'originalStart') ?? '');
  if (at === null) return null;
  const wall = instantToWall(at as Instant, utcZone);
  if (own.start.kind === 'date')
    return keyTime(own.start, wall.slice(0, 10)) === null ? null : (wall.slice(0, 10) as InstanceKey);
  return occurrenceKey(own.start, { kind: 'zoned', wall, zone: utcZone }, zone);
}
