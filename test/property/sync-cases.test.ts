/**
 * Histories that once ended wrong, each under the name of what went wrong. Where a visit is cut or falls asleep, it does so
 * at every call in turn: the one that once mattered moves whenever the engine is changed.
 */
import type { Capabilities } from '../../src/domain/connector.ts';
import { defaultPolicy } from '../kit/builders.ts';
import type { CalendarSetup, Setup, Step } from '../kit/history-steps.ts';
import { holds } from '../kit/holds.ts';

const plain: CalendarSetup = { role: 'two-way', share: 'full', mirror: 'none' };
const full: CalendarSetup = { ...plain, mirror: 'full' };
const setup = (over: Partial<Setup> = {}, capabilities: Partial<Capabilities> = {}): Setup => {
  const calendars = [plain, full, { ...plain, role: 'read' as const }];
  const base: Setup = { calendars, policy: defaultPolicy, season: 'fold', ...over };
  return { ...base, calendars: base.calendars.map((own) => ({ capabilities, ...own })) };
};
const create: Step = { do: 'create', at: 0, pick: 0 };
const book: Step = { do: 'book', pick: 0 };
const cancel: Step = { do: 'cancel', pick: 0 };
const meet: Step = { do: 'meet', at: 0, seed: 0 };
const crashedMove: Step = {
  ...{ do: 'rest crash', rest: { do: 'rest edit', pick: 0, unit: 'when' } },
  ...{ call: 7, when: 'after' },
};
const retitle = (at: number): Step => ({ do: 'edit', at, pick: 0, unit: 'what' });

const cases: readonly [name: string, steps: readonly Step[], over?: Partial<Setup>, can?: Partial<Capabilities>][] = [
  [
    "a user's duplicate of our copy carries our mark and rows were mixed up between the two",
    [create, meet, { do: 'duplicate', at: 1, pick: 0 }],
  ],
  [
    'a late visitor gives birth to an event that was deleted while it slept',
    [create, { do: 'stall', at: 0, call: 4, when: 'before' }, { do: 'delete', at: 0, pick: 0 }],
  ],
  [
    'a late visitor writes rows of an event that is over',
    [create, { do: 'stall', at: 0, call: 8, when: 'before' }, { do: 'delete', at: 0, pick: 0 }],
  ],
  [
    'a copy whose answer was lost is edited before its booking is cancelled',
    [book, { do: 'crash', at: 0, call: 9, when: 'before' }, retitle(0), cancel],
  ],
  [
    'a copy in a calendar that only follows is edited while its booking is cancelled',
    [book, meet, cancel, { do: 'edit', at: 2, pick: 0, unit: 'what' }],
    { calendars: [plain, full, { role: 'write', share: 'full', mirror: 'full' }] },
  ],
  [
    'a create whose answer was lost shows in a feed without our mark, in the second round of one visit',
    [{ ...create, at: 1 }, create, { do: 'trouble', at: 1, trouble: 'lost answer' }, meet, { do: 'visit', at: 0 }],
    {},
    { mark: 'on-read', createBy: 'transaction-key' },
  ],
  [
    'a mirrored copy is edited while its event turns private at home',
    [create, meet, { do: 'whim', at: 0, pick: 0, whim: 'private' }, retitle(1)],
  ],
  [
    'an invitation is declined on a copy of ours, whose answers do not count',
    [book, meet, { do: 'whim', at: 0, pick: 0, whim: 'declined' }, { do: 'rest edit', pick: 0, unit: 'what' }],
  ],
  [
    'a mirrored copy is edited after its event was deleted at home, and a person shall decide',
    [create, meet, { do: 'delete', at: 0, pick: 0 }, { do: 'visit', at: 0 }, retitle(1)],
    { policy: { ...defaultPolicy, removeVersusEdit: 'ask' } },
  ],
  [
    'a booking dragged out of the window is moved by REST, and the process dies before its old rows go',
    [book, meet, { do: 'whim', at: 1, pick: 0, whim: 'past' }, { do: 'visit', at: 1 }, crashedMove],
    { policy: { ...defaultPolicy, removedThere: 'cancel' } },
  ],
];

const mostCalls = 16;

/** The history as it is, or one for each call at which its visit may be cut. */
function variants(steps: readonly Step[]): readonly (readonly Step[])[] {
  if (!steps.some((step) => 'call' in step)) return [steps];
  return Array.from({ length: mostCalls }, (_, i) =>
    steps.map((step) => ('call' in step ? { ...step, call: i + 1 } : step)),
  );
}

describe('histories that once ended wrong end well', function () {
  this.timeout(600_000);
  for (const [name, steps, over, can] of cases) {
    it(name, async () => {
      for (const variant of variants(steps)) await holds({ setup: setup(over, can), steps: variant });
    });
  }
});
