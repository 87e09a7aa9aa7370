/** The heart of a booking: win the rows, save the event, confirm the rows; each step may be the last before a crash. */
import type { Event } from '../domain/event.ts';
import type { ClaimId, ResourceId, TenantId } from '../domain/ids.ts';
import { claimOfHold } from '../domain/ids.ts';
import type { Hold, Resource } from '../domain/resource.ts';
import { utcDaysOf } from '../domain/span.ts';
import type { Instant } from '../domain/time.ts';
import { formatInstant } from '../domain/time.ts';
import type { Cell } from './cells.ts';
import { cellsOf, placesOf } from './cells.ts';
import { confirm, letGo, win } from './claims.ts';
import type { Obstacle } from './desk.ts';
import type { Draft } from './draft.ts';
import { newEvent, pendingRow } from './draft.ts';
import type { DeskDeps } from './parts.ts';
import { again, tell } from './parts.ts';
import { markSettled, settleEvent } from './settle.ts';

/** `known`: the event's id or its external reference was there already; the caller looks which. */
export type Taken =
  | { readonly kind: 'booked'; readonly event: Event }
  | { readonly kind: 'known' }
  | { readonly kind: 'lost'; readonly obstacles: readonly Obstacle[] };

export async function take(
  deps: DeskDeps,
  draft: Draft,
  resources: readonly Resource[],
  hold: Hold | null,
): Promise<Taken> {
  const { tenantId, id } = draft;
  const until = (deps.store.now() + deps.settings.holdMs) as Instant;
  // Version 0: another run of the same request may have confirmed its rows at version 1 already, and keeps them.
  const cells = cellsOf(draft.span, resources, pendingRow(id, 0, until));
  const won = await win(deps, tenantId, { cells, hold, self: id });
  if (won.kind === 'lost') return won;
  const bare = newEvent(
    draft,
    { resourceIds: resources.map((r) => r.id), zone: resources[0]!.zone, rows: won.rows },
    deps.describe,
  );
  const event = { ...bare, links: deps.linksFor(bare, await calendarsOf(deps, tenantId, bare.resources)) };
  if (deps.store.now() >= until) {
    await letGo(deps, tenantId, cells);
    return { kind: 'lost', obstacles: [] };
  }
  if ((await deps.store.events.insert(event)) === 'duplicate') {
    await letGo(deps, tenantId, cells);
    return { kind: 'known' };
  }
  const lost = await confirm(deps, event, cells);
  if (lost !== null) {
    await retract(deps, event, cells);
    return { kind: 'lost', obstacles: lost };
  }
  if (hold !== null) await dropHold(deps, hold);
  const saved = await markSettled(deps, event, placesOf(cells));
  await tell(deps, saved, 'booking.created', `Booked from ${formatInstant(draft.span.start)}.`);
  return { kind: 'booked', event: saved };
}

/** A booking that was never granted: a tombstone with an empty receipt, which frees its external reference. */
async function retract(deps: DeskDeps, event: Event, cells: readonly Cell[]): Promise<void> {
  await again(async () => {
    const current = (await deps.store.events.get(event.tenantId, event.id)) ?? event;
    const booking = current.booking!;
    const receipt = { ...booking.receipt, rows: [] };
    const bare: Event = {
      ...current,
      rev: current.rev + 1,
      version: current.version + 1,
      booking: { ...booking, status: 'cancelled', externalRef: null, receipt },
      fields: { ...current.fields, status: 'cancelled' },
      deletedAt: deps.clock.now(),
      updatedAt: deps.clock.now(),
    };
    const tombstone = { ...bare, links: deps.linksFor(bare, []) };
    if (!(await deps.store.events.save(tombstone))) return 'again';
    await settleEvent(deps, tombstone, 'debt', placesOf(cells));
    return null;
  });
}

/** Whether this booking was taken back before it was ever granted. */
export const wasNeverGranted = (event: Event): boolean =>
  event.deletedAt !== null && event.booking?.receipt.rows.length === 0;

export async function calendarsOf(deps: DeskDeps, tenantId: TenantId, ids: readonly ResourceId[]) {
  return (await Promise.all(ids.map((id) => deps.store.calendars.ofResource(tenantId, id)))).flat();
}

/** Rows first: a record without rows is a hold that has ended, rows without a record end by themselves. */
export async function dropHold(deps: DeskDeps, hold: Hold): Promise<boolean> {
  const claim: ClaimId = claimOfHold(hold.id);
  const puts = hold.resourceIds.flatMap((resourceId) =>
    utcDaysOf(hold.span).map((day) => ({ resourceId, day, claim, rows: [] })),
  );
  await deps.store.sheets.putMany(hold.tenantId, puts);
  return deps.store.holds.delete(hold.tenantId, hold.id);
}
