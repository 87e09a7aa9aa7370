/** Who may do a job and who should: rules first, then the fewest jobs that day, then the id, so that a run repeats. */
import type { ResourceId } from '../domain/ids.ts';
import type { Resource } from '../domain/resource.ts';
import type { Takes } from '../domain/takes.ts';
import { plainTakes } from '../domain/takes.ts';
import type { CalendarDay, Instant, Span } from '../domain/time.ts';
import { dayOf } from '../domain/zone.ts';
import type { Requirement } from './desk.ts';
import type { Diary, Refusal } from './diary.ts';
import { freeUnits, jobsOn, refusalsAt } from './diary.ts';

export type Reason = Refusal | 'SKILL_MISSING' | 'SKILL_EXPIRED' | 'OUT_OF_TERRITORY' | 'RESOURCE_SHORT';

/** More people or things than this for one job is a slip of the keyboard. */
export const mostUnits = 50;

/**
 * Resources for all requirements, all free at the span; null when there is no such choice. A resource with several units
 * may be named several times. A requirement is served by its best ranked resource unless only another one leaves enough
 * for the rest (augmenting paths).
 */
export function choose(
  requires: readonly Requirement[],
  diaries: readonly Diary[],
  span: Span,
  takes: Takes = plainTakes,
): readonly ResourceId[] | null {
  const units = requires.flatMap((need, i) => Array.from({ length: Math.min(need.quantity, mostUnits + 1) }, () => i));
  if (units.length === 0 || units.length > mostUnits) return null;
  if (units.length === 1) return best(requires[units[0]!]!, diaries, span, takes);
  const pads = { ...takes, units: {} };
  const ranked = requires.map((need) => {
    return rank(need, diaries, span, pads).flatMap((r) => unitsFree(r, diaries, span, pads, units.length));
  });
  const holder = new Map<UnitKey, number>();
  for (let unit = 0; unit < units.length; unit += 1) {
    if (!place(unit, units, ranked, holder, new Set())) return null;
  }
  const chosen = new Map([...holder].map(([key, unit]) => [unit, key.slice(0, key.lastIndexOf('#')) as ResourceId]));
  return units.map((_, unit) => chosen.get(unit)!);
}

/** The first of `rank`, without ranking the others: asked for every start of a long window. */
function best(need: Requirement, diaries: readonly Diary[], span: Span, takes: Takes): readonly ResourceId[] | null {
  let found: Diary | null = null;
  let fewest = Infinity;
  for (const diary of diaries) {
    if (freeUnits(diary, span, takes) === 0 || unfit(need, diary.resource, span) !== null) continue;
    const jobs = jobsOn(diary, span.start);
    const isBetter = jobs < fewest || (jobs === fewest && diary.resource.id < found!.resource.id);
    if (!isBetter) continue;
    found = diary;
    fewest = jobs;
  }
  return found === null ? null : [found.resource.id];
}

/** One unit of a resource: `<id>#<n>`. */
type UnitKey = string;

function unitsFree(
  resource: Resource,
  diaries: readonly Diary[],
  span: Span,
  pads: Takes,
  most: number,
): readonly UnitKey[] {
  const diary = diaries.find((d) => d.resource === resource)!;
  const free = isPerson(resource) ? 1 : Math.min(most, freeUnits(diary, span, pads));
  return Array.from({ length: free }, (_, n) => `${resource.id}#${n}`);
}
const isPerson = (resource: Resource): boolean => resource.kind === 'technician';

/** How many units of a requirement a resource could serve. */
export const mostOf = (resource: Resource): number => (isPerson(resource) ? 1 : resource.quantity);

function place(
  unit: number,
  units: readonly number[],
  ranked: readonly (readonly UnitKey[])[],
  holder: Map<UnitKey, number>,
  tried: Set<UnitKey>,
): boolean {
  const open = ranked[units[unit]!]!.filter((id) => !tried.has(id));
  // Nobody is asked to make room while somebody else is free.
  const first = open.find((id) => !holder.has(id));
  if (first !== undefined) {
    holder.set(first, unit);
    return true;
  }
  for (const id of open) {
    if (tried.has(id)) continue;
    tried.add(id);
    if (place(holder.get(id)!, units, ranked, holder, tried)) {
      holder.set(id, unit);
      return true;
    }
  }
  return false;
}

/** Resources that fit the requirement and are free, best first. */
export function rank(
  need: Requirement,
  diaries: readonly Diary[],
  span: Span,
  pads: Takes = plainTakes,
): readonly Resource[] {
  return diaries
    .filter((diary) => unfit(need, diary.resource, span) === null && freeUnits(diary, span, pads) > 0)
    .map((diary) => ({ resource: diary.resource, jobs: jobsOn(diary, span.start) }))
    .sort((a, b) => a.jobs - b.jobs || (a.resource.id < b.resource.id ? -1 : 1))
    .map((entry) => entry.resource);
}

/** Why this resource could not serve the requirement even with all time in the world; null when it could. */
export function unfit(need: Requirement, resource: Resource, span: Span): Reason | 'KIND' | null {
  if (resource.deletedAt !== null || resource.kind !== need.kind) return 'KIND';
  if (need.territoryId !== null && !resource.territoryIds.includes(need.territoryId)) return 'OUT_OF_TERRITORY';
  // Valid to the end of the job: the last instant inside the span decides.
  const on = need.skills.length === 0 ? null : dayOf((span.end - 1) as Instant, resource.zone);
  for (const skill of need.skills) {
    const verdict = skillVerdict(skill, resource, on!);
    if (verdict !== null) return verdict;
  }
  return null;
}

function skillVerdict(need: Requirement['skills'][number], resource: Resource, on: CalendarDay): Reason | null {
  const able = resource.skills.filter(
    (has) => has.skill === need.skill && (need.level === null || (has.level ?? 0) >= need.level),
  );
  if (able.length === 0) return 'SKILL_MISSING';
  return able.some((has) => has.validUntil === null || on <= has.validUntil) ? null : 'SKILL_EXPIRED';
}

/** Why `choose` found nobody, without doubles. */
export function refusals(
  requires: readonly Requirement[],
  diaries: readonly Diary[],
  span: Span,
  takes: Takes = plainTakes,
): ReadonlySet<Reason> {
  const found = new Set<Reason>();
  for (const need of requires) {
    let fit = 0;
    for (const diary of diaries) {
      const reason = unfit(need, diary.resource, span);
      if (reason === 'KIND') continue;
      if (reason !== null) found.add(reason);
      else {
        fit += mostOf(diary.resource);
        for (const refusal of refusalsAt(diary, span, { ...takes, units: {} })) found.add(refusal);
      }
    }
    if (fit < need.quantity) found.add('RESOURCE_SHORT');
  }
  // Each requirement for itself could be served, but not all by different resources.
  if (found.size === 0) found.add('RESOURCE_SHORT');
  return found;
}
