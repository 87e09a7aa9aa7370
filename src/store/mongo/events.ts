/** Events in MongoDB: compare-and-set saves, debts and tombstones. */

import { randomBytes } from 'node:crypto';
import type { mongo } from 'mongoose';
import type { Event } from '../../domain/event.ts';
import type { CalendarId } from '../../domain/ids.ts';
import type { Instant } from '../../domain/time.ts';
import type { EventStore, RowsMark } from '../store.ts';
import { type EventCollection, type EventDoc, fromDocument, linksUpdate, toDocument } from './event-document.ts';
import { mongoNoticeLooks } from './event-notices.ts';
import { eventQueries } from './event-queries.ts';
import { duplicatesOf, isDuplicate, isUnsent, refusalsOf } from './faults.ts';
import { inPortions } from './portions.ts';
import { together } from './together.ts';

/** `unasked`: those of these calendars that exist and for which nobody has asked for a visit. */
export function mongoEvents(
  events: EventCollection,
  unasked: (ids: readonly CalendarId[]) => Promise<readonly CalendarId[]>,
): EventStore {
  return { ...eventQueries(events), ...writes(events), ...debts(events, unasked), ...mongoNoticeLooks(events) };
}

const seenBy = (next: Event) => ({ _id: next.id, tenantId: next.tenantId, rev: next.rev - 1 });

type Writes = Pick<EventStore, 'insert' | 'save' | 'saveMany' | 'saveLinks' | 'settleRows'>;
function writes({ model, raw }: EventCollection): Writes {
  const { saveBatch, settleBatch } = bulks({ model, raw });
  const insertTogether = inserting(raw);
  const whole = (event: Event, batch: string) => ({
    replaceOne: { filter: seenBy(event), replacement: toDocument(event, batch) },
  });
  const linksOnly = (event: Event, batch: string) => ({
    updateOne: { filter: seenBy(event), update: linksUpdate(event, batch) },
  });
  return {
    async insert(event) {
      const inserted = await insertTogether(toDocument(event));
      if (inserted instanceof Error) throw inserted;
      return inserted;
    },
    async save(next) {
      try {
        return (await raw.replaceOne(seenBy(next), toDocument(next))).matchedCount === 1;
      } catch (error) {
        // Another event owns a link key or the reference: to the caller the world has changed, as with any miss.
        if (isDuplicate(error)) return false;
        throw error;
      }
    },
    saveMany: (next) => inPortions(next, (portion) => saveBatch(portion, whole)),
    saveLinks: (next) => inPortions(next, (portion) => saveBatch(portion, linksOnly)),
    settleRows: (marks) => inPortions(marks, settleBatch),
  };
}

type Inserted = 'inserted' | 'duplicate' | Error;

/** Inserts of many callers in one durable command; each hears of its own document alone. */
function inserting(raw: EventCollection['raw']): (doc: EventDoc) => Promise<Inserted> {
  const alone = (doc: EventDoc): Promise<Inserted> =>
    raw.insertOne(doc).then(
      () => 'inserted',
      (error: unknown) => {
        if (isDuplicate(error)) return 'duplicate';
        return error instanceof Error ? error : new Error(String(error));
      },
    );
  return together(async (docs) => {
    if (docs.length === 1) return [await alone(docs[0]!)];
    try {
      await raw.bulkWrite(
        docs.map((document) => ({ insertOne: { document } })),
        { ordered: false },
      );
      return docs.map(() => 'inserted');
    } catch (error) {
      // A document that cannot be encoded keeps the whole command from being sent: only its own caller may fail.
      if (isUnsent(error)) return Promise.all(docs.map(alone));
      const failed = refusalsOf(error);
      return docs.map((_, i) => failed.get(i) ?? 'inserted');
    }
  });
}

type Saving = (event: Event, batch: string) => mongo.AnyBulkWriteOperation<EventDoc>;

