/** Subscriptions to a calendar: opened, renewed in place, ended, and what a request to our hook addresses means. */
import type { RemoteCalendar } from '../../src/domain/calendar.ts';
import type { ChannelDesk, ChannelGrant, Hint, HookMeaning, HookRequest } from '../../src/domain/connector.ts';
import { Fault } from '../../src/domain/fault.ts';
import { formatInstant, type Instant, parseInstant } from '../../src/domain/time.ts';
import { calendarFault } from './calendars.ts';
import { type GraphClient, seg } from './client.ts';
import type { Account } from './lists.ts';
import { Refused, wordsOf } from './refusals.ts';

/** Microsoft's longest for events is just under seven days; what is asked for stays a little below it. */
export const channelLifeMs = 10_070 * 60_000;

/** Microsoft echoes at most 128 characters of it; our channel's id travels in front of its secret. */
const stateOf = (id: string, secret: string): string => `${id} ${secret}`;

export function channelDesk({ client, clock }: Account): ChannelDesk {
  const end = (): Instant => (clock.now() + channelLifeMs) as Instant;
  return {
    async open(calendar, { id, secret, addresses }) {
      const body: Wish = {
        changeType: 'created,updated,deleted',
        notificationUrl: addresses.notify,
        lifecycleNotificationUrl: addresses.lifecycle,
        resource: `${decoded(client.base)}/calendars/${calendar.remoteId}/events`,
        expirationDateTime: formatInstant(end()),
        clientState: stateOf(id, secret),
      };
      try {
        return await subscribeAlone(client, body, end());
      } catch (error) {
        throw error instanceof Refused ? await openFault(client, calendar, error) : error;
      }
    },
    async renew({ remoteId }) {
      const path = `/subscriptions/${seg(remoteId)}`;
      const body = { expirationDateTime: formatInstant(end()) };
      try {
        return grantOf(await client.call({ doing: 'a longer subscription', method: 'PATCH', path, body }), end());
      } catch (error) {
        if (error instanceof Refused && [404, 410].includes(error.refusal.status)) return null;
        throw error;
      }
    },
    close: ({ remoteId }) => unsubscribe(client, remoteId),
  };
}

interface Wish {
  readonly changeType: string;
  readonly notificationUrl: string;
  readonly lifecycleNotificationUrl: string;
  readonly resource: string;
  readonly expirationDateTime: string;
  readonly clientState: string;
}

/** Graph keeps one of an app for each calendar. One that we lost the track of has a secret that nobody knows: it is ended. */
async function subscribeAlone(client: GraphClient, body: Wish, asked: Instant): Promise<ChannelGrant> {
  try {
    return await subscribe(client, body, asked);
  } catch (error) {
    if (!(error instanceof Refused) || error.refusal.status !== 409) throw error;
  }
  await endOthers(client, body.resource);
  return subscribe(client, body, asked);
}

async function subscribe(client: GraphClient, body: Wish, asked: Instant): Promise<ChannelGrant> {
  const data = await client.call({ doing: 'a subscription', method: 'POST', path: '/subscriptions', body });
  // It was only made after both of our addresses had answered.
  return { ...grantOf(data, asked), isProven: true };
}

async function unsubscribe(client: GraphClient, remoteId: string): Promise<void> {
  try {
    await client.call({
      doing: 'the end of a subscription',
      method: 'DELETE',
      path: `/subscriptions/${seg(remoteId)}`,
    });
  } catch (error) {
    if (!(error instanceof Refused) || ![404, 410].includes(error.refusal.status)) throw error;
  }
}

const mostPages = 20;

/** Ends this gateway's other subscriptions to the same calendar. */
async function endOthers(client: GraphClient, resource: string): Promise<void> {
  const doing = 'the subscriptions';
  let link: string | null = null;
  for (let page = 0; page < mostPages; page += 1) {
    const data: unknown = await client.call(link === null ? { doing, path: '/subscriptions' } : { doing, link });
    const answer = isRecord(data) ? data : {};
    for (const entry of Array.isArray(answer.value) ? answer.value : []) {
      const isOurs = isRecord(entry) && sameResource(entry.resource, resource);
      if (isOurs && typeof entry.id === 'string') await unsubscribe(client, entry.id);
    }
    const next: unknown = answer['@odata.nextLink'];
    if (typeof next !== 'string' || next === link) return;
    link = next;
  }
}

/** With or without a slash in front; ids keep their case. */
const sameResource = (a: unknown, b: string): boolean =>
  typeof a === 'string' && decoded(a).replace(/^\//, '') === b.replace(/^\//, '');

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The end that Microsoft grants counts, not the one that was asked for. */
function grantOf(data: unknown, asked: Instant): ChannelGrant {
  const answer = isRecord(data) ? data : {};
  if (typeof answer.id !== 'string' || answer.id === '') {
    throw new Fault('transient', 'Microsoft named no subscription.');
  }
  const end = typeof answer.expirationDateTime === 'string' ? parseInstant(answer.expirationDateTime) : null;
  return { remoteId: answer.id, endsAt: end ?? asked };
}

/** A subscription that nobody gets is no fault of the calendar: it is polled then. */
async function openFault(client: GraphClient, calendar: RemoteCalendar, error: Refused): Promise<Fault> {
  const { status, code, text } = error.refusal;
  if (status === 404) return calendarFault(client, calendar, error);
  const why = /validation/i.test(`${code} ${text}`)
    ? 'Microsoft could not reach the address of this gateway, or got a wrong answer there'
    : wordsOf(error.refusal);
  return new Fault('invalid', `No push for this calendar: ${why}.`, { context: { status }, cause: error });
}

/** Longer than any that Microsoft sends; what is echoed comes from outside. */
const longestToken = 2048;
/** Notifications of one request; Microsoft puts a few together. */
const mostHints = 1000;

/**
 * Only that something happened counts: what the notifications tell of the event is read anew anyway. The validation comes
 * to both addresses while the subscription is still being made.
 */
export function readHook({ query, body }: HookRequest): HookMeaning {
  const token = query.validationToken;
  if (token !== undefined) {
    return token !== '' && token.length <= longestToken && !/\p{Cc}/u.test(token)
      ? { kind: 'handshake', echo: token }
      : { kind: 'nonsense', why: 'the validation token is none of Microsoft' };
  }
  const items = isRecord(body) && Array.isArray(body.value) ? body.value.slice(0, mostHints) : [];
  const hints = items.map(hintOf).filter((hint) => hint !== null);
  return hints.length > 0 ? { kind: 'hints', hints: distinct(hints) } : { kind: 'nonsense', why: 'no notification' };
}

const lifecycleKinds: Readonly<Record<string, Hint['kind']>> = {
  reauthorizationRequired: 'reauthorize',
  subscriptionRemoved: 'removed',
  missed: 'missed',
};

function hintOf(item: unknown): Hint | null {
  if (!isRecord(item) || typeof item.clientState !== 'string' || item.clientState.length > 128) return null;
  const [channelId = '', secret = ''] = item.clientState.split(' ');
  if (channelId === '' || secret === '') return null;
  const { lifecycleEvent } = item;
  if (lifecycleEvent === undefined || lifecycleEvent === null) return { kind: 'changed', channelId, secret };
  const kind = typeof lifecycleEvent === 'string' ? lifecycleKinds[lifecycleEvent] : undefined;
  return kind === undefined ? null : { kind, channelId, secret };
}

/** One edit is told several times, often in one request. */
function distinct(hints: readonly Hint[]): Hint[] {
  return [...new Map(hints.map((hint) => [`${hint.kind} ${hint.channelId} ${hint.secret}`, hint])).values()];
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
