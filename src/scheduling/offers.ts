/** Makes offers: the times are written down first, then held one by one, so that a crash leaves nothing unknown. */
import type { Event } from '../domain/event.ts';
import type { EventId, OfferId, ResourceId, TenantId } from '../domain/ids.ts';
import { derivedId } from '../domain/ids.ts';
import type { Offer, OfferOption, OfferWish } from '../domain/offer.ts';
import type { Hold, Slot } from '../domain/resource.ts';
import type { Takes } from '../domain/takes.ts';
import type { Zone } from '../domain/time.ts';
import { utcZone } from '../domain/time.ts';
import { slotsIn } from './availability.ts';
import type { OfferOutcome, TooManyHolds } from './desk.ts';
import type { Freshly, Knowledge } from './freshness.ts';
import { asItIs } from './freshness.ts';
import { callerCap } from './hold-caps.ts';
import { dropEach, endOf, winHold } from './holds.ts';
import { freshGround, withDoubts } from './look.ts';
import type { DeskDeps } from './parts.ts';
import { again } from './parts.ts';
import { pickDiverse } from './pick.ts';
import { wasNeverGranted } from './take.ts';

/** Options lost between looking and holding are replaced this often. */
const rounds = 3;
const mostCandidates = 500;

export interface NewOffer {
  readonly id: OfferId;
  readonly wish: OfferWish;
  readonly caller: string | null;
  readonly zone: Zone | null;
  readonly language: string | null;
  readonly freshly?: Freshly;
}

/** Repeating it with the same id gives the same offer, whatever became of it; one that a crash cut short is finished. */
export async function makeOffer(deps: DeskDeps, tenantId: TenantId, o: NewOffer): Promise<OfferOutcome> {
  const before = await deps.store.offers.get(tenantId, o.id);
  if (before !== null) return before.state === 'making' ? hold(deps, before) : { kind: 'offered', offer: before };
  const now = deps.store.now();
  const over = await callerCap(deps, tenantId, o.caller ?? undefined, o.wish.count);
  if (over !== null) return over;
  const options = await findOptions(deps, tenantId, o, []);
  if (options === null) return { kind: 'not-found', what: 'resource' };
  const { freshly: _, ...asked } = o;
  const offer: Offer = {
    ...asked,
    tenantId,
    version: 1,
    state: 'making',
    options: options.slots,
    expiresAt: endOf(deps, now, o.wish.expiresInMs),
    createdAt: now,
  };
  if (offer.options.length === 0) return { kind: 'nothing-free', why: options.why, freshness: options.freshness };
  if ((await deps.store.offers.insert(offer)) === 'inserted') return hold(deps, offer);
  const other = await deps.store.offers.get(tenantId, o.id);
  return other === null ? nothing : hold(deps, other);
}

const nothing: OfferOutcome = { kind: 'nothing-free', why: {}, freshness: [] };

/** Holds what the offer names, looks for others in place of those that were lost, and opens it. */
async function hold(deps: DeskDeps, made: Offer): Promise<OfferOutcome> {
  const { tenantId } = made;
  let offer = made;
  let kept: readonly OfferOption[] = [];
  let over: TooManyHolds | null = null;
  for (let round = 0; round < rounds; round += 1) {
    const fresh = offer.options.filter((option) => !kept.includes(option));
    const tried = await Promise.all(fresh.map((option) => holdOption(deps, offer, option)));
    over ??= tried.find((outcome) => outcome.kind === 'too-many-holds') ?? null;
    kept = [...kept, ...fresh.filter((_, i) => tried[i]!.kind === 'held')];
    const isLast = kept.length >= offer.wish.count || over !== null || round === rounds - 1;
    const more = isLast ? null : await findOptions(deps, tenantId, offer, kept);
    const isOpen = more === null || more.slots.length === 0;
    const options = [...kept, ...(more?.slots ?? [])].toSorted((a, b) => a.start - b.start);
    const next: Offer = { ...offer, version: offer.version + 1, options, state: isOpen ? 'open' : 'making' };
    if (kept.length === 0 && isOpen) break;
    // Another run of the same request was faster: its word counts, and holds that it does not name end by themselves.
    if (!(await deps.store.offers.save(next))) return reread(deps, offer);
    offer = next;
    if (isOpen) return { kind: 'offered', offer };
  }
  await deps.store.offers.save({ ...offer, version: offer.version + 1, options: [], state: 'released' });
  return over ?? nothing;
}

async function reread(deps: DeskDeps, offer: Offer): Promise<OfferOutcome> {
  const current = await deps.store.offers.get(offer.tenantId, offer.id);
  return current === null ? nothing : { kind: 'offered', offer: current };
}

async function holdOption(deps: DeskDeps, offer: Offer, option: OfferOption): ReturnType<typeof winHold> {
  const resources = await deps.store.resources.getMany(offer.tenantId, option.resourceIds);
  return winHold(deps, holdOf(offer, option), resources);
}

