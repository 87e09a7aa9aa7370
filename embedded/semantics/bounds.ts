// What an index may use of a query.

/** Every given side holds at the same time; an absent side is open. Types are not bracketed: `lt: 5` alone includes null. */
export interface Bounds {
  /** Values of $eq or of a $in without regular expressions; [] means that nothing can match. */
  readonly eq: readonly unknown[] | null;
  readonly gt?: unknown;
  readonly gte?: unknown;
  readonly lt?: unknown;
  readonly lte?: unknown;
}

/** Both ends of several bounds that hold for the same key. Of two equal sides the first is kept: true, if not tight. */
export function mergeBounds(all: readonly Bounds[]): Bounds | null {
  if (all.length === 0) return null;
  const exact = all.find((bounds) => bounds.eq !== null);
  if (exact !== undefined) return exact;
  const lower = all.find((bounds) => 'gt' in bounds || 'gte' in bounds);
  const upper = all.find((bounds) => 'lt' in bounds || 'lte' in bounds);
  return { ...lowerSide(lower), ...upperSide(upper), eq: null };
}

function lowerSide(bounds: Bounds | undefined): Partial<Bounds> {
  if (bounds === undefined) return {};
  return 'gt' in bounds ? { gt: bounds.gt } : { gte: bounds.gte };
}

function upperSide(bounds: Bounds | undefined): Partial<Bounds> {
  if (bounds === undefined) return {};
  return 'lt' in bounds ? { lt: bounds.lt } : { lte: bounds.lte };
}

/**
 * The most useful single bound. With several keys per document two conditions may be met by two different keys, so
 * they cannot be combined: [1, 20] matches {$gt: 5, $lt: 10}.
 */
export function bestBound(all: readonly Bounds[]): Bounds | null {
  const sides = (bounds: Bounds): number => (bounds.eq !== null ? 3 : Object.keys(bounds).length - 1);
  let best: Bounds | null = null;
  for (const bounds of all) {
    if (best === null || sides(bounds) > sides(best)) best = bounds;
  }
  return best;
}
