/** Decides what people still have to be told about a booking: the present state against what each was told last. Pure. */
import type { Event } from '../domain/event.ts';
import { fingerprint } from '../domain/ids.ts';
import type { Notice, NoticeFact, NoticeKind, NoticeSettings, QuietHours } from '../domain/notice.ts';
import type { Resource } from '../domain/resource.ts';
import { spanOf } from '../domain/series.ts';
import type { Instant, Span, WallTime, Zone } from '../domain/time.ts';
import { addWallMs, dayMs, utcZone } from '../domain/time.ts';
import { instantToWall, wallToInstant } from '../domain/zone.ts';

/** A booking that is changed again within this is told once, in its last state. */
export const settleMs = 60_000;
/** Why a message is dropped that a change has overtaken. */
export const notSo = 'it is not so any more';

export interface NoticeGround {
  readonly event: Event;
  /** The booking's resources, also deleted ones. */
  readonly resources: readonly Resource[];
  /** All notices of the event so far. */
  readonly known: readonly Notice[];
  readonly settings: NoticeSettings;
  readonly now: Instant;
}
export interface NoticePlan {
  readonly make: readonly Notice[];
  /** Unsent ones that are no longer so, and dropped ones that are so again, as they are to be saved. */
  readonly save: readonly Notice[];
}

export const bookedSpan = (event: Event, resources: readonly Resource[]): Span =>
  spanOf(event.fields, resources[0]?.zone ?? utcZone);

export function planNotices(g: NoticeGround): NoticePlan {
  const { event, known } = g;
  if (event.booking === null) return { make: [], save: [] };
  const addresses = addressesOf(g);
  const audiences = new Set([...addresses.keys(), ...known.map((notice) => notice.audience)]);
  const plans = [...audiences].map((audience) => planFor(g, audience, addresses.get(audience) ?? null));
  return { make: plans.flatMap((p) => p.make), save: plans.flatMap((p) => p.save) };
}

/** Whether a notice still says what is so, and may still be of use. */
export function isCurrent(notice: Notice, g: NoticeGround): boolean {
  const { event, now } = g;
  if (event.booking === null || notice.fact.start <= now) return false;
  if (!isTold(g, notice.audience)) return false;
  const address = addressesOf(g).get(notice.audience);
  const isOn = isLive(event) && address !== undefined;
  if (notice.kind === 'cancelled') return !isOn;
  return isOn && address === notice.address && sameFact(notice.fact, factOf(g));
}

/**
 * When to look again though nobody changes anything: when a reminder begins, and when a claim ends, because only then it is
 * known whether that message counts as told. A message that waits needs no look: whatever overtakes it asks for one. Null: never.
 */
export function nextLook(g: NoticeGround): Instant | null {
  const { start } = factOf(g);
  const leads = isLive(g.event) && g.settings.customers ? g.settings.reminderLeadsMs : [];
  const times = [
    ...leads.map((leadMs) => (start - leadMs) as Instant).filter((at) => at > g.now),
    ...g.known.flatMap((notice) => (notice.state === 'claimed' ? (notice.claimedUntil ?? g.now) : [])),
  ];
  return times.length === 0 ? null : (Math.min(...times) as Instant);
}

const isLive = (event: Event): boolean =>
  event.deletedAt === null && (event.booking?.status === 'confirmed' || event.booking?.status === 'in_progress');

function factOf({ event, resources }: NoticeGround): NoticeFact {
  return { ...bookedSpan(event, resources), place: event.booking?.location?.address ?? null };
}
const sameFact = (a: NoticeFact, b: NoticeFact): boolean =>
  a.start === b.start && a.end === b.end && a.place === b.place;

function addressesOf({ event, resources, settings }: NoticeGround): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const email = event.booking?.customer?.email;
  if (settings.customers && email) found.set('customer', email);
  if (settings.technicians) {
    for (const r of resources) if (r.email !== null && event.resources.includes(r.id)) found.set(r.id, r.email);
  }
  return found;
}

function planFor(g: NoticeGround, audience: string, address: string | null): NoticePlan {
  const mine = g.known.filter((notice) => notice.audience === audience);
  const waiting = mine.filter((notice) => notice.state === 'due');
  const stale = waiting.filter((n) => !isCurrent(n, g)).map((n) => dropped(n, notSo));
  // Switched off: nobody hears anything more, not even that it was cancelled.
  if (!isTold(g, audience)) return { make: [], save: stale };
  // What is being sent counts as told: whether it arrived is found out, and what changed meanwhile follows it.
  const steps = mine.filter((n) => n.kind !== 'reminder' && (n.state === 'sent' || n.state === 'claimed'));
  const told = lastOf(steps.filter((n) => address === null || n.address === address));
  const isWaiting = waiting.some((n) => n.kind !== 'reminder' && isCurrent(n, g));
  const next = isWaiting ? null : nextStep(g, audience, address, told);
  const reminders = address === null || audience !== 'customer' ? [] : remindersOf(g, address, told);
  const wanted = [...(next === null ? [] : [next]), ...reminders];
  return {
    make: wanted.filter(({ id }) => !mine.some((n) => n.id === id)),
    save: [...stale, ...wanted.flatMap((n) => revived(n, mine))],
  };
}

