/** Calendars in MongoDB: leases by the database's own clock, fences, requests. */

import { type Connection, type Model, type mongo, Schema } from 'mongoose';
import type { Calendar, Lease } from '../../domain/calendar.ts';
import type { CalendarId, ResourceId, TenantId } from '../../domain/ids.ts';
import { noRules } from '../../domain/rules.ts';
import type { Instant } from '../../domain/time.ts';
import { pageOf } from '../paging.ts';
import { settingsOf, withHints } from '../rules.ts';
import type { CalendarStore } from '../store.ts';
import { afterPlace } from './documents.ts';
import { isDuplicate } from './faults.ts';
import { readTogether } from './together.ts';

export interface CalendarDoc extends Omit<Calendar, 'id' | 'lease'> {
  readonly _id: CalendarId;
  /** `until` is a date, because the database compares it with its own clock. */
  readonly lease: Omit<Lease, 'until'> & { readonly until: Date };
}

const { Mixed } = Schema.Types;
const schema = new Schema<CalendarDoc>(
  {
    _id: { type: String, required: true },
    tenantId: { type: String, required: true },
    version: { type: Number, required: true },
    connectionId: { type: String, required: true },
    provider: { type: String, required: true },
    remoteId: { type: String, required: true },
    name: { type: String, required: true },
    resourceId: { type: String, required: true },
    zone: { type: String, required: true },
    role: { type: String, required: true },
    share: { type: String, required: true },
    mirror: { type: String, required: true },
    busyRules: { type: Mixed, required: true },
    policy: { type: Mixed, required: true },
    ownRules: Mixed,
    copies: Mixed,
    appliedVersion: Number,
    state: { type: String, required: true },
    cursor: Mixed,
    partition: { type: Number, required: true },
    dueAt: { type: Number, required: true },
    readDueAt: Number,
    requestedSeq: { type: Number, required: true },
    servedSeq: { type: Number, required: true },
    lease: { type: Mixed, required: true },
    health: { type: Mixed, required: true },
    channels: { type: Mixed, required: true },
    lastSyncedAt: Number,
    createdAt: { type: Number, required: true },
  },
  { versionKey: false, minimize: false, strict: 'throw', autoIndex: false, autoCreate: false },
);
schema.index({ tenantId: 1, connectionId: 1, remoteId: 1 }, { unique: true });
schema.index({ tenantId: 1, createdAt: 1, _id: 1 });
schema.index({ tenantId: 1, resourceId: 1 });
schema.index({ partition: 1, dueAt: 1 });
schema.index({ 'channels.id': 1 }, { sparse: true });

export interface CalendarCollection {
  readonly model: Model<CalendarDoc>;
  readonly raw: mongo.Collection<CalendarDoc>;
}
export function calendarCollection(connection: Connection, db: mongo.Db): CalendarCollection {
  return {
    model: connection.model<CalendarDoc>('Calendar', schema, 'calendars'),
    raw: db.collection<CalendarDoc>('calendars'),
  };
}

function toDocument({ id, lease, ...same }: Calendar): CalendarDoc {
  return { _id: id, ...same, lease: { ...lease, until: new Date(lease.until) } };
}
/** What a calendar lacks that was stored before there were such things. */
type Later = 'channels' | 'ownRules' | 'appliedVersion' | 'readDueAt';
type StoredCalendar = Omit<CalendarDoc, Later> & Partial<Pick<CalendarDoc, Later>>;
function fromDocument({ _id, lease, channels, ownRules, appliedVersion, ...same }: StoredCalendar): Calendar {
  const later = {
    ...{ channels: channels ?? [], ownRules: ownRules ?? noRules, appliedVersion: appliedVersion ?? 0 },
    readDueAt: same.readDueAt ?? (0 as Instant),
  };
  return { id: _id, ...same, ...later, lease: { ...lease, until: lease.until.getTime() as Instant } };
}