function bulks({ model, raw }: EventCollection) {
  /** Which of these revisions the batch wrote. */
  const writtenBy = async (batch: string, next: readonly Pick<Event, 'id'>[]) => {
    const found = await model
      .find({ _id: { $in: next.map((event) => event.id) }, batch }, { rev: 1 })
      .lean<Pick<EventDoc, '_id' | 'rev'>[]>();
    return new Map(found.map((doc) => [doc._id, doc.rev]));
  };
  return {
    async saveBatch(next: readonly Event[], saving: Saving): Promise<boolean[]> {
      // A bulk tells how many matched but not which. Only when some missed are the documents asked, and a revision
      // number alone would not tell ours from a competitor's: the name of the batch does. A save of ours that somebody
      // built upon at once counts as missed; its caller then finds the change already there.
      const batch = randomBytes(9).toString('base64url');
      const operations = next.map((event) =>
        event.rev === 1 ? { insertOne: { document: toDocument(event, batch) } } : saving(event, batch),
      );
      const { matched, duplicates } = await raw.bulkWrite(operations, { ordered: false }).then(
        (result) => ({ matched: result.matchedCount, duplicates: new Set<number>() }),
        (error: unknown) => ({ matched: -1, duplicates: duplicatesOf(error) }),
      );
      const saves = next.filter((event) => event.rev > 1);
      const isWhole = matched === saves.length;
      const written = isWhole || saves.length === 0 ? null : await writtenBy(batch, saves);
      return next.map((event, i) => {
        if (duplicates.has(i)) return false;
        return event.rev === 1 || written === null || written.get(event.id) === event.rev;
      });
    },
    async settleBatch(marks: readonly RowsMark[]): Promise<boolean[]> {
      const operations = marks.map(({ id, tenantId, version }) => ({
        updateOne: {
          filter: { _id: id, tenantId, version },
          update: { $set: { sheetVersion: version }, $unset: { sheetDebt: '' as const, untold: '' as const } },
        },
      }));
      const { matchedCount } = await raw.bulkWrite(operations, { ordered: false });
      if (matchedCount === marks.length) return marks.map(() => true);
      // Which of them missed; an event that has moved on since counts as missed, and its rows are looked at once more.
      const found = await model
        .find({ _id: { $in: marks.map((mark) => mark.id) } }, { tenantId: 1, version: 1 })
        .lean<Pick<EventDoc, '_id' | 'tenantId' | 'version'>[]>();
      const stored = new Map(found.map((doc) => [doc._id, doc]));
      return marks.map(({ id, tenantId, version }) => {
        const doc = stored.get(id);
        return doc?.tenantId === tenantId && doc.version === version;
      });
    },
  };
}

type Debts = Pick<EventStore, 'owing' | 'calendarsOwed' | 'countOwing' | 'sheetDebts' | 'purge'>;
function debts({ model, raw }: EventCollection, unasked: Parameters<typeof mongoEvents>[1]): Debts {
  const soonest = async (filter: object, field: string, limit: number) =>
    limit < 1
      ? []
      : model
          .find(filter)
          .sort({ [field]: 1 })
          .limit(limit)
          .lean<EventDoc[]>();
  return {
    async owing(calendarId, now, limit) {
      const debt = { $elemMatch: { to: calendarId, from: { $lte: now } } };
      const docs = await soonest({ 'owedTo.to': calendarId, owedTo: debt }, 'owedStart', limit);
      return docs.map(fromDocument);
    },
    async calendarsOwed(now, limit) {
      const isDue = { $match: { 'owedTo.from': { $lte: now } } };
      const groups = await model.aggregate<{ _id: CalendarId }>([
        isDue,
        { $project: { owedTo: 1 } },
        { $unwind: '$owedTo' },
        isDue,
        { $group: { _id: '$owedTo.to' } },
        { $sort: { _id: 1 } },
      ]);
      const found: CalendarId[] = [];
      // Those that were asked for are left out only afterwards, so the limit must not cut before.
      for (let i = 0; i < groups.length && found.length < limit; i += 500) {
        found.push(...(await unasked(groups.slice(i, i + 500).map((group) => group._id))));
      }
      return found.slice(0, Math.max(0, limit));
    },
    async countOwing(calendarId) {
      return model.countDocuments({ 'owedTo.to': calendarId });
    },
    async sheetDebts(coveredBefore, limit) {
      // Any number: a range uses the sparse index, and only debts are in it.
      const behind = await soonest({ sheetDebt: { $gte: Number.MIN_SAFE_INTEGER } }, 'sheetDebt', limit);
      const short = await soonest({ coverEnd: { $lt: coveredBefore } }, 'coverEnd', limit - behind.length);
      const all = new Map([...behind, ...short].map((doc) => [doc._id, doc]));
      return [...all.values()].sort((a, b) => a.spanStart - b.spanStart).map(fromDocument);
    },
    async purge(before, limit) {
      if (limit < 1) return 0;
      const settled = settledTombstones(before);
      const found = await model.find(settled, { _id: 1 }).limit(limit).lean<Pick<EventDoc, '_id'>[]>();
      if (found.length === 0) return 0;
      // Asked again in the deletion itself: a tombstone may have been revived or owe something by now.
      const { deletedCount } = await raw.deleteMany({ ...settled, _id: { $in: found.map((doc) => doc._id) } });
      return deletedCount;
    },
  };
}

const settledTombstones = (before: Instant) => ({
  deletedAt: { $lt: before },
  bookingOf: { $exists: false },
  owedTo: { $exists: false },
  sheetDebt: { $exists: false },
});
