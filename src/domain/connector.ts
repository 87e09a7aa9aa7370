/** The contract that every connector keeps: what a provider can do, what its feed says, what a write answers. */
import type { Connection, ProviderKey, PushChannel, RemoteCalendar, SyncCursor } from './calendar.ts';
import type { EventFields, InstanceKey, MergeUnit } from './event.ts';
import type { EventId, IdempotencyKey, RemoteId, RemoteStamp } from './ids.ts';
import type { Clock, Log } from './ports.ts';
import type { Instant, Span, Zone } from './time.ts';

/** Facts that a connector declares about its provider; code branches on these, never on a provider's name. */
export interface Capabilities {
  readonly feed: 'delta' | 'windowed-delta' | 'listing';
  readonly push: {
    readonly maxLifeMs: number;
    readonly renew: 'in-place' | 'replace';
    readonly lifecycle: boolean;
    /** Hints may be that much faster than the feed: who was called and finds nothing looks once more. Left out: they are not. */
    readonly lagMs?: number;
  } | null;
  readonly guard: { readonly update: 'enforced' | 'none'; readonly remove: 'enforced' | 'none' };
  readonly createBy: 'own-id' | 'transaction-key' | 'own-href';
  readonly mark: 'in-feed' | 'on-read' | 'none';
  readonly series: 'master' | 'expanded';
  /** Keys of EventFields that survive the trip there and back. */
  readonly carries: ReadonlySet<keyof EventFields>;
  /** Requests at once per account. */
  readonly parallel: number;
}

/** Our event id and version, hidden in a copy: whose copy it is and which version landed; never that nobody edited since. */
export interface Mark {
  readonly eventId: EventId;
  readonly version: number;
}

/** A copy as the provider holds it. */
export interface RemoteEvent {
  readonly remoteId: RemoteId;
  /** The `createId` of our own create where the copy still shows it (id, href or UID), else null. */
  readonly createId: string | null;
  readonly stamp: RemoteStamp;
  readonly fields: EventFields;
  readonly mark: Mark | null;
}

export type Change =
  | { readonly kind: 'upsert'; readonly remote: RemoteEvent }
  /** Listing only: this copy still has the stamp that `known` told; its body was not fetched. */
  | { readonly kind: 'same'; readonly remoteId: RemoteId }
  | {
      readonly kind: 'instance';
      readonly series: RemoteId;
      readonly at: InstanceKey;
      readonly remote: RemoteEvent | 'cancelled';
    }
  | { readonly kind: 'remove'; readonly remoteId: RemoteId }
  | {
      readonly kind: 'unreadable';
      readonly remoteId: RemoteId;
      readonly stamp: RemoteStamp | null;
      readonly span: Span | null;
      readonly why: string;
    };

/**
 * One page of a feed. `resume` may be saved to continue here after a crash; `next` is set on the last page only and is
 * saved after everything before it. A `listing` is complete when its last page arrived: only then does absence count.
 */
export interface FeedPage {
  readonly mode: 'delta' | 'listing';
  readonly changes: readonly Change[];
  readonly resume: SyncCursor | null;
  readonly next: SyncCursor | null;
}

export interface PullRequest {
  readonly calendar: RemoteCalendar;
  /** Null: list everything in the window. A cursor that the provider no longer knows: Fault `cursor-lost`. */
  readonly from: SyncCursor | null;
  readonly window: Span;
  /** Which stamps we already hold for these ids; lets a listing skip bodies that did not change. */
  known(ids: readonly RemoteId[]): Promise<ReadonlyMap<RemoteId, RemoteStamp>>;
}

export type WriteIntent =
  | {
      readonly kind: 'create';
      readonly key: IdempotencyKey;
      readonly createId: string;
      readonly fields: EventFields;
      readonly mark: Mark;
    }
  | {
      readonly kind: 'update';
      readonly key: IdempotencyKey;
      readonly remoteId: RemoteId;
      readonly ifStamp: RemoteStamp;
      /** The copy as the provider told it when `ifStamp` was taken; null where its words are not kept here. */
      readonly seen: EventFields | null;
      /** Only these units may be changed at the provider; everything else there stays as it is. */
      readonly units: readonly MergeUnit[];
      readonly fields: EventFields;
      readonly mark: Mark;
    }
  | {
      readonly kind: 'remove';
      readonly key: IdempotencyKey;
      readonly remoteId: RemoteId;
      readonly ifStamp: RemoteStamp;
    };

/** Expected outcomes of a write; everything else is a thrown Fault. */
export type WriteReceipt =
  /** `remote` is always READ BACK where the provider may have reworded it; null for a removal. */
  | { readonly kind: 'done'; readonly remote: RemoteEvent | null }
  /** A create met its own earlier self: `sent` is kept, absorb adopts it. */
  | { readonly kind: 'exists'; readonly remote: RemoteEvent }
  /** The stamp moved on: pull first. */
  | { readonly kind: 'stale' }
  | { readonly kind: 'gone' }
  /** The id of this create can never be used again. */
  | { readonly kind: 'burnt' }
  | { readonly kind: 'refused'; readonly why: string };

