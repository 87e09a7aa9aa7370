/** How a day sheet lies in MongoDB: one document per resource and UTC day, all its rows inside. */

import { type Connection, type Model, type mongo, Schema } from 'mongoose';
import type { ResourceId, TenantId } from '../../domain/ids.ts';
import type { DaySheet, SheetRow } from '../../domain/resource.ts';
import type { CalendarDay, Instant } from '../../domain/time.ts';

/** `until` is left out of rows that do not end, so that the sweep's index holds only those that may. */
export interface RowDoc extends Omit<SheetRow, 'until'> {
  readonly until?: Instant;
}
export interface SheetDoc {
  readonly _id: string;
  readonly tenantId: TenantId;
  readonly resourceId: ResourceId;
  readonly day: CalendarDay;
  /** Raised by every write; the compare-and-set number. */
  readonly version: number;
  readonly rows: readonly RowDoc[];
}

const { Mixed } = Schema.Types;
const schema = new Schema<SheetDoc>(
  {
    _id: { type: String, required: true },
    tenantId: { type: String, required: true },
    resourceId: { type: String, required: true },
    day: { type: String, required: true },
    version: { type: Number, required: true },
    rows: { type: [Mixed], required: true },
  },
  { versionKey: false, minimize: false, strict: 'throw', autoIndex: false, autoCreate: false },
);
schema.index({ 'rows.until': 1 }, { sparse: true });

export interface SheetCollection {
  readonly model: Model<SheetDoc>;
  readonly raw: mongo.Collection<SheetDoc>;
}
export function sheetCollection(connection: Connection, db: mongo.Db): SheetCollection {
  return { model: connection.model<SheetDoc>('Sheet', schema, 'sheets'), raw: db.collection<SheetDoc>('sheets') };
}

export const sheetKey = (tenantId: TenantId, resourceId: ResourceId, day: CalendarDay): string =>
  `${tenantId}|${resourceId}|${day}`;

export function toRow({ until, ...same }: SheetRow): RowDoc {
  return { ...same, ...(until === null ? {} : { until }) };
}

export function toSheet(doc: SheetDoc): DaySheet {
  const { tenantId, resourceId, day, version } = doc;
  return { tenantId, resourceId, day, version, rows: doc.rows.map((row) => ({ ...row, until: row.until ?? null })) };
}
