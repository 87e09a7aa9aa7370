/** What a write means: a body of the API laid over what is there, checked as Exchange checks it. */
import type { Json, JsonObject } from '../kit/json.ts';
import { compact, isObject, listAt, objectAt, textAt } from '../kit/json.ts';
import { storedHtml } from './body.ts';
import type { Draft, Item, Mailbox, Series, When } from './model.ts';
import { readRecurrence, recurrenceJson } from './pattern.ts';
import { breach, Refusal } from './refusal.ts';
import { dayOf, instantOf, readWhen } from './times.ts';

/** Members that the author decides on; the rest of an event is Exchange's. */
const own = [
  ...['subject', 'importance', 'sensitivity', 'showAs', 'categories', 'location', 'locations', 'attendees'],
  ...['isReminderOn', 'reminderMinutesBeforeStart', 'responseRequested', 'allowNewTimeProposals', 'hideAttendees'],
  ...['isOnlineMeeting', 'onlineMeetingProvider', 'isDraft'],
];
const times = ['start', 'end', 'isAllDay', 'recurrence', 'body', 'singleValueExtendedProperties', 'transactionId'];
const writable = new Set([...own, ...times]);

export interface Writing {
  readonly body: JsonObject;
  /** Told of members that Exchange ignores. */
  note(what: string): void;
}

/** @throws Refusal */
export function newItem({ body, note }: Writing, key: string, mailbox: Mailbox, created: number): Draft {
  noteIgnored(body, note);
  const start = whenOf(body, 'start');
  const end = whenOf(body, 'end');
  if (start === undefined || end === undefined) {
    throw breach('ErrorInvalidRequest', "Your request can't be completed. Start and end are required.");
  }
  const isAllDay = body.isAllDay === true;
  checkTimes(start, end, isAllDay);
  const organizer = { emailAddress: { name: mailbox.name, address: mailbox.email } };
  const given = objectAt(body, 'recurrence');
  const recurrence = given === undefined ? null : readRecurrence(given, dayOf(start), start.zoneName);
  return {
    ...{ key, start, end, isAllDay, created, organizer, isOrganizer: true, isCancelled: false, of: null },
    uid: `040000008200E00074C5B7101A82E008${key.toUpperCase()}`,
    series: recurrence === null ? null : { recurrence, generation: 1, cancelled: [] },
    transactionId: textAt(body, 'transactionId') ?? null,
    content: contentOf(body, {}),
    properties: propertiesOf(body, {}),
  };
}

/** Merge semantics: what is not named stays. @throws Refusal */
export function changedItem({ body, note }: Writing, before: Item): Draft {
  noteIgnored(body, note);
  if (body.transactionId !== undefined && body.transactionId !== before.transactionId) {
    note('transactionId cannot be changed after the creation');
  }
  const start = whenOf(body, 'start') ?? before.start;
  const end = whenOf(body, 'end') ?? before.end;
  const isAllDay = typeof body.isAllDay === 'boolean' ? body.isAllDay : before.isAllDay;
  checkTimes(start, end, isAllDay);
  return {
    ...before,
    ...{ start, end, isAllDay },
    series: changedSeries(body, before, start, end),
    content: contentOf(body, before.content),
    properties: propertiesOf(body, before.properties),
  };
}

