/** Booking: the promise to a customer that an Event may carry. */
import type { BookingId, ClaimId, ResourceId } from './ids.ts';
import type { Instant, Span, Zone } from './time.ts';

export type BookingStatus = 'confirmed' | 'in_progress' | 'completed' | 'cancelled' | 'no_show';
export type BookingSource = 'website' | 'crm' | 'phone' | 'agent' | 'dispatcher';

export interface Customer {
  readonly name: string;
  readonly phone: string | null;
  readonly email: string | null;
  readonly timeZone: Zone | null;
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
  /** What was claimed when the time was won, kept as proof. */
  readonly receipt: Receipt;
}

/** Proof of a claim: which sheet rows were won, at which sheet version. */
export interface Receipt {
  readonly claim: ClaimId;
  readonly claimedAt: Instant;
  readonly rows: readonly { readonly resourceId: ResourceId; readonly span: Span; readonly sheetVersion: number }[];
}
