/** Tenants, their keys, and the journal of what happened to them. */
import type { CalendarId, EventId, KeyId, ResourceId, TenantId } from './ids.ts';
import type { OwnRules } from './rules.ts';
import type { Instant } from './time.ts';

export interface Tenant {
  readonly id: TenantId;
  readonly name: string;
  readonly createdAt: Instant;
}

/** A tenant's own rules for all its calendars. */
export interface TenantRules {
  readonly version: number;
  readonly own: OwnRules;
  /** The version that all calendars have taken over; behind `version` means that some still have to. */
  readonly appliedVersion: number;
}

export type Scope = 'read' | 'book' | 'admin' | 'operator';

/** An API key; the key itself is shown once and stored only as its SHA-256. */
export interface ApiKey {
  readonly id: KeyId;
  readonly tenantId: TenantId;
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly hash: string;
  readonly createdAt: Instant;
  readonly expiresAt: Instant | null;
  readonly revokedAt: Instant | null;
}

export type JournalKind =
  | 'booking.created'
  | 'booking.moved'
  | 'booking.changed'
  | 'booking.cancelled'
  | 'booking.completed'
  | 'booking.delayed'
  | 'calendar.blocked'
  | 'calendar.freed'
  | 'calendar.synced'
  | 'calendar.degraded'
  | 'copy.written'
  | 'notice.sent'
  | 'notice.refused'
  | 'conflict.opened'
  | 'conflict.resolved'
  | 'connection.needs_consent'
  | 'hold.changed'
  | 'copy.echoed'
  | 'copy.seen'
  | 'copy.refused'
  | 'copy.failed'
  | 'calendar.repaired';

/** What a step was about, for machines: short words and ids, never what somebody wrote. */
export type JournalDetails = Readonly<
  Record<string, string | number | null | readonly string[] | readonly Readonly<Record<string, string>>[]>
>;

/** One line of what happened; kept for days, read by the dashboard stream and by the story of an event. */
export interface JournalLine {
  /** Sortable and unique; the stream's `Last-Event-ID`. */
  readonly id: string;
  readonly tenantId: TenantId;
  readonly at: Instant;
  readonly kind: JournalKind;
  readonly eventId: EventId | null;
  readonly calendarId: CalendarId | null;
  readonly resourceIds: readonly ResourceId[];
  readonly version: number | null;
  /** One plain sentence without private content. */
  readonly text: string;
  /** Left out where the sentence says it all. */
  readonly details?: JournalDetails;
}
