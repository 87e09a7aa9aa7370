/** The operations that are simulated: what each does once the request has been read and allowed. */
import type { JsonObject } from '../kit/json.ts';
import { listAt, textAt } from '../kit/json.ts';
import type { Query } from './contract.ts';
import type { DeltaDesk } from './delta.ts';
import type { Access } from './grants.ts';
import { idOf, keyOf } from './ids.ts';
import { type Listing, listEvents, listInstances, listView, pageOf } from './lists.ts';
import type { Calendar, Listed, Mailbox } from './model.ts';
import { expansionOf, propertiesJson, selected } from './options.ts';
import { accessDenied, breach, itemNotFound, Refusal } from './refusal.ts';
import { calendarJson, eventJson, type Sight, settingsJson, userJson, type Wishes } from './render.ts';
import { querySchedule } from './schedule.ts';
import { isMaster } from './series.ts';
import type { Subscriber, Subscriptions } from './subscriptions.ts';
import type { Found, World } from './world.ts';
import { create, patch, remove, type WriteCall } from './write.ts';

export interface MethodCall {
  readonly world: World;
  readonly delta: DeltaDesk;
  readonly subscriptions: Subscriptions;
  readonly access: Access;
  readonly mailbox: Mailbox;
  readonly inPath: Readonly<Record<string, string>>;
  readonly query: Query;
  readonly body: JsonObject;
  readonly wishes: Wishes;
  readonly ifMatch: string | undefined;
  /** The request's own address. */
  readonly address: URL;
  readonly pageCap: number | null;
  readonly repeats: WriteCall['repeats'];
  note(what: string): void;
}
/** Null: no content (204); a number: this status without content. */
export type Result = JsonObject | null | number;
export type Method = (call: MethodCall) => Result | Promise<Result>;

export const methods: Readonly<Record<string, Method>> = {
  'me.get': ({ mailbox, query }) => selected(userJson(mailbox), query),
  'mailboxSettings.get': ({ mailbox }) => settingsJson(mailbox),
  'calendars.list': (call) => {
    const rows = [...call.mailbox.calendars.values()].flatMap((listed) => {
      const calendar = call.world.calendars.get(listed.calendarId);
      return calendar === undefined ? [] : [selected(calendarJson(calendar, listed, call.mailbox), call.query)];
    });
    return pageOf(rows, listing(call), null, `${call.address.origin}/v1.0/$metadata#calendars`);
  },
  'calendars.get': (call) => {
    const { calendar, listed } = calendarOf(call);
    return selected(calendarJson(calendar, listed, call.mailbox), call.query);
  },
  'calendars.create': ({ world, mailbox, body }) => {
    const calendar = world.addCalendar({ owner: mailbox.email, name: textAt(body, 'name') ?? '' });
    return calendarJson(calendar, mailbox.calendars.get(calendar.id)!, mailbox);
  },
  'calendar.getSchedule': ({ world, mailbox, body }) => querySchedule(world, mailbox, body),
  'events.list': (call) => listEvents(sightOf(call), listing(call)),
  'calendarView.list': (call) => listView(sightOf(call), listing(call)),
  'calendarView.delta': (call) => {
    const { calendar, listed } = calendarOf(call);
    return call.delta.page({ calendar, listed, wishes: call.wishes }, call.query, call.address, call.pageCap);
  },
  'events.instances': (call) => {
    const found = eventOf(call);
    return listInstances(found.item, { ...found, wishes: call.wishes }, listing(call));
  },
  'events.get': (call) => {
    const found = eventOf(call);
    return selected(detailed(found, call), call.query);
  },
  'events.calendar.list': (call) => {
    const { calendar, listed } = eventOf(call);
    return selected(calendarJson(calendar, listed, call.mailbox), call.query);
  },
  'events.create': (call) => {
    const place = calendarOf(call);
    checkWritable(call, place.listed, place.calendar);
    const item = create(writing(call, place.calendar));
    // What was written into extended properties is not echoed.
    return eventJson(item, { ...place, wishes: call.wishes });
  },
  'events.update': (call) => {
    const found = eventOf(call);
    checkWritable(call, found.listed, found.calendar);
    const item = patch(writing(call, found.calendar), found.item);
    return eventJson(item, { ...found, wishes: call.wishes });
  },
  'events.delete': (call) => {
    const found = eventOf(call);
    checkWritable(call, found.listed, found.calendar);
    remove(writing(call, found.calendar), found.item);
    return null;
  },
  'events.permanentDelete': (call) => methods['events.delete']!(call),
  'events.cancel': (call) => {
    const found = eventOf(call);
    if (!found.item.isOrganizer || listAt(found.item.content, 'attendees').length === 0) {
      throw breach(
        'ErrorInvalidRequest',
        "Your request can't be completed. You need to be an organizer to cancel a meeting.",
      );
    }
    remove(writing(call, found.calendar), found.item);
    return 202;
  },
  translateExchangeIds: ({ body, mailbox, world }) => ({
    value: listAt(body, 'inputIds').map((id) => {
      const found = world.find(mailbox, String(id));
      const isImmutable = /immutable/i.test(textAt(body, 'targetIdType') ?? '');
      const targetId = found === null ? null : idOf(found.calendar.id, keyOf(String(id))!.key, isImmutable);
      return { sourceId: String(id), targetId };
    }),
  }),
  'subscriptions.create': (call) => call.subscriptions.create(subscriber(call), call.body),
  'subscriptions.list': (call) => ({ value: call.subscriptions.list(subscriber(call)) }),
  'subscriptions.get': (call) => call.subscriptions.get(subscriber(call), call.inPath.subscription!),
  'subscriptions.update': (call) => call.subscriptions.renew(subscriber(call), call.inPath.subscription!, call.body),
  'subscriptions.reauthorize': (call) => {
    call.subscriptions.reauthorize(subscriber(call), call.inPath.subscription!);
    return null;
  },
  'subscriptions.delete': (call) => {
    call.subscriptions.remove(subscriber(call), call.inPath.subscription!);
    return null;
  },
};

