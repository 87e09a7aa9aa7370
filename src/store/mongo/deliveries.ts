/** Deliveries of webhooks in MongoDB; the database removes old ones by itself. */

import type { Connection as Database, mongo } from 'mongoose';
import type { DeliveryId, WebhookId } from '../../domain/ids.ts';
import { partitionOf } from '../../domain/ids.ts';
import { type Delivery, keepDeliveriesMs } from '../../domain/webhook.ts';
import { pageOf } from '../paging.ts';
import type { DeliveryStore } from '../webhooks.ts';
import { afterPlace } from './documents.ts';
import { duplicatesOf } from './faults.ts';
import { number, type RecordCollection, recordCollection, text, value } from './record-schema.ts';

export interface DeliveryDoc extends Omit<Delivery, 'id'> {
  readonly _id: DeliveryId;
  readonly partition: number;
  readonly keepUntil: Date;
}

export const deliveryCollection = (database: Database, db: mongo.Db): RecordCollection<DeliveryDoc> =>
  recordCollection(database, db, {
    name: 'Delivery',
    collection: 'deliveries',
    fields: {
      _id: text,
      tenantId: text,
      webhookId: text,
      partition: number,
      event: text,
      lane: text,
      order: number,
      body: text,
      createdAt: number,
      rev: number,
      state: text,
      nextAt: number,
      startedAt: number,
      tries: number,
      attempts: value,
      keepUntil: { type: Date, required: true },
    },
    indexes: [
      [{ webhookId: 1, createdAt: -1, _id: -1 }],
      [{ webhookId: 1, state: 1, createdAt: 1, _id: 1 }],
      [{ webhookId: 1, state: 1, lane: 1, order: 1 }],
      [{ webhookId: 1, state: 1, nextAt: 1 }],
      [{ state: 1, partition: 1, nextAt: 1 }],
      [{ state: 1, startedAt: 1 }],
      [{ keepUntil: 1 }, { expireAfterSeconds: 0 }],
    ],
  });

const deliveryDoc = ({ id, ...same }: Delivery): DeliveryDoc => ({
  _id: id,
  ...same,
  partition: partitionOf(same.webhookId),
  keepUntil: new Date(same.startedAt + keepDeliveriesMs),
});
const deliveryOf = ({ _id, partition: _p, keepUntil: _k, ...same }: DeliveryDoc): Delivery => ({ id: _id, ...same });

/** Enough for the first of each lane; a lane that this cuts off has its turn later. */
const mostHeads = 2_000;

export function mongoDeliveries({ model, raw }: RecordCollection<DeliveryDoc>): DeliveryStore {
  const pending = (webhookId: WebhookId) => ({ webhookId, state: 'pending' as const });
  return {
    async insert(deliveries) {
      if (deliveries.length === 0) return;
      await raw.insertMany(deliveries.map(deliveryDoc), { ordered: false }).catch(duplicatesOf);
    },
    async get(webhookId, id) {
      const doc = await model.findOne({ _id: id, webhookId }).lean<DeliveryDoc | null>();
      return doc === null ? null : deliveryOf(doc);
    },
    async list(webhookId, query) {
      const filter = { webhookId, ...(query.state === null ? {} : { state: query.state }) };
      const docs = await model
        .find({ ...filter, ...afterPlace(query, 'createdAt', 'falling') })
        .sort({ createdAt: -1, _id: -1 })
        .limit(query.limit + 1)
        .lean<DeliveryDoc[]>();
      return pageOf(docs.map(deliveryOf), query.limit, (d) => ({ at: d.createdAt, id: d.id }));
    },
    async dueLanes(webhookId, now, busy, limit) {
      const docs = await model
        .find({ ...pending(webhookId), nextAt: { $lte: now }, lane: { $nin: busy } }, { lane: 1 })
        .sort({ createdAt: 1, _id: 1 })
        .limit(limit)
        .lean<Pick<DeliveryDoc, 'lane'>[]>();
      return [...new Set(docs.map((doc) => doc.lane))];
    },
    async heads(webhookId, lanes) {
      if (lanes.length === 0) return [];
      const docs = await model
        .find({ ...pending(webhookId), lane: { $in: lanes } })
        .sort({ lane: 1, order: 1, createdAt: 1, _id: 1 })
        .limit(mostHeads)
        .lean<DeliveryDoc[]>();
      const heads = new Map<string, DeliveryDoc>();
      for (const doc of docs) if (!heads.has(doc.lane)) heads.set(doc.lane, doc);
      return [...heads.values()].map(deliveryOf);
    },
    async save(next) {
      const { _id, ...change } = deliveryDoc(next);
      return (await raw.updateOne({ _id, rev: next.rev - 1 }, { $set: change })).matchedCount === 1;
    },
    async postpone(webhookId, lane, until) {
      await raw.updateMany({ ...pending(webhookId), lane, nextAt: { $lt: until } }, { $set: { nextAt: until } });
    },
    async wake(webhookId, lane, now) {
      const which = lane === null ? {} : { lane };
      await raw.updateMany({ ...pending(webhookId), ...which, nextAt: { $gt: now } }, { $set: { nextAt: now } });
    },
    async nextDue(webhookId) {
      const doc = await model
        .findOne(pending(webhookId), { nextAt: 1 })
        .sort({ nextAt: 1 })
        .lean<Pick<DeliveryDoc, 'nextAt'> | null>();
      return doc?.nextAt ?? null;
    },
    async owed(partitions, now) {
      const due = { state: 'pending' as const, partition: { $in: [...partitions] }, nextAt: { $lte: now } };
      return raw.distinct('webhookId', due);
    },
    async replay(webhookId, { after, state, now }) {
      const since = [{ createdAt: { $gt: after.at } }, { createdAt: after.at, _id: { $gt: after.id as DeliveryId } }];
      const wanted = { webhookId, state: state ?? { $in: ['delivered' as const, 'dead' as const] }, $or: since };
      const again = { state: 'pending' as const, nextAt: now, startedAt: now, tries: 0 };
      const keepUntil = new Date(now + keepDeliveriesMs);
      return (await raw.updateMany(wanted, { $set: { ...again, keepUntil }, $inc: { rev: 1 } })).modifiedCount;
    },
    async deleteOf(webhookId) {
      await raw.deleteMany({ webhookId });
    },
    async backlog(except) {
      const of = (state: Delivery['state']): object => ({ state, webhookId: { $nin: [...except] } });
      const [pending, dead, oldest] = await Promise.all([
        model.countDocuments(of('pending')),
        model.countDocuments(of('dead')),
        model.find(of('pending'), { startedAt: 1 }).sort({ startedAt: 1 }).limit(1).lean<DeliveryDoc[]>(),
      ]);
      return { pending, oldestAt: oldest[0]?.startedAt ?? null, dead };
    },
  };
}