export interface OpenConnection {
  calendars(): Promise<readonly RemoteCalendar[]>;
  pull(request: PullRequest): AsyncIterable<FeedPage>;
  read(calendar: RemoteCalendar, id: RemoteId): Promise<RemoteEvent | null>;
  write(calendar: RemoteCalendar, intent: WriteIntent): Promise<WriteReceipt>;
  /** There exactly where `capabilities.push` is not null. */
  readonly channels?: ChannelDesk;
  /** Gives the authorisation back at the provider; one that is gone already is fine. */
  revoke?(): Promise<void>;
  /** Frees sockets; the connection is not used afterwards. */
  close(): Promise<void>;
}

/** What the provider granted: its own name for the subscription and when it ends. */
export interface ChannelGrant {
  readonly remoteId: string;
  readonly endsAt: Instant;
  /** The provider has reached our address already (a handshake). */
  readonly isProven?: boolean;
}

/** Opens, renews and closes subscriptions to changes of a calendar. */
export interface ChannelDesk {
  /**
   * `id` and `secret` come back with every hint (`Hint`); `addresses` are absolute.
   * @throws Fault `invalid` when the provider will not push for this calendar: polling goes on
   */
  open(
    calendar: RemoteCalendar,
    o: { readonly id: string; readonly secret: string; readonly addresses: HookAddresses },
  ): Promise<ChannelGrant>;
  /** Only where `capabilities.push.renew` is `in-place`; null: the provider knows no such subscription any more. */
  renew?(channel: Pick<PushChannel, 'id' | 'remoteId'>): Promise<ChannelGrant | null>;
  /** One that is gone already is fine. */
  close(channel: Pick<PushChannel, 'id' | 'remoteId'>): Promise<void>;
}
export interface HookAddresses {
  readonly notify: string;
  readonly lifecycle: string;
}

/** A request to `/hooks/{provider}` as it came, before anything is believed. */
export interface HookRequest {
  readonly kind: keyof HookAddresses;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  /** Parsed JSON, or null. */
  readonly body: unknown;
}
/**
 * - `opened`: the provider confirms the channel; nothing changed.
 * - `changed`: something in the calendar changed.
 * - `missed`: the provider lost hints; look now.
 * - `removed`: the subscription ended; open another one.
 * - `reauthorize`: it ends soon unless it is renewed now.
 */
export interface Hint {
  readonly kind: 'opened' | 'changed' | 'missed' | 'removed' | 'reauthorize';
  readonly channelId: string;
  /** Not yet compared with what we know. */
  readonly secret: string;
}
/** `handshake`: answer 200 with this plain text. `nonsense`: no hint of this provider. */
export type HookMeaning =
  | { readonly kind: 'handshake'; readonly echo: string }
  | { readonly kind: 'hints'; readonly hints: readonly Hint[] }
  | { readonly kind: 'nonsense'; readonly why: string };

/** The browser flow of a provider: OAuth 2.0 authorisation code with PKCE (RFC 6749, RFC 7636). */
export interface ConsentDesk {
  /** Where the browser goes. `challenge` is the S256 code challenge; `redirectUri` must be the one of `exchange`. */
  address(o: { readonly redirectUri: string; readonly state: string; readonly challenge: string }): string;
  /**
   * Trades the code for credentials and finds out whose account it is.
   * @throws Fault `consent` (refused, expired, used, a scope was not granted), `transient`
   */
  exchange(
    o: { readonly redirectUri: string; readonly code: string; readonly verifier: string },
    deps: { readonly clock: Clock; readonly log: Log },
  ): Promise<NewConnection>;
}

export interface ConnectorDeps {
  readonly clock: Clock;
  readonly log: Log;
  /** The opened credentials; their shape is the connector's own. */
  readonly secret: unknown;
  /** Stores rotated credentials, sealed, before they are used. */
  saveSecret(next: unknown): Promise<void>;
  /**
   * Renews credentials, alone over all processes: when the stored ones are newer than those that this account was opened
   * or last renewed with, they are the answer and `renew` is not called; else its result is stored and answered.
   */
  renewSecret(renew: (newest: unknown) => Promise<unknown>): Promise<unknown>;
}

/** What a connector makes of the body of `POST /v1/connections`, before anything is stored. */
export interface NewConnection {
  readonly account: string;
  readonly settings: Readonly<Record<string, string>>;
  readonly secret: unknown;
}

export interface Connector {
  readonly provider: ProviderKey;
  readonly capabilities: Capabilities;
  /**
   * Checks credentials given by REST against the provider.
   * @throws Fault `consent` (refused), `invalid` (no such service there, forbidden address), `transient` (not reachable)
   */
  connect(input: unknown, deps: { clock: Clock; log: Log }): Promise<NewConnection>;
  open(connection: Connection, deps: ConnectorDeps): OpenConnection;
  /** Left out: this provider has no browser flow. Null: it has one, but the gateway has no client id for it. */
  readonly consent?: ConsentDesk | null;
  /** Pure and total: what a request to our hook addresses means. Left out where nothing is pushed. */
  readHook?(request: HookRequest): HookMeaning;
  /** Pure: what survives the trip to this provider and back. `project(project(f))` equals `project(f)`. */
  project(fields: EventFields, zone: Zone): EventFields;
}
