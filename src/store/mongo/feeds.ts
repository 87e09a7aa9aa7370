/** The addresses of calendar feeds in MongoDB. */

import type { Connection as Database, mongo } from 'mongoose';
import type { ResourceId } from '../../domain/ids.ts';
import type { Feed, FeedStore } from '../store.ts';
import { type RecordCollection, recordCollection, text } from './record-schema.ts';

export interface FeedDoc extends Omit<Feed, 'resourceId'> {
  readonly _id: ResourceId;
}

export const feedCollection = (database: Database, db: mongo.Db): RecordCollection<FeedDoc> =>
  recordCollection(database, db, {
    name: 'Feed',
    collection: 'feeds',
    fields: { _id: text, tenantId: text, tokenHash: text },
    indexes: [[{ tokenHash: 1 }, { unique: true }]],
  });

export function mongoFeeds({ model, raw }: RecordCollection<FeedDoc>): FeedStore {
  return {
    async put({ resourceId, ...feed }) {
      await raw.replaceOne({ _id: resourceId }, feed, { upsert: true });
    },
    async byToken(tokenHash) {
      const doc = await model.findOne({ tokenHash }).lean<FeedDoc | null>();
      return doc === null ? null : { resourceId: doc._id, tenantId: doc.tenantId, tokenHash: doc.tokenHash };
    },
    async delete(tenantId, resourceId) {
      return (await raw.deleteOne({ _id: resourceId, tenantId })).deletedCount === 1;
    },
  };
}
