/** The Event: our canonical record of one stretch or series, and the only aggregate. */
import type { Booking } from './booking.ts';
import type { CalendarId, EventId, IdempotencyKey, RemoteId, RemoteStamp, ResourceId, TenantId } from './ids.ts';
import type { CalendarDay, EventTime, Instant, WallTime } from './time.ts';

/** Names one occurrence of a series: its ORIGINAL start as wall time (or day) in the form of the master's start. */
export type InstanceKey = WallTime | CalendarDay;

/**
 * What is merged as one piece. `when` is start, end and series together; `what` is title and description; `busy`
 * includes the own answer to an invitation. Each instance of a series is a unit of its own.
 */
export type MergeUnit = PlainUnit | `instance:${string}`;
export type PlainUnit = 'when' | 'what' | 'where' | 'busy' | 'status' | 'privacy';
export const plainUnits: readonly PlainUnit[] = ['when', 'what', 'where', 'busy', 'status', 'privacy'];

/** How a series repeats. Deleted and changed occurrences are not here but in `EventFields.instances`. */
export interface Series {
  /** RRULE values of RFC 5545 without the name, parts in canonical order; usually one. */
  readonly rules: readonly string[];
  readonly extraDates: readonly EventTime[];
}

/** The fields that one occurrence can have of its own. */
export interface InstanceFields {
  readonly title: string;
  readonly description: string;
  readonly location: string;
  readonly start: EventTime;
  readonly end: EventTime;
  readonly busy: Busy;
  readonly response: Response;
  readonly status: Status;
  readonly privacy: Privacy;
}
export type Busy = 'busy' | 'tentative' | 'away' | 'free';
/** The calendar owner's own answer to an invitation; `none` where there is no invitation. Never written by us. */
export type Response = 'none' | 'accepted' | 'declined' | 'unanswered';
export type Status = 'confirmed' | 'tentative' | 'cancelled';
export type Privacy = 'default' | 'private';

/** The part of an Event that is synced. Every key is always present. */
export interface EventFields extends InstanceFields {
  readonly series: Series | null;
  /** Changed (fields) and deleted (`cancelled`) occurrences by their original start; empty without a series. */
  readonly instances: Readonly<Record<InstanceKey, InstanceFields | 'cancelled'>>;
}

export interface Event {
  readonly id: EventId;
  readonly tenantId: TenantId;
  /** Raised by every save; the compare-and-set number. */
  readonly rev: number;
  /** Raised by every change of meaning. */
  readonly version: number;
  /** The version whose rows the day sheets hold; behind `version` means a sheet debt. */
  readonly sheetVersion: number;
  readonly fields: EventFields;
  readonly resources: readonly ResourceId[];
  readonly booking: Booking | null;
  readonly origin: 'rest' | CalendarId;
  /** For a series: rows are materialised up to here. Null for a single event. */
  readonly coveredUntil: Instant | null;
  readonly deletedAt: Instant | null;
  readonly createdAt: Instant;
  readonly updatedAt: Instant;
  readonly links: readonly CalendarLink[];
}

/** The tie between an Event and its copy in one Calendar. */
export interface CalendarLink {
  readonly calendarId: CalendarId;
  /** Null until the provider's answer (or its feed) told where the copy is. */
  readonly remoteId: RemoteId | null;
  /** See `createIdFor`; changes with `generation`. */
  readonly createId: string;
  readonly generation: number;
  readonly stamp: RemoteStamp | null;
  /** Both sides when they last agreed: ours as this calendar may see it, theirs as the provider words it. */
  readonly base: { readonly local: EventFields; readonly remote: EventFields } | null;
  /** The event version that this link has settled; behind `Event.version` means a debt. */
  readonly settledVersion: number;
  /** Fence of the last visit that wrote this link; a smaller fence may not write. */
  readonly fence: number;
  /** Write-ahead of the write in flight; cleared only by a receipt or by `landed`. */
  readonly sent: Sent | null;
  /** Units in an open conflict: neither pushed nor pulled. */
  readonly disputed: readonly MergeUnit[];
  readonly state: 'live' | 'refused' | 'unlinked';
  /** Why the provider refused, in its own words, or null. */
  readonly refusal: string | null;
  readonly failures: number;
  readonly retryAt: Instant | null;
  readonly writtenAt: Instant | null;
  /** How often in a row the remote side raised the version without REST or a resolution (loop breaker). */
  readonly remoteRaises: number;
}

export interface Sent {
  readonly kind: 'put' | 'remove';
  readonly version: number;
  readonly fields: EventFields;
  readonly key: IdempotencyKey;
}
