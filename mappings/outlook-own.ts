/** The plain fields of one Outlook event: texts, times, busy, answer, status, privacy and our mark. */
import type { Mark } from '../src/domain/connector.ts';
import type { Busy, InstanceFields, Response } from '../src/domain/event.ts';
import { parseId } from '../src/domain/ids.ts';
import type { EventTime, Instant, Span, WallTime, Zone } from '../src/domain/time.ts';
import { addDays, parseDay, parseInstant } from '../src/domain/time.ts';
import { toInstant, wallToInstant } from '../src/domain/zone.ts';
import { canonicalTimes, timeAt } from './canonical-times.ts';
import { cleanText, isJson, type Json, jsonIn, listIn, textIn } from './json.ts';
import { pageText, wordsIn } from './outlook-text.ts';
import { resolveZone } from './zones.ts';

const space = '{5b0cf4a6-3c0e-4b3f-9a55-6f1f3f0c7d21}';
export const markId = `String ${space} Name InterlockMark`;
/** Holds the id under which the copy was created, so that it can be looked for. */
export const keyId = `String ${space} Name InterlockKey`;

export interface OwnReading {
  readonly fields: InstanceFields;
  /** A zone name that nobody knows: harmless for one event, whose instant is exact, but not for a series. */
  readonly unknownZone: string | null;
}

/** Null when the event has no start that makes sense. */
export function readOwn(row: Json, zone: Zone): OwnReading | null {
  const start = readTime(row, 'start', 'originalStartTimeZone', zone);
  if (start === null) return null;
  const answer = textIn(jsonIn(row, 'responseStatus') ?? {}, 'response') ?? 'none';
  const fields: InstanceFields = {
    title: cleanText(textIn(row, 'subject') ?? ''),
    description: bodyText(row),
    location: cleanText(textIn(jsonIn(row, 'location') ?? {}, 'displayName') ?? ''),
    start: start.time,
    end: readEnd(row, start.time, zone),
    busy: busyOf(row),
    response: responses[answer.toLowerCase()] ?? 'none',
    status: row.isCancelled === true ? 'cancelled' : 'confirmed',
    privacy: ['private', 'confidential', 'personal'].includes((textIn(row, 'sensitivity') ?? '').toLowerCase())
      ? 'private'
      : 'default',
  };
  return { fields, unknownZone: start.unknownZone };
}

function bodyText(row: Json): string {
  const body = jsonIn(row, 'body') ?? {};
  const content = textIn(body, 'content') ?? '';
  return wordsIn((textIn(body, 'contentType') ?? '').toLowerCase() === 'html' ? pageText(content) : content);
}

function readEnd(row: Json, start: EventTime, zone: Zone): EventTime {
  const end = readTime(row, 'end', 'originalEndTimeZone', zone)?.time ?? start;
  const isPlain = start.kind !== 'date' && end.kind !== 'date';
  if (isPlain && toInstant(end, zone) >= toInstant(start, zone)) return end;
  return canonicalTimes({ start, end }, zone).end;
}

interface ReadTime {
  readonly time: EventTime;
  readonly unknownZone: string | null;
}

/** Each value names its own zone; what the author meant stands beside it. Whole days are days, whatever zone they bear. */
function readTime(row: Json, key: string, original: string, zone: Zone): ReadTime | null {
  const value = jsonIn(row, key);
  const m = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.\d+)?(Z|[+-]\d\d:\d\d)?$/.exec(
    textIn(value ?? {}, 'dateTime') ?? '',
  );
  const day = m === null ? null : parseDay(m[1]!);
  if (value === null || m === null || day === null || parseInstant(`${m[1]}T${m[2]}Z`) === null) return null;
  if (row.isAllDay === true) {
    return {
      time: { kind: 'date', day: key === 'end' && m[2] !== '00:00:00' ? addDays(day, 1) : day },
      unknownZone: null,
    };
  }
  const label = textIn(value, 'timeZone') ?? 'UTC';
  const own = resolveZone(label);
  const at =
    m[3] !== undefined
      ? parseInstant(`${m[1]}T${m[2]}${m[3]}`)
      : own === null
        ? null
        : wallToInstant(`${m[1]}T${m[2]}` as WallTime, own);
  if (at === null) return null;
  const named = textIn(row, original);
  const meant = named === null ? own : resolveZone(named);
  return { time: timeAt(at, meant ?? own ?? zone), unknownZone: meant === null ? named : null };
}

/** The stretch of an event that cannot be read otherwise, where its times at least can. */
export function spanIn(row: Json, zone: Zone): Span | null {
  const start = readTime(row, 'start', 'originalStartTimeZone', zone);
  if (start === null) return null;
  const from = toInstant(start.time, zone);
  return { start: from, end: Math.max(from, toInstant(readEnd(row, start.time, zone), zone)) as Instant };
}

/** A promise with reserve still is one; `busy` says `tentative`. */
const responses: Readonly<Record<string, Response>> = {
  none: 'none',
  organizer: 'none',
  accepted: 'accepted',
  tentativelyaccepted: 'accepted',
  declined: 'declined',
  notresponded: 'unanswered',
};
const busies: Readonly<Record<string, Busy>> = {
  free: 'free',
  workingelsewhere: 'free',
  tentative: 'tentative',
  oof: 'away',
};

/** What nobody knows is busy. */
const busyOf = (row: Json): Busy => busies[(textIn(row, 'showAs') ?? '').toLowerCase()] ?? 'busy';

export const writeMark = (mark: Mark): string => `${mark.eventId};${mark.version}`;

export function readMark(row: Json): Mark | null {
  const m = /^([^;]{1,80});(\d{1,15})$/.exec(property(row, markId) ?? '');
  const eventId = m === null ? null : parseId('event', m[1]!);
  return eventId === null ? null : { eventId, version: Number(m![2]) };
}

/** The guid of an id may come back in another case. */
export function property(row: Json, id: string): string | null {
  for (const item of listIn(row, 'singleValueExtendedProperties')) {
    if (isJson(item) && (textIn(item, 'id') ?? '').toLowerCase() === id.toLowerCase()) return textIn(item, 'value');
  }
  return null;
}
