/** Finds what a crash left behind where somebody claims time: events without rows, and rows without an event. */
import type { Event } from '../domain/event.ts';
import type { EventId, TenantId } from '../domain/ids.ts';
import type { Resource, SheetRow } from '../domain/resource.ts';
import { crowding, isLive } from '../domain/sheet-row.ts';
import { overlaps } from '../domain/span.ts';
import { longestPadMs } from '../domain/takes.ts';
import type { Instant, Span } from '../domain/time.ts';
import type { Cell } from './cells.ts';
import { obstacle } from './cells.ts';
import type { Obstacle } from './desk.ts';
import { sheetsBeyond } from './look.ts';
import type { DeskDeps } from './parts.ts';
import { contextOf } from './parts.ts';
import { settleEvent } from './settle.ts';
import { rowsFor } from './sheet.ts';

const mostDebtors = 500;

/** Events whose rows are behind and may belong where these cells are; an event's pads reach beyond its own time. */
export function debtorsNear(deps: DeskDeps, tenantId: TenantId, cells: readonly Cell[]): Promise<readonly Event[]> {
  const { row } = cells[0]!;
  const ids = [...new Set(cells.map((cell) => cell.resource.id))];
  const around = { start: (row.start - longestPadMs) as Instant, end: (row.end + longestPadMs) as Instant };
  return deps.store.events.inSpan(tenantId, ids, around, mostDebtors, 'owing-rows');
}

/** `none`: nobody lacks rows here. `settled`: somebody did and has them now. Otherwise what stands in the way. */
export async function settleDebtors(
  deps: DeskDeps,
  tenantId: TenantId,
  cells: readonly Cell[],
  o: { readonly self: EventId | null; readonly debtors: readonly Event[] },
): Promise<'none' | 'settled' | readonly Obstacle[]> {
  const { row } = cells[0]!;
  const resources = [...new Set(cells.map((cell) => cell.resource))];
  let settled = false;
  for (const event of o.debtors) {
    if (event.id === o.self || event.sheetVersion >= event.version) continue;
    if (!(await lacksRows(deps, event, resources, row))) continue;
    await settleEvent(deps, event, 'debt');
    settled = true;
  }
  if (settled) return 'settled';
  const beyond = await sheetsBeyond(deps, tenantId, resources, row);
  const far = cells.flatMap((cell) => {
    const rows = beyond.filter((s) => s.resourceId === cell.resource.id).flatMap((s) => s.rows);
    return crowding(cell.row, rows, cell.resource.quantity).map((r) => obstacle(cell.resource, r));
  });
  return far.length > 0 ? far : 'none';
}

/** Whether the event should block part of the span and does not. A booking being made elsewhere has its rows already. */
async function lacksRows(deps: DeskDeps, event: Event, resources: readonly Resource[], span: Span): Promise<boolean> {
  const puts = rowsFor(event, await contextOf(deps, event, resources)).filter(
    (put) => resources.some((r) => r.id === put.resourceId) && put.rows.some((row) => overlaps(row, span)),
  );
  const now = deps.store.now();
  for (const put of puts) {
    const [sheet] = await deps.store.sheets.load(event.tenantId, [put.resourceId], [put.day]);
    const live = sheet!.rows.filter((row) => row.claim === put.claim && isLive(row, now));
    const missing = put.rows.some((row) => !live.some((r) => r.start <= row.start && row.end <= r.end));
    if (missing) return true;
  }
  return false;
}

/**
 * Takes away rows on this sheet that their event does not know: a writer died between saving the event and clearing its
 * old rows, or put an old state late. Rows of a version that the event has not reached belong to somebody at work.
 */
export async function dropGhosts(
  deps: DeskDeps,
  tenantId: TenantId,
  at: Cell,
  rows: readonly SheetRow[],
): Promise<boolean> {
  const firm = rows.filter((row) => row.firm);
  const ids = firm.flatMap((row) => (row.eventId === null ? [] : [row.eventId]));
  if (ids.length === 0) return false;
  const events = await deps.store.events.getMany(tenantId, ids);
  let dropped = false;
  for (const row of firm) {
    const event = events.find((e) => e.id === row.eventId);
    if (event === undefined || row.version > event.version || event.sheetVersion < event.version) continue;
    const ctx = await contextOf(deps, event, [at.resource], { start: at.row.start, end: at.row.end });
    const known = rowsFor(event, ctx).find((put) => put.resourceId === at.resource.id && put.day === at.day);
    if (known?.rows.some((r) => overlaps(r, row))) continue;
    await settleEvent(deps, event, 'debt', [{ resourceId: at.resource.id, day: at.day }]);
    dropped = true;
  }
  return dropped;
}
