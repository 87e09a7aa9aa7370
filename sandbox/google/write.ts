/** The writes of `events.*`: ids, conditions, tombstones and exceptions as Google keeps them. */
import { randomUUID } from 'node:crypto';
import type { JsonObject } from '../kit/json.ts';
import { isObject, listAt, objectAt, textAt } from '../kit/json.ts';
import type { Params } from './contract.ts';
import type { Ground, Writing } from './draft.ts';
import { draftOf, patched } from './draft.ts';
import type { Account, Calendar, Draft, StoredEvent } from './model.ts';
import { breach, refusal } from './refusal.ts';
import { isSelf } from './render.ts';
import { findEvent, slotAt } from './series.ts';
import type { World } from './world.ts';

export interface WriteCall {
  readonly world: World;
  readonly account: Account;
  readonly calendar: Calendar;
  readonly params: Params;
  readonly body: JsonObject;
  readonly ifMatch: string | undefined;
  note(what: string): void;
}

export function insert(call: WriteCall): StoredEvent {
  const { calendar, body } = call;
  const wished = textAt(body, 'id');
  const uid = textAt(body, 'iCalUID');
  if (wished !== undefined && !/^[a-v0-9]{5,1024}$/.test(wished)) throw breach('invalid', 'Invalid resource id value.');
  if (wished !== undefined && uid !== undefined)
    throw breach('invalid', 'Either id or iCalUID may be given, not both.');
  // Also a deleted event keeps its id and its UID taken.
  if (wished !== undefined && calendar.events.has(wished)) throw refusal('duplicate');
  if (uid !== undefined && withUid(calendar, uid) !== null) throw refusal('duplicate');
  const id = wished ?? newId();
  const eventType = creatableType(call);
  return commit(call, draftOf(writing(call), { ...birth(call, id, uid), eventType, before: null }));
}

/** A private copy under a foreign UID; a known UID is updated. */
export function importEvent(call: WriteCall): StoredEvent {
  const { calendar, body } = call;
  const uid = textAt(body, 'iCalUID');
  if (uid === undefined) throw breach('required', 'Missing iCalUID.');
  if ((textAt(body, 'eventType') ?? 'default') !== 'default') throw refusal('eventTypeRestriction');
  const known = withUid(calendar, uid);
  const own = birth(call, known?.id ?? newId(), uid);
  const organizer = textAt(objectAt(body, 'organizer'), 'email');
  const ground: Ground = {
    ...own,
    organizer: organizer === undefined ? own.organizer : { email: organizer },
    before: null,
  };
  return call.world.put(calendar, draftOf(writing(call), ground));
}

export function patch(call: WriteCall): StoredEvent {
  const before = target(call);
  const whole = patched(before, call.body, call.calendar);
  if (call.body.status === 'cancelled') return cancel(call, before);
  return change(call, before, whole);
}

export function update(call: WriteCall): StoredEvent {
  const before = target(call);
  if (call.body.status === 'cancelled') return cancel(call, before);
  return change(call, before, call.body);
}

export function remove(call: WriteCall): void {
  const event = existing(call);
  checkCondition(call, event);
  if (event.status === 'cancelled') throw refusal('deleted');
  mail(call, cancel(call, event));
}

export function move(call: WriteCall, destination: Calendar): StoredEvent {
  const before = target(call);
  if (before.of !== null) throw refusal('cannotChangeOrganizerOfInstance');
  if (before.eventType !== 'default') throw refusal('eventTypeRestriction');
  if (destination.events.has(before.id)) throw refusal('duplicate');
  const organizer = { email: destination.id };
  const moved = call.world.put(destination, { ...before, organizer, sequence: before.sequence + 1 });
  cancel(call, before);
  return moved;
}

/** One event of an hour from a line of text; a time of day in it is understood. */
export function quickAdd(call: WriteCall): StoredEvent {
  const text = call.params.text('text')!;
  const [, hours, minutes] = /\b(\d{1,2}):(\d\d)\b/.exec(text) ?? [];
  const now = new Date(call.world.clock.now());
  const day = now.toISOString().slice(0, 10);
  const wall = `${day}T${(hours ?? String(now.getUTCHours())).padStart(2, '0')}:${minutes ?? '00'}:00`;
  const end = new Date(Date.parse(`${wall}Z`) + 3_600_000).toISOString().slice(0, 19);
  const timeZone = call.calendar.zone;
  const body = { summary: text, start: { dateTime: wall, timeZone }, end: { dateTime: end, timeZone } };
  return insert({ ...call, body });
}

/** @throws Refusal when the event is not there at all */
function existing({ calendar, params }: WriteCall): StoredEvent {
  const event = findEvent(calendar, params.text('eventId')!);
  if (event === null) throw refusal('notFound');
  return event;
}

