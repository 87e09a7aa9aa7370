/** `events.list` and `events.instances`: paging, sync tokens and what each of them shows. */
import type { Instant, Span } from '../../src/domain/time.ts';
import type { JsonObject } from '../kit/json.ts';
import { isObject, listAt, objectAt, textAt } from '../kit/json.ts';
import type { Params } from './contract.ts';
import type { Calendar, StoredEvent } from './model.ts';
import { breach, refusal } from './refusal.ts';
import type { Sight } from './render.ts';
import { eventJson, listedJson, tombstoneJson } from './render.ts';
import { extentOfSeries, findEvent, instanceId, instancesOf, slotAt, touches, virtualInstance } from './series.ts';
import { instantOf, isDay } from './times.ts';
import { askedFor, numberAt, seal, unseal } from './tokens.ts';

const forbiddenWithToken = [
  ...['iCalUID', 'orderBy', 'privateExtendedProperty', 'q', 'sharedExtendedProperty'],
  ...['timeMin', 'timeMax', 'updatedMin'],
];
/** With one of these a list gives no sync token. */
const noTokenWith = forbiddenWithToken.filter((name) => name !== 'timeMin' && name !== 'timeMax');
/** What has to stay the same from the first list on. */
const lasting = [
  'singleEvents',
  'eventTypes',
  'showHiddenInvitations',
  'alwaysIncludeEmail',
  'maxAttendees',
  'timeZone',
];
const everyAnswer = [...forbiddenWithToken, ...lasting, 'syncToken', 'showDeleted'];
const forever: Span = { start: -8.64e15 as Instant, end: 8.64e15 as Instant };
const monthMs = 30 * 86_400_000;

export interface ListCall {
  readonly calendar: Calendar;
  readonly params: Params;
  readonly sight: Sight;
  readonly now: number;
  /** Upper limit of a page whatever the client wishes; null: none. */
  readonly pageCap: number | null;
}
interface Row {
  readonly event: StoredEvent;
  /** Place in the list; grows. */
  readonly at: number;
}

export function listEvents(call: ListCall): JsonObject {
  const { calendar, params } = call;
  const question = askedFor(params, everyAnswer);
  const page = params.has('pageToken') ? pageOf(params.text('pageToken')!, calendar, question) : null;
  const since = params.has('syncToken') ? sinceOf(call) : null;
  const from = page === null ? calendar.revision : numberAt(page, 'from');
  const size = Math.min(pageSize(params, 250), call.pageCap ?? Number.POSITIVE_INFINITY);
  const window = windowOf(params);
  const rows = params.flag('singleEvents') ? singles(call, since, window) : masters(call, since, window);
  const open = page === null ? rows : rows.filter((row) => row.at > numberAt(page, 'after'));
  const items = open.slice(0, size);
  const isLast = open.length <= size;
  const after = items.at(-1)?.at ?? 0;
  const tail = isLast
    ? tokenTail(call, from, since)
    : { nextPageToken: seal({ kind: 'page', calendar: calendar.id, question, from, after }) };
  return { ...headOf(call, rows), ...tail, items: items.map((row) => listedJson(row.event, call.sight)) };
}

function tokenTail({ calendar, params }: ListCall, from: number, since: JsonObject | null): JsonObject {
  if (noTokenWith.some((name) => params.has(name))) return {};
  // Instances of a delta are those of the window of the first list.
  const bounds =
    since === null ? { timeMin: params.text('timeMin'), timeMax: params.text('timeMax') } : objectAt(since, 'bounds');
  const place = { calendar: calendar.id, revision: from, epoch: calendar.epoch };
  return { nextSyncToken: seal({ kind: 'sync', ...place, question: askedFor(params, lasting), bounds }) };
}

function headOf({ calendar, sight }: ListCall, rows: readonly Row[]): JsonObject {
  const updated = rows.reduce((latest, { event }) => Math.max(latest, event.updated), 0);
  return {
    kind: 'calendar#events',
    etag: `"p${calendar.revision}"`,
    summary: calendar.name,
    description: '',
    updated: new Date(updated).toISOString(),
    timeZone: sight.zone,
    accessRole: sight.role,
    defaultReminders: sight.role === 'owner' ? [{ method: 'popup', minutes: 10 }] : [],
  };
}

function pageSize(params: Params, standard: number): number {
  const wished = params.number('maxResults') ?? standard;
  if (wished <= 2500) return wished;
  throw breach('invalidParameter', `Invalid value '${wished}' for maxResults: at most 2500.`);
}

