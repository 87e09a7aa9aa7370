/** Who wins when both sides changed the same thing, and the record of a case that nobody may decide silently. */
import type { PlainUnit } from './event.ts';
import type { CalendarId, ConflictId, EventId, ResourceId, TenantId } from './ids.ts';
import type { News } from './news.ts';
import type { Slot } from './resource.ts';
import type { Instant } from './time.ts';

export type Authority = 'ours' | 'theirs' | 'ask';

export interface ConflictPolicy {
  readonly authority: Readonly<Record<PlainUnit, Authority>>;
  /** A booking's copy was deleted at the provider. */
  readonly removedThere: 'cancel' | 'restore' | 'ask';
  readonly removeVersusEdit: 'keep-edit' | 'remove' | 'ask';
  /** A booking and an appointment at one time: asked about, or accepted and only put on record. */
  readonly overlap: 'flag' | 'allow';
}

/**
 * `edit`: both sides changed one unit; `removed`: a booking's copy is gone; `remove-versus-edit`: one side deleted what the
 * other changed; `overlap`: two events want one time; `loop`: a calendar answers each write of ours by another change.
 */
export type ConflictKind = 'edit' | 'removed' | 'remove-versus-edit' | 'overlap' | 'loop';
export type Choice = 'ours' | 'theirs' | 'both' | 'move';

/** What somebody chose, written down before it is carried out: a process that dies in between leaves the rest to the next. */
export interface Decision {
  readonly choice: Choice;
  /** For `move`: the new start, or null to keep it. */
  readonly start: Instant | null;
  /** For `move`: who does it instead, or null for the same. */
  readonly resourceIds: readonly ResourceId[] | null;
}

/** Words with which a record says that a side deleted its copy. */
export const deletedSide = 'deleted';

export interface Conflict {
  /** Deterministic (event, unit, version, stamp): replay makes no second one. */
  readonly id: ConflictId;
  readonly tenantId: TenantId;
  readonly version: number;
  readonly state: 'open' | 'resolved';
  readonly kind: ConflictKind;
  readonly eventId: EventId;
  /** Of an overlap: the event on the other side. `eventId` is then a booking, always. */
  readonly other: { readonly eventId: EventId; readonly isBooking: boolean } | null;
  readonly isBooking: boolean;
  readonly resourceId: ResourceId | null;
  readonly calendarId: CalendarId | null;
  readonly unit: string | null;
  /** Both values in words or JSON text, as shown to the person who decides. */
  readonly ours: string | null;
  readonly theirs: string | null;
  /** When either side came to be so, as far as we know: the last change of the event, and when theirs was seen. */
  readonly oursAt: Instant | null;
  readonly theirsAt: Instant | null;
  readonly sentence: string;
  readonly alternatives: readonly Slot[];
  readonly openedAt: Instant;
  /** Set while a choice is being carried out; the record is still open then. */
  readonly decision: Decision | null;
  readonly resolvedAt: Instant | null;
  /** Null in a resolved record: there was nothing left to decide. */
  readonly choice: Choice | null;
  /** Resolutions that were not told yet, oldest first; left out when all is told. */
  readonly untold?: readonly News[];
}

/** What may be chosen. Somebody's appointment is not ours to cancel, so it never gives way to a booking by our hand. */
export function choicesOf(conflict: Pick<Conflict, 'kind' | 'other'>): readonly Choice[] {
  if (conflict.kind !== 'overlap') return ['ours', 'theirs'];
  return conflict.other?.isBooking ? ['ours', 'theirs', 'both', 'move'] : ['theirs', 'both', 'move'];
}

/**
 * Whether a case that is over may be opened again under its id: the same times can collide anew and a restored copy can be
 * deleted anew, but a double time that was accepted knowingly is not asked about again.
 */
export const mayReopen = (known: Conflict, next: Conflict): boolean =>
  known.state === 'resolved' &&
  next.state === 'open' &&
  (known.kind === 'removed' || (known.kind === 'overlap' && known.choice !== 'both'));

/** The case opened again in its place; that it was resolved is still to be told. */
export const reopened = (known: Conflict, next: Conflict): Conflict => ({
  ...next,
  ...(known.untold === undefined ? {} : { untold: known.untold }),
  version: known.version + 1,
});
