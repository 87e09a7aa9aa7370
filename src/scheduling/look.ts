/** Reads what the pure rules need to know of a stretch of time, and answers what can still be had there. */
import type { ClaimId, ResourceId, TenantId } from '../domain/ids.ts';
import type { DaySheet, Resource, Slot } from '../domain/resource.ts';
import { utcDaysOf } from '../domain/span.ts';
import type { Takes } from '../domain/takes.ts';
import type { Instant, Span } from '../domain/time.ts';
import { dayMs, utcZone } from '../domain/time.ts';
import { alternativesFor } from './alternatives.ts';
import { slotsIn } from './availability.ts';
import type { Availability, AvailabilityQuery, Requirement } from './desk.ts';
import type { Diary } from './diary.ts';
import { diaryOf } from './diary.ts';
import type { Freshly, Knowledge } from './freshness.ts';
import { asItIs, calendarsRead, freshen, illOf, knowledgeOf } from './freshness.ts';
import type { DeskDeps, LookDeps } from './parts.ts';
import { contextOf, longestBookingMs, resourcesOf, unique } from './parts.ts';
import { rowsFor } from './sheet.ts';

const pageSize = 200;
const mostEvents = 1000;
const mostAlternatives = 3;
const longestLookMs = 400 * dayMs;
/** A day in the westernmost and the easternmost zone together, so that whole local days are seen. */
const marginMs = 2 * dayMs;
/** Rows of series are renewed this long before they run out. */
export const coverSlackMs = 7 * dayMs;

export async function diariesOf(
  deps: LookDeps,
  tenantId: TenantId,
  resources: readonly Resource[],
  window: Span,
  ignore: ReadonlySet<ClaimId> = new Set(),
): Promise<readonly Diary[]> {
  if (resources.length === 0) return [];
  const ids = resources.map((r) => r.id);
  const sheets = [
    ...(await deps.store.sheets.load(tenantId, ids, utcDaysOf(window))),
    ...(await sheetsBeyond(deps, tenantId, resources, window)),
  ];
  const byResource = new Map<ResourceId, DaySheet[]>(ids.map((id) => [id, []]));
  for (const sheet of sheets) byResource.get(sheet.resourceId)?.push(sheet);
  const now = deps.store.now();
  return resources.map((r) => diaryOf(r, byResource.get(r.id) ?? [], window, now, ignore));
}

/** Rows that series would have where theirs end for now: so far ahead that only a long look or an early booking meets it. */
export async function sheetsBeyond(
  deps: LookDeps,
  tenantId: TenantId,
  resources: readonly Resource[],
  span: Span,
): Promise<readonly DaySheet[]> {
  const { store, settings } = deps;
  if (span.end <= store.now() + settings.windowAheadMs - 2 * coverSlackMs) return [];
  const ids = resources.map((r) => r.id);
  const sheets: DaySheet[] = [];
  for (const event of await store.events.inSpan(tenantId, ids, span, mostEvents, 'series')) {
    const covered = event.coveredUntil ?? (0 as Instant);
    if (event.fields.series === null || covered >= span.end) continue;
    const window = { start: Math.max(span.start, covered) as Instant, end: span.end };
    const puts = rowsFor(event, await contextOf(deps, event, resources, window));
    for (const { resourceId, day, rows } of puts) sheets.push({ tenantId, resourceId, day, version: 0, rows });
  }
  return sheets;
}

/** Every resource that is not deleted. */
export async function everyResource(deps: LookDeps, tenantId: TenantId): Promise<readonly Resource[]> {
  const all: Resource[] = [];
  let after: string | null = null;
  do {
    const page: Awaited<ReturnType<typeof deps.store.resources.list>> = await deps.store.resources.list(tenantId, {
      limit: pageSize,
      after,
    });
    all.push(...page.data.filter((r) => r.deletedAt === null));
    after = page.next;
  } while (after !== null);
  return all;
}

interface LostSlot {
  readonly lost: Slot;
  readonly resources: readonly Resource[];
  readonly requires: readonly Requirement[] | null;
  readonly ignore?: ReadonlySet<ClaimId>;
  readonly takes?: Takes;
}

/** Up to three free slots near a lost one; `requires` null means that all of `resources` are needed. */
export const alternativesTo = async (deps: LookDeps, tenantId: TenantId, o: LostSlot): Promise<readonly Slot[]> =>
  (await around(deps, tenantId, o)).alternatives;

/** As above, with the diaries that they were found in, which show the lost time too. */
export async function around(
  deps: LookDeps,
  tenantId: TenantId,
  o: LostSlot,
): Promise<{ readonly alternatives: readonly Slot[]; readonly diaries: readonly Diary[] }> {
  const reach = deps.settings.searchMs ?? 7 * dayMs;
  const start = Math.max(o.lost.start - reach, deps.store.now()) as Instant;
  const window = { start, end: (Math.max(start, o.lost.end) + reach) as Instant };
  // A time long past is not looked at: what stood in its way then is known from the claim.
  const isNear = window.start - o.lost.start < longestBookingMs;
  const from = (isNear ? Math.min(window.start, o.lost.start) : window.start) - marginMs;
  const wide = { start: from as Instant, end: (window.end + marginMs) as Instant };
  const diaries = await diariesOf(deps, tenantId, o.resources, wide, o.ignore);
  const query = {
    lost: o.lost,
    window,
    granularityMs: deps.settings.searchStepMs ?? 15 * 60_000,
    zone: o.resources[0]?.zone ?? utcZone,
    requires: o.requires,
    limit: mostAlternatives,
    ...(o.takes === undefined ? {} : { takes: o.takes }),
  };
  return { alternatives: alternativesFor(query, diaries), diaries };
}