/** The hold behind an option; the same for everybody who reads the offer. */
export const holdOf = (offer: Offer, option: OfferOption): Hold => ({
  id: option.holdId,
  tenantId: offer.tenantId,
  span: { start: option.start, end: option.end },
  resourceIds: option.resourceIds,
  note: offer.wish.note,
  takes: takesOf(offer, option),
  ...(offer.caller === null ? {} : { caller: offer.caller }),
  offerId: offer.id,
  expiresAt: offer.expiresAt,
  createdAt: offer.createdAt,
});

export const takesOf = (offer: Offer, option: OfferOption): Takes => ({
  ...offer.wish.takes,
  units: option.units ?? offer.wish.takes.units,
});

/** Options that are free now and unlike those already held; null when a named resource is not there. */
async function findOptions(
  deps: DeskDeps,
  tenantId: TenantId,
  o: NewOffer,
  kept: readonly OfferOption[],
): Promise<Found | null> {
  const { wish } = o;
  const asked = {
    window: wish.window,
    resourceIds: wish.resourceIds as readonly ResourceId[] | null,
    requires: wish.requires,
  };
  const { ground, freshness } = await freshGround(deps, tenantId, asked, o.freshly ?? asItIs);
  if (ground === null) return null;
  const { window, diaries, requires, resources, unsure } = ground;
  const zone = o.zone ?? resources[0]?.zone ?? utcZone;
  const query = { ...wish, window, requires, zone, limit: mostCandidates, explain: true };
  const { slots, why } = slotsIn(query, diaries);
  const picked = pickDiverse(withDoubts(slots, unsure), wish.count - kept.length, zone, kept);
  return { slots: picked.map((slot) => optionOf(o.id, slot)), why: why ?? {}, freshness };
}
interface Found {
  readonly slots: readonly OfferOption[];
  readonly why: Readonly<Record<string, number>>;
  readonly freshness: readonly Knowledge[];
}

function optionOf(offerId: OfferId, slot: Slot): OfferOption {
  const parts = [offerId, String(slot.start), ...slot.resourceIds, JSON.stringify(slot.units ?? {})];
  const holdId = derivedId('hold', 'option', ...parts);
  return { ...slot, id: `opt_${holdId.slice(4)}`, holdId };
}

export type OfferState = 'open' | 'accepted' | 'expired' | 'released';

/** What became of an offer, judged when it is read: by the booking it led to, what was said, and the clock. */
export async function stateOf(
  deps: Pick<DeskDeps, 'store'>,
  offer: Offer,
): Promise<{ readonly state: OfferState; readonly event: Event | null }> {
  const event = await deps.store.events.get(offer.tenantId, eventOfOffer(offer));
  const isGranted = event !== null && !wasNeverGranted(event);
  if (isGranted) return { state: 'accepted', event };
  if (offer.state === 'released') return { state: 'released', event: null };
  // A booking that was taken back uses the one chance that an offer has.
  return { state: event !== null || offer.expiresAt <= deps.store.now() ? 'expired' : 'open', event: null };
}

/** One offer makes at most one booking: whoever inserts this event first has it. */
export const eventOfOffer = (offer: Pick<Offer, 'id' | 'tenantId'>): EventId =>
  derivedId('event', 'offer', offer.tenantId, offer.id);

/** Frees all that is held; an acceptance under way may still win. False when there is no such offer. */
export async function releaseOffer(deps: DeskDeps, tenantId: TenantId, id: OfferId): Promise<boolean> {
  return again(async () => {
    const offer = await deps.store.offers.get(tenantId, id);
    if (offer === null) return false;
    const isOver = offer.state === 'released' || (await stateOf(deps, offer)).state === 'accepted';
    if (!isOver && !(await deps.store.offers.save({ ...offer, version: offer.version + 1, state: 'released' }))) {
      return 'again';
    }
    await dropEach(
      deps,
      offer.options.map((option) => holdOf(offer, option)),
    );
    return true;
  });
}

/**
 * The offer in place of one that has ended: made from the same wish, under an id that follows from the old one, so that
 * however often an ended offer is tried there is one new offer at a time. Null when nothing is free.
 */
export async function renewed(deps: DeskDeps, old: Offer): Promise<Offer | null> {
  let id = old.id;
  for (let link = 0; link < longestChain; link += 1) {
    id = derivedId('offer', 'again', old.tenantId, id);
    const { wish, caller, zone, language } = old;
    const made = await makeOffer(deps, old.tenantId, { id, wish, caller, zone, language });
    if (made.kind !== 'offered') return null;
    if ((await stateOf(deps, made.offer)).state === 'open') return made.offer;
  }
  return null;
}
const longestChain = 50;

export const optionIn = (offer: Offer, id: string): OfferOption | null =>
  offer.options.find((option) => option.id === id) ?? null;
