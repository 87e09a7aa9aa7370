/** Schemas of the plain records: what is indexed is spelled out, the rest of a record is one value. */

import { type Connection, type Model, type mongo, Schema, type SchemaDefinition } from 'mongoose';
import type { Instant } from '../../domain/time.ts';

export const { Mixed } = Schema.Types;
export const text = { type: String, required: true } as const;
export const number = { type: Number, required: true } as const;
export const value = { type: Mixed, required: true } as const;
/** News that are not told yet; left out when there are none, so that the sparse index holds only who owes. */
export const untoldNews = { type: [Mixed], default: undefined };
export const owesNews = [{ 'untold.at': 1 }, { sparse: true }] as const;
export const owedBefore = (before: Instant): object => ({ 'untold.at': { $lte: before } });

export interface RecordCollection<D extends mongo.Document> {
  /** For reads, lean. */
  readonly model: Model<D>;
  /** For writes: documents are made whole in one place, so there is nothing to cast. */
  readonly raw: mongo.Collection<D>;
}

/** Declares a collection: a schema that refuses unknown fields in a query or update, and its indexes. */
export function recordCollection<D extends mongo.Document>(
  connection: Connection,
  db: mongo.Db,
  o: {
    readonly name: string;
    readonly collection: string;
    readonly fields: SchemaDefinition;
    readonly indexes: readonly (readonly [
      Record<string, 1 | -1>,
      { unique?: boolean; sparse?: boolean; expireAfterSeconds?: number }?,
    ])[];
  },
): RecordCollection<D> {
  const schema = new Schema(o.fields, {
    versionKey: false,
    minimize: false,
    strict: 'throw',
    autoIndex: false,
    autoCreate: false,
  });
  for (const [keys, options] of o.indexes) schema.index(keys, options);
  return { model: connection.model<D>(o.name, schema, o.collection), raw: db.collection<D>(o.collection) };
}
