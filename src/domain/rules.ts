/** Rules in layers: the product's defaults, a tenant's own over them, a calendar's own over those. */
import type { BusyRules } from './calendar.ts';
import type { CopyRules } from './job-words.ts';
import { plainCopies } from './job-words.ts';
import type { ConflictPolicy } from './policy.ts';

/** What counts in the end. */
export interface Rules {
  readonly policy: ConflictPolicy;
  readonly busyRules: BusyRules;
  /** Left out: the usual words. */
  readonly copies?: CopyRules;
}

/** What one layer says of its own; everything that is left out comes from the layer below. */
export interface OwnRules {
  readonly policy: Partial<Omit<ConflictPolicy, 'authority'>> & {
    readonly authority?: Partial<ConflictPolicy['authority']>;
  };
  readonly busyRules: Partial<BusyRules>;
  readonly copies?: Partial<CopyRules>;
}

export const noRules: OwnRules = Object.freeze({ policy: Object.freeze({}), busyRules: Object.freeze({}) });

/** A change of own rules: null takes a rule back, so that the layer below counts again. */
export interface RulesChange {
  readonly policy?:
    | (Nullable<Omit<ConflictPolicy, 'authority'>> & {
        readonly authority?: Nullable<ConflictPolicy['authority']> | undefined;
      })
    | undefined;
  readonly busyRules?: Nullable<BusyRules> | undefined;
  readonly copies?: Nullable<CopyRules> | undefined;
}
type Nullable<T> = { readonly [K in keyof T]?: T[K] | null | undefined };

export function layered(below: Rules, own: OwnRules): Rules {
  const { authority, ...rest } = own.policy;
  return {
    policy: { ...below.policy, ...rest, authority: { ...below.policy.authority, ...authority } },
    busyRules: { ...below.busyRules, ...own.busyRules },
    copies: { ...plainCopies, ...below.copies, ...own.copies },
  };
}

export function changedRules(own: OwnRules, change: RulesChange): OwnRules {
  const { authority, ...rest } = change.policy ?? {};
  const { authority: known, ...plain } = own.policy;
  const names = patched(known ?? {}, authority ?? {});
  const copies = patched(own.copies ?? {}, change.copies ?? {});
  return {
    policy: {
      ...patched(plain, rest),
      ...(Object.keys(names).length === 0 ? {} : { authority: names }),
    },
    busyRules: patched(own.busyRules, change.busyRules ?? {}),
    ...(Object.keys(copies).length === 0 ? {} : { copies }),
  };
}

/** Only what has a value: `undefined` leaves a rule as it is, null takes it away. */
function patched<T extends object>(own: Partial<T>, change: Nullable<T>): Partial<T> {
  const merged: Record<string, unknown> = { ...own };
  for (const [name, value] of Object.entries(change)) {
    if (value === null) delete merged[name];
    else if (value !== undefined) merged[name] = value;
  }
  return merged as Partial<T>;
}
