/** Books: finds the earlier self of a repeated request, decides on resources, and takes their time. */
import type { Event } from '../domain/event.ts';
import { sameValue } from '../domain/event.ts';
import type { CalendarId, EventId, ResourceId, TenantId } from '../domain/ids.ts';
import { claimOfHold, derivedId, newId } from '../domain/ids.ts';
import type { Hold, Resource } from '../domain/resource.ts';
import type { Takes } from '../domain/takes.ts';
import { padded, plainTakes, unitsIn, unitsOf } from '../domain/takes.ts';
import type { Span } from '../domain/time.ts';
import { dayMs } from '../domain/time.ts';
import { choose, mostOf, unfit } from './assign.ts';
import type { BookingRequest, BookOutcome, Obstacle } from './desk.ts';
import type { Draft } from './draft.ts';
import { spanOfEvent } from './draft.ts';
import { asItIs, freshen, isIll } from './freshness.ts';
import { diariesOf, everyResource } from './look.ts';
import { alternativesFor, ruleViolation, slotTaken } from './outcomes.ts';
import type { DeskDeps } from './parts.ts';
import { mostAttempts, resourcesOf, setOff, spanFault, unique, wholeSeconds } from './parts.ts';
import { settleEvent } from './settle.ts';
import { take, wasNeverGranted } from './take.ts';

/** A request with its hold looked up and its times made whole. */
interface Order {
  readonly draft: Draft;
  readonly hold: Hold | null;
}

export async function book(deps: DeskDeps, tenantId: TenantId, request: BookingRequest): Promise<BookOutcome> {
  const span = wholeSeconds(request.span);
  const fault = spanFault(span);
  if (fault !== null) return ruleViolation('span', fault);
  const { idempotencyKey: key } = request;
  const acceptKey = request.fingerprint ?? null;
  const id = key === null ? newId('event') : derivedId('event', 'booking', tenantId, key);
  const draft: Draft = {
    id,
    tenantId,
    request,
    span,
    takes: request.takes ?? plainTakes,
    acceptKey,
    at: deps.clock.now(),
  };
  const before = await earlier(deps, draft);
  if (before !== null) return before;
  if (request.holdId === null) return bookWith(deps, { draft, hold: null });
  const hold = await deps.store.holds.get(tenantId, request.holdId);
  if (hold === null) return { kind: 'not-found', what: 'hold' };
  return bookHeld(deps, draft, hold);
}

/** Books inside a held time; pads and units are those that were held. */
export async function bookHeld(deps: DeskDeps, draft: Draft, hold: Hold): Promise<BookOutcome> {
  if (hold.span.start > draft.span.start || draft.span.end > hold.span.end) {
    return ruleViolation('hold-span', 'The booking must lie inside the time that was held.');
  }
  return bookWith(deps, { draft: { ...draft, takes: hold.takes ?? plainTakes }, hold });
}

function bookWith(deps: DeskDeps, order: Order): Promise<BookOutcome> {
  const { request } = order.draft;
  const ids = request.resourceIds ?? (request.assign === null ? (order.hold?.resourceIds ?? null) : null);
  if (ids !== null) return bookNamed(deps, order, unique(ids));
  if (request.assign !== null && request.assign.length > 0) return bookAssigned(deps, order);
  return Promise.resolve(ruleViolation('resources', 'A booking needs resources, or requirements to choose them by.'));
}

async function bookNamed(deps: DeskDeps, order: Order, ids: readonly ResourceId[]): Promise<BookOutcome> {
  const { draft, hold } = order;
  if (ids.length === 0) return ruleViolation('resources', 'A booking needs at least one resource.');
  const resources = await resourcesOf(deps, draft.tenantId, ids);
  if (resources === null) return { kind: 'not-found', what: 'resource' };
  const gone = resources.find((r) => r.deletedAt !== null);
  if (gone !== undefined) return ruleViolation('resource-deleted', `${gone.name} was deleted and cannot be booked.`);
  if (hold !== null && !ids.every((id) => hold.resourceIds.includes(id))) {
    return ruleViolation('hold-resources', 'The booking must use resources that were held.');
  }
  const few = resources.find((r) => unitsOf(draft.takes, r.id) > r.quantity);
  if (few !== undefined) return ruleViolation('quantity', `There are only ${few.quantity} of ${few.name}.`);
  if (hasEnded(deps, hold)) return holdExpired(deps, order, resources);
  const fresh = await freshly(deps, draft, ids, new Map());
  if ('kind' in fresh) return fresh;
  const taken = await take(deps, fresh.draft, resources, hold);
  if (taken.kind !== 'lost') return answer(deps, draft, taken);
  return hasEnded(deps, hold)
    ? holdExpired(deps, order, resources)
    : slotTaken(deps, draft.tenantId, lostOf(order, resources, taken.obstacles));
}