/** Nothing before now is offered, and nothing beyond 400 days. Without resources or requirements: any one technician. */
export async function availability(
  deps: FreshLookDeps,
  tenantId: TenantId,
  query: AvailabilityQuery,
): Promise<Availability> {
  const { ground, freshness } = await freshGround(deps, tenantId, query, query.freshly ?? asItIs);
  const { resources, requires, window, diaries, unsure } = ground ?? noGround(deps, query);
  const zone = resources[0]?.zone ?? utcZone;
  const granularityMs = Math.max(query.granularityMs, 60_000);
  const { slots, why } = slotsIn({ ...query, window, granularityMs, requires, zone }, diaries);
  return { slots: withDoubts(slots, unsure), why, freshness };
}

export const withDoubts = (slots: readonly Slot[], unsure: ReadonlySet<ResourceId>): readonly Slot[] =>
  unsure.size === 0
    ? slots
    : slots.map((slot) => (slot.resourceIds.some((id) => unsure.has(id)) ? { ...slot, isTentative: true } : slot));

type FreshLookDeps = LookDeps & Pick<DeskDeps, 'clock' | 'nudge'>;

/**
 * The ground after stale calendars were read again, where that is asked for. Of resources whose calendar could not be read,
 * `closed` leaves all time out, and `tentative` names them as unsure.
 */
export async function freshGround(
  deps: FreshLookDeps,
  tenantId: TenantId,
  query: GroundQuery,
  { maxStalenessMs, whenIll }: Freshly,
): Promise<{ readonly ground: Ground | null; readonly freshness: readonly Knowledge[] }> {
  const cast = await castOf(deps, tenantId, query);
  if (cast === null) return { ground: null, freshness: [] };
  const ids = cast.resources.map((r) => r.id);
  if (maxStalenessMs === null) {
    const [ground, calendars] = await Promise.all([
      groundFor(deps, tenantId, query, cast),
      calendarsRead(deps, tenantId, ids),
    ]);
    return { ground, freshness: knowledgeOf(calendars) };
  }
  const { known } = await freshen(deps, tenantId, ids, { maxStalenessMs, seen: new Map() });
  const ground = await groundFor(deps, tenantId, query, cast);
  const ill = illOf(known);
  const unsure = whenIll === 'tentative' ? ill : new Set<ResourceId>();
  const diaries =
    whenIll === 'closed' ? ground.diaries.map((d) => (ill.has(d.resource.id) ? shut(d) : d)) : ground.diaries;
  return { ground: { ...ground, diaries, unsure }, freshness: known };
}

/** A diary of which nothing is known to be free. */
const shut = (diary: Diary): Diary => ({ ...diary, working: [], free: [] });

type GroundQuery = Pick<AvailabilityQuery, 'window' | 'resourceIds' | 'requires'>;

interface Cast {
  readonly resources: readonly Resource[];
  readonly requires: readonly Requirement[] | null;
}
export interface Ground extends Cast {
  readonly window: Span;
  readonly diaries: readonly Diary[];
  readonly unsure: ReadonlySet<ResourceId>;
}
const noGround = (deps: LookDeps, query: GroundQuery): Ground => ({
  ...{ resources: [], requires: null, window: windowNow(deps, query.window), diaries: [], unsure: new Set() },
});

/** Nothing before now, and nothing beyond 400 days. */
function windowNow(deps: LookDeps, { start: from, end }: Span): Span {
  const start = Math.max(from, deps.store.now()) as Instant;
  return { start, end: Math.min(end, start + longestLookMs) as Instant };
}

/** Who may serve. Null: a named resource is not there. */
async function castOf(deps: LookDeps, tenantId: TenantId, query: GroundQuery): Promise<Cast | null> {
  const named = query.resourceIds === null ? null : await resourcesOf(deps, tenantId, unique(query.resourceIds));
  const requires = query.requires ?? (query.resourceIds === null ? [anyTechnician] : null);
  const pool = query.resourceIds === null ? await everyResource(deps, tenantId) : named;
  if (pool === null || pool.some((r) => r.deletedAt !== null)) return null;
  const resources = requires === null ? pool : pool.filter((r) => requires.some((need) => need.kind === r.kind));
  return { resources, requires };
}

/** What they do around the window. */
async function groundFor(deps: LookDeps, tenantId: TenantId, query: GroundQuery, cast: Cast): Promise<Ground> {
  const window = windowNow(deps, query.window);
  const wide = { start: (window.start - marginMs) as Instant, end: (window.end + marginMs) as Instant };
  const diaries = window.start < window.end ? await diariesOf(deps, tenantId, cast.resources, wide) : [];
  return { ...cast, window, diaries, unsure: new Set() };
}

const anyTechnician: Requirement = { kind: 'technician', skills: [], territoryId: null, quantity: 1 };
