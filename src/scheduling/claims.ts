/** Wins time on day sheets: every row or none. */
import type { Receipt } from '../domain/booking.ts';
import type { Event } from '../domain/event.ts';
import type { ClaimId, EventId, TenantId } from '../domain/ids.ts';
import { claimOfHold } from '../domain/ids.ts';
import type { DaySheet, Hold, SheetRow } from '../domain/resource.ts';
import type { Instant } from '../domain/time.ts';
import type { Cell } from './cells.ts';
import { obstacle } from './cells.ts';
import type { Obstacle } from './desk.ts';
import { debtorsNear, dropGhosts, settleDebtors } from './left-behind.ts';
import type { DeskDeps } from './parts.ts';
import { clashes } from './sheet.ts';

export interface Claim {
  readonly cells: readonly Cell[];
  /** The hold whose rows are taken over; null for a plain claim. */
  readonly hold: Hold | null;
  /** The event that the claim belongs to, null for a hold. */
  readonly self: EventId | null;
}
export type ClaimResult =
  | { readonly kind: 'won'; readonly rows: Receipt['rows'] }
  | { readonly kind: 'lost'; readonly obstacles: readonly Obstacle[] };

/**
 * Wins all cells or none. After winning, events that a crash left without rows are looked for: a fact that was saved
 * counts although its rows have lapsed, so it gets them back and the claim is decided again. After losing, rows that a
 * crash left without an event are looked for and taken away.
 */
export async function win(deps: DeskDeps, tenantId: TenantId, claim: Claim): Promise<ClaimResult> {
  const { first, debtors } = await claimAndLook(deps, tenantId, claim);
  if (first.kind === 'lost') return first;
  const { self } = claim;
  const owed = await settleDebtors(deps, tenantId, claim.cells, { self, debtors });
  if (owed === 'none') return first;
  await letGo(deps, tenantId, claim.cells);
  if (owed !== 'settled') return { kind: 'lost', obstacles: owed };
  return claimCells(deps, tenantId, { ...claim, hold: null });
}

/**
 * Debtors are looked for beside a single claim: rows that it found lapsed had ended before both began, and their event
 * was saved well before that (`lateMs`). With several cells a later one may find rows lapsed that the look came too early for.
 */
async function claimAndLook(
  deps: DeskDeps,
  tenantId: TenantId,
  claim: Claim,
): Promise<{ readonly first: CellsResult; readonly debtors: readonly Event[] }> {
  const isSingle = claim.cells.length === 1;
  const [first, beside] = await Promise.all([
    claimCells(deps, tenantId, claim),
    isSingle ? debtorsNear(deps, tenantId, claim.cells) : null,
  ]);
  if (first.kind === 'won') return { first, debtors: beside ?? (await debtorsNear(deps, tenantId, claim.cells)) };
  if (!(await dropGhosts(deps, tenantId, first.at, first.by))) return { first, debtors: [] };
  const second = await claimCells(deps, tenantId, claim);
  return { first: second, debtors: second.kind === 'won' ? await debtorsNear(deps, tenantId, claim.cells) : [] };
}

type CellsResult =
  | Extract<ClaimResult, { kind: 'won' }>
  | {
      readonly kind: 'lost';
      readonly obstacles: readonly Obstacle[];
      readonly at: Cell;
      readonly by: readonly SheetRow[];
    };

async function claimCells(deps: DeskDeps, tenantId: TenantId, claim: Claim): Promise<CellsResult> {
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
    if (isTaken || outcome.kind === 'won') won.push(cell);
    if (outcome.kind === 'taken') {
      await letGo(deps, tenantId, won);
      const obstacles = outcome.by.map((by) => obstacle(resource, by));
      return { kind: 'lost', obstacles, at: cell, by: outcome.by };
    }
    const span = { start: row.start, end: row.end };
    rows.push({ resourceId: resource.id, span, sheetVersion: outcome.sheetVersion });
  }
  return { kind: 'won', rows };
}

/**
 * Ends won but unconfirmed rows now instead of at their `until`. Nothing is put in their place and nothing else is
 * touched: what the sheet holds of this claim beside them may have changed since it was read.
 */
export async function letGo(deps: DeskDeps, tenantId: TenantId, cells: readonly Cell[]): Promise<void> {
  for (const { resource, day, row } of cells) {
    const now = deps.store.now();
    const ended = { ...row, until: now };
    await deps.store.sheets.claim(tenantId, resource.id, day, ended, Number.MAX_SAFE_INTEGER, now);
  }
}

/**
 * Makes won rows firm at this event version, by the same rule that won them: had they lapsed meanwhile and gone to
 * somebody else, this says so. Null when all are firm.
 */
export async function confirm(
  deps: DeskDeps,
  event: Event,
  cells: readonly Cell[],
): Promise<readonly Obstacle[] | null> {
  for (const { resource, day, row } of cells) {
    const firm = { ...row, firm: true, until: null, version: event.version };
    const { id, quantity } = resource;
    const outcome = await deps.store.sheets.claim(event.tenantId, id, day, firm, quantity, deps.store.now());
    if (outcome.kind === 'taken') return outcome.by.map((by) => obstacle(resource, by));
  }
  return null;
}

/** A hold keeps bookings out, not facts: an event of a calendar may have landed on the held time. */
async function beside(deps: DeskDeps, tenantId: TenantId, cell: Cell): ReturnType<typeof deps.store.sheets.claim> {
  const [sheet] = await deps.store.sheets.load(tenantId, [cell.resource.id], [cell.day]);
  const by = clashesOf(sheet!, cell.row.claim, deps.store.now(), cell.resource.quantity);
  return by.length === 0 ? { kind: 'won', sheetVersion: sheet!.version } : { kind: 'taken', by };
}

const clashesOf = (sheet: DaySheet, claim: ClaimId, now: Instant, quantity: number): readonly SheetRow[] =>
  clashes({ id: claim as string as EventId }, [sheet], now, () => quantity);
