/** What the doctor of a calendar finds on comparing both sides, and what is done about it. */
import type { MergeUnit } from './event.ts';
import type { EventId, RemoteId } from './ids.ts';

/**
 * - `ghost`: a copy of ours whose event is gone, or does not belong into this calendar.
 * - `missing`: a link whose copy is not there.
 * - `duplicate`: a second copy of ours beside the one that is linked.
 * - `moved`: our copy, standing under another id than its link says, or without a link.
 * - `drift`: both sides differ although nothing is owed and nothing was told.
 * - `orphan`: a copy with our mark of an event that we do not know.
 * - `unread`: a copy that visits have not taken in.
 */
export type FindingKind = 'ghost' | 'missing' | 'duplicate' | 'moved' | 'drift' | 'orphan' | 'unread';

/** What is done about it. All of it is what visits do as well: debts, merges, removals guarded by the stamp. */
export type Remedy =
  /** Owe the removal of a copy that its link names. */
  | 'owe-removal'
  /** Remove a copy that no link can name, if it still has this stamp. */
  | 'remove'
  /** Delete the external event that a second copy of ours was taken for; its copy goes with it. */
  | 'bury-double'
  /** Tie the copy that stands to the event again, and merge what changed meanwhile. */
  | 'relink'
  /** Raise the version, so that what the calendar lacks is written. */
  | 'write'
  /** Create the copy again under a new id. */
  | 'restore'
  /** Take the change in by the ordinary rules and policies. */
  | 'absorb';

export interface Finding {
  readonly kind: FindingKind;
  readonly remedy: Remedy;
  readonly remoteId: RemoteId;
  /** The event that it is about; of a buried double the one that is deleted, of an orphan the one that nobody knows. */
  readonly eventId: EventId | null;
  readonly isBooking: boolean;
  readonly units: readonly MergeUnit[];
  /** Of a drift: on whose side the change lies. */
  readonly side: 'here' | 'there' | null;
}

export const remedyWords: Readonly<Record<Finding['remedy'], string>> = {
  'owe-removal': 'the copy is removed by the next visit',
  remove: 'the copy is removed, if nobody changes it first',
  'bury-double': 'the double and its blocked time are removed, the linked copy stays',
  relink: 'the copy that stands is tied to its event again, and what changed meanwhile is merged',
  write: 'what the calendar lacks is written by the next visit',
  restore: 'the copy is written again',
  absorb: 'what the calendar says is taken in by the ordinary rules',
};

/** `held`: too many of the owner's events are gone at once; a person confirms that by the calendar's own alarm. */
export type Outcome = 'planned' | 'held' | 'repaired' | 'mended' | 'skipped';
export interface Diagnosed extends Finding {
  readonly outcome: Outcome;
  readonly why: string | null;
}

export interface Diagnosis {
  readonly isApplied: boolean;
  readonly findings: readonly Diagnosed[];
  /** All that were found, also beyond those listed. */
  readonly counts: Readonly<Record<FindingKind, number>>;
  /** Copies that the provider listed, and links that we have. */
  readonly copies: number;
  readonly links: number;
  /** Differences that a debt, a write under way or an open question explains. */
  readonly pending: number;
  readonly unreadable: number;
  /** There is more than was listed: run it again. */
  readonly isCut: boolean;
}
