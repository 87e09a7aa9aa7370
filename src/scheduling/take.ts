/** The heart of a booking: win the rows, save the event, confirm the rows; each step may be the last before a crash. */
import type { Event } from '../domain/event.ts';
import type { ClaimId, ResourceId, TenantId } from '../domain/ids.ts';
import { claimOfHold } from '../domain/ids.ts';
import type { Hold, Resource } from '../domain/resource.ts';
import { utcDaysOf } from '../domain/span.ts';
import type { Instant } from '../domain/time.ts';
import { formatInstant } from '../domain/time.ts';
import type { Cell } from './claims.ts';
import { cellsOf, win } from './claims.ts';
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
  const cells = cellsOf(draft.span, resources, pendingRow(id, 1, until));
  const giveBack = (won: readonly Cell[]) => clear(deps, tenantId, won);
  const won = await win(deps, tenantId, { cells, hold, giveBack, self: id });
  if (won.kind === 'lost') return won;
  const bare = newEvent(
    draft,
    { resourceIds: resources.map((r) => r.id), zone: resources[0]!.zone, rows: won.rows },
    deps.describe,
  );
  const event = { ...bare, links: deps.linksFor(bare, await calendarsOf(deps, tenantId, bare.resources)) };
  if ((await deps.store.events.insert(event)) === 'duplicate') {
    // Rows of the same event are its own; only a reference taken by another event leaves ours without an owner.
    if ((await deps.store.events.get(tenantId, id)) === null) await giveBack(cells);
    return { kind: 'known' };
  }
  const lost = await confirm(deps, event, cells);
  if (lost !== null) return { kind: 'lost', obstacles: lost };
  if (hold !== null) await dropHold(deps, hold);
  const saved = await markSettled(deps, event);
  await tell(deps, saved, 'booking.created', `Booked from ${formatInstant(draft.span.start)}.`);
  return { kind: 'booked', event: saved };
}

/**
 * Makes the rows firm. They are won a second time by the same rule: had they lapsed meanwhile and gone to somebody
 * else, the booking is taken back, which nobody was promised yet.
 */
async function confirm(deps: DeskDeps, event: Event, cells: readonly Cell[]): Promise<readonly Obstacle[] | null> {
  for (const { resource, day, row } of cells) {
    const firm = { ...row, firm: true, until: null };
    const outcome = await deps.store.sheets.claim(
      event.tenantId,
      resource.id,
      day,
      firm,
      resource.quantity,
      deps.store.now(),
    );
    if (outcome.kind === 'taken') {
      await retract(deps, event, cells);
      return outcome.by.map(({ kind, start, end }) => ({ resourceId: resource.id, kind, start, end }));
    }
  }
  return null;
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
    await clear(deps, event.tenantId, cells);
    await settleEvent(deps, tombstone, 'debt');
    return null;
  });
}

/** Whether this booking was taken back before it was ever granted. */
export const wasNeverGranted = (event: Event): boolean =>
  event.deletedAt !== null && event.booking?.receipt.rows.length === 0;

export async function calendarsOf(deps: DeskDeps, tenantId: TenantId, ids: readonly ResourceId[]) {
  return (await Promise.all(ids.map((id) => deps.store.calendars.ofResource(tenantId, id)))).flat();
}

/** Takes all rows of the cells' claim from their sheets. */
export async function clear(deps: DeskDeps, tenantId: TenantId, cells: readonly Cell[]): Promise<void> {
  if (cells.length === 0) return;
  await deps.store.sheets.putMany(
    tenantId,
    cells.map(({ resource, day, row }) => ({
      resourceId: resource.id,
      day,
      claim: row.claim,
      rows: [],
      version: row.version,
    })),
  );
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
