/** Connections and resources in MongoDB. */

import type { Connection as Database, mongo } from 'mongoose';
import type { Connection } from '../../domain/calendar.ts';
import { Fault } from '../../domain/fault.ts';
import type { ConnectionId, ResourceId, TenantId } from '../../domain/ids.ts';
import type { Resource } from '../../domain/resource.ts';
import { pageOf } from '../paging.ts';
import type { ConnectionStore, ResourceStore } from '../store.ts';
import { afterPlace, fromPairs, type Pairs, toPairs } from './documents.ts';
import { isDuplicate } from './faults.ts';
import {
  Mixed,
  number,
  owedBefore,
  owesNews,
  type RecordCollection,
  recordCollection,
  text,
  untoldNews,
  value,
} from './record-schema.ts';
import { readTogether } from './together.ts';

/** Who renews the credentials now; beside the connection, because it says nothing about it. */
interface Renewal {
  readonly owner: string;
  readonly until: Date;
}
export interface ConnectionDoc extends Omit<Connection, 'id' | 'settings'> {
  readonly renewal?: Renewal;
  readonly _id: ConnectionId;
  readonly settings: Pairs<string>;
}
export interface ResourceDoc extends Omit<Resource, 'id' | 'limits'> {
  readonly _id: ResourceId;
  /** There exactly while a look at the notices of its bookings has to be asked for; sparse, for the sweep. */
  readonly noticesOwed?: true;
  readonly limits: Pairs<number>;
}

export const connectionCollection = (database: Database, db: mongo.Db): RecordCollection<ConnectionDoc> =>
  recordCollection(database, db, {
    name: 'Connection',
    collection: 'connections',
    fields: {
      _id: text,
      tenantId: text,
      version: number,
      provider: text,
      account: text,
      settings: value,
      secret: text,
      tokenRev: number,
      state: text,
      pausedUntil: Number,
      lastFault: String,
      createdAt: number,
      renewal: Mixed,
      untold: untoldNews,
    },
    indexes: [
      [{ provider: 1, account: 1 }],
      [{ tenantId: 1, provider: 1, account: 1 }, { unique: true }],
      [{ tenantId: 1, createdAt: 1, _id: 1 }],
      owesNews,
    ],
  });

export const resourceCollection = (database: Database, db: mongo.Db): RecordCollection<ResourceDoc> =>
  recordCollection(database, db, {
    name: 'Resource',
    collection: 'resources',
    fields: {
      _id: text,
      tenantId: text,
      version: number,
      kind: text,
      name: text,
      zone: text,
      quantity: number,
      skills: value,
      territoryIds: [String],
      home: Mixed,
      workingHours: value,
      overrides: value,
      limits: value,
      email: String,
      phone: String,
      externalRef: String,
      createdAt: number,
      deletedAt: Number,
      noticesOwed: Boolean,
    },
    indexes: [[{ tenantId: 1, createdAt: 1, _id: 1 }], [{ noticesOwed: 1 }, { sparse: true }]],
  });

/** @throws Fault `clash`: something unique about it is taken */
export async function insertNew(work: Promise<unknown>, sentence: string): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (isDuplicate(error)) throw new Fault('clash', sentence, { cause: error });
    throw error;
  }
}

const connectionDoc = ({ id, settings, ...same }: Connection): ConnectionDoc => ({
  _id: id,
  ...same,
  settings: toPairs(settings),
});
const connectionOf = ({ _id, settings, renewal: _renewal, ...same }: ConnectionDoc): Connection => ({
  id: _id,
  ...same,
  settings: fromPairs(settings),
});

