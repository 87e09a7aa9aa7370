/** The booking desk: the one contract by which REST (and later offers and imports) takes, moves and frees time. */
import type { Booking, BookingSource, Customer, Place } from '../domain/booking.ts';
import type { Event } from '../domain/event.ts';
import type { BookingId, EventId, HoldId, OfferId, ResourceId, TenantId } from '../domain/ids.ts';
import type { Offer, OfferWish } from '../domain/offer.ts';
import type { Hold, ResourceKind, RowKind, Slot } from '../domain/resource.ts';
import type { Takes } from '../domain/takes.ts';
import type { Span, Zone } from '../domain/time.ts';
import type { Freshly, Knowledge } from './freshness.ts';

/** One thing that a job needs; `quantity` of them, all free at the same time. */
export interface Requirement {
  readonly kind: ResourceKind;
  readonly skills: readonly { readonly skill: string; readonly level: number | null }[];
  readonly territoryId: string | null;
  readonly quantity: number;
}

export interface BookingRequest {
  readonly span: Span;
  /** Zone in which the event is written into calendars; null takes the first resource's zone. */
  readonly timeZone: Zone | null;
  /** Either named resources or requirements to choose from. */
  readonly resourceIds: readonly ResourceId[] | null;
  readonly assign: readonly Requirement[] | null;
  readonly holdId: HoldId | null;
  readonly title: string;
  readonly jobTypeId: string | null;
  readonly customer: Customer | null;
  readonly location: Place | null;
  readonly notes: string | null;
  readonly externalRef: string | null;
  readonly metadata: Readonly<Record<string, string>>;
  readonly source: BookingSource;
  /** Makes the event's id, so that the same request twice is the same booking; null for a fresh id. */
  readonly idempotencyKey: string | null;
  /** Pads, and units of named resources; a hold's own count when it is used. */
  readonly takes?: Takes;
  /** Calendars of the chosen resources are read again right before the claim; left out, they are taken as they are. */
  readonly freshly?: Freshly;
  /** Names the content of a request whose key is the caller's own, so that a key cannot be used for two of them. */
  readonly fingerprint?: string;
}

export interface BookingChange {
  readonly span: Span | null;
  readonly timeZone: Zone | null;
  readonly resourceIds: readonly ResourceId[] | null;
  readonly context: Partial<
    Pick<Booking, 'title' | 'customer' | 'location' | 'notes' | 'metadata' | 'jobTypeId' | 'tentative'>
  >;
  readonly ifVersion: number | null;
}

/** What stands in the way, without private titles. */
export interface Obstacle extends Span {
  readonly resourceId: ResourceId;
  readonly kind: RowKind;
}

export interface SlotTaken {
  readonly kind: 'slot-taken';
  readonly conflicts: readonly Obstacle[];
  readonly alternatives: readonly Slot[];
  /** How old the knowledge is that the alternatives rest on. */
  readonly freshness: readonly Knowledge[];
}

export type BookOutcome =
  | { readonly kind: 'booked'; readonly event: Event }
  /** The same booking was made before (idempotency or external reference). */
  | { readonly kind: 'existing'; readonly event: Event }
  | SlotTaken
  | { readonly kind: 'hold-expired'; readonly alternatives: readonly Slot[] }
  /** A calendar could not be read in time, and the caller wants no booking without it. */
  | { readonly kind: 'calendars-unread'; readonly freshness: readonly Knowledge[] }
  | { readonly kind: 'external-ref-taken'; readonly event: Event }
  | { readonly kind: 'version-mismatch'; readonly event: Event }
  | { readonly kind: 'not-found'; readonly what: 'booking' | 'resource' | 'hold' }
  /** A rule of ours says no (deleted resource, nothing matches the requirements, booking is over ...). */
  | { readonly kind: 'rule-violation'; readonly rule: string; readonly sentence: string };

export type HoldOutcome =
  | { readonly kind: 'held'; readonly hold: Hold }
  | SlotTaken
  | { readonly kind: 'not-found'; readonly what: 'resource' }
  | Extract<BookOutcome, { kind: 'rule-violation' }>
  | TooManyHolds;

