/**
 * The engine's invariants over random histories: several workers at once, crashes at any call, lost answers, late visitors,
 * servers that lie about everything they can. `HISTORIES=100000` plays more, `HISTORY_SEED=7` others, and a failure prints
 * the seed and path that lead straight back to it (`HISTORY_PATH`). For hours of new seeds: `npm run torture -- --hours 1`.
 */
import { expect } from 'chai';
import type { Outcome } from '../kit/history-run.ts';
import { playHistories } from '../kit/history-run.ts';

const runs = Number(process.env.HISTORIES ?? 10_000);
/** The same histories in every run of the suite, so that it says the same about the same code. */
const seed = Number(process.env.HISTORY_SEED ?? 2027);
const path = process.env.HISTORY_PATH ?? null;
const workers = path === null ? 2 : 1;

const invariants: readonly [number: number, sentence: string][] = [
  [1, 'every live copy says what its calendar may see of the event, as its provider words it'],
  [2, 'one more visit of every calendar writes nothing and raises nothing'],
  [3, 'no edit is lost: it is in the event, or beaten on record with both values'],
  [4, 'no edit is invented: versions rise by what people, REST and the policy on record did'],
  [5, 'each event has one copy of ours in a calendar, each copy one event'],
  [6, 'two promises hold one time only where a conflict says so'],
  [7, 'promised time is covered after every step, crashed and sleeping visits included'],
  [8, 'the firm rows are those that the events alone give'],
  [10, 'the whole feed again, or a listing anew, changes nothing'],
  [20, 'it comes to rest'],
];

describe('after any history, when all is quiet', () => {
  let outcome: Outcome;
  before(async function () {
    this.timeout(3_600_000);
    outcome = await playHistories({ runs, seed, workers, path });
  });

  for (const [number, sentence] of invariants) {
    it(`invariant ${number}: ${sentence}`, () => {
      const broken = outcome.failures.filter((failure) => failure.invariant === number);
      expect(broken.map(describeFailure).join('\n')).to.equal('');
    });
  }

  it('nothing else goes wrong, and as many histories were played as were asked for', () => {
    const others = outcome.failures.filter(({ invariant }) => !invariants.some(([number]) => number === invariant));
    expect(others.map(describeFailure).join('\n')).to.equal('');
    if (path === null) expect(outcome.tally.histories).to.be.at.least(runs);
  });
});

function describeFailure({ seed, path, message, history }: Outcome['failures'][number]): string {
  return [`HISTORY_SEED=${seed} HISTORY_PATH=${path ?? ''}`, ...history, message].join('\n');
}
