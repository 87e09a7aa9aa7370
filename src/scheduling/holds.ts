/** Holds time for somebody who is still deciding; it ends by itself, judged whenever a row is read. */
import { Fault } from '../domain/fault.ts';
import type { HoldId, TenantId } from '../domain/ids.ts';
import { claimOfHold, newId } from '../domain/ids.ts';
import type { Hold } from '../domain/resource.ts';
import type { Instant } from '../domain/time.ts';
import { cellsOf } from './cells.ts';
import { win } from './claims.ts';
import type { BookingDesk, HoldOutcome } from './desk.ts';
import { slotTaken } from './outcomes.ts';
import type { DeskDeps } from './parts.ts';
import { resourcesOf, spanFault, unique, wholeSeconds } from './parts.ts';
import { dropHold } from './take.ts';

const defaultLongestMs = 3_600_000;

/** @throws Fault `invalid` for a span that is none: such requests are refused before they reach the desk. */
export async function hold(
  deps: DeskDeps,
  tenantId: TenantId,
  o: Parameters<BookingDesk['hold']>[1],
): Promise<HoldOutcome> {
  const span = wholeSeconds(o.span);
  const fault = spanFault(span) ?? (o.resourceIds.length === 0 ? 'A hold needs at least one resource.' : null);
  if (fault !== null) throw new Fault('invalid', fault, { context: { tenantId } });
  const resources = await resourcesOf(deps, tenantId, unique(o.resourceIds));
  if (resources === null || resources.some((r) => r.deletedAt !== null)) return { kind: 'not-found', what: 'resource' };
  const longest = deps.settings.longestHoldMs ?? defaultLongestMs;
  const now = deps.store.now();
  const expiresAt = (now + Math.max(0, Math.min(o.expiresInMs, longest))) as Instant;
  const held: Hold = {
    id: newId('hold'),
    tenantId,
    span,
    resourceIds: resources.map((r) => r.id),
    note: o.note,
    expiresAt,
    createdAt: now,
  };
  const claim = claimOfHold(held.id);
  const row = { claim, eventId: null, kind: 'hold', firm: false, until: expiresAt, version: 0 } as const;
  const won = await win(deps, tenantId, { cells: cellsOf(span, resources, row), hold: null, self: null });
  if (won.kind === 'lost') {
    const { obstacles } = won;
    return slotTaken(deps, tenantId, { span, resources, requires: null, obstacles, ignore: new Set() });
  }
  await deps.store.holds.insert(held);
  await note(deps, held, 'Time is held.');
  return { kind: 'held', hold: held };
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
