/** Messages to people about bookings: what was told to whom, what is still to be told, and what a tenant wishes. */
import type { EventId, TenantId } from './ids.ts';
import type { Instant, Zone } from './time.ts';

export type NoticeKind = 'confirmation' | 'moved' | 'cancelled' | 'reminder';

/** What a message told: when and where. Two of them are the same to its reader when all of this is. */
export interface NoticeFact {
  readonly start: Instant;
  readonly end: Instant;
  readonly place: string | null;
}

/**
 * `due`: waits for its time. `claimed`: somebody is sending it; taken over when `claimedUntil` is past. `sent`: a transport
 * accepted it. `dropped`: it says nothing that is still so. `refused`: the transport will never take it, or tries ran out.
 */
export type NoticeState = 'due' | 'claimed' | 'sent' | 'dropped' | 'refused';

export interface Notice {
  /** Deterministic: event, audience, kind, fact and what was told before; so each is made once. */
  readonly id: string;
  readonly tenantId: TenantId;
  readonly eventId: EventId;
  /** `customer`, or the id of the resource whose person is told. */
  readonly audience: string;
  readonly address: string;
  readonly kind: NoticeKind;
  readonly fact: NoticeFact;
  /** The notice of the same audience before this one, or null. */
  readonly after: string | null;
  readonly createdAt: Instant;
  /** Not sent earlier; quiet hours and pauses move it. */
  readonly dueAt: Instant;
  /** Raised by every save; the compare-and-set number. */
  readonly rev: number;
  readonly state: NoticeState;
  readonly claimedUntil: Instant | null;
  readonly tries: number;
  /** Why it waits, was dropped or refused, in plain words without the address. */
  readonly why: string | null;
  readonly sentAt: Instant | null;
}

/** Wall times `HH:MM`; from later than to goes over midnight. */
export interface QuietHours {
  readonly from: string;
  readonly to: string;
  readonly timeZone: Zone;
}

export interface NoticeSettings {
  readonly version: number;
  readonly customers: boolean;
  readonly technicians: boolean;
  readonly quietHours: QuietHours | null;
  /** Milliseconds before the start at which customers are reminded. */
  readonly reminderLeadsMs: readonly number[];
  /** Who signs; null: nobody. */
  readonly businessName: string | null;
}

/** Nobody is told anything until the tenant says so. */
export const noNotices: NoticeSettings = Object.freeze({
  version: 0,
  customers: false,
  technicians: false,
  quietHours: null,
  reminderLeadsMs: Object.freeze([]),
  businessName: null,
});

/** Addresses are compared without regard to case. */
export const plainAddress = (address: string): string => address.trim().toLowerCase();
