/** Conflicts and holds in MongoDB. */

import type { Connection as Database, mongo } from 'mongoose';
import type { ConflictId, HoldId } from '../../domain/ids.ts';
import type { Conflict } from '../../domain/policy.ts';
import { mayReopen, reopened } from '../../domain/policy.ts';
import type { Hold } from '../../domain/resource.ts';
import type { Instant } from '../../domain/time.ts';
import { pageOf } from '../paging.ts';
import type { ConflictStore, HoldStore } from '../store.ts';
import { afterPlace } from './documents.ts';
import { duplicatesOf } from './faults.ts';
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
import { insertNew } from './records.ts';

export interface ConflictDoc extends Omit<Conflict, 'id'> {
  readonly _id: ConflictId;
}
export interface HoldDoc extends Omit<Hold, 'id' | 'expiresAt'> {
  readonly _id: HoldId;
  /** A date: the database removes ended holds by itself, a day later. */
  readonly expiresAt: Date;
}

export const conflictCollection = (database: Database, db: mongo.Db): RecordCollection<ConflictDoc> =>
  recordCollection(database, db, {
    name: 'Conflict',
    collection: 'conflicts',
    fields: {
      _id: text,
      tenantId: text,
      version: number,
      state: text,
      kind: text,
      eventId: text,
      other: Mixed,
      isBooking: { type: Boolean, required: true },
      resourceId: String,
      calendarId: String,
      unit: String,
      ours: String,
      theirs: String,
      oursAt: Number,
      theirsAt: Number,
      sentence: text,
      alternatives: value,
      openedAt: number,
      decision: Mixed,
      resolvedAt: Number,
      choice: Mixed,
      untold: untoldNews,
    },
    indexes: [
      [{ tenantId: 1, openedAt: -1, _id: -1 }],
      [{ tenantId: 1, state: 1, openedAt: -1, _id: -1 }],
      [{ tenantId: 1, eventId: 1 }],
      [{ state: 1, openedAt: 1, _id: 1 }],
      [{ calendarId: 1, state: 1 }],
      owesNews,
    ],
  });

export const holdCollection = (database: Database, db: mongo.Db): RecordCollection<HoldDoc> =>
  recordCollection(database, db, {
    name: 'Hold',
    collection: 'holds',
    fields: {
      _id: text,
      tenantId: text,
      span: value,
      resourceIds: [String],
      note: String,
      takes: Mixed,
      caller: String,
      offerId: String,
      expiresAt: { type: Date, required: true },
      createdAt: number,
    },
    indexes: [
      [{ tenantId: 1, 'span.start': 1 }],
      [{ tenantId: 1, caller: 1, expiresAt: 1 }],
      [{ expiresAt: 1 }, { expireAfterSeconds: 86_400 }],
    ],
  });

const conflictDoc = ({ id, ...same }: Conflict): ConflictDoc => ({ _id: id, ...same });
const conflictOf = ({ _id, ...same }: ConflictDoc): Conflict => ({ id: _id, ...same });

export function mongoConflicts({ model, raw }: RecordCollection<ConflictDoc>): ConflictStore {
  const reopen = async (next: Conflict): Promise<boolean> => {
    const known = await model.findOne({ _id: next.id, tenantId: next.tenantId }).lean<ConflictDoc | null>();
    if (known === null || !mayReopen(conflictOf(known), next)) return false;
    const again = conflictDoc(reopened(conflictOf(known), next));
    return (await raw.replaceOne({ _id: next.id, version: known.version }, again)).matchedCount === 1;
  };
  return {
    async open(conflicts) {
      if (conflicts.length === 0) return 0;
      try {
        return (await raw.insertMany(conflicts.map(conflictDoc), { ordered: false })).insertedCount;
      } catch (error) {
        const known = duplicatesOf(error);
        let news = conflicts.length - known.size;
        for (const [i, conflict] of conflicts.entries()) {
          if (known.has(i) && conflict.state === 'open' && (await reopen(conflict))) news += 1;
        }
        return news;
      }
    },
    async allOpen(query) {
      const docs = await model
        .find({ state: 'open', ...afterPlace(query, 'openedAt') })
        .sort({ openedAt: 1, _id: 1 })
        .limit(query.limit + 1)
        .lean<ConflictDoc[]>();
      return pageOf(docs.map(conflictOf), query.limit, (c) => ({ at: c.openedAt, id: c.id }));
    },
    async get(tenantId, id) {
      const doc = await model.findOne({ _id: id, tenantId }).lean<ConflictDoc | null>();
      return doc === null ? null : conflictOf(doc);
    },
    async list(tenantId, query) {
      const filter = {
        tenantId,
        ...(query.state === null ? {} : { state: query.state }),
        ...(query.eventId === null ? {} : { eventId: query.eventId }),
        ...afterPlace(query, 'openedAt', 'falling'),
      };
      const docs = await model
        .find(filter)
        .sort({ openedAt: -1, _id: -1 })
        .limit(query.limit + 1)
        .lean<ConflictDoc[]>();
      return pageOf(docs.map(conflictOf), query.limit, (c) => ({ at: c.openedAt, id: c.id }));
    },
    countOpen: async (tenantId, calendarId) => model.countDocuments({ calendarId, state: 'open', tenantId }),
    async save(next) {
      const seen = { _id: next.id, tenantId: next.tenantId, version: next.version - 1 };
      return (await raw.replaceOne(seen, conflictDoc(next))).matchedCount === 1;
    },
    async untold(before, limit) {
      return (await model.find(owedBefore(before)).limit(limit).lean<ConflictDoc[]>()).map(conflictOf);
    },
    async told({ id, version }) {
      await raw.updateOne({ _id: id, version }, { $unset: { untold: '' } });
    },
  };
}

const holdDoc = ({ id, expiresAt, ...same }: Hold): HoldDoc => ({ _id: id, ...same, expiresAt: new Date(expiresAt) });
const holdOf = ({ _id, expiresAt, ...same }: HoldDoc): Hold => ({
  id: _id,
  ...same,
  expiresAt: expiresAt.getTime() as Instant,
});

export function mongoHolds({ model, raw }: RecordCollection<HoldDoc>): HoldStore {
  return {
    insert: (hold) => insertNew(raw.insertOne(holdDoc(hold)), `${hold.id} exists already`),
    async get(tenantId, id) {
      const doc = await model.findOne({ _id: id, tenantId }).lean<HoldDoc | null>();
      return doc === null ? null : holdOf(doc);
    },
    async inSpan(tenantId, span, now) {
      const touches = { 'span.start': { $lt: span.end }, 'span.end': { $gt: span.start } };
      const docs = await model
        .find({ tenantId, ...touches, expiresAt: { $gt: new Date(now) } })
        .sort({ 'span.start': 1, _id: 1 })
        .lean<HoldDoc[]>();
      return docs.map(holdOf);
    },
    async ofCaller(tenantId, caller, now, limit) {
      const docs = await model
        .find({ tenantId, caller, expiresAt: { $gt: new Date(now) } })
        .sort({ expiresAt: 1, _id: 1 })
        .limit(limit)
        .lean<HoldDoc[]>();
      return docs.map(holdOf);
    },
    async delete(tenantId, id) {
      return (await raw.deleteOne({ _id: id, tenantId })).deletedCount === 1;
    },
  };
}
