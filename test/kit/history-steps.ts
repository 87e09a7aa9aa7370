/** What can happen in a random history of one technician's calendars, and how likely it is. */
import fc from 'fast-check';
import type { CalendarRole, Mirror, Share } from '../../src/domain/calendar.ts';
import type { Capabilities } from '../../src/domain/connector.ts';
import type { ConflictPolicy } from '../../src/domain/policy.ts';
import { defaultPolicy } from './builders.ts';

export type Unit = 'what' | 'where' | 'when';
/** Other things that a person does to an event: marks, answers, repeats it, deletes or moves one occurrence. */
export type Whim = 'free' | 'busy' | 'private' | 'open' | 'declined' | 'weekly' | 'skip' | 'shift';
export type Trouble = 'lost answer' | 'lost request' | 'storm' | 'cursor' | 'repeat' | 'lag' | 'burnt';

export type PersonStep =
  | { readonly do: 'create' | 'duplicate' | 'delete' | 'undelete'; readonly at: number; readonly pick: number }
  | { readonly do: 'edit'; readonly at: number; readonly pick: number; readonly unit: Unit }
  | { readonly do: 'whim'; readonly at: number; readonly pick: number; readonly whim: Whim };
export type RestStep =
  | { readonly do: 'book'; readonly pick: number }
  | { readonly do: 'cancel'; readonly pick: number }
  | { readonly do: 'rest edit'; readonly pick: number; readonly unit: Unit };
export type VisitStep =
  | { readonly do: 'visit'; readonly at: number }
  | { readonly do: 'meet'; readonly at: number; readonly seed: number }
  | { readonly do: 'crash' | 'stall'; readonly at: number; readonly call: number; readonly when: 'before' | 'after' }
  | { readonly do: 'wake' | 'wait' };
export type TroubleStep = { readonly do: 'trouble'; readonly at: number; readonly trouble: Trouble };
export type Step = PersonStep | RestStep | VisitStep | TroubleStep;

export interface CalendarSetup {
  readonly role: CalendarRole;
  readonly share: Share;
  readonly mirror: Mirror;
}
export interface Setup {
  readonly calendars: readonly CalendarSetup[];
  readonly capabilities: Partial<Capabilities>;
  /** The provider loses fields and words others in its own way. */
  readonly isWayward: boolean;
  readonly policy: ConflictPolicy;
}
export interface History {
  readonly setup: Setup;
  readonly steps: readonly Step[];
}

const at = fc.nat({ max: 2 });
const pick = fc.nat({ max: 20 });
const unit = fc.constantFrom<Unit>('what', 'where', 'when');
const whim = fc.constantFrom<Whim>('free', 'busy', 'private', 'open', 'declined', 'weekly', 'skip', 'shift');
const trouble = fc.constantFrom<Trouble>('lost answer', 'lost request', 'storm', 'cursor', 'repeat', 'lag', 'burnt');
const cut = fc.record({
  at,
  call: fc.integer({ min: 1, max: 14 }),
  when: fc.constantFrom('before' as const, 'after' as const),
});
const is = <T extends string>(...names: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...names);

const person = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: is('create'), at, pick }) },
  { weight: 5, arbitrary: fc.record({ do: is('edit'), at, pick, unit }) },
  { weight: 3, arbitrary: fc.record({ do: is('whim'), at, pick, whim }) },
  { weight: 2, arbitrary: fc.record({ do: is('delete'), at, pick }) },
  { weight: 1, arbitrary: fc.record({ do: is('duplicate', 'undelete'), at, pick }) },
);
const rest = fc.oneof(
  { weight: 2, arbitrary: fc.record({ do: is('book'), pick }) },
  { weight: 3, arbitrary: fc.record({ do: is('rest edit'), pick, unit }) },
  { weight: 1, arbitrary: fc.record({ do: is('cancel'), pick }) },
);
const visits = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: is('visit'), at }) },
  { weight: 2, arbitrary: fc.record({ do: is('meet'), at, seed: fc.nat() }) },
  { weight: 3, arbitrary: cut.map((c) => ({ do: 'crash' as const, ...c })) },
  { weight: 2, arbitrary: cut.map((c) => ({ do: 'stall' as const, ...c })) },
  { weight: 1, arbitrary: fc.record({ do: is('wake', 'wait') }) },
);

export const steps: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: person },
  { weight: 3, arbitrary: rest },
  { weight: 5, arbitrary: visits },
  { weight: 2, arbitrary: fc.record({ do: is('trouble'), at, trouble }) },
);

const authority = fc.constantFrom('ours' as const, 'theirs' as const, 'ask' as const);
const policies: fc.Arbitrary<ConflictPolicy> = fc.oneof(
  fc.constant(defaultPolicy),
  fc.record({
    authority: fc.record({
      ...{ when: authority, what: authority, where: authority, busy: authority },
      ...{ status: authority, privacy: authority },
    }),
    removedThere: fc.constantFrom('cancel' as const, 'restore' as const, 'ask' as const),
    removeVersusEdit: fc.constantFrom('keep-edit' as const, 'remove' as const, 'ask' as const),
    overlap: fc.constant('flag' as const),
  }),
);

const plain: CalendarSetup = { role: 'two-way', share: 'full', mirror: 'none' };
export const setups: fc.Arbitrary<Setup> = fc.record({
  calendars: fc.tuple(
    fc.constant(plain),
    fc.constantFrom<CalendarSetup>({ ...plain, mirror: 'full' }, { role: 'two-way', share: 'busy', mirror: 'busy' }),
    fc.constantFrom<CalendarSetup>(
      { ...plain, role: 'read' },
      { ...plain, mirror: 'busy' },
      { ...plain, role: 'write', mirror: 'full' },
    ),
  ),
  capabilities: fc.constantFrom<Partial<Capabilities>>(
    {},
    {},
    { feed: 'listing' },
    { createBy: 'own-href', parallel: 1 },
    { mark: 'on-read', createBy: 'transaction-key' },
  ),
  isWayward: fc.boolean(),
  policy: policies,
});

export const histories: fc.Arbitrary<History> = fc.record({
  setup: setups,
  steps: fc.array(steps, { minLength: 4, maxLength: 28, size: 'max' }),
});