/** A booking that was moved away and back before anybody was told: the dropped message is true again. */
function revived(wanted: Notice, mine: readonly Notice[]): Notice[] {
  const known = mine.find((n) => n.id === wanted.id && n.state === 'dropped' && n.why === notSo);
  return known === undefined ? [] : [{ ...wanted, createdAt: known.createdAt, rev: known.rev + 1, tries: known.tries }];
}

const isTold = ({ settings }: NoticeGround, audience: string): boolean =>
  audience === 'customer' ? settings.customers : settings.technicians;

const lastOf = (notices: readonly Notice[]): Notice | null => {
  const before = new Set(notices.map((notice) => notice.after));
  return notices.find((notice) => !before.has(notice.id)) ?? notices.at(-1) ?? null;
};

/** Nothing is told of what is past, nothing twice, and no cancellation to somebody who never heard of the booking. */
function nextStep(g: NoticeGround, audience: string, address: string | null, told: Notice | null): Notice | null {
  const fact = factOf(g);
  const isKnown = told !== null && told.kind !== 'cancelled';
  if (!isLive(g.event) || address === null) {
    const isOver = g.event.booking?.status === 'completed' || g.event.booking?.status === 'no_show';
    if (!isKnown || isOver || told.fact.start <= g.now) return null;
    return step(g, { audience, address: told.address, kind: 'cancelled', fact: told.fact, after: told.id });
  }
  if (fact.start <= g.now) return null;
  if (!isKnown) return step(g, { audience, address, kind: 'confirmation', fact, after: told?.id ?? null });
  return sameFact(told.fact, fact) ? null : step(g, { audience, address, kind: 'moved', fact, after: told.id });
}

/** Of leads that are over when the booking is made, none: its confirmation says the same. */
function remindersOf(g: NoticeGround, address: string, told: Notice | null): Notice[] {
  const fact = factOf(g);
  if (!isLive(g.event) || told === null || told.kind === 'cancelled' || !sameFact(told.fact, fact)) return [];
  return g.settings.reminderLeadsMs.flatMap((leadMs) => {
    const from = (fact.start - leadMs) as Instant;
    if (from > g.now || fact.start <= g.now || (told.sentAt ?? g.now) >= from) return [];
    return [step(g, { audience: 'customer', address, kind: 'reminder', fact, after: `${leadMs}` })];
  });
}

type Told = Pick<Notice, 'audience' | 'address' | 'kind' | 'fact' | 'after'>;
function step(g: NoticeGround, told: Told): Notice {
  const { event, now } = g;
  const { fact, kind, audience, after } = told;
  const settled = kind === 'reminder' ? now : Math.max(now, event.updatedAt + settleMs);
  return {
    ...told,
    id: noticeId(event, kind, fact, audience, after, told.address),
    ...{ tenantId: event.tenantId, eventId: event.id, createdAt: now, rev: 1, state: 'due', tries: 0 },
    dueAt: outOfQuiet(settled as Instant, g.settings.quietHours, fact.start),
    ...{ claimedUntil: null, why: null, sentAt: null },
  };
}

function noticeId(
  event: Event,
  kind: NoticeKind,
  fact: NoticeFact,
  audience: string,
  after: string | null,
  address: string,
) {
  const { start, end, place } = fact;
  const parts = [event.id, audience, kind, `${start}`, `${end}`, place ?? '', after ?? '', address];
  return `ntc_${event.id.slice(4)}_${fingerprint(...parts)}${fingerprint('more', ...parts)}`;
}

export const dropped = (notice: Notice, why: string): Notice => ({
  ...notice,
  ...{ rev: notice.rev + 1, state: 'dropped', claimedUntil: null, why },
});

/** The end of the quiet hours, unless the booking has begun by then: then it is better to disturb. */
export function outOfQuiet(at: Instant, quiet: QuietHours | null, before: Instant): Instant {
  if (quiet === null || quiet.from === quiet.to) return at;
  const wall = instantToWall(at, quiet.timeZone);
  const clock = wall.slice(11, 16);
  const isOver = quiet.from > quiet.to;
  const isQuiet = isOver ? clock >= quiet.from || clock < quiet.to : clock >= quiet.from && clock < quiet.to;
  if (!isQuiet) return at;
  const day = isOver && clock >= quiet.from ? addWallMs(wall, dayMs) : wall;
  const end = wallToInstant(`${day.slice(0, 10)}T${quiet.to}:00` as WallTime, quiet.timeZone as Zone);
  return end < before ? end : at;
}
