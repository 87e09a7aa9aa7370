/** Tenants and their API keys in MongoDB. */

import type { Connection as Database, mongo } from 'mongoose';
import type { KeyId, TenantId } from '../../domain/ids.ts';
import { noRules } from '../../domain/rules.ts';
import type { ApiKey, Tenant, TenantRules } from '../../domain/tenant.ts';
import { pageOf } from '../paging.ts';
import type { TenantStore } from '../store.ts';
import { afterPlace } from './documents.ts';
import { isDuplicate } from './faults.ts';
import { Mixed, number, type RecordCollection, recordCollection, text } from './record-schema.ts';
import { insertNew } from './records.ts';

export interface TenantDoc extends Omit<Tenant, 'id'> {
  readonly _id: TenantId;
  /** Left out until the tenant says something of its own. */
  readonly rules?: TenantRules;
  /** There exactly while calendars have to take the rules over; sparse, for the sweep. */
  readonly rulesOwed?: true;
}
export interface KeyDoc extends Omit<ApiKey, 'id'> {
  readonly _id: KeyId;
}

export const tenantCollection = (database: Database, db: mongo.Db): RecordCollection<TenantDoc> =>
  recordCollection(database, db, {
    name: 'Tenant',
    collection: 'tenants',
    fields: { _id: text, name: text, createdAt: number, rules: Mixed, rulesOwed: Boolean },
    indexes: [[{ createdAt: 1, _id: 1 }], [{ rulesOwed: 1 }, { sparse: true }]],
  });

export const keyCollection = (database: Database, db: mongo.Db): RecordCollection<KeyDoc> =>
  recordCollection(database, db, {
    name: 'Key',
    collection: 'keys',
    fields: {
      _id: text,
      tenantId: text,
      name: text,
      scopes: [String],
      hash: text,
      createdAt: number,
      expiresAt: Number,
      revokedAt: Number,
    },
    indexes: [[{ hash: 1 }, { unique: true }], [{ tenantId: 1, createdAt: 1, _id: 1 }]],
  });

const tenantOf = ({ _id, name, createdAt }: TenantDoc): Tenant => ({ id: _id, name, createdAt });
const keyOf = ({ _id, ...same }: KeyDoc): ApiKey => ({ id: _id, ...same });

export function mongoTenants(tenants: RecordCollection<TenantDoc>, keys: RecordCollection<KeyDoc>): TenantStore {
  return {
    async insert({ id, ...same }) {
      try {
        await tenants.raw.insertOne({ _id: id, ...same });
        return 'inserted';
      } catch (error) {
        if (isDuplicate(error)) return 'duplicate';
        throw error;
      }
    },
    async get(id) {
      const doc = await tenants.model.findOne({ _id: id }).lean<TenantDoc | null>();
      return doc === null ? null : tenantOf(doc);
    },
    async list(query) {
      const docs = await tenants.model
        .find(afterPlace(query, 'createdAt'))
        .sort({ createdAt: 1, _id: 1 })
        .limit(query.limit + 1)
        .lean<TenantDoc[]>();
      return pageOf(docs.map(tenantOf), query.limit, (t) => ({ at: t.createdAt, id: t.id }));
    },
    async rules(id) {
      const doc = await tenants.model.findOne({ _id: id }, { rules: 1 }).lean<Pick<TenantDoc, 'rules'> | null>();
      return doc?.rules ?? { version: 0, own: noRules, appliedVersion: 0 };
    },
    async saveRules(id, rules) {
      const seen = rules.version === 1 ? { $in: [null, 0] } : rules.version - 1;
      const isOwed = rules.appliedVersion < rules.version;
      const change = isOwed
        ? { $set: { rules, rulesOwed: true as const } }
        : { $set: { rules }, $unset: { rulesOwed: 1 as const } };
      return (await tenants.raw.updateOne({ _id: id, 'rules.version': seen }, change)).matchedCount === 1;
    },
    async markRulesApplied(id, version) {
      const applied = { $set: { 'rules.appliedVersion': version }, $unset: { rulesOwed: 1 as const } };
      await tenants.raw.updateOne({ _id: id, 'rules.version': version }, applied);
    },
    async rulesOwed(limit) {
      const docs = await tenants.model
        .find({ rulesOwed: true }, { _id: 1 })
        .limit(limit)
        .lean<Pick<TenantDoc, '_id'>[]>();
      return docs.map((doc) => doc._id);
    },
    insertKey: ({ id, ...same }) => insertNew(keys.raw.insertOne({ _id: id, ...same }), 'this key exists already'),
    async keyByHash(hash) {
      const doc = await keys.model.findOne({ hash }).lean<KeyDoc | null>();
      return doc === null ? null : keyOf(doc);
    },
    async keys(tenantId, query) {
      const docs = await keys.model
        .find({ tenantId, ...afterPlace(query, 'createdAt') })
        .sort({ createdAt: 1, _id: 1 })
        .limit(query.limit + 1)
        .lean<KeyDoc[]>();
      return pageOf(docs.map(keyOf), query.limit, (k) => ({ at: k.createdAt, id: k.id }));
    },
    async revokeKey(tenantId, id, revokedAt) {
      const live = { _id: id, tenantId, revokedAt: null };
      return (await keys.raw.updateOne(live, { $set: { revokedAt } })).matchedCount === 1;
    },
    countKeys: async () => keys.model.countDocuments({}),
  };
}
