/** The Event: our canonical record of one stretch or series, and the only aggregate. */
import type { Booking } from './booking.ts';
import type { CalendarId, EventId, IdempotencyKey, RemoteId, RemoteStamp, ResourceId, TenantId } from './ids.ts';
import type { JournalKind } from './tenant.ts';
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
  /**
   * What became of it and was not told yet, oldest first; left out when all is told. Saved with the change itself and
   * cleared with the debt of rows, so that a crash between the two leaves it to the sweep. Only where rows are owed.
   */
  readonly untold?: readonly Untold[];
}

export interface Untold {
  readonly kind: JournalKind;
  readonly version: number;
  readonly text: string;
}

/** The event with all told. */
export function withoutNews({ untold: _, ...event }: Event): Event {
  return event;
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

const unitKeys: Readonly<Record<PlainUnit, readonly (keyof EventFields)[]>> = {
  when: ['start', 'end', 'series'],
  what: ['title', 'description'],
  where: ['location'],
  busy: ['busy', 'response'],
  status: ['status'],
  privacy: ['privacy'],
};
const instancePrefix = 'instance:';

export const instanceUnit = (key: InstanceKey): MergeUnit => `${instancePrefix}${key}`;

/** The key of an instance unit, or null for a plain unit. */
export function instanceKeyOf(unit: MergeUnit): InstanceKey | null {
  return unit.startsWith(instancePrefix) ? (unit.slice(instancePrefix.length) as InstanceKey) : null;
}

function isPlain(unit: MergeUnit): unit is PlainUnit {
  return !unit.startsWith(instancePrefix);
}

/** Every unit that either side has. */
export function unitsOf(...sides: readonly EventFields[]): MergeUnit[] {
  const keys = new Set<InstanceKey>();
  for (const side of sides) for (const key of Object.keys(side.instances)) keys.add(key as InstanceKey);
  return [...plainUnits, ...[...keys].sort().map(instanceUnit)];
}

/** Equality of plain values: objects by their keys whatever the order, arrays by position. */
export function sameValue(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const left = a as Readonly<Record<string, unknown>>;
  const right = b as Readonly<Record<string, unknown>>;
  const keys = Object.keys(left);
  return keys.length === Object.keys(right).length && keys.every((k) => k in right && sameValue(left[k], right[k]));
}

export function sameUnit(unit: MergeUnit, a: EventFields, b: EventFields): boolean {
  if (isPlain(unit)) return unitKeys[unit].every((key) => sameValue(a[key], b[key]));
  const key = instanceKeyOf(unit)!;
  return sameValue(a.instances[key] ?? null, b.instances[key] ?? null);
}

/** Units in which the two differ. */
export function diffUnits(a: EventFields, b: EventFields): MergeUnit[] {
  return unitsOf(a, b).filter((unit) => !sameUnit(unit, a, b));
}

/** `onto` with these units taken from `from`. */
export function applyUnits(onto: EventFields, from: EventFields, units: readonly MergeUnit[]): EventFields {
  const next: Record<string, unknown> = { ...onto };
  const instances: Record<InstanceKey, InstanceFields | 'cancelled'> = { ...onto.instances };
  for (const unit of units) {
    if (isPlain(unit)) for (const key of unitKeys[unit]) next[key] = from[key];
    else {
      const key = instanceKeyOf(unit)!;
      const value = from.instances[key];
      if (value === undefined) delete instances[key];
      else instances[key] = value;
    }
  }
  next.instances = instances;
  return next as unknown as EventFields;
}

/** The value of one unit, for showing it to a person. */
export function unitValue(unit: MergeUnit, fields: EventFields): unknown {
  if (!isPlain(unit)) return fields.instances[instanceKeyOf(unit)!] ?? null;
  return Object.fromEntries(unitKeys[unit].map((key) => [key, fields[key]]));
}

/** Whether a link's copy is behind its event. A tombstone owes until its copy is gone. */
export function owes(event: Event, link: CalendarLink): boolean {
  return link.state === 'live' && link.settledVersion < event.version;
}
