/** The plain records of the store: accounts, consents, resources, feeds, conflicts, holds, offers, tenants, answers, journal. */
import type { Connection } from '../domain/calendar.ts';
import type {
  CalendarId,
  ConflictId,
  ConnectionId,
  EventId,
  HoldId,
  KeyId,
  OfferId,
  ResourceId,
  TenantId,
} from '../domain/ids.ts';
import type { FeedDetail } from '../domain/job-words.ts';
import type { Offer } from '../domain/offer.ts';
import type { Conflict } from '../domain/policy.ts';
import type { Hold, Resource } from '../domain/resource.ts';
import type { ApiKey, JournalKind, JournalLine, Tenant, TenantRules } from '../domain/tenant.ts';
import type { Instant, Span } from '../domain/time.ts';
import type { Page, PageQuery } from './page.ts';

/** Connections. */
export interface ConnectionStore {
  get(tenantId: TenantId, id: ConnectionId): Promise<Connection | null>;
  list(tenantId: TenantId, query: PageQuery): Promise<Page<Connection>>;
  byAccount(tenantId: TenantId, provider: string, account: string): Promise<Connection | null>;
  insert(connection: Connection): Promise<void>;
  /** Compare-and-set on `version`, as for events. It adds `untold` and never takes it away. */
  save(next: Connection): Promise<boolean>;
  /** Those that owe news since before this instant. */
  untold(before: Instant, limit: number): Promise<readonly Connection[]>;
  /** Clears what is owed, unless it was saved since this version. */
  told(connection: Connection): Promise<void>;
  delete(tenantId: TenantId, id: ConnectionId): Promise<boolean>;
  /** Any connection to this account, of whatever tenant. */
  elsewhere(provider: string, account: string, notOf: TenantId): Promise<boolean>;
  /**
   * The right to renew the credentials, for one process at a time, judged by the database's clock. It does not touch
   * `version`. False: somebody else holds it.
   */
  claimRenewal(id: ConnectionId, owner: string, leaseMs: number): Promise<boolean>;
  endRenewal(id: ConnectionId, owner: string): Promise<void>;
}

/** A browser on its way to a provider's consent page and back. */
export interface PendingConsent {
  /** Unguessable; the address that is opened and the `state` that comes back are made of it. */
  readonly id: string;
  readonly tenantId: TenantId;
  readonly provider: string;
  /** PKCE verifier, sealed. */
  readonly verifier: string;
  readonly returnTo: string | null;
  /** SHA-256 of the cookie of the browser that opened the address; null: no browser was bound. */
  readonly browserHash: string | null;
  readonly isOpened: boolean;
  readonly expiresAt: Instant;
}
export interface ConsentStore {
  insert(pending: PendingConsent): Promise<void>;
  /** Marks it opened by this browser; null when there is none, it has ended, or it was opened before. */
  open(id: string, browserHash: string): Promise<PendingConsent | null>;
  /** Takes it away, so that a second callback finds nothing; null as above. */
  take(id: string): Promise<PendingConsent | null>;
}

export interface ResourceStore {
  get(tenantId: TenantId, id: ResourceId): Promise<Resource | null>;
  getMany(tenantId: TenantId, ids: readonly ResourceId[]): Promise<readonly Resource[]>;
  list(tenantId: TenantId, query: PageQuery): Promise<Page<Resource>>;
  insert(resource: Resource): Promise<void>;
  /** Compare-and-set on `version`; a deletion is a save with `deletedAt`. */
  save(next: Resource): Promise<boolean>;
  /** Those that were saved since a look at the notices of their bookings was asked for. */
  noticesOwed(limit: number): Promise<readonly Resource[]>;
  /** It was asked for, unless the resource was saved since this version. */
  noticesAsked(resource: Resource): Promise<void>;
}

/** The address at which a resource's calendar can be read by whoever knows it; one per resource. */
export interface Feed {
  readonly resourceId: ResourceId;
  readonly tenantId: TenantId;
  readonly tokenHash: string;
  readonly detail: FeedDetail;
}
export interface FeedStore {
  /** Makes it, or replaces the token. */
  put(feed: Feed): Promise<void>;
  byToken(tokenHash: string): Promise<Feed | null>;
  delete(tenantId: TenantId, resourceId: ResourceId): Promise<boolean>;
}

