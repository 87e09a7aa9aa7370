/** Time as the domain knows it: instants, half-open spans and wall time with a zone. */

declare const timeBrand: unique symbol;
/** Milliseconds since 1970-01-01T00:00:00Z, a safe integer. */
export type Instant = number & { readonly [timeBrand]: 'Instant' };
/** `YYYY-MM-DDTHH:mm:ss`, without an offset. */
export type WallTime = string & { readonly [timeBrand]: 'WallTime' };
/** `YYYY-MM-DD`. */
export type CalendarDay = string & { readonly [timeBrand]: 'CalendarDay' };
/** An IANA zone name that this process knows (checked by `asZone`), or `UTC`. */
export type Zone = string & { readonly [timeBrand]: 'Zone' };

/** [start, end): start included, end excluded, in UTC. */
export interface Span {
  readonly start: Instant;
  readonly end: Instant;
}

/** A moment as its author wrote it. Identity is wall time and zone; instants are computed. */
export type EventTime =
  | { readonly kind: 'zoned'; readonly wall: WallTime; readonly zone: Zone }
  | { readonly kind: 'floating'; readonly wall: WallTime }
  | { readonly kind: 'date'; readonly day: CalendarDay };

export const utcZone = 'UTC' as Zone;
export const dayMs = 86_400_000;