export function mongoCalendars(calendars: CalendarCollection, now: () => Instant): CalendarStore {
  const { model, raw } = calendars;
  const one = async (filter: object) => {
    const doc = await model.findOne(filter).lean<CalendarDoc | null>();
    return doc === null ? null : fromDocument(doc);
  };
  const ofResources = readTogether<TenantId, ResourceId, Calendar>(
    async (tenantId, ids) =>
      (await model.find({ tenantId, resourceId: { $in: [...ids] } }).lean<CalendarDoc[]>()).map(fromDocument),
    (calendar) => calendar.resourceId,
  );
  return {
    ...visits(calendars, now),
    get: (tenantId, id) => one({ _id: id, tenantId }),
    find: (id) => one({ _id: id }),
    byChannel: (channelId) => one({ 'channels.id': channelId }),
    async list(tenantId, query) {
      const ofConnection = query.connectionId === null ? {} : { connectionId: query.connectionId };
      const docs = await model
        .find({ tenantId, ...ofConnection, ...afterPlace(query, 'createdAt') })
        .sort({ createdAt: 1, _id: 1 })
        .limit(query.limit + 1)
        .lean<CalendarDoc[]>();
      return pageOf(docs.map(fromDocument), query.limit, (c) => ({ at: c.createdAt, id: c.id }));
    },
    async ofResource(tenantId, resourceId) {
      const docs = await model.find({ tenantId, resourceId }).sort({ createdAt: 1, _id: 1 }).lean<CalendarDoc[]>();
      return docs.map(fromDocument);
    },
    async ofResources(tenantId, resourceIds) {
      if (resourceIds.length === 0) return [];
      const found = await ofResources(tenantId, resourceIds);
      return found.sort((a, b) => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1));
    },
    async insert(calendar) {
      try {
        await raw.insertOne(toDocument(calendar));
        return 'inserted';
      } catch (error) {
        if (isDuplicate(error)) return 'duplicate';
        throw error;
      }
    },
    async saveSettings(id, version, settings) {
      const change = { $set: { ...settingsOf(settings), version: version + 1 } };
      return (await raw.updateOne({ _id: id, version }, change)).matchedCount === 1;
    },
    async delete(tenantId, id) {
      return (await raw.deleteOne({ _id: id, tenantId })).deletedCount === 1;
    },
  };
}

/** Those of these calendars that exist and whose requests are all served. */
export async function unasked({ model }: CalendarCollection, ids: readonly CalendarId[]): Promise<CalendarId[]> {
  const docs = await model
    .find({ _id: { $in: ids } }, { requestedSeq: 1, servedSeq: 1 })
    .sort({ _id: 1 })
    .lean<Pick<CalendarDoc, '_id' | 'requestedSeq' | 'servedSeq'>[]>();
  return docs.filter((doc) => doc.requestedSeq === doc.servedSeq).map((doc) => doc._id);
}

type Visits = Pick<
  CalendarStore,
  | 'claim'
  | 'renew'
  | 'saveCursor'
  | 'saveHealth'
  | 'markApplied'
  | 'saveChannels'
  | 'noteHint'
  | 'release'
  | 'abandon'
  | 'request'
  | 'due'
>;
const held = (id: CalendarId, fence: number) => ({ _id: id, 'lease.fence': fence, 'lease.owner': { $ne: '' } });
const readAtOnce = { readDueAt: 0 as Instant };
const freed = { 'lease.owner': '', 'lease.until': new Date(0) };

