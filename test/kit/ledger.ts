/** Recomputes from events what the day sheets must hold, and says in sentences where the two differ. */
import type { Event } from '../../src/domain/event.ts';
import { defaultTenantId } from '../../src/domain/ids.ts';
import type { Resource, SheetRow } from '../../src/domain/resource.ts';
import { isLive } from '../../src/domain/sheet-row.ts';
import { overlaps, utcDaysOf } from '../../src/domain/span.ts';
import type { Span } from '../../src/domain/time.ts';
import { utcZone } from '../../src/domain/time.ts';
import { rowsFor, sheetContext } from '../../src/scheduling/sheet.ts';
import type { Store } from '../../src/store/store.ts';

export interface Ledger {
  /** Spans of live events that no row covers (invariant 7). */
  readonly uncovered: readonly string[];
  /** Firm rows that no event explains (invariant 8). */
  readonly ghosts: readonly string[];
  /** More in use than there is (invariant 6). */
  readonly overbooked: readonly string[];
}
export const clean: Ledger = { uncovered: [], ghosts: [], overbooked: [] };

/** Reads all sheets of the window; events are taken from `events`, tombstones included. */
export async function ledgerOf(
  store: Store,
  resources: readonly Resource[],
  events: readonly Event[],
  window: Span,
): Promise<Ledger> {
  const zones = new Map(resources.map((r) => [r.id, r.zone]));
  const expected = new Map<string, SheetRow[]>();
  for (const event of events) {
    const ctx = sheetContext(event, null, (id) => zones.get(id) ?? utcZone, window);
    for (const put of rowsFor(event, ctx)) {
      const key = `${put.resourceId} ${put.day}`;
      expected.set(key, [...(expected.get(key) ?? []), ...put.rows]);
    }
  }
  const ids = resources.map((r) => r.id);
  const sheets = await store.sheets.load(defaultTenantId, ids, utcDaysOf(window));
  const ledger = { uncovered: [] as string[], ghosts: [] as string[], overbooked: [] as string[] };
  for (const sheet of sheets) {
    const key = `${sheet.resourceId} ${sheet.day}`;
    const rows = expected.get(key) ?? [];
    const text = (row: SheetRow) => `${key} ${row.claim} ${row.start}-${row.end} x${row.quantity}`;
    const has = (list: readonly SheetRow[], row: SheetRow) => list.some((other) => text(other) === text(row));
    ledger.uncovered.push(...rows.filter((row) => !has(sheet.rows, row)).map(text));
    ledger.ghosts.push(...sheet.rows.filter((row) => row.firm && !has(rows, row)).map(text));
    const quantity = resources.find((r) => r.id === sheet.resourceId)?.quantity ?? 1;
    // A claim that waits for its event, or ends without one, has promised nobody anything yet.
    const isHeld = (row: SheetRow) => row.kind === 'hold' && isLive(row, store.now());
    const promised = sheet.rows.filter((row) => row.firm || isHeld(row) || has(rows, row));
    ledger.overbooked.push(...overfull(promised, quantity).map(text));
  }
  return ledger;
}

/**
 * Rows at whose start more is in use than there are units; counted the plain way. Of one unit, pads may lie over pads but
 * not over work.
 */
function overfull(rows: readonly SheetRow[], quantity: number): readonly SheetRow[] {
  const others = (row: SheetRow) => rows.filter((r) => r.claim !== row.claim);
  if (quantity === 1) return rows.filter((row) => others(row).some((r) => overlaps(r, row.core ?? row)));
  return rows.filter((row) => {
    const at = { start: row.start, end: (row.start + 1) as typeof row.start };
    // A booking under way from one time to another has rows of both, and needs its units only once.
    const used = new Map<string, number>();
    for (const r of others(row)) {
      if (overlaps(r, at)) used.set(r.claim, Math.max(used.get(r.claim) ?? 0, r.quantity));
    }
    return row.quantity + [...used.values()].reduce((sum, units) => sum + units, 0) > quantity;
  });
}