async function bookAssigned(deps: DeskDeps, order: Order): Promise<BookOutcome> {
  const { draft, hold } = order;
  const requires = draft.request.assign!;
  const all = await everyResource(deps, draft.tenantId);
  const fit = all.filter((r) => requires.some((need) => unfit(need, r, draft.span) === null));
  const short = requires.find((need) => {
    const able = fit.filter((r) => unfit(need, r, draft.span) === null);
    return able.reduce((sum, r) => sum + mostOf(r), 0) < need.quantity;
  });
  if (short !== undefined) {
    return ruleViolation('no-match', `Fewer than ${short.quantity} ${short.kind} fit what is required.`);
  }
  const pool = hold === null ? fit : fit.filter((r) => hold.resourceIds.includes(r.id));
  if (hasEnded(deps, hold)) return holdExpired(deps, order, fit);
  let obstacles: readonly Obstacle[] = [];
  const seen = new Map<CalendarId, string | null>();
  for (let attempt = 0; attempt < mostAttempts; attempt += 1) {
    const chosen = await chosenFrom(deps, order, pool);
    if (chosen === null) break;
    const fresh = await freshly(deps, draft, chosen, seen);
    if ('kind' in fresh) return fresh;
    // What was read may have changed the choice; those already read are not read again.
    if (fresh.isRead && !sameValue(chosen, await chosenFrom(deps, order, pool))) continue;
    const takes: Takes = hold === null ? { ...draft.takes, units: unitsIn(chosen) } : draft.takes;
    const resources = unique(chosen).map((id) => pool.find((r) => r.id === id)!);
    const taken = await take(deps, { ...fresh.draft, takes }, resources, hold);
    if (taken.kind !== 'lost') return answer(deps, draft, taken);
    obstacles = taken.obstacles;
  }
  if (hasEnded(deps, hold)) return holdExpired(deps, order, fit);
  return slotTaken(deps, draft.tenantId, lostOf(order, fit, obstacles));
}

/** Reads stale calendars right before the claim, where the request asks for it. */
async function freshly(
  deps: DeskDeps,
  draft: Draft,
  ids: readonly ResourceId[],
  seen: Map<CalendarId, string | null>,
): Promise<{ readonly draft: Draft; readonly isRead: boolean } | Extract<BookOutcome, { kind: 'calendars-unread' }>> {
  const { maxStalenessMs, whenIll } = draft.request.freshly ?? asItIs;
  if (maxStalenessMs === null) return { draft, isRead: false };
  const { known, isRead } = await freshen(deps, draft.tenantId, ids, { maxStalenessMs, seen });
  if (whenIll === 'closed' && isIll(known)) return { kind: 'calendars-unread', freshness: known };
  return { draft: { ...draft, isTentative: whenIll === 'tentative' && isIll(known) }, isRead };
}

async function chosenFrom(
  deps: DeskDeps,
  { draft, hold }: Order,
  pool: readonly Resource[],
): Promise<readonly ResourceId[] | null> {
  const { tenantId, span, takes, request } = draft;
  const ignore = new Set(hold === null ? [] : [claimOfHold(hold.id)]);
  const { start, end } = padded(span, takes);
  const wide = { start: start - dayMs, end: end + dayMs } as Span;
  return choose(request.assign!, await diariesOf(deps, tenantId, pool, wide, ignore), span, takes);
}

/** Judged at the moment of asking, by the database's clock: no sweeper is needed for a hold to end. */
const hasEnded = (deps: DeskDeps, hold: Hold | null): boolean => hold !== null && hold.expiresAt <= deps.store.now();

const lostOf = ({ draft, hold }: Order, resources: readonly Resource[], obstacles: readonly Obstacle[]) => ({
  span: draft.span,
  resources,
  requires: draft.request.resourceIds === null ? draft.request.assign : null,
  obstacles,
  ignore: new Set(hold === null ? [] : [claimOfHold(hold.id)]),
  takes: draft.takes,
});

async function holdExpired(deps: DeskDeps, order: Order, resources: readonly Resource[]): Promise<BookOutcome> {
  const alternatives = await alternativesFor(deps, order.draft.tenantId, lostOf(order, resources, []));
  return { kind: 'hold-expired', alternatives };
}

async function answer(
  deps: DeskDeps,
  draft: Draft,
  taken: { readonly kind: 'booked'; readonly event: Event } | { readonly kind: 'known' },
): Promise<BookOutcome> {
  if (taken.kind === 'booked') return taken;
  // Somebody made it between our look and our insert.
  return (await earlier(deps, draft)) ?? ruleViolation('gone', 'The booking was made and removed by another request.');
}

/** The answer to a request that was made before under this key or reference; finishes what a crash left of it. */
async function earlier(deps: DeskDeps, draft: Draft): Promise<BookOutcome | null> {
  const { tenantId, request, span } = draft;
  const isNamed = request.idempotencyKey !== null || draft.isOnly === true;
  const same = isNamed ? await deps.store.events.get(tenantId, draft.id) : null;
  if (same !== null) {
    if (!wasNeverGranted(same)) return { kind: 'existing', event: await finished(deps, same) };
    const resources = await deps.store.resources.getMany(tenantId, same.resources);
    return slotTaken(deps, tenantId, lostOf({ draft, hold: null }, resources, []));
  }
  if (request.externalRef === null) return null;
  const other = await deps.store.events.byExternalRef(tenantId, request.externalRef);
  if (other === null) return null;
  return isSameJob(other, request, span)
    ? { kind: 'existing', event: await finished(deps, other) }
    : { kind: 'external-ref-taken', event: other };
}

function isSameJob(event: Event, request: BookingRequest, span: Span): boolean {
  const own = spanOfEvent(event);
  if (own.start !== span.start || own.end !== span.end) return false;
  if (request.resourceIds === null) return true;
  const wanted = new Set(request.resourceIds);
  return wanted.size === event.resources.length && event.resources.every((id) => wanted.has(id));
}

export async function finished(deps: DeskDeps, event: Event): Promise<Event> {
  if (event.sheetVersion >= event.version) return event;
  const settled = (await settleEvent(deps, event, 'debt')) ?? event;
  setOff(deps, [settled]);
  return settled;
}

/** The event of a booking that lives, with its rows behind it; null when there is none. */
export async function bookingEvent(deps: DeskDeps, tenantId: TenantId, id: EventId): Promise<Event | null> {
  const event = await deps.store.events.get(tenantId, id);
  return event === null || event.booking === null || wasNeverGranted(event) ? null : finished(deps, event);
}