export interface ConflictStore {
  /** Writes those that are not there yet (ids are deterministic) or may be opened again; returns how many were news. */
  open(conflicts: readonly Conflict[]): Promise<number>;
  /** Open ones of all tenants in a stable order, for the sweep. */
  allOpen(query: PageQuery): Promise<Page<Conflict>>;
  get(tenantId: TenantId, id: ConflictId): Promise<Conflict | null>;
  list(
    tenantId: TenantId,
    query: PageQuery & { readonly state: 'open' | 'resolved' | null; readonly eventId: EventId | null },
  ): Promise<Page<Conflict>>;
  countOpen(tenantId: TenantId, calendarId: CalendarId): Promise<number>;
  save(next: Conflict): Promise<boolean>;
  /** Those that owe news since before this instant. */
  untold(before: Instant, limit: number): Promise<readonly Conflict[]>;
  /** Clears what is owed, unless it was saved since this version. */
  told(conflict: Conflict): Promise<void>;
}

export interface HoldStore {
  insert(hold: Hold): Promise<void>;
  get(tenantId: TenantId, id: HoldId): Promise<Hold | null>;
  /** Holds that touch the span and have not ended. */
  inSpan(tenantId: TenantId, span: Span, now: Instant): Promise<readonly Hold[]>;
  /** Holds of one caller that have not ended, soonest to end first. */
  ofCaller(tenantId: TenantId, caller: string, now: Instant, limit: number): Promise<readonly Hold[]>;
  delete(tenantId: TenantId, id: HoldId): Promise<boolean>;
}

/** Offers. A save is a compare-and-set on `version`. */
export interface OfferStore {
  insert(offer: Offer): Promise<'inserted' | 'duplicate'>;
  get(tenantId: TenantId, id: OfferId): Promise<Offer | null>;
  save(next: Offer): Promise<boolean>;
}

export interface TenantStore {
  insert(tenant: Tenant): Promise<'inserted' | 'duplicate'>;
  get(id: TenantId): Promise<Tenant | null>;
  list(query: PageQuery): Promise<Page<Tenant>>;
  /** Version 0 without rules where none were saved. */
  rules(id: TenantId): Promise<TenantRules>;
  /** Compare-and-set on `version`, as for events. */
  saveRules(id: TenantId, next: TenantRules): Promise<boolean>;
  /** All calendars follow the rules of this version; a newer one stays owed. */
  markRulesApplied(id: TenantId, version: number): Promise<void>;
  /** Tenants whose calendars have not all taken over the rules. */
  rulesOwed(limit: number): Promise<readonly TenantId[]>;
  insertKey(key: ApiKey): Promise<void>;
  keyByHash(hash: string): Promise<ApiKey | null>;
  keys(tenantId: TenantId, query: PageQuery): Promise<Page<ApiKey>>;
  revokeKey(tenantId: TenantId, id: KeyId, at: Instant): Promise<boolean>;
  countKeys(): Promise<number>;
}

/** An answer kept for `Idempotency-Key`, 24 hours. */
export interface KeptAnswer {
  readonly bodyHash: string;
  /** Null while the first request is still running. */
  readonly answer: {
    readonly status: number;
    readonly body: string;
    readonly headers: Readonly<Record<string, string>>;
  } | null;
}
export interface IdempotencyStore {
  /** `mine`: this caller may run the request. Otherwise what is kept. A start older than `staleMs` is taken over. */
  begin(tenantId: TenantId, key: string, bodyHash: string, staleMs: number): Promise<'mine' | KeptAnswer>;
  finish(tenantId: TenantId, key: string, answer: NonNullable<KeptAnswer['answer']>): Promise<void>;
  /** Forgets a start whose request failed without an answer worth keeping. */
  forget(tenantId: TenantId, key: string): Promise<void>;
}

/** What is left out does not narrow. `from` is included, `to` is not. */
export interface JournalFilter {
  readonly kind: JournalKind | null;
  readonly eventId?: EventId | null;
  readonly calendarId?: CalendarId | null;
  readonly from?: Instant | null;
  readonly to?: Instant | null;
}

export interface JournalStore {
  /** The store gives id and instant. Never fails the caller's work: a lost line is a lost hint. */
  append(lines: readonly Omit<JournalLine, 'id' | 'at'>[]): Promise<void>;
  /** Lines after this id over all tenants, oldest first (dashboard tail); null: from now on. */
  tail(afterId: string | null, limit: number): Promise<readonly JournalLine[]>;
  /** Newest id, or null when empty. */
  head(): Promise<string | null>;
  since(tenantId: TenantId, afterId: string, limit: number): Promise<readonly JournalLine[]>;
  ofEvent(tenantId: TenantId, eventId: EventId, limit: number): Promise<readonly JournalLine[]>;
  /** Newest first. */
  list(tenantId: TenantId, query: PageQuery & JournalFilter): Promise<Page<JournalLine>>;
}
