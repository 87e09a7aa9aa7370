/** Offers in MongoDB; the database removes ended ones by itself, a day later. */

import type { Connection as Database, mongo } from 'mongoose';
import type { OfferId } from '../../domain/ids.ts';
import type { Offer } from '../../domain/offer.ts';
import type { Instant } from '../../domain/time.ts';
import type { OfferStore } from '../store.ts';
import { isDuplicate } from './faults.ts';
import { number, type RecordCollection, recordCollection, text, value } from './record-schema.ts';

export interface OfferDoc extends Omit<Offer, 'id' | 'expiresAt'> {
  readonly _id: OfferId;
  readonly expiresAt: Date;
}

export const offerCollection = (database: Database, db: mongo.Db): RecordCollection<OfferDoc> =>
  recordCollection(database, db, {
    name: 'Offer',
    collection: 'offers',
    fields: {
      _id: text,
      tenantId: text,
      version: number,
      state: text,
      wish: value,
      options: value,
      caller: String,
      zone: String,
      language: String,
      expiresAt: { type: Date, required: true },
      createdAt: number,
    },
    indexes: [[{ expiresAt: 1 }, { expireAfterSeconds: 86_400 }]],
  });

const offerDoc = ({ id, expiresAt, ...same }: Offer): OfferDoc => ({
  _id: id,
  ...same,
  expiresAt: new Date(expiresAt),
});
const offerOf = ({ _id, expiresAt, ...same }: OfferDoc): Offer => ({
  id: _id,
  ...same,
  expiresAt: expiresAt.getTime() as Instant,
});

export function mongoOffers({ model, raw }: RecordCollection<OfferDoc>): OfferStore {
  return {
    async insert(offer) {
      try {
        await raw.insertOne(offerDoc(offer));
        return 'inserted';
      } catch (error) {
        if (isDuplicate(error)) return 'duplicate';
        throw error;
      }
    },
    async get(tenantId, id) {
      const doc = await model.findOne({ _id: id, tenantId }).lean<OfferDoc | null>();
      return doc === null ? null : offerOf(doc);
    },
    async save(next) {
      const seen = { _id: next.id, tenantId: next.tenantId, version: next.version - 1 };
      return (await raw.replaceOne(seen, offerDoc(next))).matchedCount === 1;
    },
  };
}
