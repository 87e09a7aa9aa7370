/** Connections, calendars and what a visit needs to know of them. */
import type { CalendarId, ConnectionId, EventId, RemoteId, ResourceId, TenantId } from './ids.ts';
import type { CopyForm } from './job-words.ts';
import type { CalendarNews } from './news.ts';
import type { ConflictPolicy } from './policy.ts';
import type { OwnRules } from './rules.ts';
import type { Instant, Span, Zone } from './time.ts';

/** A key in the connector registry and nothing else. */
export type ProviderKey = string;

export type ConnectionState = 'ok' | 'needs_consent' | 'paused' | 'revoked';

/** One authorised account at a provider. `secret` is sealed; only `src/secrets.ts` opens it. */
export interface Connection {
  readonly id: ConnectionId;
  readonly tenantId: TenantId;
  readonly version: number;
  readonly provider: ProviderKey;
  /** The account as its owner would name it (user name or address). */
  readonly account: string;
  /** What the connector needs besides the secret (server address, principal ...); never secret, provider-specific. */
  readonly settings: Readonly<Record<string, string>>;
  /** Sealed credentials (AES-256-GCM text with key id). */
  readonly secret: string;
  readonly tokenRev: number;
  readonly state: ConnectionState;
  readonly pausedUntil: Instant | null;
  readonly lastFault: string | null;
  readonly createdAt: Instant;
  /** That it must be authorised again, where that was not told yet; left out when all is told. */
  readonly untold?: readonly CalendarNews[];
}

export type CalendarRole = 'two-way' | 'read' | 'write';
/** How much crosses this calendar's border, both ways: everything, or time only. */
export type Share = 'full' | 'busy';
/** Whether events of the resource's other calendars are copied into this one. */
export type Mirror = 'none' | 'busy' | 'full';

/** Which events of a calendar block the resource's time; true blocks. */
export interface BusyRules {
  readonly free: boolean;
  readonly tentative: boolean;
  readonly away: boolean;
  readonly allDay: boolean;
  readonly declined: boolean;
  readonly unanswered: boolean;
  readonly private: boolean;
}

export interface Lease {
  readonly owner: string;
  /** Only grows, also over releases. */
  readonly fence: number;
  readonly until: Instant;
}

/** The provider's opaque place in its change feed. `window` is the stretch that it was taken for. */
export interface SyncCursor {
  readonly kind: 'delta' | 'listing';
  readonly value: string;
  readonly window: Span;
}

export type SyncState = 'listing' | 'live' | 'polling' | 'degraded' | 'stopped';

/** A calendar's sickness and its reason, for people. */
export interface CalendarHealth {
  readonly failures: number;
  readonly lastFault: string | null;
  /** An alarm that holds the visit until a person answers (mass change), with what it would have done. */
  readonly alarm: MassChangeAlarm | null;
  /** Events of the feed that could not be read, newest last, at most 50. */
  readonly quarantined: readonly Quarantined[];
  /** Why there is no push although the provider could, and when it is tried again; left out when nothing is wrong. */
  readonly pushTrouble?: PushTrouble;
}
export interface PushTrouble {
  readonly why: string;
  readonly retryAt: Instant;
}
/** A read that would remove or move so much that it is an accident until a person says otherwise. */
export interface MassChangeAlarm {
  /** Names exactly what is held: whoever approves it approves nothing else. */
  readonly id: string;
  readonly at: Instant;
  /** Copies that we know and that the read covered. */
  readonly known: number;
  readonly wouldRemove: number;
  readonly wouldMove: number;
  readonly sentence: string;
  /** The first of what is held, soonest first. */
  readonly shown: readonly HeldChange[];
  /** Each held change in a short form; empty where there are too many, then only the very same read is approved. */
  readonly keys: readonly string[];
  readonly approvedAt: Instant | null;
}
export interface HeldChange {
  readonly eventId: EventId;
  /** Null where it is not to be shown. */
  readonly title: string | null;
  readonly from: Span;
  /** Null: it would be removed. */
  readonly to: Span | null;
}
export interface Quarantined {
  readonly remoteId: RemoteId;
  readonly why: string;
  readonly at: Instant;
  readonly span: Span | null;
}

/** A subscription by which the provider tells us of changes in one calendar. */
export interface PushChannel {
  /** Ours, unguessable, never used twice. */
  readonly id: string;
  /** The provider's name for it; empty while it is being opened. */
  readonly remoteId: string;
  /** SHA-256 of the secret that every hint must carry. */
  readonly secretHash: string;
  readonly openedAt: Instant;
  readonly endsAt: Instant;
  /** When a visit renews or replaces it; spread, so that many do not come together. */
  readonly renewAt: Instant;
  /** The last hint that told of a change or confirmed the channel; null: it never delivered anything. */
  readonly lastHintAt: Instant | null;
  /** When a poll found a change that no hint had told of; null: never. */
  readonly missedAt: Instant | null;
  /**
   * `opening`: saved before the provider is asked, so that its first hint finds it. `retiring`: replaced by a newer one,
   * to be closed at the provider; its hints still count.
   */
  readonly state: 'opening' | 'live' | 'retiring';
}

/** One collection of events at a provider: the unit of leases, cursors and order. */
export interface Calendar {
  readonly id: CalendarId;
  readonly tenantId: TenantId;
  readonly version: number;
  readonly connectionId: ConnectionId;
  readonly provider: ProviderKey;
  readonly remoteId: RemoteId;
  readonly name: string;
  readonly resourceId: ResourceId;
  /** Zone for floating and all-day events: the resource's zone when the calendar has none of its own. */
  readonly zone: Zone;
  readonly role: CalendarRole;
  readonly share: Share;
  readonly mirror: Mirror;
  /** What counts: the calendar's own rules over the tenant's over the product's. */
  readonly busyRules: BusyRules;
  readonly policy: ConflictPolicy;
  readonly ownRules: OwnRules;
  /** How copies of bookings are worded here; null or left out: in the usual words. */
  readonly copies?: CopyForm | null;
  /** The version whose settings its events and rows follow; behind `version` means that they still have to. */
  readonly appliedVersion: number;
  readonly state: 'active' | 'detaching';
  readonly cursor: SyncCursor | null;
  readonly partition: number;
  /** When the next visit is due, whatever for. */
  readonly dueAt: Instant;
  /**
   * From when on a visit has to read the feed before it writes anything; 0: at once. Hints and people set it to 0, debts
   * leave it alone, and only a visit that read the feed to its end, or kept within it, sets it anew.
   */
  readonly readDueAt: Instant;
  readonly requestedSeq: number;
  readonly servedSeq: number;
  readonly lease: Lease;
  readonly health: CalendarHealth;
  /** Usually none or one; two while one replaces the other. */
  readonly channels: readonly PushChannel[];
  /** When a visit last read the feed to its end. */
  readonly lastSyncedAt: Instant | null;
  readonly createdAt: Instant;
}

/** A calendar as the account offers it. */
export interface RemoteCalendar {
  readonly remoteId: RemoteId;
  readonly name: string;
  readonly zone: Zone | null;
  readonly canWrite: boolean;
}
