// Aggregation over documents in memory.
import type { Doc } from './values.ts';

export function aggregate(_docs: Iterable<Doc>, _pipeline: readonly Doc[], _o: { now: Date }): Doc[] {
  throw new Error('not written yet');
}

/** Splits off the leading $match stages, which a store may answer with an index. */
export function leadingMatch(_pipeline: readonly Doc[]): { filter: Doc; rest: readonly Doc[] } {
  throw new Error('not written yet');
}