/** An application's subscriptions belong to the mailbox that their resource names. */
function subscriber({ world, mailbox, access, wishes, body, inPath, subscriptions }: MethodCall): Subscriber {
  const isApp = access.email === null;
  const named = /^\/?users\/([^/]+)\//.exec(textAt(body, 'resource') ?? '')?.[1];
  const known = subscriptions.living().find(({ id }) => id === inPath.subscription)?.mailbox;
  const email = named === undefined ? known : decodeURIComponent(named);
  const meant = isApp && email !== undefined ? world.mailboxes.get(email.toLowerCase()) : undefined;
  return { mailbox: meant ?? mailbox, appId: access.clientId, isApp, isImmutable: wishes.isImmutable };
}

const listing = ({ query, address, pageCap }: MethodCall): Listing => ({ query, address, pageCap });

/** The calendar of the path, or the default one. @throws Refusal when the mailbox does not have it */
function calendarOf(call: MethodCall): { readonly calendar: Calendar; readonly listed: Listed } {
  const { world, mailbox, inPath } = call;
  const listed =
    inPath.calendar === undefined
      ? [...mailbox.calendars.values()].find(({ isDefault }) => isDefault)
      : mailbox.calendars.get(inPath.calendar);
  const calendar = listed === undefined ? undefined : world.calendars.get(listed.calendarId);
  if (listed === undefined || calendar === undefined) throw itemNotFound();
  checkShared(call, calendar);
  return { calendar, listed };
}

const sightOf = (call: MethodCall): Sight => ({ ...calendarOf(call), wishes: call.wishes });

/** Calendars of others need permissions of their own. */
function checkShared({ access, mailbox }: MethodCall, calendar: Calendar): void {
  const isForeign = access.email !== null && calendar.owner !== mailbox.email;
  if (isForeign && !access.scopes.some((scope) => scope.endsWith('.Shared'))) throw accessDenied();
}

function eventOf(call: MethodCall): Found {
  const { world, mailbox, inPath } = call;
  const id = inPath.event!;
  if (keyOf(id) === null)
    throw new Refusal(400, 'ErrorInvalidIdMalformed', 'Id is malformed.', {
      violation: `the id ${id} is none of Graph's`,
    });
  const found = world.find(mailbox, id, inPath.calendar);
  if (found === null) throw itemNotFound();
  checkShared(call, found.calendar);
  return found;
}

function detailed(found: Found, call: MethodCall): JsonObject {
  const sight = { ...found, wishes: call.wishes };
  const { calendar, item } = found;
  const expansion = expansionOf(call.query);
  const shown = { ...eventJson(item, sight), ...propertiesJson(item, expansion.properties) };
  if (!isMaster(item)) return shown;
  const id = idOf(calendar.id, item.key, call.wishes.isImmutable);
  // Both come only when they are asked for by name.
  const cancelled = /\bcancelledOccurrences\b/.test(call.query.text('$select') ?? '')
    ? { cancelledOccurrences: item.series.cancelled.map((day) => `OID.${id}.${day}`) }
    : {};
  if (!expansion.exceptions) return { ...shown, ...cancelled };
  const keys = [...(calendar.exceptions.get(item.key) ?? [])];
  const exceptions = keys.flatMap((key) => calendar.items.get(key) ?? []).map((one) => eventJson(one, sight));
  return { ...shown, ...cancelled, exceptionOccurrences: exceptions };
}

function checkWritable({ access }: MethodCall, listed: Listed, calendar: Calendar): void {
  const isAllowed = access.scopes.some((scope) => scope.startsWith('Calendars.ReadWrite'));
  if (!listed.canEdit || !isAllowed) throw accessDenied();
  const isForeign = access.email !== null && calendar.owner.toLowerCase() !== access.email.toLowerCase();
  if (isForeign && !access.scopes.includes('Calendars.ReadWrite.Shared')) throw accessDenied();
}

function writing(call: MethodCall, calendar: Calendar): WriteCall {
  const { world, mailbox, body, ifMatch, repeats, note } = call;
  return { ...{ world, mailbox, body, ifMatch, repeats, note }, calendar };
}
