/** Tells people about bookings: finds what is owed to them, claims each message, sends it, writes down what came of it. */
import type { Event } from '../domain/event.ts';
import type { TenantId } from '../domain/ids.ts';
import { type Notice, plainAddress } from '../domain/notice.ts';
import type { Clock, Log } from '../domain/ports.ts';
import type { Instant } from '../domain/time.ts';
import { utcZone } from '../domain/time.ts';
import type { NoticeLook, Page, Store } from '../store/store.ts';
import { dropped, isCurrent, type NoticeGround, nextLook, notSo, outOfQuiet, planNotices } from './notice-plan.ts';
import { composeNotice, type Message } from './notice-words.ts';

/** `refused`: it will never be accepted. `failed`: it may be accepted later. The reason names no address. */
export type Sending = { readonly kind: 'sent' } | { readonly kind: 'refused' | 'failed'; readonly why: string };

export interface Transport {
  /** `id` is the same however often it is tried, so that a receiver can know it again. Never throws. */
  send(id: string, address: string, message: Message): Promise<Sending>;
  close?(): void;
}

export interface NoticeDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  /** Null: messages are composed and shown, and nobody gets them. */
  readonly transport: Transport | null;
  /** Called for each message that the transport was given. `failed`: it is tried again. */
  readonly onOutcome?: (outcome: Sending['kind']) => void;
}

const perPage = 200;
const leaseMs = 120_000;
const firstPauseMs = 60_000;
const longestPauseMs = 3_600_000;
const mostTries = 12;
/** How often a message that nobody can send is looked at. */
const idleMs = 600_000;
const noTransport = 'no transport';

/** Safe to run twice at once and in several processes: ids are deterministic, and a claim is a compare-and-set. */
export async function sweepNotices(deps: NoticeDeps): Promise<void> {
  await askForLooks(deps);
  for (const tenantId of await deps.store.notices.tenantsTelling()) await planTenant(deps, tenantId);
  await sendDue(deps);
}

/** New settings, and people with a new address, change what is owed for bookings that nobody touches. */
async function askForLooks({ store, clock }: NoticeDeps): Promise<void> {
  for (const spread of await store.notices.spreadsOwed()) {
    await store.events.askNotices(spread.tenantId, null, clock.now());
    await store.notices.spreadAsked(spread);
  }
  for (const resource of await store.resources.noticesOwed(perPage)) {
    await store.events.askNotices(resource.tenantId, resource.id, clock.now());
    await store.resources.noticesAsked(resource);
  }
}

/** The bookings that wait for a look, cancelled ones included: what was told is compared with what is so. */
async function planTenant(deps: NoticeDeps, tenantId: TenantId): Promise<void> {
  const { events } = deps.store;
  const now = deps.clock.now();
  let after: string | null = null;
  do {
    const page: Page<NoticeLook> = await events.noticesDue(tenantId, now, { limit: perPage, after });
    await planEvents(deps, tenantId, page.data);
    after = page.next;
  } while (after !== null);
}

/** The look is over when what it found is written; a process that dies before leaves it to the next. */
async function planEvents(deps: NoticeDeps, tenantId: TenantId, looks: readonly NoticeLook[]): Promise<void> {
  const grounds = await groundsOf(
    deps,
    tenantId,
    looks.map((look) => look.event),
  );
  const looked: (NoticeLook & { again: Instant | null })[] = [];
  const make: Notice[] = [];
  for (const [i, g] of grounds.entries()) {
    const plan = planNotices(g);
    let isSaved = true;
    for (const notice of plan.save) isSaved = (await deps.store.notices.save(notice)) && isSaved;
    make.push(...plan.make);
    if (isSaved) looked.push({ ...looks[i]!, again: nextLook(g) });
  }
  if (make.length > 0) await deps.store.notices.insert(make);
  await deps.store.events.noticesLooked(looked);
}

export async function groundsOf(
  { store, clock }: Pick<NoticeDeps, 'store' | 'clock'>,
  tenantId: TenantId,
  events: readonly Event[],
): Promise<readonly NoticeGround[]> {
  const ids = events.map((event) => event.id);
  const [settings, known, resources] = await Promise.all([
    store.notices.settings(tenantId),
    store.notices.ofEvents(tenantId, ids),
    store.resources.getMany(tenantId, [...new Set(events.flatMap((event) => event.resources))]),
  ]);
  return events.map((event) => ({
    ...{ event, settings, now: clock.now() },
    resources: event.resources.flatMap((id) => resources.find((r) => r.id === id) ?? []),
    known: known.filter((notice) => notice.eventId === event.id),
  }));
}

