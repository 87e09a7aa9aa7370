/** What the simulated Google holds: accounts, their lists of calendars, and events. Records are replaced, never changed. */
import type { Zone } from '../../src/domain/time.ts';
import type { JsonObject } from '../kit/json.ts';
import type { Moment } from './times.ts';

export const roles = ['none', 'freeBusyReader', 'reader', 'writerWithoutPrivateAccess', 'writer', 'owner'] as const;
export type Role = (typeof roles)[number];
export const atLeast = (role: Role, wanted: Role): boolean => roles.indexOf(role) >= roles.indexOf(wanted);

export interface Account {
  /** Also the id of the primary calendar. */
  readonly email: string;
  readonly name: string;
  readonly zone: Zone;
  readonly list: Map<string, ListEntry>;
  /** Raised by every change of the list. */
  listRevision: number;
  listEpoch: number;
}

/** A calendar as one account sees it. */
export interface ListEntry {
  readonly calendarId: string;
  readonly role: Role;
  readonly isPrimary: boolean;
  readonly isHidden: boolean;
  readonly isDeleted: boolean;
  readonly changedAt: number;
}

export interface Calendar {
  readonly id: string;
  name: string;
  zone: Zone;
  /** Whose data it is. */
  readonly owner: string;
  readonly isPrimary: boolean;
  /** False: `events.watch` is refused, as for holidays and other imported feeds. */
  readonly isWatchable: boolean;
  /** By id, the one changed longest ago first. */
  readonly events: Map<string, StoredEvent>;
  /** Master id -> ids of its exceptions. */
  readonly exceptions: Map<string, Set<string>>;
  /** Raised by every change of an event. */
  revision: number;
  /** Tokens of an older epoch are refused with 410. */
  epoch: number;
}

export type Status = 'confirmed' | 'tentative' | 'cancelled';
export interface Person {
  readonly email: string;
  readonly displayName?: string;
}

export interface StoredEvent {
  readonly id: string;
  readonly uid: string;
  readonly etag: string;
  /** The calendar's revision at the last change. */
  readonly changedAt: number;
  readonly created: number;
  readonly updated: number;
  readonly sequence: number;
  readonly status: Status;
  readonly eventType: string;
  readonly start: Moment;
  readonly end: Moment;
  readonly recurrence: readonly string[] | null;
  /** For an exception: its series and the start that it had there. */
  readonly of: { readonly master: string; readonly original: Moment } | null;
  readonly creator: Person;
  readonly organizer: Person;
  /** Everything else that the author wrote, as he wrote it. */
  readonly content: JsonObject;
}
/** An event as its author means it, before the calendar stamps it. */
export type Draft = Omit<StoredEvent, 'etag' | 'changedAt' | 'updated'>;

/** A mail that Google would have sent to guests. */
export interface Mail {
  readonly calendarId: string;
  readonly eventId: string;
  readonly to: readonly string[];
}