/** One caller, or all together on one resource and day, hold as much as may be held; the next hold ends after `waitMs`. */
export interface TooManyHolds {
  readonly kind: 'too-many-holds';
  readonly of: 'caller' | 'day';
  readonly waitMs: number;
}

export interface HoldRequest {
  readonly span: Span;
  readonly resourceIds: readonly ResourceId[];
  readonly expiresInMs: number;
  readonly note: string | null;
  readonly takes?: Takes;
  /** Whoever may only hold so much: the API key. */
  readonly caller?: string;
}

export interface OfferRequest {
  readonly wish: OfferWish;
  readonly caller: string | null;
  readonly zone: Zone | null;
  readonly language: string | null;
  /** Makes the offer's id, so that the same request twice is the same offer; null for a fresh one. */
  readonly idempotencyKey: string | null;
  readonly freshly?: Freshly;
}
export type OfferOutcome =
  | { readonly kind: 'offered'; readonly offer: Offer }
  /** With the reasons counted, as `Availability.why`. */
  | {
      readonly kind: 'nothing-free';
      readonly why: Readonly<Record<string, number>>;
      readonly freshness: readonly Knowledge[];
    }
  | { readonly kind: 'not-found'; readonly what: 'resource' }
  | TooManyHolds;

/** Which option is taken, and all that a booking says beside time and resources. */
export interface Acceptance {
  readonly option: string;
  readonly request: Omit<BookingRequest, 'span' | 'resourceIds' | 'assign' | 'holdId' | 'takes'>;
}
export type AcceptOutcome =
  | BookOutcome
  | { readonly kind: 'not-found'; readonly what: 'offer' | 'option' }
  /** `event` is the booking that came of it, if one did; `renewed` a new offer for the same wish, if anything is free. */
  | {
      readonly kind: 'offer-ended';
      readonly why: 'accepted' | 'expired' | 'released';
      readonly event: Event | null;
      readonly renewed: Offer | null;
    };

export interface AvailabilityQuery {
  readonly window: Span;
  readonly durationMs: number;
  readonly resourceIds: readonly ResourceId[] | null;
  readonly requires: readonly Requirement[] | null;
  readonly granularityMs: number;
  readonly limit: number;
  readonly explain: boolean;
  readonly takes?: Takes;
  readonly freshly?: Freshly;
}
/** Counts of refused starts by stable code (NOT_WORKING, BUSY, SKILL_MISSING, ...), for `explain`. */
export interface Availability {
  readonly slots: readonly Slot[];
  readonly freshness: readonly Knowledge[];
  readonly why: Readonly<Record<string, number>> | null;
}

export type BookingAction = 'cancel' | 'start' | 'complete' | 'no-show';

export interface BookingDesk {
  book(tenantId: TenantId, request: BookingRequest): Promise<BookOutcome>;
  change(tenantId: TenantId, id: BookingId, change: BookingChange): Promise<BookOutcome>;
  act(tenantId: TenantId, id: BookingId, action: BookingAction, ifVersion: number | null): Promise<BookOutcome>;
  hold(tenantId: TenantId, o: HoldRequest): Promise<HoldOutcome>;
  /** False when there was no such hold. */
  release(tenantId: TenantId, id: HoldId): Promise<boolean>;
  offer(tenantId: TenantId, request: OfferRequest): Promise<OfferOutcome>;
  accept(tenantId: TenantId, id: OfferId, wanted: Acceptance): Promise<AcceptOutcome>;
  /** False when there was no such offer. */
  releaseOffer(tenantId: TenantId, id: OfferId): Promise<boolean>;
  availability(tenantId: TenantId, query: AvailabilityQuery): Promise<Availability>;
  /** Finishes what a crash left half-done: events whose rows are behind, series whose rows end too early. Returns how many. */
  settleSheets(limit: number): Promise<number>;
  /** Rebuilds the rows of one event from the event alone. */
  rebuild(tenantId: TenantId, id: EventId): Promise<void>;
}
