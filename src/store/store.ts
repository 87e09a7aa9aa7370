/** What the gateway needs of its database, as values of the domain; one MongoDB document is changed at a time. */
import type { BookingStatus } from '../domain/booking.ts';
import type { Calendar, CalendarHealth, PushChannel, SyncCursor } from '../domain/calendar.ts';
import type { Event } from '../domain/event.ts';
import type {
  CalendarId,
  ClaimId,
  ConnectionId,
  EventId,
  RemoteId,
  RemoteStamp,
  ResourceId,
  TenantId,
} from '../domain/ids.ts';
import type { DaySheet, SheetRow } from '../domain/resource.ts';
import type { CalendarDay, Instant, Span } from '../domain/time.ts';
import type { NoticeLooks, NoticeStore } from './notices.ts';
import type { Page, PageQuery } from './page.ts';
import type {
  ConflictStore,
  ConnectionStore,
  ConsentStore,
  FeedStore,
  HoldStore,
  IdempotencyStore,
  JournalStore,
  OfferStore,
  ResourceStore,
  TenantStore,
} from './records.ts';
import type { DeliveryStore, WebhookStore } from './webhooks.ts';

export type { NoticeLook } from './notices.ts';
export type { Page, PageQuery } from './page.ts';
export type {
  ConflictStore,
  ConnectionStore,
  ConsentStore,
  Feed,
  FeedStore,
  HoldStore,
  IdempotencyStore,
  JournalFilter,
  JournalStore,
  KeptAnswer,
  OfferStore,
  PendingConsent,
  ResourceStore,
  TenantStore,
} from './records.ts';

/**
 * Events. Reads never cross the tenant. A save is a compare-and-set on `rev`: the caller passes the event as it should
 * be with `rev` one higher than the one it read.
 */
export interface EventStore extends NoticeLooks {
  get(tenantId: TenantId, id: EventId): Promise<Event | null>;
  getMany(tenantId: TenantId, ids: readonly EventId[]): Promise<readonly Event[]>;
  /** Events owning any of these keys (`linkKey`, `ownKey`), tombstones included. One read for a whole page. */
  byLinkKeys(tenantId: TenantId, keys: readonly string[]): Promise<readonly Event[]>;
  byExternalRef(tenantId: TenantId, externalRef: string): Promise<Event | null>;
  /** `duplicate`: the id, a link key or the external reference is taken; nothing was written. */
  insert(event: Event): Promise<'inserted' | 'duplicate'>;
  /** False: somebody saved meanwhile (or the event is gone); nothing was written. */
  save(next: Event): Promise<boolean>;
  /** Inserts (rev 1) and saves (rev > 1) in one unordered bulk; false where that one missed. */
  saveMany(next: readonly Event[]): Promise<readonly boolean[]>;
  /**
   * As `saveMany`, for events of which nothing but `links` is other than what was read: the rest stays as it is stored, so
   * that rows may be settled meanwhile.
   */
  saveLinks(next: readonly Event[]): Promise<readonly boolean[]>;
  /**
   * Says in these events that their rows are those of `version`, and nothing else; `rev` stays, since nobody's plan
   * depends on it. False where the event is no longer at this version.
   */
  settleRows(marks: readonly RowsMark[]): Promise<readonly boolean[]>;
  /** Events with a debt to this calendar whose link may be tried at `now`, soonest span first. */
  owing(calendarId: CalendarId, now: Instant, limit: number): Promise<readonly Event[]>;
  /** Calendars that any event owes to although nobody asked for a visit; for the debt sweep. */
  calendarsOwed(now: Instant, limit: number): Promise<readonly CalendarId[]>;
  /** Number of debts to a calendar, retried ones included. */
  countOwing(calendarId: CalendarId): Promise<number>;
  /**
   * Live events of these resources that touch the span, by start; series by their whole extent. `only` asks for those
   * whose rows are behind their version, or for series.
   */
  inSpan(
    tenantId: TenantId,
    resourceIds: readonly ResourceId[] | null,
    span: Span,
    limit: number,
    only?: 'owing-rows' | 'series',
  ): Promise<readonly Event[]>;
  bookings(
    tenantId: TenantId,
    query: PageQuery & {
      readonly from: Instant | null;
      readonly to: Instant | null;
      readonly resourceId: ResourceId | null;
      readonly status: BookingStatus | null;
      readonly externalRef: string | null;
    },
  ): Promise<Page<Event>>;
  /** Live links of a calendar, page by page in a stable order: for absence, purge and detach. */
  linksOf(calendarId: CalendarId, query: PageQuery): Promise<Page<LinkRow>>;
  stampsOf(calendarId: CalendarId, remoteIds: readonly RemoteId[]): Promise<ReadonlyMap<RemoteId, RemoteStamp>>;
  /** Events whose rows are behind their version, or whose series rows end before `coveredBefore`. */
  sheetDebts(coveredBefore: Instant, limit: number): Promise<readonly Event[]>;
  /** Removes tombstones older than `before` that owe nothing; returns how many. A booking is kept: it is the customer's history. */
  purge(before: Instant, limit: number): Promise<number>;
}
/** `version`: the one whose rows were written. */
export type RowsMark = Pick<Event, 'id' | 'tenantId' | 'version'>;
export interface LinkRow {
  readonly eventId: EventId;
  readonly tenantId: TenantId;
  readonly remoteId: RemoteId;
  readonly spanStart: Instant;
  readonly spanEnd: Instant;
}

