/** Day sheets in memory. Between reading and writing a sheet there is no await, so every change of one is atomic. */

import type { ResourceId, TenantId } from '../domain/ids.ts';
import type { DaySheet, SheetRow } from '../domain/resource.ts';
import { isLive } from '../domain/sheet-row.ts';
import type { CalendarDay, Instant } from '../domain/time.ts';
import { frozenCopy } from './plain.ts';
import { liveRows, planClaim, planPut, planTransfer } from './rules.ts';
import type { SheetStore } from './store.ts';

export function memorySheets(now: () => Instant): SheetStore {
  const sheets = new Map<string, DaySheet>();
  const keyOf = (tenantId: TenantId, resourceId: ResourceId, day: CalendarDay) => `${tenantId}|${resourceId}|${day}`;
  const read = (tenantId: TenantId, resourceId: ResourceId, day: CalendarDay): DaySheet =>
    sheets.get(keyOf(tenantId, resourceId, day)) ?? { tenantId, resourceId, day, version: 0, rows: [] };
  const write = (sheet: DaySheet, rows: readonly SheetRow[]): DaySheet => {
    const next = frozenCopy({ ...sheet, version: sheet.version + 1, rows });
    sheets.set(keyOf(sheet.tenantId, sheet.resourceId, sheet.day), next);
    return next;
  };
  const shown = (sheet: DaySheet): DaySheet => Object.freeze({ ...sheet, rows: liveRows(sheet.rows, now()) });
  type Put = Parameters<SheetStore['putMany']>[1][number];
  const put = (tenantId: TenantId, { resourceId, day, claim, rows, version }: Put): DaySheet => {
    const sheet = read(tenantId, resourceId, day);
    const planned = planPut(sheet.rows, claim, rows, version);
    return planned === null ? sheet : write(sheet, planned);
  };

  return {
    async load(tenantId, resourceIds, days) {
      await null;
      return resourceIds.flatMap((id) => days.map((day) => shown(read(tenantId, id, day))));
    },
    async claim(tenantId, resourceId, day, row, capacity, at) {
      await null;
      const sheet = read(tenantId, resourceId, day);
      const plan = planClaim(sheet.rows, row, capacity, at);
      if (plan.kind === 'taken') return plan;
      return { kind: 'won', sheetVersion: plan.kind === 'kept' ? sheet.version : write(sheet, plan.rows).version };
    },
    async put(tenantId, resourceId, day, claim, rows, version) {
      await null;
      return shown(put(tenantId, { resourceId, day, claim, rows, ...(version === undefined ? {} : { version }) }));
    },
    async putMany(tenantId, changes) {
      await null;
      for (const change of changes) put(tenantId, change);
      return changes.map((change) => shown(read(tenantId, change.resourceId, change.day)));
    },
    async transfer(tenantId, resourceId, day, from, to, at) {
      await null;
      const sheet = read(tenantId, resourceId, day);
      const rows = planTransfer(sheet.rows, from, to, at);
      if (rows !== null && rows !== 'kept') write(sheet, rows);
      return rows !== null;
    },
    async sweep(at, limit) {
      await null;
      const stale = [...sheets.values()].filter((sheet) => sheet.rows.some((row) => !isLive(row, at)));
      for (const sheet of stale.slice(0, limit)) {
        write(
          sheet,
          sheet.rows.filter((row) => isLive(row, at)),
        );
      }
      return Math.min(stale.length, limit);
    },
  };
}
