/** Offer: a few free times, all held for one customer, of which one may be accepted. */
import type { HoldId, OfferId, TenantId } from './ids.ts';
import type { ResourceKind, Slot } from './resource.ts';
import type { Takes } from './takes.ts';
import type { Instant, Span, Zone } from './time.ts';

/** What was asked for, kept so that an offer that has ended can be made anew. */
export interface OfferWish {
  readonly window: Span;
  readonly durationMs: number;
  readonly granularityMs: number;
  readonly resourceIds: readonly string[] | null;
  readonly requires:
    | readonly {
        readonly kind: ResourceKind;
        readonly skills: readonly { readonly skill: string; readonly level: number | null }[];
        readonly territoryId: string | null;
        readonly quantity: number;
      }[]
    | null;
  readonly takes: Takes;
  readonly count: number;
  readonly expiresInMs: number;
  readonly note: string | null;
}

export interface OfferOption extends Slot {
  readonly id: string;
  readonly holdId: HoldId;
}

export interface Offer {
  readonly id: OfferId;
  readonly tenantId: TenantId;
  readonly version: number;
  /** `making`: its options are announced but not all won yet; only a crash leaves it so. */
  readonly state: 'making' | 'open' | 'released';
  readonly wish: OfferWish;
  /** Soonest first. */
  readonly options: readonly OfferOption[];
  readonly caller: string | null;
  /** How its times are read out: the customer's zone (null: the first resource's) and language. */
  readonly zone: Zone | null;
  readonly language: string | null;
  readonly expiresAt: Instant;
  readonly createdAt: Instant;
}
