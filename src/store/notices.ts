/** Notices, what tenants wish about them, and who wants none. */
import type { Event } from '../domain/event.ts';
import type { EventId, ResourceId, TenantId } from '../domain/ids.ts';
import type { Notice, NoticeSettings } from '../domain/notice.ts';
import type { Instant } from '../domain/time.ts';
import type { Page, PageQuery } from './page.ts';

export interface OptOut {
  /** As `plainAddress` gives it. */
  readonly address: string;
  readonly at: Instant;
}

/** A booking whose notices are to be looked at, with the mark under which it waits for that. */
export interface NoticeLook {
  readonly event: Event;
  readonly mark: number;
}

/** Part of the events, because the mark is written with them: each save of a booking asks for a look at its notices. */
export interface NoticeLooks {
  /** Those that wait for a look since `now` or before, by their marks. */
  noticesDue(tenantId: TenantId, now: Instant, query: PageQuery): Promise<Page<NoticeLook>>;
  /** Looked at; `again` says when to look once more, null: when it is saved. Nothing where event or mark are new since. */
  noticesLooked(looks: readonly (NoticeLook & { readonly again: Instant | null })[]): Promise<void>;
  /** Asks for a look at all bookings, or at those of one resource, that end after this instant. */
  askNotices(tenantId: TenantId, resourceId: ResourceId | null, endAfter: Instant): Promise<void>;
}

/** The settings of a tenant by which its bookings have not all been looked at. */
export interface NoticeSpread {
  readonly tenantId: TenantId;
  readonly version: number;
}

export interface NoticeStore {
  /** Version 0, nothing told, where none were saved. */
  settings(tenantId: TenantId): Promise<NoticeSettings>;
  /** Compare-and-set on `version`. */
  saveSettings(tenantId: TenantId, next: NoticeSettings): Promise<boolean>;
  /** Tenants that tell anybody anything. */
  tenantsTelling(): Promise<readonly TenantId[]>;
  /** Among these, whose settings were saved since a look at all bookings was asked for. */
  spreadsOwed(): Promise<readonly NoticeSpread[]>;
  spreadAsked(spread: NoticeSpread): Promise<void>;
  optOut(tenantId: TenantId, optOut: OptOut): Promise<void>;
  /** False when the address had not opted out. */
  optIn(tenantId: TenantId, address: string): Promise<boolean>;
  hasOptedOut(tenantId: TenantId, address: string): Promise<boolean>;
  optOuts(tenantId: TenantId, query: PageQuery): Promise<Page<OptOut>>;
  /** Writes those that are not there yet; their ids are deterministic. */
  insert(notices: readonly Notice[]): Promise<void>;
  /** Of these events, in the order in which they were made. */
  ofEvents(tenantId: TenantId, ids: readonly EventId[]): Promise<readonly Notice[]>;
  /** Due, or claimed by somebody whose time is over; the oldest first. */
  due(now: Instant, limit: number): Promise<readonly Notice[]>;
  /** Compare-and-set on `rev`. */
  save(next: Notice): Promise<boolean>;
}