function visits({ model, raw }: CalendarCollection, now: () => Instant): Visits {
  const write = async (id: CalendarId, fence: number, change: Parameters<typeof raw.updateOne>[1]) =>
    (await raw.updateOne(held(id, fence), change)).matchedCount === 1;
  return {
    async claim(id, owner, leaseMs) {
      const after = await raw.findOneAndUpdate({ _id: id }, takingLease(owner, leaseMs), { returnDocument: 'after' });
      return after === null || after.lease.owner !== owner ? null : fromDocument(after);
    },
    renew: (id, fence, leaseMs) => write(id, fence, [{ $set: { 'lease.until': { $add: ['$$NOW', leaseMs] } } }]),
    saveCursor: (id, fence, cursor) => write(id, fence, { $set: { cursor } }),
    saveHealth: (id, fence, health) => write(id, fence, { $set: { health } }),
    async saveChannels(id, fence, channels) {
      for (;;) {
        const doc = await model
          .findOne(held(id, fence), { channels: 1 })
          .lean<Pick<StoredCalendar, 'channels'> | null>();
        if (doc === null) return false;
        const seen = doc.channels === undefined ? { $exists: false } : [...doc.channels];
        const merged = { $set: { channels: withHints(channels, doc.channels ?? []) } };
        if ((await raw.updateOne({ ...held(id, fence), channels: seen }, merged)).matchedCount === 1) return true;
      }
    },
    async noteHint(id, channelId, { at, isDue, end }) {
      const asked = isDue ? { $inc: { requestedSeq: 1 }, $min: { dueAt: now(), ...readAtOnce } } : {};
      await raw.updateOne(
        { _id: id, 'channels.id': channelId },
        {
          ...asked,
          $max: { 'channels.$.lastHintAt': at },
          ...(end === null ? {} : { $set: { [end === 'renew' ? 'channels.$.renewAt' : 'channels.$.endsAt']: 0 } }),
        },
      );
    },
    markApplied: (id, fence, appliedVersion) => write(id, fence, { $set: { appliedVersion } }),
    async release(id, fence, { sawRequestedSeq, dueAt, health, syncedAt }) {
      const synced = syncedAt === null ? {} : { lastSyncedAt: syncedAt };
      const due = { dueAt, readDueAt: dueAt };
      const change = { $set: { servedSeq: sawRequestedSeq, ...due, health, ...synced, ...freed } };
      const { matchedCount } = await raw.updateOne({ ...held(id, fence), requestedSeq: sawRequestedSeq }, change);
      if (matchedCount === 1) return 'released';
      return (await model.exists(held(id, fence))) === null ? 'lost' : 'again';
    },
    abandon: (id, fence, dueAt, health) =>
      write(id, fence, {
        $set: { ...freed, ...(dueAt === null ? {} : { dueAt }), ...(health === null ? {} : { health }) },
      }),
    async request(ids, what = 'read') {
      if (ids.length === 0) return;
      // `$min`: who waits already keeps the place in the queue.
      const due = { dueAt: now(), ...(what === 'read' ? readAtOnce : {}) };
      await raw.updateMany({ _id: { $in: [...ids] } }, { $inc: { requestedSeq: 1 }, $min: due });
    },
    async due(partition, limit) {
      if (limit < 1) return [];
      const at = now();
      const isFree = { 'lease.until': { $lte: new Date(at) } };
      const docs = await model
        .find({ partition, dueAt: { $lte: at }, ...isFree }, { _id: 1 })
        .sort({ dueAt: 1, _id: 1 })
        .limit(limit)
        .lean<Pick<CalendarDoc, '_id'>[]>();
      return docs.map((doc) => doc._id);
    },
  };
}

/**
 * Takes the lease where it is free, ended or the owner's own; else leaves the document as it is. One step on the
 * server, because only there is the clock that all processes share.
 */
export function takingLease(owner: string, leaseMs: number): mongo.Document[] {
  if (owner === '' || owner.startsWith('$')) throw new RangeError('a lease owner has a plain name');
  const isFree = {
    $or: [{ $eq: ['$lease.owner', ''] }, { $eq: ['$lease.owner', owner] }, { $lt: ['$lease.until', '$$NOW'] }],
  };
  const taken = (value: unknown, path: string) => ({ $cond: [isFree, value, path] });
  return [
    {
      $set: {
        'lease.owner': taken(owner, '$lease.owner'),
        'lease.fence': taken({ $add: ['$lease.fence', 1] }, '$lease.fence'),
        'lease.until': taken({ $add: ['$$NOW', leaseMs] }, '$lease.until'),
      },
    },
  ];
}
