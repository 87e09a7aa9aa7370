/** Invariant 11: hints that are lost, doubled or late change when something happens, never what. */
import { expect } from 'chai';
import fc from 'fast-check';
import { defaultPolicy } from '../kit/builders.ts';
import { suiteSeed } from '../kit/fuzz.ts';
import type { Play, Setup } from '../kit/history.ts';
import { begin, perform } from '../kit/history.ts';
import type { Step } from '../kit/history-steps.ts';
import { endsWell } from '../kit/holds.ts';

const setup: Setup = {
  calendars: [
    { role: 'two-way', share: 'full', mirror: 'none' },
    { role: 'two-way', share: 'full', mirror: 'full', capabilities: { feed: 'listing' } },
    { role: 'read', share: 'full', mirror: 'none', stamps: 'random' },
  ],
  policy: defaultPolicy,
  season: 'fold',
};

/** Only what people do in the first calendar, and REST: nobody contradicts anybody, so there is one outcome. */
const pick = fc.nat({ max: 20 });
const is = <T extends string>(...names: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...names);
const at = fc.constant(0);
const edits: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: is('create'), at, pick }) },
  { weight: 4, arbitrary: fc.record({ do: is('edit'), at, pick, unit: is('what', 'where', 'when', 'one') }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: is('whim'), at, pick, whim: is('weekly', 'endless', 'skip', 'shift', 'split', 'free') }),
  },
  { weight: 1, arbitrary: fc.record({ do: is('delete'), at, pick }) },
);
/** After each edit, which calendars are visited, how often, in which order. */
const hints = fc.array(fc.nat({ max: 2 }), { maxLength: 4 });

async function play(steps: readonly Step[], visits: readonly (readonly number[])[]): Promise<Play> {
  const game = await begin(setup);
  for (const [i, step] of steps.entries()) {
    await perform(game, step);
    for (const which of visits[i] ?? []) await game.visit(game.calendars[which]!);
  }
  await endsWell(game);
  return game;
}

async function outcomeOf(game: Play): Promise<unknown> {
  return {
    events: (await game.stage.events()).map(({ fields }) => JSON.stringify(fields)).sort(),
    copies: game.calendars.map(({ owner }) =>
      owner
        .events()
        .map(({ fields }) => JSON.stringify(fields))
        .sort(),
    ),
  };
}

describe('invariant 11: hints are only hints', function () {
  this.timeout(600_000);
  it('a history ends the same whichever of its hints are lost, doubled, late or out of order', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(edits, { minLength: 2, maxLength: 12 }), fc.array(hints), async (steps, visits) => {
        const every = steps.map(() => [0, 1, 2]);
        const [told, never, random] = [await play(steps, every), await play(steps, []), await play(steps, visits)];
        const wanted = await outcomeOf(told);
        expect(await outcomeOf(never), 'without any hint').to.deep.equal(wanted);
        expect(await outcomeOf(random), 'with these hints').to.deep.equal(wanted);
      }),
      { numRuns: 60, seed: suiteSeed },
    );
  });
});
