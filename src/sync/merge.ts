/** The three-way merge: each side is compared with its own past, unit by unit. */
import type { EventFields, MergeUnit } from '../domain/event.ts';
import { applyUnits, sameUnit, unitsOf } from '../domain/event.ts';
import type { Authority } from '../domain/policy.ts';
import type { Crossing } from './view.ts';

/**
 * Ours as this calendar may see it, theirs as the provider words it, both now and when they last agreed. Because no side
 * is ever compared with the other's past, what a provider loses or rewords is no change.
 */
export interface Sides {
  readonly baseLocal: EventFields;
  readonly baseRemote: EventFields;
  readonly ours: EventFields;
  readonly theirs: EventFields;
}

export interface MergeRules {
  crossing(unit: MergeUnit): Crossing;
  authority(unit: MergeUnit): Authority;
  /** Our value as this provider would word it. */
  project(fields: EventFields): EventFields;
  readonly disputed: readonly MergeUnit[];
}

/**
 * - `keep`: nobody changed it, or only the provider changed what may not cross.
 * - `owed`: only we changed it; the debt stands.
 * - `take`: only they changed it.
 * - `agree`: both changed it to the same.
 * - `ours`, `theirs`, `ask`: both changed it (or they changed what they may not lead) and the policy spoke.
 * - `held`: an open conflict holds it; neither pushed nor pulled.
 */
export type Decision = 'keep' | 'owed' | 'take' | 'agree' | 'ours' | 'theirs' | 'ask' | 'held';

export type Decisions = ReadonlyMap<MergeUnit, Decision>;

/** One decision per unit that any side has; no unit's decision looks at another unit. */
export function decide(sides: Sides, rules: MergeRules): Decisions {
  const projected = rules.project(sides.ours);
  const units = unitsOf(sides.baseLocal, sides.baseRemote, sides.ours, sides.theirs);
  return new Map(units.map((unit) => [unit, decideUnit(unit, sides, rules, projected)]));
}

function decideUnit(unit: MergeUnit, sides: Sides, rules: MergeRules, projected: EventFields): Decision {
  if (rules.disputed.includes(unit)) return 'held';
  const haveTheyChanged = !sameUnit(unit, sides.theirs, sides.baseRemote);
  const haveWeChanged = !sameUnit(unit, sides.ours, sides.baseLocal);
  if (!haveTheyChanged) return haveWeChanged ? 'owed' : 'keep';
  const crossing = rules.crossing(unit);
  if (crossing === 'ignore' && !haveWeChanged) return 'keep';
  if (sameUnit(unit, sides.ours, sides.theirs) || sameUnit(unit, projected, sides.theirs)) return 'agree';
  // Also what may not be read any more is beaten on record only: it was written when it could be.
  if (crossing !== 'take') return 'ours';
  if (!haveWeChanged) return 'take';
  return rules.authority(unit);
}

export const unitsWith = (decisions: Decisions, ...wanted: readonly Decision[]): MergeUnit[] =>
  [...decisions].filter(([, decision]) => wanted.includes(decision)).map(([unit]) => unit);

/** Units whose value now comes from their side. */
export const takenUnits = (decisions: Decisions): MergeUnit[] => unitsWith(decisions, 'take', 'theirs');

/**
 * The base after a merge. `oursAfter` is our view once the taken units are in the event. Their side is now as they say;
 * where ours won, our past becomes their value, so that ours stays owed as an ordinary update on their stamp.
 */
export function nextBase(
  sides: Sides,
  decisions: Decisions,
  oursAfter: EventFields,
): { readonly local: EventFields; readonly remote: EventFields } {
  const agreed = applyUnits(sides.baseLocal, oursAfter, unitsWith(decisions, 'take', 'theirs', 'agree'));
  return { local: applyUnits(agreed, sides.theirs, unitsWith(decisions, 'ours')), remote: sides.theirs };
}
