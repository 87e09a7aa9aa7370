/** Turns the body of a write into a draft of an event, or refuses it as Google would. */
import type { Json, JsonObject } from '../kit/json.ts';
import { isObject, listAt, objectAt, textAt } from '../kit/json.ts';
import { schemas } from './contract.ts';
import type { Calendar, Draft, Status, StoredEvent } from './model.ts';
import { breach, refusal } from './refusal.ts';
import { isSelf } from './render.ts';
import { checkRecurrence } from './series.ts';
import { instantOf, isDay, momentJson, readMoment, sameMoment } from './times.ts';

/** Members that have a place of their own or that only Google writes. */
const ownPlace = new Set([
  ...['id', 'iCalUID', 'start', 'end', 'recurrence', 'status', 'sequence', 'eventType', 'organizer', 'creator'],
  ...['kind', 'etag', 'created', 'updated', 'htmlLink', 'hangoutLink', 'originalStartTime', 'recurringEventId'],
  ...['attendeesOmitted', 'endTimeUnspecified', 'locked', 'privateCopy', 'gadget'],
]);
const writable = Object.keys(schemas.Event!.properties ?? {}).filter((name) => !ownPlace.has(name));
const statuses: readonly string[] = ['confirmed', 'tentative', 'cancelled'] satisfies Status[];
const answers: readonly Json[] = ['needsAction', 'declined', 'tentative', 'accepted'];

export interface Writing {
  readonly calendar: Calendar;
  readonly body: JsonObject;
  readonly conferenceVersion: number;
  /** Things that Google does in silence and a client will regret. */
  note(what: string): void;
}
/** What a write is based on: who wrote it, when, under which id. */
export type Ground = Pick<StoredEvent, 'id' | 'uid' | 'created' | 'creator' | 'organizer' | 'of' | 'eventType'> & {
  readonly before: StoredEvent | null;
};

/** A whole event from a whole body (insert, import, update). */
export function draftOf(writing: Writing, ground: Ground): Draft {
  const { body, calendar } = writing;
  const start = readMoment(objectAt(body, 'start'), 'start', calendar.zone);
  const end = readMoment(objectAt(body, 'end'), 'end', calendar.zone);
  if (isDay(start) !== isDay(end))
    throw breach('invalid', 'Start and end times must either both be date or both be dateTime.');
  if (instantOf(end, calendar.zone) <= instantOf(start, calendar.zone)) throw refusal('timeRangeEmpty');
  const recurrence = recurrenceOf(body, ground);
  checkRecurrence(recurrence ?? [], start);
  const { before, ...fixed } = ground;
  const times = { start, end, recurrence };
  return {
    ...fixed,
    ...times,
    status: statusOf(body),
    sequence: sequenceOf(body, before, times),
    content: contentOf(writing, before),
  };
}

/** The body that a patch amounts to: objects merged, arrays replaced whole, null taking away. */
export function patched(before: StoredEvent, patch: JsonObject, calendar: Calendar): JsonObject {
  const now: JsonObject = {
    ...before.content,
    start: momentJson(before.start, calendar.zone),
    end: momentJson(before.end, calendar.zone),
    status: before.status,
    ...(before.recurrence === null ? {} : { recurrence: before.recurrence }),
  };
  const merged = merge(now, patch);
  const rows = listAt(patch, 'attendees').filter(isObject);
  const isGuest = !isSelf(before.organizer.email, calendar);
  const onlySelf = rows.length === 1 && isSelf(textAt(rows[0], 'email'), calendar);
  if (!onlySelf || !(isGuest || patch.attendeesOmitted === true)) return merged;
  // A guest who sends only his own row answers the invitation; the other rows stay.
  const others = listAt(before.content, 'attendees').filter(isObject);
  const attendees = others.map((row) => (isSelf(textAt(row, 'email'), calendar) ? { ...row, ...rows[0] } : row));
  return { ...merged, attendees };
}

function merge(onto: JsonObject, patch: JsonObject): JsonObject {
  const merged: Record<string, Json | undefined> = { ...onto };
  for (const [name, value] of Object.entries(patch)) {
    const known = merged[name];
    if (value === null) delete merged[name];
    else merged[name] = isObject(value) ? merge(isObject(known) ? known : {}, value) : value;
  }
  return merged;
}

function recurrenceOf(body: JsonObject, ground: Ground): readonly string[] | null {
  const lines = listAt(body, 'recurrence').filter((line): line is string => typeof line === 'string');
  if (lines.length === 0) return null;
  if (ground.of !== null) throw breach('invalid', 'Invalid recurrence rule: an occurrence cannot repeat itself.');
  return lines;
}

