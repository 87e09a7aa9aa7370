/** Consents under way in MongoDB; they end by themselves. */

import type { Connection as Database, mongo } from 'mongoose';
import type { Instant } from '../../domain/time.ts';
import type { ConsentStore, PendingConsent } from '../store.ts';
import { type RecordCollection, recordCollection, text } from './record-schema.ts';

export interface ConsentDoc extends Omit<PendingConsent, 'id' | 'expiresAt'> {
  readonly _id: string;
  readonly expiresAt: Date;
}

export const consentCollection = (database: Database, db: mongo.Db): RecordCollection<ConsentDoc> =>
  recordCollection(database, db, {
    name: 'Consent',
    collection: 'consents',
    fields: {
      _id: text,
      tenantId: text,
      provider: text,
      verifier: text,
      returnTo: String,
      browserHash: String,
      isOpened: { type: Boolean, required: true },
      expiresAt: { type: Date, required: true },
    },
    indexes: [[{ expiresAt: 1 }, { expireAfterSeconds: 0 }]],
  });

const pendingOf = ({ _id, expiresAt, ...same }: ConsentDoc): PendingConsent => ({
  id: _id,
  ...same,
  expiresAt: expiresAt.getTime() as Instant,
});

/** The database removes what ended late, so every read asks for the time as well. */
export function mongoConsents({ raw }: RecordCollection<ConsentDoc>, now: () => Instant): ConsentStore {
  const present = (id: string) => ({ _id: id, expiresAt: { $gt: new Date(now()) } });
  return {
    async insert({ id, expiresAt, ...same }) {
      await raw.insertOne({ _id: id, ...same, expiresAt: new Date(expiresAt) });
    },
    async open(id, browserHash) {
      const opened = { $set: { isOpened: true, browserHash } };
      const doc = await raw.findOneAndUpdate({ ...present(id), isOpened: false }, opened, { returnDocument: 'after' });
      return doc === null ? null : pendingOf(doc);
    },
    async take(id) {
      const doc = await raw.findOneAndDelete(present(id));
      return doc === null ? null : pendingOf(doc);
    },
  };
}
