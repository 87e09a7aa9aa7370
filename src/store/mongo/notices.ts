/** Notices in MongoDB. */
import type { Connection as Database, mongo } from 'mongoose';
import type { TenantId } from '../../domain/ids.ts';
import type { Notice, NoticeSettings } from '../../domain/notice.ts';
import { noNotices } from '../../domain/notice.ts';
import type { NoticeStore, OptOut } from '../notices.ts';
import { pageOf } from '../paging.ts';
import { afterPlace } from './documents.ts';
import { duplicatesOf, isDuplicate } from './faults.ts';
import { Mixed, number, type RecordCollection, recordCollection, text, value } from './record-schema.ts';

export interface NoticeDoc extends Omit<Notice, 'id'> {
  readonly _id: string;
}
export interface NoticeSettingsDoc {
  readonly _id: TenantId;
  readonly settings: NoticeSettings;
  readonly isTelling: boolean;
  /** The version of the settings for which a look at all bookings was asked; left out before the first. */
  readonly askedFor?: number;
}
export interface OptOutDoc extends OptOut {
  readonly _id: string;
  readonly tenantId: TenantId;
}

export const noticeCollection = (database: Database, db: mongo.Db): RecordCollection<NoticeDoc> =>
  recordCollection(database, db, {
    name: 'Notice',
    collection: 'notices',
    fields: {
      ...{ _id: text, tenantId: text, eventId: text, audience: text, address: text, kind: text, fact: value },
      ...{ after: String, createdAt: number, dueAt: number, rev: number, state: text, claimedUntil: Number },
      ...{ tries: number, why: String, sentAt: Number },
    },
    indexes: [[{ tenantId: 1, eventId: 1 }], [{ state: 1, dueAt: 1 }], [{ state: 1, claimedUntil: 1 }]],
  });
export const noticeSettingsCollection = (database: Database, db: mongo.Db): RecordCollection<NoticeSettingsDoc> =>
  recordCollection(database, db, {
    name: 'NoticeSettings',
    collection: 'noticeSettings',
    fields: { _id: text, settings: Mixed, isTelling: Boolean, askedFor: Number },
    indexes: [[{ isTelling: 1 }]],
  });
export const optOutCollection = (database: Database, db: mongo.Db): RecordCollection<OptOutDoc> =>
  recordCollection(database, db, {
    name: 'OptOut',
    collection: 'optOuts',
    fields: { _id: text, tenantId: text, address: text, at: number },
    indexes: [[{ tenantId: 1, at: 1, _id: 1 }]],
  });

const noticeOf = ({ _id, ...same }: NoticeDoc): Notice => ({ id: _id, ...same });
const keyOf = (tenantId: TenantId, address: string): string => `${tenantId} ${address}`;

export function mongoNotices(o: {
  readonly notices: RecordCollection<NoticeDoc>;
  readonly settings: RecordCollection<NoticeSettingsDoc>;
  readonly optOuts: RecordCollection<OptOutDoc>;
}): NoticeStore {
  const { notices, settings, optOuts } = o;
  return {
    async settings(tenantId) {
      const doc = await settings.model.findOne({ _id: tenantId }).lean<NoticeSettingsDoc | null>();
      return doc?.settings ?? noNotices;
    },
    async saveSettings(tenantId, next) {
      const isTelling = next.customers || next.technicians;
      const seen = { _id: tenantId, 'settings.version': next.version - 1 };
      if (next.version > 1) {
        const { matchedCount } = await settings.raw.updateOne(seen, { $set: { settings: next, isTelling } });
        return matchedCount === 1;
      }
      return isNew(settings.raw.insertOne({ _id: tenantId, settings: next, isTelling }));
    },
    async tenantsTelling() {
      const docs = await settings.model.find({ isTelling: true }, { _id: 1 }).lean<Pick<NoticeSettingsDoc, '_id'>[]>();
      return docs.map((doc) => doc._id);
    },
    async spreadsOwed() {
      const docs = await settings.model.find({ isTelling: true }).lean<NoticeSettingsDoc[]>();
      const owed = docs.filter((doc) => doc.settings.version > (doc.askedFor ?? 0));
      return owed.map((doc) => ({ tenantId: doc._id, version: doc.settings.version }));
    },
    async spreadAsked({ tenantId, version }) {
      await settings.raw.updateOne({ _id: tenantId }, { $max: { askedFor: version } });
    },
    async optOut(tenantId, { address, at }) {
      await isNew(optOuts.raw.insertOne({ _id: keyOf(tenantId, address), tenantId, address, at }));
    },
    async optIn(tenantId, address) {
      return (await optOuts.raw.deleteOne({ _id: keyOf(tenantId, address) })).deletedCount === 1;
    },
    async hasOptedOut(tenantId, address) {
      return (await optOuts.model.exists({ _id: keyOf(tenantId, address) })) !== null;
    },
    async optOuts(tenantId, query) {
      const docs = await optOuts.model
        .find({ tenantId, ...afterPlace(query, 'at') })
        .sort({ at: 1, _id: 1 })
        .limit(query.limit + 1)
        .lean<OptOutDoc[]>();
      const page = pageOf(docs, query.limit, (doc) => ({ at: doc.at, id: doc._id }));
      return { ...page, data: page.data.map(({ address, at }) => ({ address, at })) };
    },
    async insert(fresh) {
      if (fresh.length === 0) return;
      const docs = fresh.map(({ id, ...same }) => ({ _id: id, ...same }));
      await notices.raw.insertMany(docs, { ordered: false }).catch(duplicatesOf);
    },
    async ofEvents(tenantId, ids) {
      if (ids.length === 0) return [];
      const mine = { tenantId, eventId: { $in: [...ids] } };
      return (await notices.model.find(mine).sort({ createdAt: 1, _id: 1 }).lean<NoticeDoc[]>()).map(noticeOf);
    },
    async due(now, limit) {
      const isDue: object = { state: 'due', dueAt: { $lte: now } };
      const isLeft = { state: 'claimed', claimedUntil: { $lte: now } };
      const isEither: object = { $or: [isDue, isLeft] };
      const found = notices.model.find(isEither).sort({ dueAt: 1, _id: 1 });
      return (await found.limit(limit).lean<NoticeDoc[]>()).map(noticeOf);
    },
    async save({ id, ...next }) {
      return (await notices.raw.replaceOne({ _id: id, rev: next.rev - 1 }, next)).matchedCount === 1;
    },
  };
}

/** False where it was there before. */
async function isNew(insertion: Promise<unknown>): Promise<boolean> {
  try {
    await insertion;
    return true;
  } catch (error) {
    if (isDuplicate(error)) return false;
    throw error;
  }
}
