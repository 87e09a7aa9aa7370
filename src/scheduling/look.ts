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
import type { LookDeps } from './parts.ts';
import { contextOf, resourcesOf, unique } from './parts.ts';
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

/** Up to three free slots near a lost one; `requires` null means that all of `resources` are needed. */
export async function alternativesTo(
  deps: LookDeps,
  tenantId: TenantId,
  o: {
    readonly lost: Slot;
    readonly resources: readonly Resource[];
    readonly requires: readonly Requirement[] | null;
    readonly ignore?: ReadonlySet<ClaimId>;
    readonly takes?: Takes;
  },
): Promise<readonly Slot[]> {
  const reach = deps.settings.searchMs ?? 7 * dayMs;
  const start = Math.max(o.lost.start - reach, deps.store.now()) as Instant;
  const window = { start, end: (Math.max(start, o.lost.end) + reach) as Instant };
  const wide = { start: (window.start - marginMs) as Instant, end: (window.end + marginMs) as Instant };
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
  return alternativesFor(query, diaries);
}

/** Nothing before now is offered, and nothing beyond 400 days. Without resources or requirements: any one technician. */
export async function availability(
  deps: LookDeps,
  tenantId: TenantId,
  query: AvailabilityQuery,
): Promise<Availability> {
  const { resources, requires, window, diaries } = (await groundOf(deps, tenantId, query)) ?? noGround(query);
  const zone = resources[0]?.zone ?? utcZone;
  const granularityMs = Math.max(query.granularityMs, 60_000);
  const { slots, why } = slotsIn({ ...query, window, granularityMs, requires, zone }, diaries);
  const shown = requires === null ? resources.map((r) => r.id) : unique(slots.flatMap((slot) => slot.resourceIds));
  return { slots, why, freshness: await freshnessOf(deps, tenantId, shown) };
}

export interface Ground {
  readonly resources: readonly Resource[];
  readonly requires: readonly Requirement[] | null;
  readonly window: Span;
  readonly diaries: readonly Diary[];
}
const noGround = (query: Pick<AvailabilityQuery, 'window'>): Ground => ({
  ...{ resources: [], requires: null, window: query.window, diaries: [] },
});

/** What an answer rests on: who may serve, and what they do around the window. Null: a named resource is not there. */
export async function groundOf(
  deps: LookDeps,
  tenantId: TenantId,
  query: Pick<AvailabilityQuery, 'window' | 'resourceIds' | 'requires'>,
): Promise<Ground | null> {
  const named = query.resourceIds === null ? null : await resourcesOf(deps, tenantId, unique(query.resourceIds));
  const requires = query.requires ?? (query.resourceIds === null ? [anyTechnician] : null);
  const pool = query.resourceIds === null ? await everyResource(deps, tenantId) : named;
  if (pool === null || pool.some((r) => r.deletedAt !== null)) return null;
  const resources = requires === null ? pool : pool.filter((r) => requires.some((need) => need.kind === r.kind));
  const start = Math.max(query.window.start, deps.store.now()) as Instant;
  const window = { start, end: Math.min(query.window.end, start + longestLookMs) as Instant };
  const wide = { start: (start - marginMs) as Instant, end: (window.end + marginMs) as Instant };
  const diaries = window.start < window.end ? await diariesOf(deps, tenantId, resources, wide) : [];
  return { resources, requires, window, diaries };
}

const anyTechnician: Requirement = { kind: 'technician', skills: [], territoryId: null, quantity: 1 };

/** How old the knowledge is that the answer rests on: calendars that are read and block. */
async function freshnessOf(
  deps: LookDeps,
  tenantId: TenantId,
  ids: readonly ResourceId[],
): Promise<Availability['freshness']> {
  const calendars = await Promise.all(ids.map((id) => deps.store.calendars.ofResource(tenantId, id)));
  return calendars
    .flat()
    .filter((calendar) => calendar.role !== 'write')
    .map((calendar) => ({ calendarId: calendar.id, syncedAt: calendar.lastSyncedAt }));
}
