/** Day sheets in MongoDB. Time is won by one conditional update, or by compare-and-set where a rule must decide. */

import type { mongo } from 'mongoose';
import type { Clock } from '../../domain/ports.ts';
import type { DaySheet, SheetRow } from '../../domain/resource.ts';
import { isLive } from '../../domain/sheet-row.ts';
import type { Instant } from '../../domain/time.ts';
import { liveRows, planClaim, planTransfer } from '../rules.ts';
import type { ClaimOutcome, SheetStore } from '../store.ts';
import { isDuplicate } from './faults.ts';
import { sheetDesk } from './sheet-desk.ts';
import { type SheetCollection, type SheetDoc, sheetKey, toRow, toSheet } from './sheet-document.ts';
import { putter } from './sheets-put.ts';

export function mongoSheets(sheets: SheetCollection, clock: Clock, now: () => Instant): SheetStore {
  const { model, raw } = sheets;
  const { read, write, retrying } = sheetDesk(sheets, clock);
  return {
    ...putter(sheets, clock, now),
    async load(tenantId, resourceIds, days) {
      if (resourceIds.length === 0 || days.length === 0) return [];
      const wanted = resourceIds.flatMap((resourceId) => days.map((day) => ({ resourceId, day })));
      const keys = wanted.map(({ resourceId, day }) => sheetKey(tenantId, resourceId, day));
      const docs = await model.find({ _id: { $in: keys } }).lean<SheetDoc[]>();
      const found = new Map(docs.map((doc) => [doc._id, toSheet(doc)]));
      const at = now();
      return wanted.map(({ resourceId, day }, i) => {
        const sheet = found.get(keys[i]!) ?? { tenantId, resourceId, day, version: 0, rows: [] };
        return { ...sheet, rows: liveRows(sheet.rows, at) };
      });
    },
    async claim(tenantId, resourceId, day, row, capacity, at) {
      if (capacity === 1 && row.quantity === 1) {
        const sheetVersion = await claimFree(raw, { tenantId, resourceId, day }, row, at);
        if (sheetVersion !== null) return { kind: 'won', sheetVersion };
      }
      return retrying<ClaimOutcome>(async () => {
        const sheet = await read(tenantId, resourceId, day);
        const plan = planClaim(sheet.rows, row, capacity, at);
        if (plan.kind === 'taken') return plan;
        if (plan.kind === 'kept') return { kind: 'won', sheetVersion: sheet.version };
        return (await write(sheet, plan.rows)) ? { kind: 'won', sheetVersion: sheet.version + 1 } : null;
      });
    },
    async transfer(tenantId, resourceId, day, from, to, at) {
      return retrying(async () => {
        const sheet = await read(tenantId, resourceId, day);
        const rows = planTransfer(sheet.rows, from, to, at);
        if (rows === null || rows === 'kept') return rows === 'kept';
        return (await write(sheet, rows)) ? true : null;
      });
    },
    async sweep(at, limit) {
      if (limit < 1) return 0;
      const ended = { rows: { $elemMatch: { firm: false, until: { $lte: at } } } };
      const docs = await model
        .find({ 'rows.until': { $lte: at }, ...ended })
        .limit(limit)
        .lean<SheetDoc[]>();
      let swept = 0;
      for (const sheet of docs.map(toSheet)) {
        // Whoever wrote it meanwhile leaves it to the next sweep.
        const left = sheet.rows.filter((row) => isLive(row, at));
        if (await write(sheet, left)) swept += 1;
      }
      return swept;
    },
  };
}

/**
 * The claim where no overlap at all is allowed: filter and update are one atomic step on one document. Null: the filter
 * missed or two racers created the sheet, which the upsert shows as a duplicate `_id`; then the rows decide.
 */
async function claimFree(
  raw: SheetCollection['raw'],
  sheet: Pick<DaySheet, 'tenantId' | 'resourceId' | 'day'>,
  row: SheetRow,
  at: Instant,
): Promise<number | null> {
  const stillHolds = [{ firm: true }, { until: { $exists: false } }, { until: { $gt: at } }];
  const inTheWay = { claim: { $ne: row.claim }, start: { $lt: row.end }, end: { $gt: row.start }, $or: stillHolds };
  const repeated = { claim: row.claim, start: row.start, end: row.end };
  const filter: mongo.Filter<SheetDoc> = {
    _id: sheetKey(sheet.tenantId, sheet.resourceId, sheet.day),
    $nor: [{ rows: { $elemMatch: inTheWay } }, { rows: { $elemMatch: repeated } }],
  };
  const { tenantId, resourceId, day } = sheet;
  const update: mongo.UpdateFilter<SheetDoc> = {
    $push: { rows: toRow(row) },
    $inc: { version: 1 },
    $setOnInsert: { tenantId, resourceId, day },
  };
  try {
    const after = await raw.findOneAndUpdate(filter, update, {
      upsert: true,
      returnDocument: 'after',
      projection: { version: 1 },
    });
    return after?.version ?? null;
  } catch (error) {
    if (isDuplicate(error)) return null;
    throw error;
  }
}
