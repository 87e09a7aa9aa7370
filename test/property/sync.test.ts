/** The engine's invariants over random histories: two workers, crashes at any call, lost answers, late visitors. */
import fc from 'fast-check';
import { histories } from '../kit/history-steps.ts';
import { holds } from '../kit/holds.ts';

/** A few seconds by default; `HISTORIES=20000` for a long run. */
const runs = Number(process.env.HISTORIES ?? 500);

describe('after any history, when all is quiet', () => {
  it('copies, rows and edits are as the invariants say', async function () {
    this.timeout(3_600_000);
    await fc.assert(fc.asyncProperty(histories, holds), { numRuns: runs });
  });
});
