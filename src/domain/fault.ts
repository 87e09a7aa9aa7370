/** Fault: everything that went wrong, named after what we do next. Expected outcomes are values, not faults. */
import type { Instant } from './time.ts';

/**
 * - `consent`: the account must be authorised again; its calendars stop.
 * - `throttled`: leave the account alone until `retryAt`.
 * - `transient`: try again later with growing pauses.
 * - `cursor-lost`: read the whole calendar anew.
 * - `calendar-gone`: the calendar no longer exists at the provider.
 * - `invalid`: the request can never succeed as it is.
 * - `clash`: somebody else was faster; read again and decide anew.
 * - `unavailable`: our own database cannot be reached.
 * - `bug`: this cannot happen.
 */
export type FaultKind =
  | 'consent'
  | 'throttled'
  | 'transient'
  | 'cursor-lost'
  | 'calendar-gone'
  | 'invalid'
  | 'clash'
  | 'unavailable'
  | 'bug';

export interface FaultContext {
  readonly tenantId?: string;
  readonly connectionId?: string;
  readonly calendarId?: string;
  readonly eventId?: string;
  /** HTTP status of the provider's answer. */
  readonly status?: number;
}

export class Fault extends Error {
  readonly kind: FaultKind;
  /** Not before this instant, where the provider said so. */
  readonly retryAt: Instant | null;
  readonly context: FaultContext;

  constructor(
    kind: FaultKind,
    message: string,
    o: { retryAt?: Instant | null; context?: FaultContext; cause?: unknown } = {},
  ) {
    super(message, o.cause === undefined ? undefined : { cause: o.cause });
    this.name = 'Fault';
    this.kind = kind;
    this.retryAt = o.retryAt ?? null;
    this.context = o.context ?? {};
  }
}

/** The same fault with more context; anything that is no Fault becomes a `bug`. */
export function withContext(error: unknown, context: FaultContext): Fault {
  if (error instanceof Fault) {
    const { kind, message, retryAt } = error;
    return new Fault(kind, message, { retryAt, context: { ...context, ...error.context }, cause: error });
  }
  return new Fault('bug', error instanceof Error ? error.message : String(error), { context, cause: error });
}
