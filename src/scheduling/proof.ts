/** The proof of the ledger: recomputes a span from events and holds alone, sheet by sheet, and says where the day sheets differ. */
import type { ConflictId, EventId, ResourceId, TenantId } from '../domain/ids.ts';
import type { Clock } from '../domain/ports.ts';
import type { Resource } from '../domain/resource.ts';
import { utcDaysOf } from '../domain/span.ts';
import type { CalendarDay, Span } from '../domain/time.ts';
import type { Store } from '../store/store.ts';
import type { Memo } from './proof-ground.ts';
import { newMemo, readGround } from './proof-ground.ts';
import type { Overlap, Phantom, SheetFindings, Uncovered } from './proof-sheet.ts';
import { judgeSheet } from './proof-sheet.ts';

export interface ProofDeps {
  readonly store: Store;
  readonly clock: Pick<Clock, 'now' | 'sleep'>;
  readonly settings: { readonly windowPastMs: number; readonly windowAheadMs: number };
}

/** A time wanted twice that is on record as an open conflict: known, and nobody's mistake. */
export interface OpenOverlap extends Span {
  readonly conflictId: ConflictId;
  readonly resourceId: ResourceId;
  readonly eventIds: readonly EventId[];
}

export interface Proof {
  readonly overlaps: readonly Overlap[];
  readonly uncovered: readonly Uncovered[];
  readonly phantom: readonly Phantom[];
  readonly conflicts: readonly OpenOverlap[];
  /** Day sheets that were recomputed. */
  readonly checked: number;
  /** Too much was wrong to look at all of it: the rest of the span was not judged. */
  readonly isCut: boolean;
}

const daysPerRead = 7;
const resourcesPerRead = 20;
/** Sheets under suspicion after which the rest is left for the next run. */
const mostSuspects = 500;
/** A write that is under way is over by then; what is still wrong after both looks is wrong. */
const pauses = [250, 750] as const;

/** Day sheets that a proof of this span would read. */
export const sheetsOf = (resources: number, span: Span): number => resources * utcDaysOf(span).length;

/**
 * Reads only. What looks wrong is looked at twice more after a pause, from fresh reads, and only what was wrong each time is
 * reported: a claim in flight is no violation.
 */
export async function prove(
  deps: ProofDeps,
  tenantId: TenantId,
  resources: readonly Resource[],
  span: Span,
): Promise<Proof> {
  const suspects: Suspect[] = [];
  const memo = newMemo();
  let checked = 0;
  const days = utcDaysOf(span);
  for (let d = 0; d < days.length && suspects.length < mostSuspects; d += daysPerRead) {
    for (let r = 0; r < resources.length && suspects.length < mostSuspects; r += resourcesPerRead) {
      const part = { resources: resources.slice(r, r + resourcesPerRead), days: days.slice(d, d + daysPerRead), span };
      const judged = await judge(deps, tenantId, part, memo);
      checked += judged.length;
      suspects.push(...judged.filter((j) => isSuspicious(j.found)));
    }
  }
  const isCut = checked < sheetsOf(resources.length, span);
  return { ...gather(await lookAgain(deps, tenantId, span, suspects)), checked, isCut };
}

interface Suspect {
  readonly resource: Resource;
  readonly day: CalendarDay;
  readonly found: Judged;
}
interface Judged extends SheetFindings {
  readonly open: readonly OpenOverlap[];
}

const isSuspicious = (f: Judged): boolean =>
  f.overlaps.length + f.uncovered.length + f.phantom.length + f.open.length > 0;

async function lookAgain(
  deps: ProofDeps,
  tenantId: TenantId,
  span: Span,
  first: readonly Suspect[],
): Promise<readonly Suspect[]> {
  let left = first;
  for (const pause of pauses) {
    if (!left.some(({ found }) => found.overlaps.length + found.uncovered.length + found.phantom.length > 0)) break;
    await deps.clock.sleep(pause);
    const next: Suspect[] = [];
    for (const { resource, day, found } of left) {
      const [again] = await judge(deps, tenantId, { resources: [resource], days: [day], span }, newMemo());
      const both = again === undefined ? found : inBoth(found, again.found);
      if (isSuspicious(both)) next.push({ resource, day, found: both });
    }
    left = next;
  }
  return left;
}

/** What the second look still sees of the first. */
function inBoth(first: Judged, second: Judged): Judged {
  const overlap = (o: Overlap) => `${o.eventIds.join()} ${o.start} ${o.end}`;
  const stretch = (u: Uncovered) => `${u.claim} ${u.start} ${u.end}`;
  return {
    overlaps: common(first.overlaps, second.overlaps, overlap),
    uncovered: common(first.uncovered, second.uncovered, stretch),
    phantom: common(first.phantom, second.phantom, stretch),
    told: second.told,
    open: second.open,
  };
}

function common<T>(first: readonly T[], second: readonly T[], key: (item: T) => string): readonly T[] {
  const keys = new Set(first.map(key));
  return second.filter((item) => keys.has(key(item)));
}

/** A stretch over midnight lies on two sheets; it is told once for each of them, by its part of the day. */
function gather(suspects: readonly Suspect[]): Omit<Proof, 'checked' | 'isCut'> {
  const open = new Map<string, OpenOverlap>();
  for (const { found } of suspects) for (const o of found.open) if (!open.has(o.conflictId)) open.set(o.conflictId, o);
  return {
    overlaps: suspects.flatMap((s) => s.found.overlaps),
    uncovered: suspects.flatMap((s) => s.found.uncovered),
    phantom: suspects.flatMap((s) => s.found.phantom),
    conflicts: [...open.values()],
  };
}

interface Part {
  readonly resources: readonly Resource[];
  readonly days: readonly CalendarDay[];
  readonly span: Span;
}

async function judge(deps: ProofDeps, tenantId: TenantId, part: Part, memo: Memo): Promise<readonly Suspect[]> {
  const ground = await readGround(deps, tenantId, part, memo);
  const judged: Suspect[] = [];
  for (const input of ground) {
    const bare = judgeSheet({ ...input, isTold: () => false });
    if (bare.told.length === 0) {
      judged.push({ resource: input.resource, day: input.sheet.day, found: { ...bare, open: [] } });
      continue;
    }
    const states = await statesOf(deps, tenantId, bare);
    const found = judgeSheet({ ...input, isTold: (id) => states.has(id) });
    const open = found.told.filter((pair) => states.get(pair.conflictId) === 'open');
    const named = open.map((pair) => ({ ...pair, resourceId: input.resource.id }));
    judged.push({ resource: input.resource, day: input.sheet.day, found: { ...found, open: named } });
  }
  return judged;
}

async function statesOf(
  deps: ProofDeps,
  tenantId: TenantId,
  { told }: SheetFindings,
): Promise<ReadonlyMap<ConflictId, 'open' | 'resolved'>> {
  const states = new Map<ConflictId, 'open' | 'resolved'>();
  for (const id of new Set(told.map((pair) => pair.conflictId))) {
    const conflict = await deps.store.conflicts.get(tenantId, id);
    // Another decision than to let both stand ends the overlap; where it is there again it would be open again.
    const isAccepted = conflict?.state === 'open' || conflict?.choice === 'both';
    if (conflict !== null && isAccepted) states.set(id, conflict.state);
  }
  return states;
}
