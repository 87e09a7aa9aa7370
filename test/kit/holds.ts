/** Plays a history to its quiet end and checks every invariant; a violation says which one. */
import type { Play } from './history.ts';
import { begin, calm, perform, wake } from './history.ts';
import type { History } from './history-steps.ts';
import { againIsHarmless, copiesAreOne, copiesConverge, quiet, quietIsQuiet } from './verdicts.ts';
import { editsAreKept, nothingIsInvented, restIsKept } from './verdicts-edits.ts';
import { overlapsAreTold, rowsAreDerivable, timeIsCovered } from './verdicts-time.ts';

export class Violation extends Error {
  readonly invariant: number;
  constructor(invariant: number, cause: unknown) {
    super(`invariant ${invariant}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    this.name = 'Violation';
    this.invariant = invariant;
  }
}

/** What was done and what went wrong on the way, for the figures. */
export interface Tally {
  histories: number;
  steps: number;
  faults: number;
  visits: number;
}
export const tally: Tally = { histories: 0, steps: 0, faults: 0, visits: 0 };

const faulty: ReadonlySet<string> = new Set(['crash', 'stall', 'rest crash', 'trouble']);

export async function holds(history: History): Promise<void> {
  const play = await begin(history.setup);
  tally.histories += 1;
  for (const step of history.steps) {
    tally.steps += 1;
    if (faulty.has(step.do)) tally.faults += 1;
    await perform(play, step);
    await named(7, timeIsCovered(play));
  }
  await endsWell(play);
  tally.visits += play.calendars.reduce((sum, { server }) => sum + server.calls.pull, 0);
}

/** Lets everything come to rest and looks at what is left. */
export async function endsWell(play: Play): Promise<void> {
  calm(play);
  await named(20, comesToRest(play));
  // A visitor that was asleep all the time wakes when all is quiet, and must do no harm.
  await wake(play);
  await named(7, timeIsCovered(play));
  await named(20, quiet(play));
  await named(1, copiesConverge(play));
  await named(5, copiesAreOne(play));
  await named(8, rowsAreDerivable(play));
  await named(6, overlapsAreTold(play));
  await named(3, editsAreKept(play));
  await named(3, restIsKept(play));
  await named(4, nothingIsInvented(play));
  await named(2, quietIsQuiet(play));
  await named(10, againIsHarmless(play));
}

/** Within three writes for each link (invariant 20). */
async function comesToRest(play: Play): Promise<void> {
  const writes = await quiet(play);
  const links = [...play.ledger.links.values()].reduce((sum, count) => sum + count, 0);
  if (writes > 3 * links) throw new Error(`${writes} writes for ${links} links`);
}

async function named(invariant: number, check: Promise<unknown>): Promise<void> {
  try {
    await check;
  } catch (error) {
    throw new Violation(invariant, error);
  }
}
