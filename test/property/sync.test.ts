/** The engine's invariants over random histories: two workers, crashes at any call, lost answers, late visitors. */
import fc from 'fast-check';
import { begin, calm, perform, wake } from '../kit/history.ts';
import type { History } from '../kit/history-steps.ts';
import { histories } from '../kit/history-steps.ts';
import {
  copiesAreOne,
  copiesConverge,
  editsAreKept,
  nothingIsInvented,
  quiet,
  quietIsQuiet,
  restIsKept,
  rowsAreDerivable,
} from '../kit/verdicts.ts';

const runs = Number(process.env.HISTORIES ?? 500);

async function holds(history: History): Promise<void> {
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

describe('after any history, when all is quiet', () => {
  it('copies, rows and edits are as the invariants say', async function () {
    this.timeout(600_000);
    await fc.assert(fc.asyncProperty(histories, holds), { numRuns: runs });
  });
});
