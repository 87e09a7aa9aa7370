/** Runs a query: walks the plan, keeps what the matcher keeps, sorts and cuts. */
import { compileFilter, type Matcher } from '../semantics/filter.ts';
import { compileSort } from '../semantics/sort.ts';
import type { Doc } from '../semantics/values.ts';
import type { Collection } from './collection.ts';
import { type Plan, planQuery, type Scan } from './planner.ts';
import type { StoredRecord } from './record.ts';
import { parseSort } from './sort-spec.ts';

export interface Query {
  readonly filter: Doc;
  readonly sort?: Doc;
  readonly skip?: number;
  /** 0 or absent: no limit. */
  readonly limit?: number;
}

export interface Found {
  readonly records: StoredRecord[];
  readonly matcher: Matcher;
}

export function runQuery(collection: Collection | null, query: Query): Found {
  const matcher = compileFilter(query.filter);
  const sort = parseSort(query.sort ?? {});
  const compare = sort.length === 0 ? null : compileSort(query.sort ?? {});
  if (collection === null) return { records: [], matcher };
  const skip = query.skip ?? 0;
  const needed = query.limit ? skip + query.limit : null;
  const plan = planQuery(collection, { filter: query.filter, matcher, sort, needed });
  const records =
    compare === null
      ? collect(collection, plan.scans, matcher, needed)
      : collectSorted(collection, plan, matcher, needed, compare);
  return { records: records.slice(skip, needed ?? undefined), matcher };
}

/** As many matching records as needed, in the order of the scans, each once. */
function collect(
  collection: Collection,
  scans: readonly Scan[],
  matcher: Matcher,
  needed: number | null,
): StoredRecord[] {
  const found = new Set<StoredRecord>();
  for (const scan of scans) {
    for (const record of matching(collection, scan, matcher)) {
      found.add(record);
      if (found.size === needed) return [...found];
    }
  }
  return [...found];
}

function collectSorted(
  collection: Collection,
  plan: Plan,
  matcher: Matcher,
  needed: number | null,
  compare: (a: Doc, b: Doc) => number,
): StoredRecord[] {
  const [only] = plan.scans;
  if (plan.scans.length === 1 && only?.isOrdered) return collect(collection, plan.scans, matcher, needed);
  // An ordered scan can add no more to the answer than its first `needed` documents.
  const heads = plan.scans.map((scan) => collect(collection, [scan], matcher, scan.isOrdered ? needed : null));
  return sortDecoded(collection, [...new Set(heads.flat())], compare);
}

/** Decodes each document once: the cache is smaller than a big result. */
function sortDecoded(
  collection: Collection,
  records: readonly StoredRecord[],
  compare: (a: Doc, b: Doc) => number,
): StoredRecord[] {
  const pairs = records.map((record) => ({ record, doc: collection.read(record) }));
  pairs.sort((a, b) => compare(a.doc, b.doc) || a.record.id - b.record.id);
  return pairs.map((pair) => pair.record);
}

function* matching(collection: Collection, scan: Scan, matcher: Matcher): Generator<StoredRecord> {
  const records = scan.tree === null ? collection.records() : scan.tree.scan(scan.range, scan.reverse);
  for (const record of records) if (matcher.matches(collection.read(record))) yield record;
}
