/** Holds time for somebody who is still deciding; it ends by itself, judged whenever a row is read. */
import { Fault } from '../domain/fault.ts';
import type { HoldId, TenantId } from '../domain/ids.ts';
import { claimOfHold, newId } from '../domain/ids.ts';
import type { Hold, Resource } from '../domain/resource.ts';
import { plainTakes, unitsOf } from '../domain/takes.ts';
import type { Instant } from '../domain/time.ts';
import { cellsOf } from './cells.ts';
import { win } from './claims.ts';
import type { HoldOutcome, HoldRequest } from './desk.ts';
import { callerCap, dayCap } from './hold-caps.ts';
import { ruleViolation, slotTaken } from './outcomes.ts';
import type { DeskDeps } from './parts.ts';
import { resourcesOf, spanFault, unique, wholeSeconds } from './parts.ts';
import { dropHold } from './take.ts';

const defaultLongestMs = 3_600_000;

/** @throws Fault `invalid` for a span that is none: such requests are refused before they reach the desk. */
export async function hold(deps: DeskDeps, tenantId: TenantId, o: HoldRequest): Promise<HoldOutcome> {
  const span = wholeSeconds(o.span);
  const fault = spanFault(span) ?? (o.resourceIds.length === 0 ? 'A hold needs at least one resource.' : null);
  if (fault !== null) throw new Fault('invalid', fault, { context: { tenantId } });
  const resources = await resourcesOf(deps, tenantId, unique(o.resourceIds));
  if (resources === null || resources.some((r) => r.deletedAt !== null)) return { kind: 'not-found', what: 'resource' };
  const few = resources.find((r) => unitsOf(o.takes ?? plainTakes, r.id) > r.quantity);
  if (few !== undefined) return ruleViolation('quantity', `There are only ${few.quantity} of ${few.name}.`);
  const over = await callerCap(deps, tenantId, o.caller, 1);
  if (over !== null) return over;
  const now = deps.store.now();
  const held: Hold = {
    id: newId('hold'),
    tenantId,
    span,
    resourceIds: resources.map((r) => r.id),
    note: o.note,
    ...(o.takes === undefined ? {} : { takes: o.takes }),
    ...(o.caller === undefined ? {} : { caller: o.caller }),
    expiresAt: endOf(deps, now, o.expiresInMs),
    createdAt: now,
  };
  const outcome = await winHold(deps, held, resources);
  if (outcome.kind === 'held') await soon(deps, () => note(deps, held, 'Time is held.'));
  return outcome;
}

/** Behind the answer where somebody keeps what is left to do. */
async function soon(deps: DeskDeps, work: () => Promise<void>): Promise<void> {
  if (deps.later !== undefined) deps.later.run(work);
  else await work();
}

/** When a hold that is asked for now may end at the latest. */
export const endOf = (deps: DeskDeps, now: Instant, expiresInMs: number): Instant =>
  (now + Math.max(0, Math.min(expiresInMs, deps.settings.longestHoldMs ?? defaultLongestMs))) as Instant;

/** Wins the rows of a hold and writes it down; repeating it wins again. Rows first: they end by themselves. */
export async function winHold(
  deps: DeskDeps,
  held: Hold,
  resources: readonly Resource[],
): Promise<Extract<HoldOutcome, { kind: 'held' | 'slot-taken' | 'too-many-holds' }>> {
  const { tenantId, span, takes = plainTakes, expiresAt } = held;
  const claim = claimOfHold(held.id);
  const row = { claim, eventId: null, kind: 'hold', firm: false, until: expiresAt, version: 0 } as const;
  const won = await win(deps, tenantId, { cells: cellsOf(span, resources, row, takes), hold: null, self: null });
  if (won.kind === 'lost') {
    const { obstacles } = won;
    return slotTaken(deps, tenantId, { span, resources, requires: null, obstacles, ignore: new Set(), takes });
  }
  await deps.store.holds.insert(held).catch((error: unknown) => {
    // Written down by an earlier run of the same request.
    if (!(error instanceof Fault) || error.kind !== 'clash') throw error;
  });
  // Looked at again now that it counts itself: of callers who meet at the limit none slips through.
  const [many, full] = await Promise.all([callerCap(deps, tenantId, held.caller, 0), dayCap(deps, held, resources)]);
  const over = many ?? full;
  if (over === null) return { kind: 'held', hold: held };
  await dropHold(deps, held);
  return over;
}

/** Frees several holds side by side. */
export async function dropEach(deps: DeskDeps, holds: readonly Hold[]): Promise<void> {
  await Promise.all(holds.map((one) => dropHold(deps, one)));
}

export async function release(deps: DeskDeps, tenantId: TenantId, id: HoldId): Promise<boolean> {
  const held = await deps.store.holds.get(tenantId, id);
  if (held === null) return false;
  const wasThere = await dropHold(deps, held);
  if (wasThere) await note(deps, held, 'A hold was released.');
  return wasThere;
}

/** A hint for the board; a lost one costs nothing but its freshness. */
async function note(deps: DeskDeps, held: Hold, text: string): Promise<void> {
  const { tenantId, resourceIds } = held;
  const line = { tenantId, kind: 'hold.changed', eventId: null, calendarId: null, resourceIds, version: null } as const;
  try {
    await deps.store.journal.append([{ ...line, text }]);
  } catch (error) {
    deps.log.error('a hold changed but could not be announced', { error: String(error) });
  }
}
