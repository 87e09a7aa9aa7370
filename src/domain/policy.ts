/** Who wins when both sides changed the same thing, and the record of a case that nobody may decide silently. */
import type { PlainUnit } from './event.ts';
import type { CalendarId, ConflictId, EventId, ResourceId, TenantId } from './ids.ts';
import type { Slot } from './resource.ts';
import type { Instant } from './time.ts';

export type Authority = 'ours' | 'theirs' | 'ask';

export interface ConflictPolicy {
  readonly authority: Readonly<Record<PlainUnit, Authority>>;
  /** A booking's copy was deleted at the provider. */
  readonly removedThere: 'cancel' | 'restore' | 'ask';
  readonly removeVersusEdit: 'keep-edit' | 'remove' | 'ask';
  readonly overlap: 'flag';
}

/** `edit`: both sides changed one unit; `removed`: a booking's copy is gone; `overlap`: two events want one time. */
export type ConflictKind = 'edit' | 'removed' | 'remove-versus-edit' | 'overlap';
export type Choice = 'ours' | 'theirs' | 'both' | 'move';

export interface Conflict {
  /** Deterministic (event, unit, version, stamp): replay makes no second one. */
  readonly id: ConflictId;
  readonly tenantId: TenantId;
  readonly version: number;
  readonly state: 'open' | 'resolved';
  readonly kind: ConflictKind;
  readonly eventId: EventId;
  readonly isBooking: boolean;
  readonly resourceId: ResourceId | null;
  readonly calendarId: CalendarId | null;
  readonly unit: string | null;
  /** Both values in words or JSON text, as shown to the person who decides. */
  readonly ours: string | null;
  readonly theirs: string | null;
  readonly sentence: string;
  readonly alternatives: readonly Slot[];
  readonly openedAt: Instant;
  readonly resolvedAt: Instant | null;
  readonly choice: Choice | null;
}
