/** Wins time on day sheets: every row or none, in the one order that all callers share. */
import type { Receipt } from '../domain/booking.ts';
import type { Event } from '../domain/event.ts';
import type { ClaimId, EventId, TenantId } from '../domain/ids.ts';
import { claimOfHold } from '../domain/ids.ts';
import type { DaySheet, Hold, Resource, SheetRow } from '../domain/resource.ts';
import { overlaps, utcDaysOf } from '../domain/span.ts';
import type { CalendarDay, Instant, Span } from '../domain/time.ts';
import type { Obstacle } from './desk.ts';
import { sheetsBeyond } from './look.ts';
import type { DeskDeps } from './parts.ts';
import { contextOf } from './parts.ts';
import { settleEvent } from './settle.ts';
import { clashes, isLive, peak, rowsFor } from './sheet.ts';

/** One row to win on one sheet. */
export interface Cell {
  readonly resource: Resource;
  readonly day: CalendarDay;
  readonly row: SheetRow;
}
export interface Claim {
  readonly cells: readonly Cell[];
  /** The hold whose rows are taken over; null for a plain claim. */
  readonly hold: Hold | null;
  /** Takes back what was won, whatever the sheet should hold instead. */
  readonly giveBack: (won: readonly Cell[]) => Promise<void>;
  /** The event that the claim belongs to, null for a hold. */
  readonly self: EventId | null;
}
export type ClaimResult =
  | { readonly kind: 'won'; readonly rows: Receipt['rows'] }
  | { readonly kind: 'lost'; readonly obstacles: readonly Obstacle[] };

const mostDebtors = 500;

/** Cells of a span in claiming order: by resource, then by day. Two callers never wait for each other crosswise. */
export function cellsOf(
  span: Span,
  resources: readonly Resource[],
  row: Omit<SheetRow, 'start' | 'end' | 'quantity'>,
): readonly Cell[] {
  const whole: SheetRow = { ...row, start: span.start, end: span.end, quantity: 1 };
  return [...resources]
    .sort((a, b) => (a.id < b.id ? -1 : 1))
    .flatMap((resource) => utcDaysOf(span).map((day) => ({ resource, day, row: whole })));
}

/**
 * Wins all cells or none. After winning, events that a crash left without rows are looked for: a fact that was saved
 * counts although its rows have lapsed, so it gets them back and the claim is decided again.
 */
export async function win(deps: DeskDeps, tenantId: TenantId, claim: Claim): Promise<ClaimResult> {
  const first = await claimCells(deps, tenantId, claim);
  if (first.kind === 'lost') return first;
  const debtors = await settleDebtors(deps, tenantId, claim);
  if (debtors === 'none') return first;
  await claim.giveBack(claim.cells);
  if (debtors !== 'settled') return { kind: 'lost', obstacles: debtors };
  return claimCells(deps, tenantId, { ...claim, hold: null });
}

async function claimCells(deps: DeskDeps, tenantId: TenantId, claim: Claim): Promise<ClaimResult> {
  const won: Cell[] = [];
  const rows: Receipt['rows'][number][] = [];
  for (const cell of claim.cells) {
    const { resource, day, row } = cell;
    const isTaken =
      claim.hold !== null &&
      (await deps.store.sheets.transfer(tenantId, resource.id, day, claimOfHold(claim.hold.id), row, deps.store.now()));
    const outcome = isTaken
      ? await beside(deps, tenantId, cell)
      : await deps.store.sheets.claim(tenantId, resource.id, day, row, resource.quantity, deps.store.now());
    if (isTaken) won.push(cell);
    if (outcome.kind === 'taken') {
      await claim.giveBack(won);
      return { kind: 'lost', obstacles: outcome.by.map((by) => obstacle(cell, by)) };
    }
    if (!isTaken) won.push(cell);
    rows.push({
      resourceId: resource.id,
      span: { start: row.start, end: row.end },
      sheetVersion: outcome.sheetVersion,
    });
  }
  return { kind: 'won', rows };
}

/** A hold keeps bookings out, not facts: an event of a calendar may have landed on the held time. */
async function beside(deps: DeskDeps, tenantId: TenantId, cell: Cell): ReturnType<typeof deps.store.sheets.claim> {
  const [sheet] = await deps.store.sheets.load(tenantId, [cell.resource.id], [cell.day]);
  const by = clashesOf(sheet!, cell.row.claim, deps.store.now(), cell.resource.quantity);
  return by.length === 0 ? { kind: 'won', sheetVersion: sheet!.version } : { kind: 'taken', by };
}

const clashesOf = (sheet: DaySheet, claim: ClaimId, now: Instant, quantity: number): readonly SheetRow[] =>
  clashes({ id: claim as string as EventId }, [sheet], now, () => quantity);

const obstacle = (cell: Cell, row: SheetRow): Obstacle => ({
  resourceId: cell.resource.id,
  kind: row.kind,
  start: row.start,
  end: row.end,
});

/** `none`: nobody lacks rows here. `settled`: somebody did and has them now. Otherwise what stands in the way. */
async function settleDebtors(
  deps: DeskDeps,
  tenantId: TenantId,
  claim: Claim,
): Promise<'none' | 'settled' | readonly Obstacle[]> {
  const { row } = claim.cells[0]!;
  const resources = [...new Set(claim.cells.map((cell) => cell.resource))];
  const ids = resources.map((r) => r.id);
  const near = await deps.store.events.inSpan(tenantId, ids, row, mostDebtors);
  let settled = false;
  for (const event of near) {
    if (event.id === claim.self || event.sheetVersion >= event.version) continue;
    if (!(await lacksRows(deps, event, resources, row))) continue;
    await settleEvent(deps, event, 'debt');
    settled = true;
  }
  if (settled) return 'settled';
  const beyond = await sheetsBeyond(deps, tenantId, resources, row);
  const far = claim.cells.flatMap((cell) => {
    const rows = beyond.filter((s) => s.resourceId === cell.resource.id).flatMap((s) => s.rows);
    return peak(rows, row) + 1 > cell.resource.quantity
      ? rows.filter((r) => overlaps(r, row)).map((r) => obstacle(cell, r))
      : [];
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
