/** Defaults that nobody needs to set: policies, rules of blocking, lengths of leases and pauses. */
import type { BusyRules } from '../src/domain/calendar.ts';
import type { ConflictPolicy } from '../src/domain/policy.ts';
import type { Rules } from '../src/domain/rules.ts';

/**
 * The technician's phone may move a booking and say how busy it is; what was sold (title, place, status) stays ours.
 * A deleted copy of a booking frees nothing until somebody answers.
 */
export const defaultConflictPolicy: ConflictPolicy = Object.freeze({
  authority: Object.freeze({
    when: 'theirs',
    what: 'ours',
    where: 'ours',
    busy: 'theirs',
    status: 'ours',
    privacy: 'theirs',
  }),
  removedThere: 'ask',
  removeVersusEdit: 'keep-edit',
  overlap: 'flag',
});

/** In doubt an event blocks: only what its owner marked as free or declined does not. */
export const defaultBusyRules: BusyRules = Object.freeze({
  free: false,
  tentative: true,
  away: true,
  allDay: true,
  declined: false,
  unanswered: true,
  private: true,
});

/** What counts where neither tenant nor calendar says something else. */
export const defaultRules: Rules = Object.freeze({ policy: defaultConflictPolicy, busyRules: defaultBusyRules });

const secondMs = 1000;
const minuteMs = 60 * secondMs;
const dayMs = 24 * 60 * minuteMs;

/** Numbers of a visit; all in milliseconds unless said otherwise. */
export const visitDefaults = Object.freeze({
  /** A process that died gives its calendars back after this. */
  leaseMs: 120 * secondMs,
  /** Poll interval of a calendar without webhooks. */
  pollMs: minuteMs,
  pollWithPushMs: 15 * minuteMs,
  windowPastMs: 30 * dayMs,
  windowAheadMs: 400 * dayMs,
  /** Events whose writes are announced and answered by one bulk save each. */
  chunk: 96,
  /** Pulls that one stale write may cause before the link waits. */
  staleRounds: 3,
  /** Turns of a visit that was asked for again while it ran. */
  rounds: 8,
  /** First and longest pause after a failure. */
  backoffMs: 15 * secondMs,
  backoffMaxMs: 15 * minuteMs,
  /** A calendar whose collection is gone, or whose account is stopped, is looked at this rarely. */
  stoppedMs: 6 * 60 * minuteMs,
});

/** How far back stories and the audit list go; lines of the journal end by themselves at this age. */
export const journalMs = 30 * dayMs;

/** Tombstones outlive every cursor: Google's and Graph's end sooner. */
export const tombstoneMs = 45 * dayMs;

/** What may be held at once, so that nobody can freeze a day by holding all of it. */
export const holdDefaults = Object.freeze({
  /** Holds of one API key that have not ended; each option of an offer is one. */
  perCaller: 60,
  /** Share of a resource's working time on one UTC day that all holds together may take; one hold is always possible. */
  dayShare: 0.3,
  longestMs: 10 * minuteMs,
});

/** Visits in flight at once in one process, and calendars waiting behind them. */
export const nudgeDefaults = Object.freeze({ inFlight: 25, queueLimit: 5_000 });

/** A receiver of webhooks must answer within this; a sender that died gives its webhooks back after `leaseMs`. */
export const webhookDefaults = Object.freeze({ timeoutMs: 15 * secondMs, leaseMs: 30 * secondMs });
