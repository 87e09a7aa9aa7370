/** What a visit tells when it is over, and the handle by which others ask for one. */
import type { CalendarId } from './ids.ts';

export interface VisitCounts {
  readonly pulled: number;
  readonly created: number;
  readonly changed: number;
  readonly removed: number;
  readonly pushed: number;
  readonly conflicts: number;
  readonly quarantined: number;
}

/** `busy`: another process holds the lease and was told to go round again. */
export type VisitReport =
  | {
      readonly kind: 'done';
      readonly counts: VisitCounts;
      /** Monotonic milliseconds: every request that was on record by then was served, or the lease had not been released. */
      readonly servedUntil?: number;
    }
  | { readonly kind: 'busy' }
  | { readonly kind: 'fault'; readonly fault: string; readonly counts: VisitCounts }
  | { readonly kind: 'alarm'; readonly sentence: string; readonly counts: VisitCounts };

/**
 * What a visit is for. `read`: whoever asks wants to know what is there now. `due`: whatever the calendar says is due; where
 * it only owes writes and its view is current, the feed may stay unread.
 */
export type VisitAim = 'read' | 'due';

/** Bounded in-process runner of visits. A lost nudge is harmless: hints are saved as requests, and debts are in the events that owe. */
export interface Nudge {
  /**
   * Asks for a visit soon, for what is due; never waits, never throws. With `after` the visit may begin while what makes it
   * due is still being saved: it looks at what is due only when that has ended, well or badly. A `request` is on record with
   * the calendar by then, so that a visit under way may serve it; a `debt` is in some event.
   */
  nudge(calendarId: CalendarId, after?: Promise<unknown>, reason?: 'debt' | 'request'): void;
  /**
   * Resolves with the report of a visit that STARTED after this call, or null when `waitMs` is over. The visit reads the
   * feed, unless `aim` asks for no more than what is due.
   */
  visitAndWait(calendarId: CalendarId, waitMs: number, aim?: VisitAim): Promise<VisitReport | null>;
  /** Waits for running visits and takes no new ones. */
  stop(): Promise<void>;
}