function statusOf(body: JsonObject): Status {
  const status = textAt(body, 'status') ?? 'confirmed';
  if (!statuses.includes(status)) throw breach('invalid', `Invalid value for: status ${status}`);
  return status === 'tentative' || status === 'cancelled' ? status : 'confirmed';
}

function sequenceOf(
  body: JsonObject,
  before: StoredEvent | null,
  { start, end, recurrence }: Pick<Draft, 'start' | 'end' | 'recurrence'>,
): number {
  const given = typeof body.sequence === 'number' ? body.sequence : (before?.sequence ?? 0);
  if (before === null) return given;
  if (given < before.sequence) {
    throw breach(
      'invalid',
      'Invalid sequence value. The specified sequence number is below the current sequence number of the resource.',
    );
  }
  const isMoved = !sameMoment(start, before.start) || !sameMoment(end, before.end);
  const isOther = isMoved || (recurrence ?? []).join('\n') !== (before.recurrence ?? []).join('\n');
  return isOther ? given + 1 : given;
}

function contentOf({ body, calendar, conferenceVersion, note }: Writing, before: StoredEvent | null): JsonObject {
  const content: Record<string, Json | undefined> = {};
  for (const name of writable) {
    const value = body[name];
    if (value !== undefined && value !== null) content[name] = value;
  }
  oneOf(content, 'transparency', ['opaque', 'transparent']);
  oneOf(content, 'visibility', ['default', 'public', 'private', 'confidential']);
  if (content.conferenceData !== undefined && conferenceVersion === 0) {
    if (before?.content.conferenceData === undefined) note('conferenceData is ignored without conferenceDataVersion=1');
    delete content.conferenceData;
  }
  if (content.extendedProperties !== undefined)
    content.extendedProperties = trimmed(objectAt(body, 'extendedProperties'), note);
  checkReminders(objectAt(body, 'reminders'));
  for (const row of listAt(body, 'attendees')) checkAttendee(row);
  if (
    before === null &&
    listAt(body, 'attendees').some((row) => isObject(row) && isSelf(textAt(row, 'email'), calendar))
  ) {
    note('an insert names the calendar itself as a guest');
  }
  return content;
}

function oneOf(content: JsonObject, name: string, allowed: readonly Json[]): void {
  const value = content[name];
  if (value !== undefined && !allowed.includes(value))
    throw breach('invalid', `Invalid value for: ${name} ${String(value)}`);
}

function checkAttendee(row: Json): void {
  if (!isObject(row)) return;
  if (textAt(row, 'email') === undefined) throw breach('required', 'Missing attendee email.');
  const status = row.responseStatus;
  if (status !== undefined && status !== null && !answers.includes(status)) {
    throw breach('invalid', `Invalid value for: responseStatus ${String(status)}`);
  }
}

function checkReminders(reminders: JsonObject | undefined): void {
  const overrides = listAt(reminders, 'overrides').filter(isObject);
  if (overrides.length > 5) throw breach('invalid', 'Invalid value for: reminders.overrides, at most five');
  if (overrides.length > 0 && reminders?.useDefault === true) {
    throw breach('invalid', 'Cannot specify both default reminders and overrides at the same time.');
  }
  for (const { minutes, method } of overrides) {
    const fits = typeof minutes === 'number' && minutes >= 0 && minutes <= 40_320;
    if (!fits || (method !== 'popup' && method !== 'email'))
      throw breach('invalid', 'Invalid value for: reminders.overrides');
  }
}

/** Google drops long keys and cuts long values in silence. */
function trimmed(properties: JsonObject | undefined, note: (what: string) => void): JsonObject {
  const kept: Record<string, Json> = {};
  for (const side of ['private', 'shared']) {
    const given = objectAt(properties, side);
    if (given === undefined) continue;
    const entries = Object.entries(given).filter(([key, value]) => {
      if (key.length > 44) note(`the extended property ${key} has a key of more than 44 characters and is dropped`);
      return key.length <= 44 && typeof value === 'string';
    });
    if (entries.length > 300) throw breach('invalid', 'Too many extended properties.');
    kept[side] = Object.fromEntries(
      entries.map(([key, value]) => {
        if (String(value).length > 1024) note(`the extended property ${key} is longer than 1024 characters and is cut`);
        return [key, String(value).slice(0, 1024)];
      }),
    );
  }
  return kept;
}
