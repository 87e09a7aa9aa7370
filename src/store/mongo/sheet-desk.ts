/** Reading and writing one day sheet in MongoDB by compare-and-set on its version. */

import type { mongo } from 'mongoose';
import { Fault } from '../../domain/fault.ts';
import type { ResourceId, TenantId } from '../../domain/ids.ts';
import type { Clock } from '../../domain/ports.ts';
import type { DaySheet, SheetRow } from '../../domain/resource.ts';
import type { CalendarDay } from '../../domain/time.ts';
import { isDuplicate } from './faults.ts';
import { type SheetCollection, type SheetDoc, sheetKey, toRow, toSheet } from './sheet-document.ts';
import { together } from './together.ts';

/** So many others in a row were faster on one sheet: something is wrong, and the caller may try again. */
const mostTries = 200;

/** Reads, writes and waits that all changes of a sheet are made of. */
export function sheetDesk({ model, raw }: SheetCollection, clock: Clock) {
  const one = together<string, SheetDoc | null>(async (keys) => {
    const docs = await model.find({ _id: { $in: [...new Set(keys)] } }).lean<SheetDoc[]>();
    const found = new Map(docs.map((doc) => [doc._id, doc]));
    return keys.map((key) => found.get(key) ?? null);
  });
  const read = async (tenantId: TenantId, resourceId: ResourceId, day: CalendarDay): Promise<DaySheet> => {
    const doc = await one(sheetKey(tenantId, resourceId, day));
    return doc === null ? { tenantId, resourceId, day, version: 0, rows: [] } : toSheet(doc);
  };
  /** False: somebody wrote this sheet after it was read. */
  const write = async (sheet: DaySheet, rows: readonly SheetRow[]): Promise<boolean> => {
    if (sheet.version > 0) return (await raw.updateOne(seen(sheet), replaced(sheet, rows))).matchedCount === 1;
    try {
      await raw.insertOne(created(sheet, rows));
      return true;
    } catch (error) {
      if (isDuplicate(error)) return false;
      throw error;
    }
  };
  /** Tries until nobody comes in between; pauses of random length let racers pass one another. */
  const retrying = async <T>(attempt: () => Promise<T | null>): Promise<T> => {
    for (let tries = 1; tries <= mostTries; tries += 1) {
      const done = await attempt();
      if (done !== null) return done;
      await clock.sleep(Math.random() * Math.min(40, 2 ** tries));
    }
    throw new Fault('clash', 'too many changes of one day sheet at once');
  };
  return { read, write, retrying };
}

export const seen = (sheet: DaySheet): mongo.Filter<SheetDoc> => ({
  _id: sheetKey(sheet.tenantId, sheet.resourceId, sheet.day),
  version: sheet.version,
});
export const replaced = (sheet: DaySheet, rows: readonly SheetRow[]): mongo.UpdateFilter<SheetDoc> => ({
  $set: { rows: rows.map(toRow), version: sheet.version + 1 },
});
export const created = (sheet: DaySheet, rows: readonly SheetRow[]): SheetDoc => ({
  _id: sheetKey(sheet.tenantId, sheet.resourceId, sheet.day),
  tenantId: sheet.tenantId,
  resourceId: sheet.resourceId,
  day: sheet.day,
  version: 1,
  rows: rows.map(toRow),
});