export type ClaimOutcome =
  | { readonly kind: 'won'; readonly sheetVersion: number }
  | { readonly kind: 'taken'; readonly by: readonly SheetRow[] };

/** Day sheets. `now` comes from `Store.now()`, the database's clock; an ended row counts as absent at read time. */
export interface SheetStore {
  /** Sheets in the order asked; a day without rows is an empty sheet of version 0. */
  load(
    tenantId: TenantId,
    resourceIds: readonly ResourceId[],
    days: readonly CalendarDay[],
  ): Promise<readonly DaySheet[]>;
  /**
   * Wins or loses one row atomically: it is added only if, together with the live rows of OTHER claims that overlap it,
   * at most `capacity` are in use at every instant. Repeating a won claim wins again.
   */
  claim(
    tenantId: TenantId,
    resourceId: ResourceId,
    day: CalendarDay,
    row: SheetRow,
    capacity: number,
    now: Instant,
  ): Promise<ClaimOutcome>;
  /**
   * Replaces all rows of a claim on this sheet by `rows` without asking anybody (facts are not refused). Rows of
   * a newer `version` are left alone. Returns the sheet afterwards.
   * `version` names the state of the event that `rows` were made from. It matters where `rows` is empty: without it
   * everything of the claim goes, with it a late writer cannot clear what a newer state has put there.
   */
  put(
    tenantId: TenantId,
    resourceId: ResourceId,
    day: CalendarDay,
    claim: ClaimId,
    rows: readonly SheetRow[],
    version?: number,
  ): Promise<DaySheet>;
  /** As `put`, for many sheets at once (a page of a feed): one write per sheet. */
  putMany(
    tenantId: TenantId,
    changes: readonly {
      readonly resourceId: ResourceId;
      readonly day: CalendarDay;
      readonly claim: ClaimId;
      readonly rows: readonly SheetRow[];
      readonly version?: number;
    }[],
  ): Promise<readonly DaySheet[]>;
  /** Turns the rows of `from` (a hold) into rows of `to`, if `from` is still live there; false when it has ended. */
  transfer(
    tenantId: TenantId,
    resourceId: ResourceId,
    day: CalendarDay,
    from: ClaimId,
    to: SheetRow,
    now: Instant,
  ): Promise<boolean>;
  /** Removes ended rows; returns how many sheets changed. */
  sweep(now: Instant, limit: number): Promise<number>;
}

/** What a caller of the API may change of a calendar; a visit never writes these. */
export type CalendarSettings = Pick<
  Calendar,
  'role' | 'share' | 'mirror' | 'busyRules' | 'policy' | 'ownRules' | 'copies' | 'state' | 'name'
>;

/**
 * Calendars. The lease is judged by the database's clock ($$NOW), never by a process clock. Every write of a visit
 * names its fence and misses when the lease passed on.
 */
