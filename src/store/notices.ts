/** Notices, what tenants wish about them, and who wants none. */
import type { EventId, TenantId } from '../domain/ids.ts';
import type { Notice, NoticeSettings } from '../domain/notice.ts';
import type { Instant } from '../domain/time.ts';
import type { Page, PageQuery } from './page.ts';

export interface OptOut {
  /** As `plainAddress` gives it. */
  readonly address: string;
  readonly at: Instant;
}

export interface NoticeStore {
  /** Version 0, nothing told, where none were saved. */
  settings(tenantId: TenantId): Promise<NoticeSettings>;
  /** Compare-and-set on `version`. */
  saveSettings(tenantId: TenantId, next: NoticeSettings): Promise<boolean>;
  /** Tenants that tell anybody anything. */
  tenantsTelling(): Promise<readonly TenantId[]>;
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