export function mongoConnections({ model, raw }: RecordCollection<ConnectionDoc>): ConnectionStore {
  const one = async (filter: object) => {
    const doc = await model.findOne(filter).lean<ConnectionDoc | null>();
    return doc === null ? null : connectionOf(doc);
  };
  return {
    get: (tenantId, id) => one({ _id: id, tenantId }),
    async list(tenantId, query) {
      const docs = await model
        .find({ tenantId, ...afterPlace(query, 'createdAt') })
        .sort({ createdAt: 1, _id: 1 })
        .limit(query.limit + 1)
        .lean<ConnectionDoc[]>();
      return pageOf(docs.map(connectionOf), query.limit, (c) => ({ at: c.createdAt, id: c.id }));
    },
    byAccount: (tenantId, provider, account) => one({ tenantId, provider, account }),
    insert: (connection) => insertNew(raw.insertOne(connectionDoc(connection)), 'this account is connected already'),
    async save(next) {
      const seen = { _id: next.id, tenantId: next.tenantId, version: next.version - 1 };
      const { _id, ...change } = connectionDoc(next);
      return (await raw.updateOne(seen, { $set: change })).matchedCount === 1;
    },
    async untold(before, limit) {
      return (await model.find(owedBefore(before)).limit(limit).lean<ConnectionDoc[]>()).map(connectionOf);
    },
    async told({ id, version }) {
      await raw.updateOne({ _id: id, version }, { $unset: { untold: '' } });
    },
    async delete(tenantId, id) {
      return (await raw.deleteOne({ _id: id, tenantId })).deletedCount === 1;
    },
    async elsewhere(provider, account, notOf) {
      return (await model.exists({ provider, account, tenantId: { $ne: notOf } })) !== null;
    },
    async claimRenewal(id, owner, leaseMs) {
      const ended = { $lte: [{ $ifNull: ['$renewal.until', new Date(0)] }, '$$NOW'] };
      const isFree = { $or: [ended, { $eq: ['$renewal.owner', { $literal: owner }] }] };
      const mine = { owner: { $literal: owner }, until: { $add: ['$$NOW', leaseMs] } };
      const after = await raw.findOneAndUpdate(
        { _id: id },
        [{ $set: { renewal: { $cond: [isFree, mine, '$renewal'] } } }],
        { returnDocument: 'after' },
      );
      return after?.renewal?.owner === owner;
    },
    async endRenewal(id, owner) {
      await raw.updateOne({ _id: id, 'renewal.owner': owner }, { $unset: { renewal: 1 } });
    },
  };
}

const resourceDoc = ({ id, limits, ...same }: Resource): ResourceDoc => ({ _id: id, ...same, limits: toPairs(limits) });
const resourceOf = ({ _id, limits, noticesOwed: _owed, ...same }: ResourceDoc): Resource => ({
  id: _id,
  ...same,
  limits: fromPairs(limits),
});

export function mongoResources({ model, raw }: RecordCollection<ResourceDoc>): ResourceStore {
  const byIds = readTogether<TenantId, ResourceId, Resource>(
    async (tenantId, ids) =>
      (await model.find({ _id: { $in: [...ids] }, tenantId }).lean<ResourceDoc[]>()).map(resourceOf),
    (resource) => resource.id,
  );
  return {
    async get(tenantId, id) {
      const doc = await model.findOne({ _id: id, tenantId }).lean<ResourceDoc | null>();
      return doc === null ? null : resourceOf(doc);
    },
    async getMany(tenantId, ids) {
      if (ids.length === 0) return [];
      return byIds(tenantId, ids);
    },
    async list(tenantId, query) {
      const docs = await model
        .find({ tenantId, deletedAt: null, ...afterPlace(query, 'createdAt') })
        .sort({ createdAt: 1, _id: 1 })
        .limit(query.limit + 1)
        .lean<ResourceDoc[]>();
      return pageOf(docs.map(resourceOf), query.limit, (r) => ({ at: r.createdAt, id: r.id }));
    },
    insert: (resource) => insertNew(raw.insertOne(resourceDoc(resource)), `${resource.id} exists already`),
    async save(next) {
      const seen = { _id: next.id, tenantId: next.tenantId, version: next.version - 1 };
      return (await raw.replaceOne(seen, { ...resourceDoc(next), noticesOwed: true })).matchedCount === 1;
    },
    async noticesOwed(limit) {
      return (await model.find({ noticesOwed: true }).limit(limit).lean<ResourceDoc[]>()).map(resourceOf);
    },
    async noticesAsked({ id, version }) {
      await raw.updateOne({ _id: id, version }, { $unset: { noticesOwed: '' } });
    },
  };
}
