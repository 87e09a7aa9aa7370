/** Facts put on day sheets in MongoDB: one write per sheet, however many claims a page of a feed brings. */

import type { mongo } from 'mongoose';
import type { TenantId } from '../../domain/ids.ts';
import type { Clock } from '../../domain/ports.ts';
import type { DaySheet, SheetRow } from '../../domain/resource.ts';
import type { Instant } from '../../domain/time.ts';
import { liveRows, planPut } from '../rules.ts';
import type { SheetStore } from '../store.ts';
import { duplicatesOf } from './faults.ts';
import { inPortions } from './portions.ts';
import { created, replaced, seen, sheetDesk } from './sheet-desk.ts';
import { type SheetCollection, type SheetDoc, sheetKey, toSheet } from './sheet-document.ts';

type Put = Parameters<SheetStore['putMany']>[1][number];
interface Planned {
  readonly sheet: DaySheet;
  /** Null: nothing to write. */
  readonly rows: readonly SheetRow[] | null;
}

export function putter(sheets: SheetCollection, clock: Clock, now: () => Instant): Pick<SheetStore, 'put' | 'putMany'> {
  const { retrying } = sheetDesk(sheets, clock);
  const putAll = async (tenantId: TenantId, puts: readonly Put[]): Promise<readonly DaySheet[]> => {
    if (puts.length === 0) return [];
    const byKey = new Map<string, Put[]>();
    const keys = puts.map((put) => sheetKey(tenantId, put.resourceId, put.day));
    for (const [i, put] of puts.entries()) {
      const group = byKey.get(keys[i]!);
      if (group === undefined) byKey.set(keys[i]!, [put]);
      else group.push(put);
    }
    const done = new Map<string, DaySheet>();
    await retrying(async () => {
      const pending = [...byKey].filter(([key]) => !done.has(key));
      const settled = await inPortions(pending, async (part) => [...(await putRound(sheets, tenantId, new Map(part)))]);
      for (const [key, sheet] of settled) done.set(key, sheet);
      return done.size === byKey.size ? true : null;
    });
    const at = now();
    return keys.map((key) => {
      const sheet = done.get(key)!;
      return { ...sheet, rows: liveRows(sheet.rows, at) };
    });
  };
  return {
    putMany: putAll,
    async put(tenantId, resourceId, day, claim, rows, version) {
      const put = { resourceId, day, claim, rows, ...(version === undefined ? {} : { version }) };
      return (await putAll(tenantId, [put]))[0]!;
    },
  };
}

/** One reading and one bulk over these sheets; answers those that are settled, the others were changed meanwhile. */
async function putRound(
  { model, raw }: SheetCollection,
  tenantId: TenantId,
  pending: ReadonlyMap<string, readonly Put[]>,
): Promise<ReadonlyMap<string, DaySheet>> {
  const docs = await model.find({ _id: { $in: [...pending.keys()] } }).lean<SheetDoc[]>();
  const found = new Map(docs.map((doc) => [doc._id, toSheet(doc)]));
  const planned = [...pending].map(([key, puts]): [string, Planned] => {
    const { resourceId, day } = puts[0]!;
    return [key, plan(found.get(key) ?? { tenantId, resourceId, day, version: 0, rows: [] }, puts)];
  });
  const settled = new Map(planned.flatMap(([key, { sheet, rows }]) => (rows === null ? [[key, sheet] as const] : [])));
  const changed = planned.filter(([, { rows }]) => rows !== null);
  if (changed.length === 0) return settled;
  const missed = await writeAll(raw, changed);
  // Not all matched: which ones is seen by reading again, since what is already there plans no further write.
  if (missed) return settled;
  for (const [key, { sheet, rows }] of changed) {
    settled.set(key, { ...sheet, version: sheet.version + 1, rows: rows ?? [] });
  }
  return settled;
}

function plan(sheet: DaySheet, puts: readonly Put[]): Planned {
  let rows: readonly SheetRow[] | null = null;
  for (const put of puts) rows = planPut(rows ?? sheet.rows, put.claim, put.rows, put.version) ?? rows;
  return { sheet, rows };
}

/** True: at least one of them was not written. */
async function writeAll(raw: SheetCollection['raw'], changed: readonly [string, Planned][]): Promise<boolean> {
  const operations = changed.map(([, { sheet, rows }]): mongo.AnyBulkWriteOperation<SheetDoc> => {
    const next = rows ?? [];
    return sheet.version === 0
      ? { insertOne: { document: created(sheet, next) } }
      : { updateOne: { filter: seen(sheet), update: replaced(sheet, next) } };
  });
  try {
    const { insertedCount, matchedCount } = await raw.bulkWrite(operations, { ordered: false });
    return insertedCount + matchedCount < operations.length;
  } catch (error) {
    return duplicatesOf(error).size > 0;
  }
}
