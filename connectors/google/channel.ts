/** Push channels: `events.watch`, `channels.stop`, and what a request to our hook address means. */
import type { RemoteCalendar } from '../../src/domain/calendar.ts';
import type { ChannelDesk, HookMeaning, HookRequest } from '../../src/domain/connector.ts';
import { Fault } from '../../src/domain/fault.ts';
import type { Instant } from '../../src/domain/time.ts';
import { calendarFault } from './calendars.ts';
import type { Account } from './lists.ts';
import { Refused, wordsOf } from './refusals.ts';

/** What is asked for, and the most that is known to be granted. */
export const channelLifeMs = 7 * 86_400_000;

export function channelDesk(account: Account): ChannelDesk {
  const { client, clock } = account;
  return {
    async open(calendar, { id, secret, addresses }) {
      const params = { ttl: String(channelLifeMs / 1000) };
      const requestBody = { id, type: 'web_hook', address: addresses.notify, token: secret, params };
      const asked = { calendarId: calendar.remoteId, requestBody };
      try {
        const data = await client.call('a push channel', (o) => client.api.events.watch(asked, o));
        return grantOf(data, (clock.now() + channelLifeMs) as Instant);
      } catch (error) {
        if (error instanceof Refused) throw await watchFault(account, calendar, error);
        throw error;
      }
    },
    async close({ id, remoteId }) {
      try {
        await client.call('the end of a channel', (o) =>
          client.api.channels.stop({ requestBody: { id, resourceId: remoteId } }, o),
        );
      } catch (error) {
        if (!(error instanceof Refused) || ![404, 410].includes(error.refusal.status)) throw error;
      }
    },
  };
}

/** `resourceId` is needed to stop the channel, and no call tells it again; the end comes as text of milliseconds. */
function grantOf(data: unknown, assumedEnd: Instant): { remoteId: string; endsAt: Instant } {
  const answer: Readonly<Record<string, unknown>> = typeof data === 'object' && data !== null ? { ...data } : {};
  const { resourceId, expiration } = answer;
  if (typeof resourceId !== 'string' || resourceId === '') throw new Fault('transient', 'Google named no channel.');
  const end = Number(expiration);
  return { remoteId: resourceId, endsAt: Number.isSafeInteger(end) && end > 0 ? (end as Instant) : assumedEnd };
}

const reasons: Readonly<Record<string, string>> = {
  pushNotSupportedForRequestedResource: 'Google does not push for this calendar (holidays and other feeds)',
  'push.webhookUrlNotHttps': 'Google pushes to https addresses only',
  webhookUrlNotHttps: 'Google pushes to https addresses only',
  'push.webhookUrlUnauthorized': 'Google does not accept the address of this gateway',
  webhookUrlUnauthorized: 'Google does not accept the address of this gateway',
};

/** A channel that nobody gets is no fault of the calendar: it is polled then. */
async function watchFault(account: Account, calendar: RemoteCalendar, error: Refused): Promise<Fault> {
  const { refusal } = error;
  if (refusal.status === 404) return calendarFault(account.client, calendar, error);
  const why = reasons[refusal.reason] ?? wordsOf(refusal);
  return new Fault('invalid', `No push for this calendar: ${why}.`, {
    context: { status: refusal.status },
    cause: error,
  });
}

/** The body is empty and message numbers have gaps: only that something happened counts, and in which channel. */
export function readHook({ headers }: HookRequest): HookMeaning {
  const channelId = headers['x-goog-channel-id'] ?? '';
  const state = headers['x-goog-resource-state'] ?? '';
  if (channelId === '') return { kind: 'nonsense', why: 'there is no X-Goog-Channel-ID' };
  const hint = { channelId, secret: headers['x-goog-channel-token'] ?? '' };
  if (state === 'sync') return { kind: 'hints', hints: [{ kind: 'opened', ...hint }] };
  // `not_exists`: the calendar itself is gone, which the visit finds out.
  if (state === 'exists' || state === 'not_exists') return { kind: 'hints', hints: [{ kind: 'changed', ...hint }] };
  return { kind: 'nonsense', why: 'X-Goog-Resource-State is none that Google has for calendars' };
}
