/** What the simulated Outlook holds: mailboxes, calendars, events. Events are replaced, never changed. */
import type { CalendarDay, WallTime, Zone } from '../../src/domain/time.ts';
import type { JsonObject } from '../kit/json.ts';
import type { Recurrence } from './pattern.ts';

export interface Mailbox {
  readonly email: string;
  readonly name: string;
  readonly userId: string;
  readonly tenantId: string;
  /** Outlook.com: no directory, no getSchedule, no `mail`. */
  readonly isPersonal: boolean;
  readonly zone: Zone;
  /** What `mailboxSettings` says; may be a name that no table knows. */
  zoneName: string;
  readonly calendars: Map<string, Listed>;
}

/** A calendar as one mailbox sees it. */
export interface Listed {
  readonly calendarId: string;
  readonly isDefault: boolean;
  readonly canEdit: boolean;
  readonly canViewPrivate: boolean;
}

export interface Calendar {
  readonly id: string;
  name: string;
  /** Whose data it is. */
  readonly owner: string;
  /** Items by key: singles, masters and exceptions. */
  readonly items: Map<string, Item>;
  /** Of a master: keys of its exceptions. */
  readonly exceptions: Map<string, Set<string>>;
  /** Members that are shown in place of an event's own, by its key: what no client could read. */
  readonly garbled: Map<string, JsonObject>;
  /** Keys that are gone, with the revision of their end. */
  readonly gone: Map<string, { readonly revision: number; readonly isOccurrence: boolean }>;
  /** Raised by every change. */
  revision: number;
  /** Of each change: when it was made, the oldest first. */
  readonly times: { readonly revision: number; readonly at: number }[];
  /** Delta tokens of an older epoch are refused. */
  epoch: number;
}

/** Wall time in the zone that it was written in. For whole days the time is midnight and the zone means nothing. */
export interface When {
  readonly wall: WallTime;
  readonly zone: Zone;
  /** As it was named. */
  readonly zoneName: string;
}

export interface Item {
  /** Never changes; both forms of id come from it. */
  readonly key: string;
  readonly uid: string;
  readonly changeKey: string;
  /** The calendar's revision at the last change. */
  readonly changedAt: number;
  readonly created: number;
  readonly modified: number;
  readonly start: When;
  readonly end: When;
  readonly isAllDay: boolean;
  readonly series: Series | null;
  /** For an exception: its series and the day that it had there. */
  readonly of: { readonly master: string; readonly day: CalendarDay } | null;
  readonly isOrganizer: boolean;
  readonly organizer: JsonObject;
  readonly isCancelled: boolean;
  readonly transactionId: string | null;
  /** Everything else that its author wrote, as the API has it. */
  readonly content: JsonObject;
  /** Extended properties by id; never part of an answer unless asked for. */
  readonly properties: Readonly<Record<string, string>>;
}

export interface Series {
  readonly recurrence: Recurrence;
  /** Raised when the pattern moves: ids of untouched occurrences change with it. */
  readonly generation: number;
  readonly cancelled: readonly CalendarDay[];
}

/** An item before its calendar stamps it. */
export type Draft = Omit<Item, 'changeKey' | 'changedAt' | 'modified'>;

/** A mail that Exchange would have sent to attendees. */
export interface Mail {
  readonly calendarId: string;
  readonly subject: string;
  readonly kind: 'invitation' | 'update' | 'cancellation' | 'answer';
  readonly to: readonly string[];
}
