/** Plays a history to its quiet end and checks every invariant. */
import { begin, calm, perform, wake } from './history.ts';
import type { History } from './history-steps.ts';
import {
  copiesAreOne,
  copiesConverge,
  editsAreKept,
  nothingIsInvented,
  quiet,
  quietIsQuiet,
  restIsKept,
  rowsAreDerivable,
} from './verdicts.ts';

export async function holds(history: History): Promise<void> {
  const play = await begin(history.setup);
  for (const step of history.steps) await perform(play, step);
  calm(play);
  await quiet(play);
  // A visitor that was asleep all the time wakes when all is quiet, and must do no harm.
  await wake(play);
  await quiet(play);
  await copiesConverge(play);
  await copiesAreOne(play);
  await rowsAreDerivable(play);
  await editsAreKept(play);
  await restIsKept(play);
  await nothingIsInvented(play);
  await quietIsQuiet(play);
}