function changedSeries(body: JsonObject, before: Item, start: When, end: When): Series | null {
  if (body.recurrence === undefined) {
    if (before.series === null) return null;
    const { recurrence } = before.series;
    if (dayOf(start) === dayOf(before.start) && start.wall === before.start.wall && end.wall === before.end.wall) {
      return before.series;
    }
    // The range begins where the first occurrence does.
    const moved = { ...recurrence, range: { ...recurrence.range, startDate: dayOf(start) } };
    return { recurrence: moved, generation: before.series.generation + 1, cancelled: [] };
  }
  if (before.of !== null) throw breach('ErrorInvalidRequest', 'An occurrence cannot have a recurrence of its own.');
  if (body.recurrence === null) return null;
  const recurrence = readRecurrence(objectAt(body, 'recurrence') ?? {}, dayOf(start), start.zoneName);
  const samePattern = (a: Series['recurrence'], b: Series['recurrence']): boolean =>
    JSON.stringify(recurrenceJson(a).pattern) === JSON.stringify(recurrenceJson(b).pattern);
  const old = before.series;
  const stays = old !== null && samePattern(old.recurrence, recurrence) && start.wall === before.start.wall;
  // Another end of the range leaves the other occurrences as they are.
  if (old !== null && stays && end.wall === before.end.wall) return { ...old, recurrence };
  return { recurrence, generation: (old?.generation ?? 0) + 1, cancelled: [] };
}

function noteIgnored(body: JsonObject, note: (what: string) => void): void {
  for (const name of ['extensions', 'attachments', 'multiValueExtendedProperties']) {
    if (body[name] !== undefined) throw new Refusal(501, 'NotImplemented', `${name} is not simulated.`);
  }
  for (const name of Object.keys(body)) {
    if (!writable.has(name) && !name.startsWith('@odata.')) note(`${name} cannot be written and is ignored`);
  }
  if (Array.isArray(body.attendees) && body.attendees.length > 500) {
    throw breach('ErrorTooManyRecipients', 'An event has at most 500 attendees.');
  }
}

function whenOf(body: JsonObject, name: 'start' | 'end'): When | undefined {
  if (body[name] === undefined) return undefined;
  const value = objectAt(body, name);
  if (value === undefined) throw breach('ErrorPropertyValidationFailure', `The property ${name} cannot be empty.`);
  return readWhen(value, name);
}

/** @throws Refusal for whole days that do not begin at midnight, and for an end before the start */
function checkTimes(start: When, end: When, isAllDay: boolean): void {
  if (!isAllDay) {
    if (instantOf(end) < instantOf(start))
      throw breach(
        'ErrorPropertyValidationFailure',
        'At least one property failed validation. The end lies before the start.',
      );
    return;
  }
  const isMidnight = (when: When): boolean => when.wall.endsWith('T00:00:00');
  const sameZone = start.zone === end.zone;
  if (!isMidnight(start) || !isMidnight(end) || !sameZone) {
    const what =
      'The Event.Start property for an all-day event needs to be set to midnight, and both need the same zone.';
    throw breach('ErrorPropertyValidationFailure', what);
  }
  if (end.wall <= start.wall) {
    throw breach('ErrorPropertyValidationFailure', 'The duration of an all-day event must be at least 24 hours.');
  }
}

function contentOf(body: JsonObject, before: JsonObject): JsonObject {
  const named: Record<string, Json> = {};
  for (const name of own) if (body[name] !== undefined) named[name] = body[name];
  if (body.body !== undefined) named.html = storedHtml(objectAt(body, 'body'));
  // The one place mirrors the list of places.
  const place = objectAt(body, 'location');
  if (place !== undefined) named.locations = textAt(place, 'displayName') ? [place] : [];
  else if (body.location === null) named.locations = [];
  else if (Array.isArray(body.locations)) named.location = body.locations[0] ?? null;
  return compact({ ...before, ...named });
}

/** `String {guid} Name Foo`, `Integer {guid} Id 0x8001` or `String 0x3001`. */
const propertyId = /^\w+ (\{[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\} (Name \S.*|Id 0x[0-9a-f]+)|0x[0-9a-f]+)$/i;

function propertiesOf(body: JsonObject, before: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const next = { ...before };
  for (const row of listAt(body, 'singleValueExtendedProperties').filter(isObject)) {
    const id = textAt(row, 'id') ?? '';
    if (!propertyId.test(id)) throw breach('ErrorInvalidRequest', `The extended property id '${id}' is not valid.`);
    const value = textAt(row, 'value');
    if (value === undefined) delete next[id];
    else next[id] = value;
  }
  return next;
}
