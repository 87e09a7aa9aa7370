/** Push channels: `*.watch`, `channels.stop`, and the messages that changes send to them. */
import { createHash } from 'node:crypto';
import type { Deliveries } from '../kit/deliveries.ts';
import type { Dice } from '../kit/dice.ts';
import type { JsonObject } from '../kit/json.ts';
import { compact, objectAt, textAt } from '../kit/json.ts';
import { breach, refusal } from './refusal.ts';
import type { World } from './world.ts';

export interface Channel {
  readonly id: string;
  readonly token: string | null;
  readonly address: string;
  readonly account: string;
  readonly kind: 'events' | 'list';
  /** Of the calendar, or the account whose list is watched. */
  readonly target: string;
  readonly resourceId: string;
  readonly resourceUri: string;
  readonly endsAt: number;
}

export interface Watch {
  open(o: { kind: Channel['kind']; target: string; account: string; uri: string; body: JsonObject }): JsonObject;
  stop(account: string, body: JsonObject): void;
  /** Those that still run. */
  channels(): readonly Channel[];
  /** Ends channels without telling anybody, as when an account lost its grant. @returns how many */
  silence(meant: (channel: Channel) => boolean): number;
  /** Whether plain http addresses are refused as Google does. */
  httpsOnly: boolean;
  clear(): void;
}

const defaultSeconds = 604_800;

export function watchDesk(deps: { world: World; deliveries: Deliveries; chance: Dice }): Watch {
  const { world, deliveries, chance } = deps;
  const { clock } = world;
  const channels = new Map<string, Channel & { messages: number }>();
  const usedIds = new Set<string>();

  function tell(channel: Channel & { messages: number }, state: 'sync' | 'exists'): void {
    // Numbers grow, but not by one: nobody may count on gaps.
    channel.messages += state === 'sync' || channel.messages === 0 ? 1 : 1 + Math.floor(chance.roll() * 3);
    deliveries.send({
      to: channel.address,
      about: `${state} ${channel.id}`,
      body: '',
      headers: {
        'x-goog-channel-id': channel.id,
        'x-goog-message-number': String(channel.messages),
        'x-goog-resource-id': channel.resourceId,
        'x-goog-resource-state': state,
        'x-goog-resource-uri': channel.resourceUri,
        'x-goog-channel-expiration': new Date(channel.endsAt).toUTCString(),
        ...(channel.token === null ? {} : { 'x-goog-channel-token': channel.token }),
      },
    });
  }

  function living(): (Channel & { messages: number })[] {
    for (const [id, { endsAt }] of channels) if (endsAt <= clock.now()) channels.delete(id);
    return [...channels.values()];
  }

  world.onChange((change) => {
    const target = change.kind === 'events' ? change.calendarId : change.email;
    for (const channel of living()) {
      if (channel.kind === change.kind && channel.target === target) tell(channel, 'exists');
    }
  });

  const watch: Watch = {
    httpsOnly: false,
    open({ kind, target, account, uri, body }) {
      const { id, address, token } = checked(body, watch.httpsOnly);
      if (usedIds.has(id))
        throw refusal('channelIdNotUnique', {
          message: `Channel id ${id} not unique`,
          violation: 'a channel id was used twice',
        });
      usedIds.add(id);
      const resourceId = createHash('sha256').update(`${kind} ${target}`).digest('base64url').slice(0, 27);
      const endsAt = Math.min(wishedEnd(body, clock.now()), clock.now() + defaultSeconds * 1000);
      const channel = { id, token, address, account, kind, target, resourceId, resourceUri: uri, endsAt, messages: 0 };
      channels.set(id, channel);
      tell(channel, 'sync');
      const names = { id, resourceId, resourceUri: uri, token: token ?? undefined };
      return compact({ kind: 'api#channel', ...names, expiration: String(endsAt) });
    },
    stop(account, body) {
      const channel = living().find(({ id }) => id === textAt(body, 'id'));
      if (textAt(body, 'resourceId') === undefined) throw breach('required', 'Missing resourceId.');
      const isMeant = channel?.resourceId === textAt(body, 'resourceId') && channel?.account === account;
      if (channel === undefined || !isMeant) {
        throw refusal('channelNotFound', { message: `Channel '${textAt(body, 'id')}' not found for project` });
      }
      channels.delete(channel.id);
    },
    channels: () => living().map(({ messages: _messages, ...channel }) => channel),
    silence(meant) {
      const gone = living().filter(meant);
      for (const { id } of gone) channels.delete(id);
      return gone.length;
    },
    clear() {
      channels.clear();
      usedIds.clear();
      watch.httpsOnly = false;
    },
  };
  return watch;
}

function checked(body: JsonObject, httpsOnly: boolean): { id: string; address: string; token: string | null } {
  const id = textAt(body, 'id') ?? '';
  const address = textAt(body, 'address') ?? '';
  const token = textAt(body, 'token') ?? null;
  if (!/^[A-Za-z0-9\-_+/=]{1,64}$/.test(id)) throw breach('invalid', 'Invalid value for: channel id');
  const type = textAt(body, 'type');
  if (type !== 'web_hook' && type !== 'webhook') throw breach('invalid', `Unknown channel type ${type}`);
  if (!URL.canParse(address)) throw breach('invalid', 'Invalid value for: address');
  const { protocol } = new URL(address);
  if (protocol !== 'https:' && (httpsOnly || protocol !== 'http:')) throw refusal('webhookUrlNotHttps');
  if (token !== null && token.length > 256) throw breach('invalid', 'The channel token is longer than 256 characters.');
  return { id, address, token };
}

/** `expiration` in milliseconds or `params.ttl` in seconds; the sooner one, else a week. */
function wishedEnd(body: JsonObject, now: number): number {
  const ttl = textAt(objectAt(body, 'params'), 'ttl');
  const seconds = ttl === undefined ? defaultSeconds : Number(ttl);
  const expiration = body.expiration === undefined ? Number.POSITIVE_INFINITY : Number(body.expiration);
  if (!(seconds > 0) || Number.isNaN(expiration)) throw breach('invalid', 'Invalid value for: ttl or expiration');
  if (expiration <= now) throw breach('invalid', 'The expiration lies in the past.');
  return Math.min(now + seconds * 1000, expiration);
}
