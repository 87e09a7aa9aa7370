/** Webhooks in MongoDB: subscriptions, and the lease of their one sender by the database's own clock. */

import type { Connection as Database, mongo } from 'mongoose';
import type { WebhookId } from '../../domain/ids.ts';
import type { Webhook } from '../../domain/webhook.ts';
import { pageOf } from '../paging.ts';
import type { WebhookStore } from '../webhooks.ts';
import { takingLease } from './calendars.ts';
import { afterPlace } from './documents.ts';
import { Mixed, number, type RecordCollection, recordCollection, text } from './record-schema.ts';
import { insertNew } from './records.ts';

export interface WebhookDoc extends Omit<Webhook, 'id'> {
  readonly _id: WebhookId;
  readonly lease: { readonly owner: string; readonly fence: number; readonly until: Date };
}

export const webhookCollection = (database: Database, db: mongo.Db): RecordCollection<WebhookDoc> =>
  recordCollection(database, db, {
    name: 'Webhook',
    collection: 'webhooks',
    fields: {
      _id: text,
      tenantId: text,
      version: number,
      url: text,
      events: [String],
      state: text,
      secret: text,
      oldSecret: Mixed,
      quietUntil: Number,
      createdAt: number,
      updatedAt: number,
      lease: Mixed,
    },
    indexes: [[{ tenantId: 1, createdAt: 1, _id: 1 }]],
  });

const webhookOf = ({ _id, lease: _, ...same }: WebhookDoc): Webhook => ({ id: _id, ...same });

export function mongoWebhooks({ model, raw }: RecordCollection<WebhookDoc>): WebhookStore {
  const held = (id: WebhookId, fence: number) => ({ _id: id, 'lease.fence': fence, 'lease.owner': { $ne: '' } });
  return {
    async insert({ id, ...same }) {
      const lease = { owner: '', fence: 0, until: new Date(0) };
      await insertNew(raw.insertOne({ _id: id, ...same, lease }), `${id} exists already`);
    },
    async get(tenantId, id) {
      const doc = await model.findOne({ _id: id, tenantId }).lean<WebhookDoc | null>();
      return doc === null ? null : webhookOf(doc);
    },
    async list(tenantId, query) {
      const docs = await model
        .find({ tenantId, ...afterPlace(query, 'createdAt') })
        .sort({ createdAt: 1, _id: 1 })
        .limit(query.limit + 1)
        .lean<WebhookDoc[]>();
      return pageOf(docs.map(webhookOf), query.limit, (w) => ({ at: w.createdAt, id: w.id }));
    },
    count: async (tenantId) => model.countDocuments({ tenantId }),
    async listening(tenantIds) {
      const docs = await model.find({ tenantId: { $in: tenantIds }, state: 'on' }).lean<WebhookDoc[]>();
      return docs.map(webhookOf);
    },
    async save({ id, quietUntil: _, ...change }) {
      const seen = { _id: id, tenantId: change.tenantId, version: change.version - 1 };
      return (await raw.updateOne(seen, { $set: change })).matchedCount === 1;
    },
    delete: async (tenantId, id) => (await raw.deleteOne({ _id: id, tenantId })).deletedCount === 1,
    async claim(id, owner, leaseMs) {
      const doc = await raw.findOneAndUpdate({ _id: id }, takingLease(owner, leaseMs), { returnDocument: 'after' });
      if (doc === null) return 'missing';
      return doc.lease.owner === owner ? { webhook: webhookOf(doc), fence: doc.lease.fence } : 'held';
    },
    async renew(id, fence, leaseMs) {
      const longer = [{ $set: { 'lease.until': { $add: ['$$NOW', leaseMs] } } }];
      return (await raw.updateOne(held(id, fence), longer)).matchedCount === 1;
    },
    async release(id, fence) {
      await raw.updateOne(held(id, fence), { $set: { 'lease.owner': '', 'lease.until': new Date(0) } });
    },
    async quiet(id, until) {
      await raw.updateOne({ _id: id }, { $set: { quietUntil: until } });
    },
    paused: () => raw.distinct('_id', { state: { $ne: 'on' } }),
  };
}
