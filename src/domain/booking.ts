/** Booking: the promise to a customer that an Event may carry. */
import type { BookingId, CalendarId, ClaimId, ResourceId } from './ids.ts';
import type { Takes } from './takes.ts';
import type { Instant, Span, Zone } from './time.ts';

export type BookingStatus = 'confirmed' | 'in_progress' | 'completed' | 'cancelled' | 'no_show';
export type BookingSource = 'website' | 'crm' | 'phone' | 'agent' | 'dispatcher';

export interface Customer {
  readonly name: string;
  readonly phone: string | null;
  readonly email: string | null;
  readonly timeZone: Zone | null;
  /** BCP 47 tag of the language in which times are read to them. */
  readonly language?: string | null;
}
export interface Place {
  readonly address: string | null;
  readonly lat: number | null;
  readonly lng: number | null;
}

export interface Booking {
  readonly id: BookingId;
  readonly status: BookingStatus;
  readonly title: string;
  readonly customer: Customer | null;
  readonly location: Place | null;
  readonly notes: string | null;
  readonly externalRef: string | null;
  readonly jobTypeId: string | null;
  readonly metadata: Readonly<Record<string, string>>;
  readonly source: BookingSource;
  /** Pads and units, decided when the time was won; left out where it is the exact time of one unit of each. */
  readonly takes?: Takes;
  /** Of a booking that came of an offer: which request accepted it. */
  readonly acceptKey?: string;
  /** True where a calendar could not be read and the caller wanted the booking all the same, marked as tentative. */
  readonly tentative?: boolean;
  /** What was claimed when the time was won, kept as proof. */
  readonly receipt: Receipt;
}

/** Proof of a claim: which sheet rows were won (pads included), at which sheet version, and how old our knowledge was. */
export interface Receipt {
  readonly claim: ClaimId;
  readonly claimedAt: Instant;
  readonly rows: readonly { readonly resourceId: ResourceId; readonly span: Span; readonly sheetVersion: number }[];
  /** When each calendar that can block these resources was last read, as known at the claim. */
  readonly calendars?: readonly { readonly calendarId: CalendarId; readonly syncedAt: Instant | null }[];
}