export interface CalendarStore {
  get(tenantId: TenantId, id: CalendarId): Promise<Calendar | null>;
  /** For sweeps and hints, where the id is all that is known. */
  find(id: CalendarId): Promise<Calendar | null>;
  list(tenantId: TenantId, query: PageQuery & { readonly connectionId: ConnectionId | null }): Promise<Page<Calendar>>;
  ofResource(tenantId: TenantId, resourceId: ResourceId): Promise<readonly Calendar[]>;
  /** Of several resources at once, each calendar by its age. */
  ofResources(tenantId: TenantId, resourceIds: readonly ResourceId[]): Promise<readonly Calendar[]>;
  /** `duplicate`: this remote calendar is attached already. */
  insert(calendar: Calendar): Promise<'inserted' | 'duplicate'>;
  /** Compare-and-set on `version`. */
  saveSettings(id: CalendarId, version: number, settings: CalendarSettings): Promise<boolean>;
  delete(tenantId: TenantId, id: CalendarId): Promise<boolean>;
  /** Takes the lease if it is free or already `owner`'s, and raises the fence; null when somebody else holds it. */
  claim(id: CalendarId, owner: string, leaseMs: number): Promise<Calendar | null>;
  renew(id: CalendarId, fence: number, leaseMs: number): Promise<boolean>;
  saveCursor(id: CalendarId, fence: number, cursor: SyncCursor | null): Promise<boolean>;
  saveHealth(id: CalendarId, fence: number, health: CalendarHealth): Promise<boolean>;
  /** Says that events and rows follow the settings of this version. */
  markApplied(id: CalendarId, fence: number, version: number): Promise<boolean>;
  /** The channels after a visit opened, renewed or closed some; hints noted meanwhile stay noted. */
  saveChannels(id: CalendarId, fence: number, channels: readonly PushChannel[]): Promise<boolean>;
  /**
   * `again`: somebody asked since `sawRequestedSeq`, the lease is still held. `lost`: the lease passed on. `dueAt` is also
   * from when on the feed has to be read again; `syncedAt` is null where this visit did not read it.
   */
  release(
    id: CalendarId,
    fence: number,
    o: {
      readonly sawRequestedSeq: number;
      readonly dueAt: Instant;
      readonly health: CalendarHealth;
      readonly syncedAt: Instant | null;
    },
  ): Promise<'released' | 'again' | 'lost'>;
  /** Frees the lease whatever was asked meanwhile (stop of the process, fault). */
  abandon(id: CalendarId, fence: number, dueAt: Instant | null, health: CalendarHealth | null): Promise<boolean>;
  /**
   * Asks for a visit: `requestedSeq += 1`, due now. It reads the feed (`readDueAt` turns to 0) unless it is asked for only
   * because something is to be written.
   */
  request(ids: readonly CalendarId[], what?: 'read' | 'write'): Promise<void>;
  /** The calendar that owns this channel, whatever its state. */
  byChannel(channelId: string): Promise<Calendar | null>;
  /**
   * A hint that proved itself: notes when it came and, with `isDue`, asks for a visit that reads; one write for a storm of hints
   * that come together is enough.
   */
  noteHint(id: CalendarId, channelId: string, o: HintNote): Promise<void>;
  /** Calendars of a partition that are due, longest waiting first; also one that is being detached, until it is gone. */
  due(partition: number, limit: number): Promise<readonly CalendarId[]>;
}

/** `end`: `renew` the channel at the next visit, or the provider says that it is `gone`. */
export interface HintNote {
  readonly at: Instant;
  readonly isDue: boolean;
  readonly end: 'renew' | 'gone' | null;
}

export interface Store {
  readonly events: EventStore;
  readonly sheets: SheetStore;
  readonly calendars: CalendarStore;
  readonly connections: ConnectionStore;
  readonly consents: ConsentStore;
  readonly resources: ResourceStore;
  readonly feeds: FeedStore;
  readonly conflicts: ConflictStore;
  readonly holds: HoldStore;
  readonly offers: OfferStore;
  readonly tenants: TenantStore;
  readonly idempotency: IdempotencyStore;
  readonly journal: JournalStore;
  readonly notices: NoticeStore;
  readonly webhooks: WebhookStore;
  readonly deliveries: DeliveryStore;
  /** The database's clock: process clock plus the offset last measured. Decides holds. */
  now(): Instant;
  /** Answers when the database does. @throws Fault `unavailable` */
  ping(): Promise<void>;
  close(): Promise<void>;
}