function pageOf(token: string, calendar: Calendar, question: string): JsonObject {
  const page = unseal(token, 'page');
  if (page.calendar === calendar.id && page.question === question) return page;
  throw breach('invalid', 'A page token goes with exactly the request that it came from.');
}

/** @throws Refusal for a token that is too old, another calendar's, or comes with parameters that exclude it */
function sinceOf({ calendar, params }: ListCall): JsonObject {
  const clash = forbiddenWithToken.find((name) => params.has(name));
  if (clash !== undefined) throw breach('badRequest', `Sync token cannot be used with ${clash}.`);
  if (params.has('showDeleted') && !params.flag('showDeleted')) {
    throw breach('badRequest', 'Sync token cannot be used with showDeleted=false.');
  }
  const token = unseal(params.text('syncToken')!, 'sync');
  if (token.calendar !== calendar.id) throw breach('invalid', 'The sync token is of another calendar.');
  const place = { location: { type: 'parameter', name: 'syncToken' } } as const;
  if (numberAt(token, 'epoch') < calendar.epoch) throw refusal('fullSyncRequired', place);
  if (token.question !== askedFor(params, lasting)) {
    throw breach('badRequest', 'With a sync token all parameters must be those of the first list.', place);
  }
  return token;
}

function windowOf(params: Params): Span {
  const at = (name: string, otherwise: Instant): Instant => {
    const text = params.text(name);
    // Milliseconds are accepted and ignored.
    return text === undefined ? otherwise : ((Math.floor(Date.parse(text) / 1000) * 1000) as Instant);
  };
  const window = { start: at('timeMin', forever.start), end: at('timeMax', forever.end) };
  if (window.end <= window.start) throw refusal('timeRangeEmpty', { violation: 'timeMax is not after timeMin' });
  return window;
}

/** Masters, single events and exceptions, the one changed longest ago first. */
function masters(call: ListCall, since: JsonObject | null, window: Span): Row[] {
  const { calendar, params } = call;
  const floor = updatedFloor(call);
  const rows: Row[] = [];
  for (const event of calendar.events.values()) {
    if (since !== null && event.changedAt <= numberAt(since, 'revision')) continue;
    if (event.updated < floor || !passes(event, params)) continue;
    const isShown =
      event.status !== 'cancelled' || event.of !== null || since !== null || floor > 0 || params.flag('showDeleted');
    if (isShown && (since !== null || inWindow(calendar, event, window))) rows.push({ event, at: event.changedAt });
  }
  return rows;
}

function inWindow(calendar: Calendar, event: StoredEvent, window: Span): boolean {
  if (window.start === forever.start && window.end === forever.end) return true;
  if (event.recurrence !== null) {
    const { start, end } = extentOfSeries(calendar, event);
    return start < window.end && (end === null || end > window.start);
  }
  if (touches(calendar, event, window)) return true;
  const original = event.of === null ? null : instantOf(event.of.original, calendar.zone);
  return original !== null && original >= window.start && original < window.end;
}

/** Every occurrence by itself; places are counted, so that pages of an unchanged calendar fit together. */
function singles(call: ListCall, since: JsonObject | null, window: Span): Row[] {
  const { calendar, params } = call;
  if (params.text('orderBy') === 'startTime' || since === null) {
    const found = occurrences(call, null, window);
    if (params.text('orderBy') === 'startTime') {
      found.sort((a, b) => instantOf(a.start, calendar.zone) - instantOf(b.start, calendar.zone));
    }
    return found.map((event, at) => ({ event, at: at + 1 }));
  }
  const bounds = objectAt(since, 'bounds');
  const text = (name: string, otherwise: Instant): Instant => {
    const value = textAt(bounds, name);
    return value === undefined ? otherwise : (Date.parse(value) as Instant);
  };
  const first = { start: text('timeMin', forever.start), end: text('timeMax', forever.end) };
  return occurrences(call, since, first).map((event, at) => ({ event, at: at + 1 }));
}

