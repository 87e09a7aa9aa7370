/** The desk's refusals, with what stands in the way and what could be had instead. */
import type { Event } from '../domain/event.ts';
import type { ClaimId, TenantId } from '../domain/ids.ts';
import type { Resource, Slot } from '../domain/resource.ts';
import { spanOf } from '../domain/series.ts';
import type { Takes } from '../domain/takes.ts';
import { plainTakes } from '../domain/takes.ts';
import type { Span } from '../domain/time.ts';
import type { BookOutcome, Obstacle, Requirement, SlotTaken } from './desk.ts';
import type { Diary } from './diary.ts';
import { obstaclesAt } from './diary.ts';
import type { Knowledge } from './freshness.ts';
import { calendarsRead, knowledgeOf } from './freshness.ts';
import { alternativesTo, around } from './look.ts';
import type { DeskDeps, LookDeps } from './parts.ts';
import { resourcesOf, spanFault } from './parts.ts';

export const ruleViolation = (rule: string, sentence: string): Extract<BookOutcome, { kind: 'rule-violation' }> => ({
  kind: 'rule-violation',
  rule,
  sentence,
});

export interface Lost {
  readonly span: Span;
  /** Those that were wanted, or with `requires` those that could be chosen. */
  readonly resources: readonly Resource[];
  readonly requires: readonly Requirement[] | null;
  /** What the claim met; shown when nothing stands in the way any more. */
  readonly obstacles: readonly Obstacle[];
  /** Own rows, which stand in nobody's way here. */
  readonly ignore: ReadonlySet<ClaimId>;
  readonly takes?: Takes;
}

export async function slotTaken(deps: DeskDeps, tenantId: TenantId, lost: Lost): Promise<SlotTaken> {
  const { found, alternatives, freshness } = await shared(deps, tenantId, lost);
  const conflicts = found.length > 0 ? found : lost.obstacles;
  return { kind: 'slot-taken', conflicts, alternatives, freshness };
}

interface Findings {
  readonly found: readonly Obstacle[];
  readonly alternatives: readonly Slot[];
  readonly freshness: readonly Knowledge[];
}

/** Searches under way, by store and by what was lost. */
const searches = new WeakMap<object, Map<string, Promise<Findings>>>();

/** Many who lose one slot at the same moment share one search; it is only a proposal, and each claim decides anew. */
function shared(deps: DeskDeps, tenantId: TenantId, lost: Lost): Promise<Findings> {
  const { span, resources, requires, takes, ignore } = lost;
  const mine = searches.get(deps.store) ?? new Map<string, Promise<Findings>>();
  searches.set(deps.store, mine);
  const key = JSON.stringify([tenantId, span, resources.map((r) => r.id), requires, takes, [...ignore]]);
  const known = mine.get(key);
  if (known !== undefined) return known;
  const search = lookAround(deps, tenantId, lost).finally(() => mine.delete(key));
  mine.set(key, search);
  return search;
}

async function lookAround(deps: DeskDeps, tenantId: TenantId, lost: Lost): Promise<Findings> {
  const ids = lost.resources.map((r) => r.id);
  const [{ alternatives, diaries }, calendars] = await Promise.all([
    around(deps, tenantId, lostSlot(lost)),
    calendarsRead(deps, tenantId, ids),
  ]);
  return { found: obstaclesIn(diaries, lost), alternatives, freshness: knowledgeOf(calendars) };
}

function lostSlot(lost: Lost) {
  const resourceIds = lost.requires === null ? lost.resources.map((r) => r.id) : [];
  const { resources, requires, ignore, takes = plainTakes } = lost;
  return { lost: { ...lost.span, resourceIds }, resources, requires, ignore, takes };
}

export const alternativesFor = (deps: DeskDeps, tenantId: TenantId, lost: Lost): Promise<readonly Slot[]> =>
  alternativesTo(deps, tenantId, lostSlot(lost));

const mostObstacles = 20;
function obstaclesIn(diaries: readonly Diary[], lost: Lost): readonly Obstacle[] {
  return diaries
    .flatMap((diary) =>
      obstaclesAt(diary, lost.span, lost.takes ?? plainTakes).map(({ kind, start, end }) => ({
        ...{ resourceId: diary.resource.id, kind, start, end },
      })),
    )
    .slice(0, mostObstacles);
}

/** Free slots near an event's time for all its resources together; none for a series, which has no one time. */
export async function alternativesForEvent(deps: LookDeps, event: Event): Promise<readonly Slot[]> {
  const { tenantId, fields, resources: ids } = event;
  const resources = await resourcesOf(deps, tenantId, ids);
  if (resources === null || resources.length === 0 || fields.series !== null) return [];
  const lost = { ...spanOf(fields, resources[0]!.zone), resourceIds: ids };
  const isBookable = spanFault(lost) === null;
  return isBookable ? alternativesTo(deps, tenantId, { lost, resources, requires: null }) : [];
}
