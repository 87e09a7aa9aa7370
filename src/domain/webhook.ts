/** Outgoing webhooks: who wants to be told of what, and the messages on their way to them. */
import type { DeliveryId, TenantId, WebhookId } from './ids.ts';
import type { JournalKind } from './tenant.ts';
import type { Instant } from './time.ts';

/** What can be told outside; everything else in the journal is for people who look into one event. */
export const webhookEvents = [
  'booking.created',
  'booking.moved',
  'booking.changed',
  'booking.cancelled',
  'booking.completed',
  'booking.delayed',
  'calendar.blocked',
  'calendar.freed',
  'conflict.opened',
  'conflict.resolved',
  'connection.needs_consent',
  'calendar.degraded',
] as const satisfies readonly JournalKind[];
export type WebhookEvent = (typeof webhookEvents)[number];
export const isWebhookEvent = (kind: JournalKind): kind is WebhookEvent =>
  (webhookEvents as readonly JournalKind[]).includes(kind);

export interface Webhook {
  readonly id: WebhookId;
  readonly tenantId: TenantId;
  readonly version: number;
  readonly url: string;
  readonly events: readonly WebhookEvent[];
  /** `off`: its owner wants a pause. `gone`: the receiver said that it will never be there again (410). */
  readonly state: 'on' | 'off' | 'gone';
  /** Sealed. */
  readonly secret: string;
  /** The secret before, sealed; it still signs until then. */
  readonly oldSecret: { readonly secret: string; readonly until: Instant } | null;
  /** The receiver asked to be left alone until then. Senders write it, owners do not. */
  readonly quietUntil: Instant | null;
  readonly createdAt: Instant;
  readonly updatedAt: Instant;
}

/** What came of sending once. */
export interface Attempt {
  readonly at: Instant;
  /** HTTP status, or null when there was no answer. */
  readonly status: number | null;
  readonly durationMs: number;
  /** Why it does not count as received, or null. */
  readonly error: string | null;
}

export type DeliveryState = 'pending' | 'delivered' | 'dead';

export interface Delivery {
  /** Made of what happened, so that telling it again is the same delivery; the receiver sees it as `webhook-id`. */
  readonly id: DeliveryId;
  readonly tenantId: TenantId;
  readonly webhookId: WebhookId;
  readonly event: WebhookEvent;
  /** Deliveries of one lane go out one after the other, by `order`; a booking is a lane. */
  readonly lane: string;
  readonly order: number;
  /** The body word for word. */
  readonly body: string;
  readonly createdAt: Instant;
  /** Raised by every save; the compare-and-set number. */
  readonly rev: number;
  readonly state: DeliveryState;
  /** Not before this instant, while `pending`. */
  readonly nextAt: Instant;
  /** Begin of the days in which it is tried; a replay begins anew. */
  readonly startedAt: Instant;
  /** Attempts since then. */
  readonly tries: number;
  /** The latest attempts, oldest first. */
  readonly attempts: readonly Attempt[];
}

/** Attempts that a delivery remembers. */
export const mostAttemptsKept = 20;
/** How long deliveries can be looked at and replayed. */
export const keepDeliveriesMs = 30 * 86_400_000;
