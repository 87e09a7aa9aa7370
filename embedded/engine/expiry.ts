/** Finds the documents whose time is over by a TTL index. */
import type { IndexTree } from './index-tree.ts';
import type { StoredRecord } from './record.ts';
import { bracketOf, prefixEnd, valueKey } from './value-key.ts';

/** At most `limit` expired records: sweeping is done in portions, so that it never holds up requests. */
export function expiredRecords(tree: IndexTree, now: Date, limit: number): StoredRecord[] {
  const { expireAfterSeconds, fields } = tree.spec;
  if (expireAfterSeconds === null) return [];
  const { descending } = fields[0]!;
  const deadline = new Date(now.getTime() - expireAfterSeconds * 1000);
  // Only dates expire. The range begins with the bracket of dates and ends with the deadline itself.
  const bracket = String.fromCharCode(descending ? bracketOf(deadline) ^ 0xff : bracketOf(deadline));
  const key = valueKey(deadline, descending);
  const range = descending ? { low: key, high: prefixEnd(bracket) } : { low: bracket, high: prefixEnd(key) };
  const found = new Set<StoredRecord>();
  for (const record of tree.scan(range, false)) {
    found.add(record);
    if (found.size >= limit) break;
  }
  return [...found];
}
