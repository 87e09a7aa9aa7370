/** What can be occupied: resources, their hours, and the day sheets on which time is won or lost. */
import type { ClaimId, EventId, HoldId, ResourceId, TenantId } from './ids.ts';
import type { Takes } from './takes.ts';
import type { CalendarDay, Instant, Span, Zone } from './time.ts';

export type ResourceKind = 'technician' | 'vehicle' | 'equipment' | 'room';
export type Weekday = 'mon' | 'tue' | 'wed' | 'thu' | 'fri' | 'sat' | 'sun';

/** Wall time of a day, `HH:mm`; `to` may exceed 24:00 for a night shift (up to 48:00). */
export interface DaySpan {
  readonly from: string;
  readonly to: string;
}
export interface WorkingHours extends DaySpan {
  readonly days: readonly Weekday[];
}
export interface HoursOverride {
  readonly date: CalendarDay;
  readonly spans: readonly DaySpan[];
}
export interface Skill {
  readonly skill: string;
  readonly level: number | null;
  readonly validUntil: CalendarDay | null;
}

export interface Resource {
  readonly id: ResourceId;
  readonly tenantId: TenantId;
  readonly version: number;
  readonly kind: ResourceKind;
  readonly name: string;
  readonly zone: Zone;
  /** How many may be in use at once; 1 for people. */
  readonly quantity: number;
  readonly skills: readonly Skill[];
  readonly territoryIds: readonly string[];
  readonly home: { readonly lat: number; readonly lng: number; readonly address: string | null } | null;
  /** Empty means always open. */
  readonly workingHours: readonly WorkingHours[];
  readonly overrides: readonly HoursOverride[];
  readonly limits: Readonly<Record<string, number>>;
  readonly email: string | null;
  readonly phone: string | null;
  readonly externalRef: string | null;
  readonly createdAt: Instant;
  readonly deletedAt: Instant | null;
}

export type RowKind = 'booking' | 'calendar' | 'hold';

/**
 * One taken stretch on a day sheet, pads included. The span is whole, also on each of the several days that it touches.
 */
export interface SheetRow {
  readonly claim: ClaimId;
  readonly eventId: EventId | null;
  readonly kind: RowKind;
  readonly start: Instant;
  readonly end: Instant;
  /** The work inside the pads; left out where there are none. */
  readonly core?: Span;
  readonly quantity: number;
  /** False until confirmed: such a row ends by itself at `until`. */
  readonly firm: boolean;
  readonly until: Instant | null;
  /** Event version that the row was made from; 0 for a hold. */
  readonly version: number;
}

/** The taken spans of one resource on one UTC day: the only place where a slot is won or lost. */
export interface DaySheet {
  readonly tenantId: TenantId;
  readonly resourceId: ResourceId;
  readonly day: CalendarDay;
  readonly version: number;
  readonly rows: readonly SheetRow[];
}

/** A stretch that could be offered; computed, never stored. */
export interface Slot extends Span {
  readonly resourceIds: readonly ResourceId[];
  /** How many of a resource, where more than one is needed. */
  readonly units?: Readonly<Record<string, number>>;
  /** Not sure: a calendar of these resources could not be read. */
  readonly isTentative?: boolean;
}

/** A claim on day sheets that ends by itself unless a booking takes it over. */
export interface Hold {
  readonly id: HoldId;
  readonly tenantId: TenantId;
  readonly span: Span;
  readonly resourceIds: readonly ResourceId[];
  readonly note: string | null;
  /** Left out where it is the exact time of one unit of each. */
  readonly takes?: Takes;
  /** The API key that asked for it, so that one caller cannot hold everything. */
  readonly caller?: string;
  /** The offer that it is an option of. */
  readonly offerId?: string;
  readonly expiresAt: Instant;
  readonly createdAt: Instant;
}
