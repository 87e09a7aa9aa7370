/** What a claim takes of its resources beside their exact time: pads before and after, and how many units of each. */
import type { ResourceId } from './ids.ts';
import type { Instant, Span } from './time.ts';

export interface Takes {
  /** Getting ready and driving there; milliseconds. */
  readonly beforeMs: number;
  readonly afterMs: number;
  /** By resource id; a resource that is not named gives one unit. */
  readonly units: Readonly<Record<string, number>>;
}

/** The exact time of one unit of each. */
export const plainTakes: Takes = Object.freeze({ beforeMs: 0, afterMs: 0, units: Object.freeze({}) });

/** Longest pad: a claim looks for its neighbours this far around itself. */
export const longestPadMs = 4 * 3_600_000;

export const unitsOf = (takes: Takes, id: ResourceId): number => takes.units[id] ?? 1;

export const isPadded = (takes: Takes): boolean => takes.beforeMs > 0 || takes.afterMs > 0;

/** The span with its pads: what is blocked for everybody else's work. */
export const padded = (span: Span, takes: Takes): Span =>
  isPadded(takes)
    ? { start: (span.start - takes.beforeMs) as Instant, end: (span.end + takes.afterMs) as Instant }
    : { start: span.start, end: span.end };

/** The row's shape on a sheet: blocked time, and inside it the work itself where the two differ. */
export const rowShape = (
  span: Span,
  takes: Takes,
  id: ResourceId,
): { readonly start: Instant; readonly end: Instant; readonly quantity: number; readonly core?: Span } => ({
  ...padded(span, takes),
  quantity: unitsOf(takes, id),
  ...(isPadded(takes) ? { core: { start: span.start, end: span.end } } : {}),
});

/** Units of resources that are named several times, one for each time. */
export function unitsIn(ids: readonly ResourceId[]): Readonly<Record<string, number>> {
  const units: Record<string, number> = {};
  for (const id of ids) units[id] = (units[id] ?? 0) + 1;
  return Object.fromEntries(Object.entries(units).filter(([, n]) => n > 1));
}

/** The same pads for other resources: units of those that stay, one of each new one. */
export function takesFor(takes: Takes, ids: readonly ResourceId[]): Takes {
  const units = Object.fromEntries(Object.entries(takes.units).filter(([id]) => ids.some((other) => other === id)));
  return { ...takes, units };
}
