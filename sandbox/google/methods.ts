/** The methods that are simulated: what each does once the request has been read and allowed. */
import type { JsonObject } from '../kit/json.ts';
import { textAt } from '../kit/json.ts';
import { calendarJson, entryJson, getSetting, listCalendars, listSettings } from './calendar-list.ts';
import { colors } from './colors.ts';
import type { Params } from './contract.ts';
import { queryFreeBusy } from './freebusy.ts';
import { listEvents, listInstances } from './list.ts';
import type { Account, Calendar, Role } from './model.ts';
import { atLeast } from './model.ts';
import { breach, refusal } from './refusal.ts';
import type { Sight } from './render.ts';
import { eventJson } from './render.ts';
import { findEvent } from './series.ts';
import { zoneNamed } from './times.ts';
import type { Watch } from './watch.ts';
import type { World } from './world.ts';
import { importEvent, insert, move, patch, quickAdd, remove, update, type WriteCall } from './write.ts';

export interface MethodCall {
  readonly world: World;
  readonly watch: Watch;
  readonly account: Account;
  /** Short names of the scopes that the token has. */
  readonly scopes: readonly string[];
  readonly params: Params;
  readonly body: JsonObject;
  readonly ifMatch: string | undefined;
  readonly origin: string;
  readonly pageCap: number | null;
  note(what: string): void;
}
/** Null: no content (204). */
export type Method = (call: MethodCall) => JsonObject | null;

export const methods: Readonly<Record<string, Method>> = {
  'calendarList.list': ({ world, account, params, pageCap }) => listCalendars(world, account, params, pageCap),
  'calendarList.get': ({ world, account, params }) => {
    const id = calendarIdOf(account, params);
    const entry = account.list.get(id);
    if (entry === undefined || entry.isDeleted) throw refusal('notFound');
    return entryJson(world, entry);
  },
  'calendarList.watch': (call) => {
    const { account, body, origin, watch } = call;
    const uri = `${origin}/calendar/v3/users/me/calendarList?alt=json`;
    return watch.open({ kind: 'list', target: account.email, account: account.email, uri, body });
  },
  'calendars.get': (call) => calendarJson(calendarOf(call, 'reader').calendar),
  'colors.get': () => colors,
  'settings.list': ({ account }) => listSettings(account),
  'settings.get': ({ account, params }) => getSetting(account, params.text('setting')!),
  'freebusy.query': ({ world, account, body }) => queryFreeBusy(world, account, body),
  'events.list': (call) => listEvents(listing(call)),
  'events.instances': (call) => listInstances(listing(call)),
  'events.get': (call) => {
    const sight = sightOf(call);
    const event = findEvent(sight.calendar, call.params.text('eventId')!);
    if (event === null) throw refusal('notFound');
    return eventJson(event, sight);
  },
  'events.insert': (call) => eventJson(insert(writing(call)), sightOf(call)),
  'events.import': (call) => eventJson(importEvent(writing(call)), sightOf(call)),
  'events.quickAdd': (call) => eventJson(quickAdd(writing(call)), sightOf(call)),
  'events.patch': (call) => eventJson(patch(writing(call)), sightOf(call)),
  'events.update': (call) => eventJson(update(writing(call)), sightOf(call)),
  'events.delete': (call) => {
    remove(writing(call));
    return null;
  },
  'events.move': (call) => {
    const write = writing(call);
    const target = calendarOf(call, 'writer', call.params.text('destination')!);
    return eventJson(move(write, target.calendar), { ...sightOf(call), ...target });
  },
  'events.watch': (call) => {
    const { account, body, origin, watch } = call;
    const { calendar } = calendarOf(call, 'freeBusyReader');
    if (!calendar.isWatchable) throw refusal('pushNotSupportedForRequestedResource');
    const uri = `${origin}/calendar/v3/calendars/${encodeURIComponent(calendar.id)}/events?alt=json`;
    return watch.open({ kind: 'events', target: calendar.id, account: account.email, uri, body });
  },
  'channels.stop': ({ account, body, watch }) => {
    if (textAt(body, 'id') === undefined) throw breach('required', 'Missing id.');
    watch.stop(account.email, body);
    return null;
  },
};

function calendarIdOf(account: Account, params: Params, wished = params.text('calendarId')!): string {
  return wished === 'primary' ? account.email : wished;
}

/** @throws Refusal when the account does not see the calendar, or may not do this with it */
function calendarOf(
  { world, account, params, scopes }: MethodCall,
  least: Role,
  wished?: string,
): { readonly calendar: Calendar; readonly role: Role } {
  const entry = account.list.get(calendarIdOf(account, params, wished));
  const calendar = entry === undefined || entry.isDeleted ? undefined : world.calendars.get(entry.calendarId);
  if (entry === undefined || calendar === undefined) throw refusal('notFound');
  if (!atLeast(entry.role, least)) throw least === 'writer' ? refusal('requiredAccessLevel') : refusal('forbidden');
  const ownedOnly = scopes.length > 0 && scopes.every((scope) => scope.includes('.owned'));
  if (ownedOnly && entry.role !== 'owner') throw refusal('forbidden');
  return { calendar, role: entry.role };
}

function sightOf(call: MethodCall): Sight {
  const { calendar, role } = calendarOf(call, 'freeBusyReader');
  const { params, origin, scopes } = call;
  const wished = params.text('timeZone');
  const zone = wished === undefined ? calendar.zone : zoneNamed(wished);
  if (zone === null) throw breach('invalid', `Invalid value '${wished}' for timeZone.`);
  const busyOnly = scopes.length > 0 && scopes.every((scope) => scope === 'calendar.events.freebusy');
  return { calendar, role, busyOnly, zone, origin, maxAttendees: params.number('maxAttendees') };
}

function listing(call: MethodCall) {
  const sight = sightOf(call);
  const { params, pageCap, world } = call;
  return { calendar: sight.calendar, params, sight, pageCap, now: world.clock.now() };
}

function writing(call: MethodCall): WriteCall {
  const { world, account, params, body, ifMatch, note } = call;
  return { ...{ world, account, params, body, ifMatch, note }, calendar: calendarOf(call, 'writer').calendar };
}
