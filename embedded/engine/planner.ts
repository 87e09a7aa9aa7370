/**
 * Chooses how to find the documents of a query. A plan is data: index ranges to walk and whether
 * walking them gives the wanted order. The matcher runs on every document whatever the plan is,
 * so a bad plan is only slow.
 */
import { type Bounds, compileFilter, type Matcher } from '../semantics/filter.ts';
import type { Doc } from '../semantics/values.ts';
import type { Collection } from './collection.ts';
import { helperFor } from './helper-index.ts';
import type { IndexTree, KeyRange } from './index-tree.ts';
import { WHOLE_INDEX } from './index-tree.ts';
import { indexBounds } from './key-ranges.ts';
import type { SortField } from './sort-spec.ts';

export interface Scan {
  /** null walks the whole collection. */
  readonly tree: IndexTree | null;
  readonly range: KeyRange;
  readonly reverse: boolean;
  /** The scan meets its documents in the wanted order, so that its first few are enough. */
  readonly isOrdered: boolean;
}

export interface Plan {
  readonly scans: readonly Scan[];
}

export interface Wanted {
  readonly filter: Doc;
  readonly matcher: Matcher;
  readonly sort: readonly SortField[];
  /** How many documents are needed (skip included), or null for all. */
  readonly needed: number | null;
}

/** More entries than this count as "many": counting further would cost more than it tells. */
const MANY = 101;

interface Candidate extends Plan {
  readonly isOrdered: boolean;
  readonly cost: number;
  readonly pointFields: number;
  readonly isRanged: boolean;
}

export function planQuery(collection: Collection, wanted: Wanted): Plan {
  const best = bestCandidate(collection, wanted, wanted.matcher);
  if (best !== null && best.cost < MANY) return best;
  return planBranches(collection, wanted) ?? best ?? FULL_SCAN;
}

const FULL_SCAN: Plan = { scans: [{ tree: null, range: WHOLE_INDEX, reverse: false, isOrdered: false }] };

/** Each branch of a top-level $or on its own index; only when every branch has a good one. */
function planBranches(collection: Collection, wanted: Wanted): Plan | null {
  const { $or: branches, ...rest } = wanted.filter;
  if (!Array.isArray(branches) || collection.size <= MANY) return null;
  const plans: Candidate[] = [];
  for (const branch of branches as Doc[]) {
    const filter = Object.keys(rest).length === 0 ? branch : { $and: [rest, branch] };
    const matcher = compileFilter(filter);
    const plan = bestCandidate(collection, wanted, matcher);
    if (plan !== null && (plan.cost < MANY || (plan.isOrdered && plan.isRanged && wanted.needed !== null))) {
      plans.push(plan);
      continue;
    }
    const helped = helperCandidate(collection, compileFilter(branch).bounds);
    if (helped === null) return null;
    plans.push(helped);
  }
  return { scans: plans.flatMap((plan) => plan.scans) };
}

function helperCandidate(collection: Collection, bounds: ReadonlyMap<string, Bounds>): Candidate | null {
  for (const path of bounds.keys()) {
    const tree = helperFor(collection, path, bounds);
    const found = tree === null ? null : indexBounds(tree, bounds);
    if (tree === null || found === null) continue;
    const scans = found.ranges.map((range) => ({ tree, range, reverse: false, isOrdered: false }));
    const cost = costOf(scans);
    if (cost < MANY) return { scans, isOrdered: false, cost, pointFields: found.pointFields, isRanged: true };
  }
  return null;
}

function bestCandidate(collection: Collection, wanted: Wanted, matcher: Matcher): Candidate | null {
  let best: Candidate | null = null;
  for (const tree of collection.indexes) {
    const candidate = candidateFor(tree, wanted, matcher);
    if (candidate !== null && (best === null || isBetter(candidate, best, wanted))) best = candidate;
  }
  return best;
}

function candidateFor(tree: IndexTree, wanted: Wanted, matcher: Matcher): Candidate | null {
  const isMultikey = tree.spec.fields.some((_, i) => tree.isMultikey(i));
  const found = indexBounds(tree, isMultikey ? matcher.bounds : matcher.singleKeyBounds);
  const order = orderOf(tree, wanted.sort, found?.pointFields ?? 0);
  if (found === null) {
    // Without bounds an index is only worth its order, and a sparse one misses documents.
    if (order === null || wanted.needed === null || tree.spec.sparse) return null;
    const scans = [{ tree, range: WHOLE_INDEX, reverse: order === 'reverse', isOrdered: true }];
    return { scans, isOrdered: true, cost: MANY, pointFields: 0, isRanged: false };
  }
  const isOrdered = order !== null;
  const scans = found.ranges.map((range) => ({ tree, range, reverse: order === 'reverse', isOrdered }));
  const { pointFields, hasRange } = found;
  return { scans, isOrdered, cost: costOf(scans), pointFields, isRanged: hasRange };
}

/** Whether walking the index after its fixed fields gives the sort order, and in which direction. */
function orderOf(tree: IndexTree, sort: readonly SortField[], fixed: number): 'forward' | 'reverse' | null {
  if (sort.length === 0) return null;
  const { fields } = tree.spec;
  const fixedPaths = new Set(fields.slice(0, fixed).map((field) => field.path));
  let direction: 'forward' | 'reverse' | null = null;
  let at = fixed;
  for (const { path, descending } of sort) {
    // A field held to one value cannot influence the order inside a range.
    if (fixedPaths.has(path) && !fields.some((field, i) => field.path === path && tree.isMultikey(i))) continue;
    const field = fields[at];
    if (field === undefined || field.path !== path || tree.isMultikey(at)) return null;
    const step = field.descending === descending ? 'forward' : 'reverse';
    if (direction !== null && step !== direction) return null;
    direction = step;
    at += 1;
  }
  return direction;
}

function costOf(scans: readonly Scan[]): number {
  let cost = 0;
  for (const { tree, range } of scans) {
    cost += tree === null ? MANY : tree.count(range, MANY - cost);
    if (cost >= MANY) return MANY;
  }
  return cost;
}

function isBetter(a: Candidate, b: Candidate, wanted: Wanted): boolean {
  if (a.cost !== b.cost) return a.cost < b.cost;
  if (a.isOrdered !== b.isOrdered && wanted.needed !== null) return a.isOrdered;
  if (a.pointFields !== b.pointFields) return a.pointFields > b.pointFields;
  if (a.isRanged !== b.isRanged) return a.isRanged;
  return a.isOrdered && !b.isOrdered;
}
