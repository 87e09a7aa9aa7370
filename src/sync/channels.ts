/** Keeps a calendar's push channel alive: opened, renewed and closed by its visits, under their lease. */
import { randomBytes } from 'node:crypto';
import type { Calendar, PushChannel, PushTrouble } from '../domain/calendar.ts';
import type { ChannelDesk, HookAddresses } from '../domain/connector.ts';
import { Fault } from '../domain/fault.ts';
import { hashHintSecret, isProven, liveChannel } from '../domain/push.ts';
import type { Instant } from '../domain/time.ts';
import { minuteMs } from '../domain/time.ts';
import { openAccount } from './accounts.ts';
import { LeaseLost } from './lease.ts';
import type { Session, VisitDeps } from './session.ts';

/** How hints reach us; null where no provider could (`why` is told to people). */
export type PushAddresses = { readonly of: (provider: string) => HookAddresses } | { readonly why: string };

const retryMs = 15 * minuteMs;
const refusedMs = 6 * 60 * minuteMs;
/** A replaced channel is kept this long at most when the new one stays silent. */
const overlapMs = 15 * minuteMs;
/** A channel that missed a change is given this long to deliver again before it is replaced. */
const staleMs = 60 * minuteMs;

/** One step towards one healthy channel. What fails here costs the push, never the visit. */
export async function keepChannels(s: Session): Promise<void> {
  const desk = s.open.channels;
  const { push } = s.connector.capabilities;
  if (desk === undefined || push === null) return;
  const now = s.deps.clock.now();
  noteMissed(s, now);
  const { addresses } = s.deps;
  if (addresses === undefined || 'why' in addresses) {
    s.pushTrouble = { why: addresses?.why ?? 'push is not set up', retryAt: now };
    return closeChannels(s, desk, () => true);
  }
  const live = liveChannel(s.channels, now);
  const hasEnded = (c: PushChannel): boolean => c.endsAt <= now || c.state === 'opening';
  if (live !== null && live.renewAt > now && !isStuck(live, now)) {
    const isProof = (live.lastHintAt ?? 0) >= live.openedAt || now - live.openedAt > overlapMs;
    return closeChannels(s, desk, (c) => c !== live && (hasEnded(c) || isProof));
  }
  if (s.pushTrouble !== null && s.pushTrouble.retryAt > now) return;
  try {
    if (live !== null && push.renew === 'in-place' && (await renewed(s, desk, live))) return;
    await opened(s, desk, addresses.of(s.calendar.provider));
    s.pushTrouble = null;
  } catch (error) {
    if (!(error instanceof Fault) || error.kind === 'consent') throw error;
    s.pushTrouble = troubleOf(error, now);
    s.deps.log.info('a calendar has no push', { calendarId: s.calendar.id, reason: error.message });
  }
}

const troubleOf = (fault: Fault, now: Instant): PushTrouble => ({
  why: fault.message,
  retryAt: fault.retryAt ?? ((now + (fault.kind === 'invalid' ? refusedMs : retryMs)) as Instant),
});

const isStuck = (c: PushChannel, now: Instant): boolean =>
  c.missedAt !== null && c.missedAt > (c.lastHintAt ?? 0) && now - c.missedAt > staleMs && now - c.openedAt > staleMs;

/** A visit that nobody's hint had asked for and that found changes: what was to tell of them did not. */
function noteMissed(s: Session, now: Instant): void {
  const { created, changed, removed } = s.counts;
  const readAt = s.calendar.lastSyncedAt;
  if (created + changed + removed === 0 || readAt === null) return;
  // The second look finds what a hint has told of, although the first one came in between.
  const graceMs = s.connector.capabilities.push?.lagMs === undefined ? 0 : minuteMs;
  const isTold = (c: PushChannel): boolean => (c.lastHintAt ?? 0) >= readAt || now - (c.lastHintAt ?? 0) < graceMs;
  s.channels = s.channels.map((c) =>
    c.state === 'live' && c.openedAt < readAt && !isTold(c) && c.missedAt === null ? { ...c, missedAt: now } : c,
  );
}

async function renewed(s: Session, desk: ChannelDesk, live: PushChannel): Promise<boolean> {
  const grant = await desk.renew?.(live);
  if (grant === undefined || grant === null) {
    s.channels = s.channels.filter((c) => c !== live);
    return false;
  }
  const next = { ...live, ...grantOf(s, grant.endsAt), remoteId: grant.remoteId };
  await save(
    s,
    s.channels.map((c) => (c === live ? next : c)),
  );
  return true;
}