function occurrences(call: ListCall, since: JsonObject | null, window: Span): StoredEvent[] {
  const { calendar, params } = call;
  const floor = updatedFloor(call);
  const withDeleted = since !== null || floor > 0 || params.flag('showDeleted');
  const found = new Map<string, StoredEvent>();
  for (const event of calendar.events.values()) {
    if (since !== null && event.changedAt <= numberAt(since, 'revision')) continue;
    if (event.updated < floor || !passes(event, params)) continue;
    if (event.recurrence !== null) {
      // Of a deleted series only a stretch of occurrences is told as cancelled, never the master.
      const status = event.status;
      if (status === 'cancelled' && !withDeleted) continue;
      for (const one of instancesOf(calendar, event, bounded(window, call.now), withDeleted)) {
        found.set(one.id, status === 'cancelled' ? { ...one, status } : one);
      }
    } else if (event.status !== 'cancelled' || withDeleted) {
      if (since !== null || touches(calendar, event, window)) found.set(event.id, event);
    }
  }
  return [...found.values()];
}

/** An endless series is told for two years ahead at most. */
const bounded = (window: Span, now: number): Span => ({
  start: window.start,
  end: Math.min(window.end, now + 24 * monthMs) as Instant,
});

function updatedFloor({ params, now }: ListCall): number {
  const text = params.text('updatedMin');
  if (text === undefined) return 0;
  const floor = Date.parse(text);
  if (floor < now - monthMs) {
    throw refusal('updatedMinTooLongAgo', { location: { type: 'parameter', name: 'updatedMin' } });
  }
  return floor;
}

function passes(event: StoredEvent, params: Params): boolean {
  const types = params.all('eventTypes');
  if (types.length > 0 && !types.includes(event.eventType)) return false;
  if (params.has('iCalUID') && params.text('iCalUID') !== event.uid) return false;
  const properties = objectAt(event.content, 'extendedProperties');
  for (const side of ['private', 'shared']) {
    for (const wish of params.all(`${side}ExtendedProperty`)) {
      const [, key, value] = /^([^=]+)=(.*)$/s.exec(wish) ?? [];
      if (key === undefined)
        throw breach('invalid', `Invalid value '${wish}' for ${side}ExtendedProperty: name=value.`);
      if (textAt(objectAt(properties, side), key) !== value) return false;
    }
  }
  const words = params.text('q')?.toLowerCase();
  if (words === undefined) return true;
  const guests = listAt(event.content, 'attendees')
    .filter(isObject)
    .map((row) => row.email);
  const texts = [event.content.summary, event.content.description, event.content.location, ...guests];
  return texts.some((text) => typeof text === 'string' && text.toLowerCase().includes(words));
}

export function listInstances(call: ListCall): JsonObject {
  const { calendar, params } = call;
  const master = findEvent(calendar, params.text('eventId')!);
  if (master === null) throw refusal('notFound');
  if (master.status === 'cancelled' && !params.flag('showDeleted')) throw refusal('deleted');
  const question = askedFor(params, ['eventId', 'originalStart', 'showDeleted', 'timeMin', 'timeMax', 'timeZone']);
  const page = params.has('pageToken') ? pageOf(params.text('pageToken')!, calendar, question) : null;
  const size = Math.min(pageSize(params, 250), call.pageCap ?? Number.POSITIVE_INFINITY);
  const all = instancesAsked(call, master);
  const after = page === null ? 0 : numberAt(page, 'after');
  const items = all.slice(after, after + size);
  const isLast = after + size >= all.length;
  const next = { kind: 'page', calendar: calendar.id, question, after: after + size };
  const rows = all.map((event, at) => ({ event, at }));
  return {
    ...headOf(call, rows),
    ...(isLast ? {} : { nextPageToken: seal(next) }),
    items: items.map((event) =>
      event.status === 'cancelled' ? tombstoneJson(event, call.sight) : eventJson(event, call.sight),
    ),
  };
}

function instancesAsked(call: ListCall, master: StoredEvent): readonly StoredEvent[] {
  const { calendar, params } = call;
  if (master.recurrence === null) return [];
  const original = params.text('originalStart');
  if (original === undefined) {
    return instancesOf(calendar, master, bounded(windowOf(params), call.now), params.flag('showDeleted'));
  }
  const moment = isDay(master.start)
    ? { ...master.start, day: original as typeof master.start.day }
    : { ...master.start, at: Date.parse(original) as Instant };
  const stored = calendar.events.get(instanceId(master.id, moment));
  const slot = slotAt(calendar, master, moment);
  const found = stored ?? (slot === null ? null : virtualInstance(master, slot));
  return found === null || (found.status === 'cancelled' && !params.flag('showDeleted')) ? [] : [found];
}
