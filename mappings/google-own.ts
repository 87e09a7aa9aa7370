/** The plain fields of one Google event: texts, times, busy, answer, status, privacy and our mark. */
import type { Mark } from '../src/domain/connector.ts';
import type { Busy, InstanceFields, Response, Status } from '../src/domain/event.ts';
import { parseId } from '../src/domain/ids.ts';
import type { EventTime, Instant, Span, Zone } from '../src/domain/time.ts';
import { toInstant } from '../src/domain/zone.ts';
import { canonicalTimes } from './canonical-times.ts';
import { plainText } from './google-json.ts';
import { readTime } from './google-times.ts';
import { cleanText, isJson, type Json, jsonIn, listIn, textIn } from './json.ts';

/** Keys in `extendedProperties.private`, at most 44 characters; they are on this calendar's copy alone. */
export const markKey = 'interlockMark';
export const unfinishedKey = 'interlockUnfinished';

export interface OwnReading {
  readonly fields: InstanceFields;
  /** A zone name that nobody knows: harmless for one event, whose instant is exact, but not for a series. */
  readonly unknownZone: string | null;
}

/** Null when the event has no start that makes sense. */
export function readOwn(row: Json, zone: Zone): OwnReading | null {
  const start = readTime(row.start, zone);
  if (start === null) return null;
  const answer = answerOf(row);
  const fields: InstanceFields = {
    title: cleanText(textIn(row, 'summary') ?? ''),
    description: plainText(cleanText(textIn(row, 'description') ?? '')),
    location: cleanText(textIn(row, 'location') ?? ''),
    start: start.time,
    end: readEnd(row, start.time, zone),
    busy: busyOf(row, answer),
    response: responses[answer ?? ''] ?? 'unanswered',
    status: statusOf(row),
    privacy: ['private', 'confidential'].includes(textIn(row, 'visibility') ?? '') ? 'private' : 'default',
  };
  return { fields, unknownZone: start.unknownZone };
}

/** What is there counts, a zero length included; only an end that is missing, of another form or too early is repaired. */
function readEnd(row: Json, start: EventTime, zone: Zone): EventTime {
  const end = readTime(row.end, zone)?.time ?? start;
  const isPlain = start.kind !== 'date' && end.kind !== 'date' && textIn(jsonIn(row, 'end') ?? {}, 'dateTime') !== null;
  return isPlain && toInstant(end, zone) >= toInstant(start, zone) ? end : canonicalTimes({ start, end }, zone).end;
}

/** The stretch of an event that cannot be read otherwise, where its times at least can. */
export function spanIn(row: Json, zone: Zone): Span | null {
  const start = readTime(row.start, zone);
  if (start === null) return null;
  const end = readEnd(row, start.time, zone);
  const from = toInstant(start.time, zone);
  return { start: from, end: Math.max(from, toInstant(end, zone)) as Instant };
}

/** `responseStatus` of the calendar's owner; null where nobody invited them. */
function answerOf(row: Json): string | null {
  for (const attendee of listIn(row, 'attendees')) {
    if (isJson(attendee) && attendee.self === true) return textIn(attendee, 'responseStatus') ?? 'needsAction';
  }
  return null;
}

/** A promise with reserve still is one; `busy` says `tentative`. */
const responses: Readonly<Record<string, Response>> = {
  '': 'none',
  accepted: 'accepted',
  tentative: 'accepted',
  declined: 'declined',
};

/** Where somebody works, and whose birthday it is, takes nobody's time, whatever the transparency says. */
const freeTypes: readonly string[] = ['workingLocation', 'birthday'];

/** An absent transparency means busy. */
function busyOf(row: Json, answer: string | null): Busy {
  const type = textIn(row, 'eventType') ?? 'default';
  if (freeTypes.includes(type) || textIn(row, 'transparency') === 'transparent') return 'free';
  if (type === 'outOfOffice') return 'away';
  return answer === 'tentative' ? 'tentative' : 'busy';
}

function statusOf(row: Json): Status {
  const status = textIn(row, 'status');
  return status === 'tentative' || status === 'cancelled' ? status : 'confirmed';
}

export const writeMark = (mark: Mark): string => `${mark.eventId};${mark.version}`;

export function readMark(row: Json): Mark | null {
  const value = privateProperty(row, markKey) ?? '';
  const m = /^([^;]{1,80});(\d{1,15})$/.exec(value);
  const eventId = m === null ? null : parseId('event', m[1]!);
  return eventId === null ? null : { eventId, version: Number(m![2]) };
}

export const privateProperty = (row: Json, key: string): string | null =>
  textIn(jsonIn(jsonIn(row, 'extendedProperties') ?? {}, 'private') ?? {}, key);
