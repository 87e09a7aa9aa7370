/** The addresses of calendar feeds in MongoDB. */

import type { Connection as Database, mongo } from 'mongoose';
import type { ResourceId } from '../../domain/ids.ts';
import type { Feed, FeedStore } from '../store.ts';
import { type RecordCollection, recordCollection, text } from './record-schema.ts';

export interface FeedDoc extends Omit<Feed, 'resourceId' | 'detail'> {
  readonly _id: ResourceId;
  /** Left out in addresses made before there was a choice. */
  readonly detail?: Feed['detail'];
}

export const feedCollection = (database: Database, db: mongo.Db): RecordCollection<FeedDoc> =>
  recordCollection(database, db, {
    name: 'Feed',
    collection: 'feeds',
    fields: { _id: text, tenantId: text, tokenHash: text, detail: String },
    indexes: [[{ tokenHash: 1 }, { unique: true }]],
  });

export function mongoFeeds({ model, raw }: RecordCollection<FeedDoc>): FeedStore {
  return {
    async put({ resourceId, ...feed }) {
      await raw.replaceOne({ _id: resourceId }, feed, { upsert: true });
    },
    async byToken(tokenHash) {
      const doc = await model.findOne({ tokenHash }).lean<FeedDoc | null>();
      if (doc === null) return null;
      const { _id: resourceId, tenantId, detail = 'full' } = doc;
      return { resourceId, tenantId, tokenHash, detail };
    },
    async delete(tenantId, resourceId) {
      return (await raw.deleteOne({ _id: resourceId, tenantId })).deletedCount === 1;
    },
  };
}
