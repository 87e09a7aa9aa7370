/** Writes events as Google answers them: defaults left out, cancelled exceptions as sparse as they come. */
import type { Zone } from '../../src/domain/time.ts';
import type { Json, JsonObject } from '../kit/json.ts';
import { compact, isObject, listAt, textAt } from '../kit/json.ts';
import type { Calendar, Person, Role, StoredEvent } from './model.ts';
import { atLeast } from './model.ts';
import { momentJson } from './times.ts';

export interface Sight {
  readonly calendar: Calendar;
  readonly role: Role;
  /** Whether the token lets see no more than free and busy. */
  readonly busyOnly: boolean;
  /** The zone that times are written in. */
  readonly zone: Zone;
  readonly maxAttendees: number | undefined;
  /** Origin of the simulator, for links. */
  readonly origin: string;
}

export function eventJson(event: StoredEvent, sight: Sight): JsonObject {
  const { calendar } = sight;
  const head = { kind: 'calendar#event', etag: event.etag, id: event.id, status: event.status };
  const series =
    event.of === null
      ? {}
      : { recurringEventId: event.of.master, originalStartTime: momentJson(event.of.original, sight.zone) };
  const times = { start: momentJson(event.start, sight.zone), end: momentJson(event.end, sight.zone) };
  const common = { ...times, ...series, iCalUID: event.uid, sequence: event.sequence, eventType: event.eventType };
  const dates = { created: stamp(event.created), updated: stamp(event.updated) };
  if (isVeiled(event, sight)) {
    const transparency = event.content.transparency === 'transparent' ? 'transparent' : undefined;
    return compact({ ...head, ...dates, ...common, visibility: 'private', transparency, recurrence: linesOf(event) });
  }
  return compact({
    ...head,
    htmlLink: `${sight.origin}/calendar/event?eid=${Buffer.from(`${event.id} ${calendar.id}`).toString('base64url')}`,
    ...dates,
    ...contentOf(event, sight),
    creator: personJson(event.creator, calendar),
    organizer: personJson(event.organizer, calendar),
    ...common,
    recurrence: linesOf(event),
  });
}

/** What a list says of a deleted event: nothing but its id is certain, for an exception also its place in the series. */
export function tombstoneJson(event: StoredEvent, sight: Sight): JsonObject {
  const head = { kind: 'calendar#event', etag: event.etag, id: event.id, status: 'cancelled' };
  if (event.of === null) return head;
  return {
    ...head,
    recurringEventId: event.of.master,
    originalStartTime: momentJson(event.of.original, sight.zone),
  };
}

export const listedJson = (event: StoredEvent, sight: Sight): JsonObject =>
  event.status === 'cancelled' ? tombstoneJson(event, sight) : eventJson(event, sight);

function isVeiled(event: StoredEvent, { role, busyOnly }: Sight): boolean {
  if (busyOnly || !atLeast(role, 'reader')) return true;
  const isPrivate = event.content.visibility === 'private' || event.content.visibility === 'confidential';
  return isPrivate && !atLeast(role, 'writer');
}

const stamp = (at: number): string => new Date(at).toISOString();
const linesOf = (event: StoredEvent): readonly string[] | undefined =>
  event.recurrence === null || event.recurrence.length === 0 ? undefined : event.recurrence;

const personJson = (person: Person, calendar: Calendar): JsonObject =>
  compact({ email: person.email, displayName: person.displayName, self: isSelf(person.email, calendar) || undefined });

/** Whether an address is the one that a calendar belongs to. */
export const isSelf = (email: string | undefined, calendar: Calendar): boolean =>
  email !== undefined && email.toLowerCase() === calendar.id.toLowerCase();

/** Members that are told only when they differ from these. */
const silentDefaults: Readonly<Record<string, Json>> = {
  transparency: 'opaque',
  visibility: 'default',
  guestsCanModify: false,
  guestsCanInviteOthers: true,
  guestsCanSeeOtherGuests: true,
  anyoneCanAddSelf: false,
  privateCopy: false,
  locked: false,
  attendeesOmitted: false,
  endTimeUnspecified: false,
};

function contentOf(event: StoredEvent, sight: Sight): JsonObject {
  const content: Record<string, Json | undefined> = {};
  for (const name of Object.keys(event.content)) {
    const value = event.content[name];
    if (value !== null && value !== '' && value !== silentDefaults[name]) content[name] = value;
  }
  content.reminders ??= { useDefault: true };
  const attendees = listAt(event.content, 'attendees').filter(isObject);
  delete content.attendees;
  if (attendees.length === 0) return content;
  const rows = attendees.map((row) => attendeeJson(row, event, sight.calendar));
  const most = sight.maxAttendees ?? rows.length;
  if (rows.length <= most) return { ...content, attendees: rows };
  return { ...content, attendees: rows.filter((row) => row.self === true).slice(0, most), attendeesOmitted: true };
}

function attendeeJson(row: JsonObject, event: StoredEvent, calendar: Calendar): JsonObject {
  const email = textAt(row, 'email');
  return compact({
    ...row,
    responseStatus: row.responseStatus ?? 'needsAction',
    self: isSelf(email, calendar) || undefined,
    organizer: (email !== undefined && email === event.organizer.email) || undefined,
  });
}