/** Saved before the provider is asked: its first hint may be faster than its answer. */
async function opened(s: Session, desk: ChannelDesk, addresses: HookAddresses): Promise<void> {
  const now = s.deps.clock.now();
  const secret = randomBytes(24).toString('base64url');
  const opening: PushChannel = {
    id: `chn_${randomBytes(18).toString('hex')}`,
    remoteId: '',
    secretHash: hashHintSecret(secret),
    openedAt: now,
    endsAt: (now + overlapMs) as Instant,
    renewAt: now,
    lastHintAt: null,
    missedAt: null,
    state: 'opening',
  };
  const others = s.channels.filter((c) => c.endsAt > now && c.state !== 'opening');
  await save(s, [opening, ...others]);
  const grant = await desk.open(s.remote, { id: opening.id, secret, addresses });
  const live: PushChannel = {
    ...opening,
    ...grantOf(s, grant.endsAt),
    remoteId: grant.remoteId,
    lastHintAt: grant.isProven === true ? now : null,
    state: 'live',
  };
  await save(s, [live, ...others.map((c): PushChannel => ({ ...c, state: 'retiring' }))]);
}

/** Renewal is spread over the last 20 to 40 % of a channel's life. */
function grantOf(s: Session, endsAt: Instant): Pick<PushChannel, 'endsAt' | 'renewAt'> {
  const now = s.deps.clock.now();
  const left = 0.2 + 0.2 * (s.deps.random ?? Math.random)();
  return { endsAt, renewAt: Math.max(now, endsAt - Math.round(left * Math.max(0, endsAt - now))) as Instant };
}

async function closeChannels(s: Session, desk: ChannelDesk, which: (c: PushChannel) => boolean): Promise<void> {
  const leaving = s.channels.filter(which);
  if (leaving.length === 0 && s.channels.every((c) => s.calendar.channels.includes(c))) return;
  await closeEach(s.deps, desk, leaving);
  await save(
    s,
    s.channels.filter((c) => !leaving.includes(c)),
  );
}

async function save(s: Session, channels: readonly PushChannel[]): Promise<void> {
  if (!(await s.deps.store.calendars.saveChannels(s.calendar.id, s.lease.fence, channels))) throw new LeaseLost();
  s.channels = channels;
}

/** The calendar is being taken down: its channels end with it. */
export async function closeAllChannels(s: Session): Promise<void> {
  if (s.open.channels !== undefined && s.channels.length > 0) await closeChannels(s, s.open.channels, () => true);
}

/** How long this calendar may go unasked: long only while hints are known to arrive; never past a renewal. */
export function nextPollMs(s: Session): number {
  const { settings, clock } = s.deps;
  const now = clock.now();
  const live = liveChannel(s.channels, now);
  const lagMs = s.connector.capabilities.push?.lagMs;
  if (lagMs !== undefined && wasCalledForNothing(s)) return lagMs;
  if (live === null || !isProven(s.channels, now)) return settings.pollMs;
  return Math.max(settings.pollMs, Math.min(settings.pollWithPushMs, live.renewAt - now));
}

/** A hint came since the last look, and this one found nothing: the provider has not spread the change to its feed yet. */
function wasCalledForNothing({ channels, calendar: { lastSyncedAt }, counts }: Session): boolean {
  if (lastSyncedAt === null || counts.pulled > 0) return false;
  return channels.some((c) => c.lastHintAt !== null && c.lastHintAt > lastSyncedAt);
}

/** Closes what a deleted calendar leaves at its provider, as far as the provider lets us. */
export async function closeLeftChannels(deps: VisitDeps, calendar: Calendar): Promise<void> {
  if (calendar.channels.length === 0) return;
  const connection = await deps.store.connections.get(calendar.tenantId, calendar.connectionId);
  if (connection === null) return;
  const account = openAccount(deps, connection);
  try {
    if (account.channels !== undefined) await closeEach(deps, account.channels, calendar.channels);
  } finally {
    await account.close();
  }
}

async function closeEach(deps: VisitDeps, desk: ChannelDesk, channels: readonly PushChannel[]): Promise<void> {
  for (const channel of channels) {
    if (channel.remoteId === '' || channel.endsAt <= deps.clock.now()) continue;
    await desk.close(channel).catch((error: unknown) => {
      deps.log.info('a push channel was not closed; it ends by itself', { reason: String(error) });
    });
  }
}
