/** Visits in a history: at random moments, several at once, cut off at any call, or asleep in the middle. */
import { dayMs } from '../../src/domain/time.ts';
import { failAt } from './fail-at.ts';
import type { Play, Seat } from './history.ts';
import { wake } from './history.ts';
import { act, deskOf } from './history-desk.ts';
import type { VisitStep } from './history-steps.ts';
import { jittered } from './jitter.ts';
import { pauseAt } from './pause-at.ts';
import { aProvenChannel } from './proven.ts';

/** Longer than a lease. */
const leaseOver = 130_000;

export async function byVisitor(play: Play, step: VisitStep): Promise<void> {
  const { calendars, store, late, ledger } = play;
  const name = (kind: string) => `${kind} ${ledger.next()}`;
  switch (step.do) {
    case 'visit':
      await play.visit(calendars[step.at]!, step.aim);
      return;
    case 'hint':
      return hint(play, calendars[step.at]!);
    case 'meet':
      return meet(play, step);
    case 'crash': {
      const crash = failAt(store, step.call, step.when);
      await play
        .visitor(crash.store, name('dying'))
        .visit(calendars[step.at]!.id, step.aim)
        .catch(() => null);
      return pass(play, leaseOver, step.call % 2 === 0);
    }
    case 'stall': {
      const pause = pauseAt(store, step.call, step.when);
      const end = play
        .visitor(pause.store, name('late'))
        .visit(calendars[step.at]!.id, step.aim)
        .catch(() => null);
      await Promise.race([pause.reached, end]);
      late.push({ letGo: pause.letGo, end });
      return pass(play, leaseOver, step.call % 2 === 0);
    }
    case 'wake':
      return wake(play);
    case 'sweep':
      return sweep(play);
    case 'wait':
      return pass(play, 20 * 60_000, true);
    case 'days':
      await pass(play, 2 * dayMs, true);
      return sweep(play);
  }
}

/**
 * Time passes. Where the sweep of day sheets did not come first, rows that were on their way may lapse: until the next
 * sweep nothing is known of the time of events with a debt.
 */
export async function pass(play: Play, ms: number, isSwept: boolean): Promise<void> {
  if (isSwept) await sweep(play);
  for (const { id, version, sheetVersion } of await play.stage.events()) {
    if (sheetVersion < version) play.lapsed.add(id);
  }
  play.stage.clock.advance(ms);
}

/** The provider tells that something changed, where it pushes. */
export async function hint({ store, stage }: Play, { id, setup }: Seat): Promise<void> {
  if (setup.hasPush !== true) return;
  await store.calendars.noteHint(id, aProvenChannel(id, stage.clock.now()).id, {
    ...{ at: stage.clock.now(), isDue: true, end: null },
  });
}

/** What the jobs do: rows that are owed, rows that ended. */
export async function sweep(play: Play): Promise<void> {
  await play.desk.settleSheets(1000);
  await play.store.sheets.sweep(play.store.now(), 1000);
}

async function meet(play: Play, step: Extract<VisitStep, { do: 'meet' }>): Promise<void> {
  const { calendars, stage, store, ledger } = play;
  const ids = calendars.map((seat, i) => (i === 2 ? calendars[step.at]! : seat).id);
  const all = ids.map((id, i) =>
    play.visitor(jittered(store, step.seed + i), `meet ${i} ${ledger.next()}`).visit(id, step.aim),
  );
  const { rest } = step;
  const caller = rest ? act(play, deskOf(jittered(store, step.seed + 9), stage.clock), rest) : null;
  await Promise.all([...all, caller]);
}
