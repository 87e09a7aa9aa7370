/** Seeded faults: which call is hit by which trouble, how often, with what chance. */
import { z } from 'zod';
import type { Dice } from './dice.ts';

/** Which calls: all that is given must hold. */
const matchSchema = {
  /** A method of the API (`events.insert`), a family (`events.*`), `read`, `write`, `token` or `*`. */
  on: z.string().min(1).default('*'),
  /** Only calls of this account. */
  account: z.string().optional(),
  /** Only calls that name this calendar. */
  calendarId: z.string().optional(),
  /** So often and then never again; left out: until removed. */
  times: z.number().int().min(1).optional(),
  /** Chance of each matching call to be hit. */
  probability: z.number().min(0).max(1).default(1),
};

export const faultSchema = z.discriminatedUnion('kind', [
  /** Nothing is done; the answer is this error. */
  z.strictObject({
    kind: z.literal('refuse'),
    status: z.number().int().min(400).max(599),
    reason: z.string().optional(),
    message: z.string().optional(),
    retryAfterSeconds: z.number().min(0).optional(),
    /** Answer with a page of a gateway in between instead of JSON. */
    html: z.boolean().default(false),
    ...matchSchema,
  }),
  /** Everything is done, but the connection is cut before the answer. */
  z.strictObject({ kind: z.literal('lose-answer'), ...matchSchema }),
  /** The connection is cut before anything is done. */
  z.strictObject({ kind: z.literal('lose-request'), ...matchSchema }),
  /** Everything is done at once, the answer comes late. */
  z.strictObject({ kind: z.literal('delay'), ms: z.number().min(0).max(600_000), ...matchSchema }),
]);
export type Fault = z.output<typeof faultSchema>;

export interface Call {
  readonly method: string;
  readonly isWrite: boolean;
  readonly account: string | null;
  readonly calendarId: string | null;
}

export interface StandingFault {
  readonly id: string;
  readonly fault: Fault;
  readonly hits: number;
}

export interface Faults {
  add(fault: Fault): string;
  /** @returns whether there was one */
  remove(id: string): boolean;
  clear(): void;
  list(): readonly StandingFault[];
  /** Everything that hits this call; a hit is used up by being told. */
  strike(call: Call): readonly Fault[];
}

export function faultDesk(chance: Dice): Faults {
  let made = 0;
  const standing = new Map<string, { readonly fault: Fault; hits: number }>();
  return {
    add(fault) {
      made += 1;
      standing.set(`f${made}`, { fault, hits: 0 });
      return `f${made}`;
    },
    remove: (id) => standing.delete(id),
    clear: () => standing.clear(),
    list: () => [...standing].map(([id, { fault, hits }]) => ({ id, fault, hits })),
    strike(call) {
      const struck: Fault[] = [];
      for (const [id, entry] of standing) {
        const { fault } = entry;
        if (!meets(fault, call) || (fault.probability < 1 && chance.roll() >= fault.probability)) continue;
        entry.hits += 1;
        if (fault.times !== undefined && entry.hits >= fault.times) standing.delete(id);
        struck.push(fault);
        if (fault.kind === 'refuse') break;
      }
      return struck;
    },
  };
}

function meets(fault: Fault, call: Call): boolean {
  if (fault.account !== undefined && fault.account !== call.account) return false;
  if (fault.calendarId !== undefined && fault.calendarId !== call.calendarId) return false;
  const { on } = fault;
  if (on === '*' || on === call.method) return true;
  // Tokens are no calls of the calendar: only their own names and `*` speak of them.
  if (!call.method.includes('.')) return false;
  if (on === 'read' || on === 'write') return (on === 'write') === call.isWrite;
  return on.endsWith('.*') && call.method.startsWith(on.slice(0, -1));
}
