/** Random histories: how likely each step is, and which worlds they are played in. */
import fc from 'fast-check';
import { memoryCapabilities } from '../../connectors/memory/index.ts';
import type { Capabilities } from '../../src/domain/connector.ts';
import type { EventFields } from '../../src/domain/event.ts';
import type { ConflictPolicy } from '../../src/domain/policy.ts';
import { defaultPolicy } from './builders.ts';
import type { CalendarSetup, History, RestStep, Setup, Step, Trouble, Unit, Whim } from './history-steps.ts';

const at = fc.nat({ max: 2 });
const pick = fc.nat({ max: 20 });
const is = <T extends string>(...names: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...names);
const unit = is<Unit>('what', 'what', 'where', 'where', 'when', 'when', 'one');
const mood = is<Whim>('free', 'busy', 'tentative', 'private', 'open', 'declined');
const turn = is<Whim>(
  ...(['weekly', 'weekly', 'endless', 'endless', 'skip', 'skip', 'shift', 'shift', 'far', 'extra', 'split'] as const),
  ...(['all-day', 'floating', 'beyond', 'past'] as const),
);
const trouble = is<Trouble>(
  ...(['lost answer', 'lost answer', 'lost request', 'storm', 'cursor', 'cursor', 'repeat', 'lag', 'burnt'] as const),
  ...(['empty', 'slow', 'slow', 'down', 'refuse'] as const),
);
const cut = (most: number) => ({
  call: fc.integer({ min: 1, max: most }),
  when: is('before', 'after'),
});

const person = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: is('create'), at, pick }) },
  { weight: 5, arbitrary: fc.record({ do: is('edit'), at, pick, unit }) },
  { weight: 2, arbitrary: fc.record({ do: is('whim'), at, pick, whim: mood }) },
  { weight: 3, arbitrary: fc.record({ do: is('whim'), at, pick, whim: turn }) },
  { weight: 2, arbitrary: fc.record({ do: is('delete'), at, pick }) },
  { weight: 1, arbitrary: fc.record({ do: is('duplicate', 'undelete'), at, pick }) },
);
const rest: fc.Arbitrary<RestStep> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: is('book'), pick }) },
  { weight: 4, arbitrary: fc.record({ do: is('rest edit'), pick, unit: is('what', 'where', 'when') }) },
  { weight: 1, arbitrary: fc.record({ do: is('cancel', 'hold', 'hold', 'take hold', 'release'), pick }) },
);
const restCrash = fc.record({ do: is('rest crash'), rest, ...cut(12) });
const meeting = fc.option(rest, { nil: null, freq: 1 });
const aim = is('due', 'due', 'read');
const visits = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: is('visit'), at, aim }) },
  { weight: 2, arbitrary: fc.record({ do: is('meet'), at, seed: fc.nat(), rest: meeting, aim }) },
  { weight: 3, arbitrary: fc.record({ do: is('crash'), at, aim, ...cut(16) }) },
  { weight: 2, arbitrary: fc.record({ do: is('stall'), at, aim, ...cut(16) }) },
  { weight: 2, arbitrary: fc.record({ do: is('hint'), at }) },
  { weight: 1, arbitrary: fc.record({ do: is('wake', 'wait', 'sweep', 'days') }) },
);

export const steps: fc.Arbitrary<Step> = fc.oneof(
  { weight: 50, arbitrary: person },
  { weight: 28, arbitrary: rest },
  { weight: 4, arbitrary: restCrash },
  { weight: 50, arbitrary: visits },
  { weight: 22, arbitrary: fc.record({ do: is('trouble'), at, trouble }) },
);

const authority = is('ours', 'theirs', 'ask');
const policies: fc.Arbitrary<ConflictPolicy> = fc.oneof(
  fc.constant(defaultPolicy),
  fc.record({
    authority: fc.record({
      ...{ when: authority, what: authority, where: authority, busy: authority },
      ...{ status: authority, privacy: authority },
    }),
    removedThere: is('cancel', 'restore', 'ask'),
    removeVersusEdit: is('keep-edit', 'remove', 'ask'),
    overlap: fc.constant('flag' as const),
  }),
);

const without = (...keys: readonly (keyof EventFields)[]): Partial<Capabilities> => ({
  carries: new Set([...memoryCapabilities.carries].filter((key) => !keys.includes(key))),
});
const kinds: readonly Partial<Capabilities>[] = [
  {},
  {},
  { feed: 'listing' },
  { feed: 'listing', createBy: 'own-href' },
  { createBy: 'own-href', parallel: 1 },
  { mark: 'on-read', createBy: 'transaction-key' },
  { feed: 'windowed-delta', mark: 'none', createBy: 'own-href' },
  without('location'),
  without('busy', 'privacy'),
];
const flag = (freq: number) => fc.option(fc.constant(true), { nil: false, freq });
const manners = fc.record({
  capabilities: fc.constantFrom(...kinds),
  isWayward: fc.boolean(),
  isMoody: flag(1),
  stamps: is('counter', 'counter', 'content', 'random'),
  isBlind: flag(1),
  hasPush: fc.boolean(),
  pageSize: fc.constantFrom(100, 2),
});
const relation = (...all: readonly Pick<CalendarSetup, 'role' | 'share' | 'mirror'>[]) =>
  fc.tuple(fc.constantFrom(...all), manners).map(([own, how]): CalendarSetup => ({ ...own, ...how }));

const plain = { role: 'two-way', share: 'full', mirror: 'none' } as const;
export const setups: fc.Arbitrary<Setup> = fc.record({
  calendars: fc.tuple(
    relation(plain),
    relation({ ...plain, mirror: 'full' }, { role: 'two-way', share: 'busy', mirror: 'busy' }),
    relation({ ...plain, role: 'read' }, { ...plain, mirror: 'busy' }, { ...plain, role: 'write', mirror: 'full' }),
  ),
  policy: policies,
  season: is('fold', 'gap'),
});

export const histories: fc.Arbitrary<History> = fc.record({
  setup: setups,
  steps: fc.array(steps, { minLength: 4, maxLength: 28, size: 'max' }),
});
