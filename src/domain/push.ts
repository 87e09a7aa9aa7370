/** Judges a calendar's push channel: does it deliver, and may the backstop poll be slow. */
import { createHash } from 'node:crypto';
import type { PushChannel, PushTrouble } from './calendar.ts';
import type { Instant } from './time.ts';
import { minuteMs } from './time.ts';

/**
 * - `live`: hints arrive, or the channel is too young to tell.
 * - `never_delivered`: open for minutes and nothing ever came, not even the provider's confirmation.
 * - `stale`: a poll found a change that no hint had told of.
 * - `expiring`: due for renewal and not renewed.
 * - `off`: the provider could push, but there is no channel; `why` tells.
 */
export type PushState = 'live' | 'never_delivered' | 'stale' | 'expiring' | 'off';

export interface PushHealth {
  readonly state: PushState;
  readonly endsAt: Instant | null;
  readonly lastHintAt: Instant | null;
  readonly why: string | null;
}

/** How the secret of a channel is kept: who reads the database cannot forge a hint. */
export const hashHintSecret = (secret: string): string => createHash('sha256').update(secret).digest('hex');

const provesWithinMs = 5 * minuteMs;

/** The channel that carries the hints now, or null. */
export const liveChannel = (channels: readonly PushChannel[], now: Instant): PushChannel | null =>
  channels.find((c) => c.state === 'live' && c.endsAt > now) ?? null;

/** Null: nothing is known of push here (the provider has none, or no visit came to it yet). */
export function pushHealthOf(
  channels: readonly PushChannel[],
  trouble: PushTrouble | undefined,
  now: Instant,
): PushHealth | null {
  const live = liveChannel(channels, now);
  if (live === null) {
    return trouble === undefined ? null : { state: 'off', endsAt: null, lastHintAt: null, why: trouble.why };
  }
  const { endsAt, lastHintAt } = live;
  return { state: stateOf(live, now), endsAt, lastHintAt, why: trouble?.why ?? null };
}

function stateOf(channel: PushChannel, now: Instant): PushState {
  const { endsAt, lastHintAt, missedAt, openedAt, renewAt } = channel;
  if (now > renewAt + (endsAt - renewAt) / 2) return 'expiring';
  if (missedAt !== null && missedAt > (lastHintAt ?? 0)) return 'stale';
  if (lastHintAt === null && now - openedAt > provesWithinMs) return 'never_delivered';
  return 'live';
}

/** Whether hints are known to arrive, so that polling is only the backstop. */
export function isProven(channels: readonly PushChannel[], now: Instant): boolean {
  const live = liveChannel(channels, now);
  return live !== null && live.lastHintAt !== null && stateOf(live, now) === 'live';
}