/** The message as it would be sent now. */
export function messageOf(notice: Pick<Notice, 'kind' | 'fact' | 'audience'>, g: NoticeGround): Message | null {
  const { booking, fields } = g.event;
  if (booking === null) return null;
  const zone = fields.start.kind === 'zoned' ? fields.start.zone : (g.resources[0]?.zone ?? utcZone);
  const { businessName } = g.settings;
  return composeNotice({ ...notice, booking, zone, businessName, toCustomer: notice.audience === 'customer' });
}

async function sendDue(deps: NoticeDeps): Promise<void> {
  const due = await deps.store.notices.due(deps.store.now(), perPage);
  for (const notice of due) {
    try {
      await sendOne(deps, notice);
    } catch (error) {
      deps.log.error('a notice could not be sent', { notice: notice.id, reason: String(error) });
    }
  }
}

/**
 * Claimed before it is sent, marked afterwards. Whoever dies in between leaves a claim that ends; then it is sent once more
 * under the same id, because nobody can know whether it was accepted.
 */
async function sendOne(deps: NoticeDeps, notice: Notice): Promise<void> {
  const { store, transport } = deps;
  const now = store.now();
  const event = await store.events.get(notice.tenantId, notice.eventId);
  const [g] = event === null ? [] : await groundsOf(deps, notice.tenantId, [event]);
  const message = g === undefined ? null : messageOf(notice, g);
  if (g === undefined || message === null || !isCurrent(notice, g)) {
    await store.notices.save(dropped(notice, notSo));
    return;
  }
  if (await store.notices.hasOptedOut(notice.tenantId, plainAddress(notice.address))) {
    await store.notices.save(dropped(notice, 'the address wants no messages'));
    return;
  }
  const from = outOfQuiet(now, g.settings.quietHours, notice.fact.start);
  if (from > now || transport === null) {
    const dueAt = from > now ? from : ((now + idleMs) as Instant);
    const why = transport === null ? noTransport : 'quiet hours';
    await store.notices.save({ ...notice, rev: notice.rev + 1, state: 'due', claimedUntil: null, dueAt, why });
    return;
  }
  const until = (now + leaseMs) as Instant;
  const claimed: Notice = {
    ...notice,
    rev: notice.rev + 1,
    state: 'claimed',
    claimedUntil: until,
    tries: notice.tries + 1,
  };
  if (!(await store.notices.save(claimed))) return;
  await settle(deps, claimed, g, await transport.send(notice.id, notice.address, message));
}

async function settle(deps: NoticeDeps, claimed: Notice, g: NoticeGround, sending: Sending): Promise<void> {
  const { store, log, onOutcome } = deps;
  const now = store.now();
  const rev = claimed.rev + 1;
  const { event } = g;
  const isOver = sending.kind !== 'failed' || claimed.tries >= mostTries;
  onOutcome?.(isOver && sending.kind === 'failed' ? 'refused' : sending.kind);
  if (!isOver) {
    const pause = Math.min(longestPauseMs, firstPauseMs * 2 ** (claimed.tries - 1));
    const dueAt = (now + pause) as Instant;
    await store.notices.save({ ...claimed, rev, state: 'due', claimedUntil: null, dueAt, why: sending.why });
    return;
  }
  const isSent = sending.kind === 'sent';
  const after: Notice = isSent
    ? { ...claimed, rev, state: 'sent', claimedUntil: null, why: null, sentAt: now }
    : { ...claimed, rev, state: 'refused', claimedUntil: null, why: sending.why };
  if (!(await store.notices.save(after))) log.info('a notice was sent by two', { notice: claimed.id });
  const who = claimed.audience === 'customer' ? 'the customer' : 'the technician';
  const text = isSent ? `Told ${who}: ${claimed.kind}.` : `${claimed.kind} for ${who} was refused.`;
  const details = { notice: claimed.kind, audience: claimed.audience };
  const kind = isSent ? ('notice.sent' as const) : ('notice.refused' as const);
  const { tenantId, id: eventId, resources: resourceIds, version } = event;
  await store.journal.append([{ tenantId, kind, eventId, calendarId: null, resourceIds, version, text, details }]);
}
