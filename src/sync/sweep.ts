/** The sweeps: what is due, what is owed without a request, what a crash left half-done, what is over. Safe to run twice. */
import { tombstoneMs } from '../../config/defaults.ts';
import type { Clock, Log } from '../domain/ports.ts';
import type { Instant } from '../domain/time.ts';
import type { Nudge } from '../domain/visit.ts';
import type { Store } from '../store/store.ts';

export interface SweepDeps {
  readonly store: Store;
  readonly nudge: Pick<Nudge, 'nudge'>;
  readonly clock: Clock;
  readonly log: Log;
  /** Settles sheet debts and extends series (the booking desk's `settleSheets`); returns how many it found. */
  readonly settleSheets: (limit: number) => Promise<number>;
  /** Brings rules of tenants to calendars that have not taken them over (`api/rules.ts`). */
  readonly spreadRules: () => Promise<void>;
  /** Tells people what they have not been told (`notify/notices.ts`). */
  readonly tellPeople?: () => Promise<void>;
  /** Looks at all open conflicts anew (`api/resolve.ts`). */
  readonly reviewConflicts: () => Promise<number>;
}

const perSweep = 200;

/** In the shape of the jobs: one function per kind of sweep. */
export function makeSweeps(deps: SweepDeps) {
  const { store, nudge, clock } = deps;
  return {
    /** Starts visits of the due calendars of one partition, longest waiting first. */
    async due(partition: number): Promise<void> {
      for (const id of await store.calendars.due(partition, perSweep)) nudge.nudge(id);
    },
    /** Debts whose request or nudge was lost. */
    async debts(): Promise<void> {
      await deps.spreadRules();
      const owed = await store.events.calendarsOwed(clock.now(), perSweep);
      if (owed.length === 0) return;
      await store.calendars.request(owed, 'write');
      for (const id of owed) nudge.nudge(id);
    },
    async sheets(): Promise<void> {
      while ((await deps.settleSheets(perSweep)) >= perSweep);
    },
    async conflicts(): Promise<void> {
      await deps.reviewConflicts();
      await deps.tellPeople?.();
    },
    /** Tombstones that no feed can mention any more, and rows that ended. */
    async purge(): Promise<void> {
      const before = (clock.now() - tombstoneMs) as Instant;
      let removed = 0;
      let batch = 0;
      do {
        batch = await store.events.purge(before, perSweep);
        removed += batch;
      } while (batch >= perSweep);
      while ((await store.sheets.sweep(store.now(), perSweep)) >= perSweep);
      if (removed > 0) deps.log.info('tombstones were removed', { removed });
    },
  };
}
