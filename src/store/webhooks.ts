/** What the sender of webhooks needs of the store: subscriptions under a lease, and deliveries with their state. */
import type { DeliveryId, TenantId, WebhookId } from '../domain/ids.ts';
import type { Instant } from '../domain/time.ts';
import type { Delivery, DeliveryState, Webhook } from '../domain/webhook.ts';
import type { Page, PageQuery } from './page.ts';

export interface LeasedWebhook {
  readonly webhook: Webhook;
  readonly fence: number;
}

/** Webhooks. A save is a compare-and-set on `version` and leaves `quietUntil` and the lease as they are. */
export interface WebhookStore {
  insert(webhook: Webhook): Promise<void>;
  get(tenantId: TenantId, id: WebhookId): Promise<Webhook | null>;
  list(tenantId: TenantId, query: PageQuery): Promise<Page<Webhook>>;
  count(tenantId: TenantId): Promise<number>;
  /** Those of these tenants that are on. */
  listening(tenantIds: readonly TenantId[]): Promise<readonly Webhook[]>;
  save(next: Webhook): Promise<boolean>;
  delete(tenantId: TenantId, id: WebhookId): Promise<boolean>;
  /** The right to send, for one process at a time, judged by the database's clock. */
  claim(id: WebhookId, owner: string, leaseMs: number): Promise<LeasedWebhook | 'held' | 'missing'>;
  renew(id: WebhookId, fence: number, leaseMs: number): Promise<boolean>;
  release(id: WebhookId, fence: number): Promise<void>;
  quiet(id: WebhookId, until: Instant): Promise<void>;
  /** Those of all tenants that are not on: what waits for them waits on purpose. */
  paused(): Promise<readonly WebhookId[]>;
}

/** What the receivers of all tenants have not got. */
export interface Backlog {
  readonly pending: number;
  /** Since when the oldest of these is tried or waits; null when there is none. */
  readonly oldestAt: Instant | null;
  /** Given up and still kept. */
  readonly dead: number;
}

/** Deliveries. Every change of one is a compare-and-set on `rev`: the caller passes it with `rev` one higher than read. */
export interface DeliveryStore {
  /** Adds those that are not there yet; one that is there stays as it is. Durable when it resolves. */
  insert(deliveries: readonly Delivery[]): Promise<void>;
  get(webhookId: WebhookId, id: DeliveryId): Promise<Delivery | null>;
  /** Newest first. */
  list(webhookId: WebhookId, query: PageQuery & { readonly state: DeliveryState | null }): Promise<Page<Delivery>>;
  /** Lanes with something to be sent now, longest waiting first. */
  dueLanes(webhookId: WebhookId, now: Instant, busy: readonly string[], limit: number): Promise<readonly string[]>;
  /** Of each lane the first that is pending. */
  heads(webhookId: WebhookId, lanes: readonly string[]): Promise<readonly Delivery[]>;
  save(next: Delivery): Promise<boolean>;
  /** Pending ones of a lane wait at least until then. */
  postpone(webhookId: WebhookId, lane: string, until: Instant): Promise<void>;
  /** Pending ones of a lane, or of all with null, are due at `now`. */
  wake(webhookId: WebhookId, lane: string | null, now: Instant): Promise<void>;
  /** When the next one is due; null when none is pending. */
  nextDue(webhookId: WebhookId): Promise<Instant | null>;
  /** Webhooks of these partitions with something to be sent now. */
  owed(partitions: readonly number[], now: Instant): Promise<readonly WebhookId[]>;
  /** Makes what came after this place pending once more; returns how many. `state` narrows to what is dead. */
  replay(
    webhookId: WebhookId,
    o: {
      readonly after: { readonly at: Instant; readonly id: string };
      readonly state: 'dead' | null;
      readonly now: Instant;
    },
  ): Promise<number>;
  deleteOf(webhookId: WebhookId): Promise<void>;
  /** Over all webhooks but these. */
  backlog(except: readonly WebhookId[]): Promise<Backlog>;
}
