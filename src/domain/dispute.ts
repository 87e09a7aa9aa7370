/** How open questions about one copy are judged and settled; overlaps are the booking desk's business. */
import type { Conflict } from './policy.ts';

/** `over`: the world moved on and nothing is left to decide. Otherwise both sides as they are now. */
export type Standing =
  | { readonly kind: 'over' }
  | {
      readonly kind: 'open';
      readonly ours: string | null;
      readonly theirs: string | null;
      readonly sentence: string;
    };

export interface Disputes {
  /** Looks, and writes nothing. */
  standing(conflict: Conflict): Promise<Standing>;
  /**
   * Carries a choice out: frees what was held, so that it is pushed or taken. May be repeated; what is settled already
   * stays as it is. @throws Fault `clash` when others change the event again and again
   */
  settle(conflict: Conflict, choice: 'ours' | 'theirs'): Promise<void>;
}
