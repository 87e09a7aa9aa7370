/** What can happen in a history of one technician's calendars: the steps, and the world in which they are played. */
import type { CalendarRole, Mirror, Share } from '../../src/domain/calendar.ts';
import type { Capabilities } from '../../src/domain/connector.ts';
import type { ConflictPolicy } from '../../src/domain/policy.ts';
import type { VisitAim } from '../../src/domain/visit.ts';

/** `one`: the words of a single occurrence; an ordinary event gets its title changed instead. */
export type Unit = 'what' | 'where' | 'when' | 'one';
/** What a person does to an event besides writing: marks and answers. */
export type Mood = 'free' | 'busy' | 'tentative' | 'private' | 'open' | 'declined';
/**
 * Repeats it (`weekly`: a few times or no more; `endless`), deletes or moves one occurrence (`skip`, `shift`; `far`: one
 * behind the window), adds a date, splits it into this and following, makes it all-day or floating, moves it out of the
 * window (`beyond`, `past`).
 */
export type Turn =
  | 'weekly'
  | 'endless'
  | 'skip'
  | 'shift'
  | 'far'
  | 'extra'
  | 'split'
  | 'all-day'
  | 'floating'
  | 'beyond'
  | 'past';
export type Whim = Mood | Turn;
/** `slow`: the answer comes when the lease has long passed on. `endless`: a feed that repeats its page for ever. */
export type Trouble =
  | 'lost answer'
  | 'lost request'
  | 'storm'
  | 'cursor'
  | 'repeat'
  | 'lag'
  | 'burnt'
  | 'empty'
  | 'endless'
  | 'slow'
  | 'down'
  | 'refuse';

export type PersonStep =
  | { readonly do: 'create' | 'duplicate' | 'delete' | 'undelete'; readonly at: number; readonly pick: number }
  | { readonly do: 'edit'; readonly at: number; readonly pick: number; readonly unit: Unit }
  | { readonly do: 'whim'; readonly at: number; readonly pick: number; readonly whim: Whim };
export type RestStep =
  | { readonly do: 'book' | 'cancel' | 'hold' | 'take hold' | 'release'; readonly pick: number }
  | { readonly do: 'rest edit'; readonly pick: number; readonly unit: 'what' | 'where' | 'when' };
/** A step of REST whose process dies at its n-th call to the store. */
export type RestCrash = {
  readonly do: 'rest crash';
  readonly rest: RestStep;
  readonly call: number;
  readonly when: 'before' | 'after';
};
/** Left out: to read. */
interface Aimed {
  readonly aim?: VisitAim;
}
export type VisitStep =
  | ({ readonly do: 'visit'; readonly at: number } & Aimed)
  /** Visitors of the first two calendars and a second one of `at`, all at once, with REST among them. */
  | ({ readonly do: 'meet'; readonly at: number; readonly seed: number; readonly rest?: RestStep | null } & Aimed)
  | ({
      readonly do: 'crash' | 'stall';
      readonly at: number;
      readonly call: number;
      readonly when: 'before' | 'after';
    } & Aimed)
  /** Some hint of a change arrives: at once, late, twice, or for nothing; that of most changes never does. */
  | { readonly do: 'hint'; readonly at: number }
  | { readonly do: 'wake' | 'wait' | 'sweep' | 'days' };
export type TroubleStep = { readonly do: 'trouble'; readonly at: number; readonly trouble: Trouble };
export type Step = PersonStep | RestStep | RestCrash | VisitStep | TroubleStep;

export interface CalendarSetup {
  readonly role: CalendarRole;
  readonly share: Share;
  readonly mirror: Mirror;
  readonly capabilities?: Partial<Capabilities>;
  /** The provider words what it is given in its own way. */
  readonly isWayward?: boolean;
  /** It rewords in ways that nobody could foresee. */
  readonly isMoody?: boolean;
  readonly stamps?: 'counter' | 'content' | 'random';
  /** Writes are answered without the copy: no stamp, nothing read back. */
  readonly isBlind?: boolean;
  readonly pageSize?: number;
  /** It has a push channel that is known to deliver, so that its feed is read only when something says so. */
  readonly hasPush?: boolean;
}
/** A week with the night on which clocks go back, or with that on which they go forward. */
export type Season = 'fold' | 'gap';
export interface Setup {
  readonly calendars: readonly CalendarSetup[];
  readonly policy: ConflictPolicy;
  readonly season: Season;
}
export interface History {
  readonly setup: Setup;
  readonly steps: readonly Step[];
}
