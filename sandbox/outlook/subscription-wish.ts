/** What somebody who wants a subscription asks for, read as strictly as Graph reads it. */
import type { JsonObject } from '../kit/json.ts';
import { textAt } from '../kit/json.ts';
import { breach, itemNotFound, Refusal } from './refusal.ts';
import type { Subscriber, Subscription } from './subscriptions.ts';
import type { World } from './world.ts';

type Wish = Omit<Subscription, 'id' | 'endsAt' | 'isPaused'>;

/** @throws Refusal for what Graph would not take */
export function wishOf(world: World, by: Subscriber, body: JsonObject, httpsOnly: boolean): Wish {
  const resource = textAt(body, 'resource') ?? '';
  const changeTypes = (textAt(body, 'changeType') ?? '')
    .split(',')
    .map((name) => name.trim())
    .sort();
  const known = ['created', 'deleted', 'updated'];
  if (changeTypes.length === 0 || !changeTypes.every((name) => known.includes(name))) {
    throw breach('InvalidRequest', 'changeType must be a list of created, updated and deleted.');
  }
  const clientState = textAt(body, 'clientState') ?? null;
  if (clientState !== null && clientState.length > 128)
    throw breach('InvalidRequest', 'clientState has at most 128 characters.');
  if (body.includeResourceData === true) throw new Refusal(501, 'NotImplemented', 'Resource data are not simulated.');
  const notificationUrl = addressOf(body, 'notificationUrl', httpsOnly);
  if (notificationUrl === null) throw breach('InvalidRequest', 'notificationUrl is required.');
  return {
    ...{ resource, calendarId: calendarOf(world, by, resource), mailbox: by.mailbox.email, changeTypes, clientState },
    ...{ notificationUrl, lifecycleUrl: addressOf(body, 'lifecycleNotificationUrl', httpsOnly) },
    ...{ applicationId: by.appId, isImmutable: by.isImmutable },
  };
}

function addressOf(body: JsonObject, name: string, httpsOnly: boolean): string | null {
  const text = textAt(body, name);
  if (text === undefined) return null;
  const protocol = URL.canParse(text) ? new URL(text).protocol : '';
  if (protocol === 'https:' || (protocol === 'http:' && !httpsOnly)) return text;
  throw breach('InvalidRequest', `${name} must be an https address.`);
}

/** Null: the mailbox's events as a whole. */
function calendarOf(world: World, by: Subscriber, resource: string): string | null {
  const [, who, rest] = /^\/?(me|users\/[^/]+)\/(.+)$/.exec(resource) ?? [];
  const { mailbox } = by;
  const named = who === undefined || who === 'me' ? null : decodeURIComponent(who.slice('users/'.length)).toLowerCase();
  const isHis = named === null || named === mailbox.email.toLowerCase() || named === mailbox.userId;
  if (who === undefined || rest === undefined || !isHis)
    throw breach('InvalidRequest', `The resource '${resource}' is not supported.`);
  if (rest === 'events') return null;
  const given = /^calendars\/([^/]+)\/events$/.exec(rest)?.[1];
  const id = given === undefined ? undefined : decodeURIComponent(given);
  const listed = id === undefined ? undefined : mailbox.calendars.get(id);
  if (rest === 'calendar/events') return [...mailbox.calendars.values()].find(({ isDefault }) => isDefault)!.calendarId;
  if (id === undefined) throw breach('InvalidRequest', `The resource '${resource}' is not supported.`);
  if (listed === undefined) throw itemNotFound();
  // Delegated access never reaches notifications on what others shared.
  if (world.calendars.get(id)?.owner !== mailbox.email) {
    throw new Refusal(
      403,
      'ExtensionError',
      'Operation: Create; Exception: [Status Code: Forbidden; Reason: Access is denied.]',
    );
  }
  return id;
}