/** The event that a change means: there, unchanged since the client saw it, and not deleted. */
function target(call: WriteCall): StoredEvent {
  const event = existing(call);
  checkCondition(call, event);
  // A deleted event stays as it is; a cancelled occurrence can be brought back by confirming it.
  const returns = event.of !== null && (call.body.status === 'confirmed' || call.body.status === 'tentative');
  if (event.status === 'cancelled' && !returns) throw refusal('forbidden');
  return event;
}

function checkCondition({ ifMatch }: WriteCall, event: StoredEvent): void {
  if (ifMatch === undefined || ifMatch === '*' || ifMatch === event.etag) return;
  throw refusal('conditionNotMet', { location: { type: 'header', name: 'If-Match' } });
}

function change(call: WriteCall, before: StoredEvent, body: JsonObject): StoredEvent {
  const type = textAt(body, 'eventType');
  if (type !== undefined && type !== before.eventType) throw breach('invalid', 'The event type cannot be changed.');
  const draft = draftOf({ ...writing(call), body }, { ...before, before });
  const after = commit(call, draft, onlyReminders(before, draft));
  if (before.recurrence !== null) dropOrphans(call, after);
  return after;
}

/** Exceptions at starts that the changed series no longer has are cancelled. */
export function dropOrphans({ world, calendar }: Pick<WriteCall, 'world' | 'calendar'>, master: StoredEvent): void {
  for (const id of [...(calendar.exceptions.get(master.id) ?? [])]) {
    const exception = calendar.events.get(id)!;
    if (exception.status === 'cancelled') continue;
    const fits = master.recurrence !== null && slotAt(calendar, master, exception.of!.original) !== null;
    if (!fits) world.put(calendar, { ...exception, status: 'cancelled' });
  }
}

/** Deletes; with a master its exceptions go without a word. */
function cancel({ world, calendar }: Pick<WriteCall, 'world' | 'calendar'>, event: StoredEvent): StoredEvent {
  for (const id of event.recurrence === null ? [] : [...(calendar.exceptions.get(event.id) ?? [])]) {
    world.forget(calendar, id);
  }
  return world.put(calendar, { ...event, status: 'cancelled' });
}

export { cancel as cancelEvent };

function commit(call: WriteCall, draft: Draft, isQuiet = false): StoredEvent {
  const event = call.world.put(call.calendar, draft, { isQuiet });
  mail(call, event);
  return event;
}

function mail({ world, calendar, params }: WriteCall, event: StoredEvent): void {
  const wish = params.text('sendUpdates') ?? (params.flag('sendNotifications') ? 'all' : 'none');
  const to = listAt(event.content, 'attendees')
    .filter(isObject)
    .flatMap((row) => textAt(row, 'email') ?? [])
    .filter((email) => !isSelf(email, calendar));
  if (wish !== 'none' && to.length > 0) world.mails.push({ calendarId: calendar.id, eventId: event.id, to });
}

const writing = ({ calendar, body, params, note }: WriteCall): Writing => ({
  ...{ calendar, body, note },
  conferenceVersion: params.number('conferenceDataVersion') ?? 0,
});

function birth({ world, account, calendar }: WriteCall, id: string, uid: string | undefined): Omit<Ground, 'before'> {
  const creator = { email: account.email };
  const organizer = calendar.isPrimary ? { email: calendar.id } : { email: calendar.id, displayName: calendar.name };
  const created = Math.floor(world.clock.now() / 1000) * 1000;
  return { id, uid: uid ?? `${id}@google.com`, created, creator, organizer, of: null, eventType: 'default' };
}

function creatableType({ body, calendar }: WriteCall): string {
  const type = textAt(body, 'eventType') ?? 'default';
  if (type === 'fromGmail') throw breach('eventTypeRestriction', 'Events of type fromGmail cannot be created.');
  const special = ['outOfOffice', 'focusTime', 'workingLocation', 'birthday'];
  if (type !== 'default' && !special.includes(type)) throw breach('invalid', `Invalid value for: eventType ${type}`);
  if (type !== 'default' && !calendar.isPrimary) {
    throw breach('eventTypeRestriction', `Events of type ${type} live on primary calendars only.`);
  }
  return type;
}

function onlyReminders(before: StoredEvent, after: Draft): boolean {
  const rest = (event: Draft): string => {
    const { reminders: _reminders, ...others } = event.content;
    return JSON.stringify([event.start, event.end, event.recurrence, event.status, Object.entries(others).sort()]);
  };
  return (
    JSON.stringify(before.content.reminders) !== JSON.stringify(after.content.reminders) && rest(before) === rest(after)
  );
}

function withUid(calendar: Calendar, uid: string): StoredEvent | null {
  for (const event of calendar.events.values()) if (event.uid === uid && event.of === null) return event;
  return null;
}

/** Google's own ids: 26 characters of its alphabet. */
export const newId = (): string =>
  BigInt(`0x${randomUUID().replaceAll('-', '')}`)
    .toString(32)
    .padStart(26, '0');
