/** The journal and the kept answers in MongoDB; both end by themselves. */

import type { Connection as Database, mongo } from 'mongoose';
import type { Log } from '../../domain/ports.ts';
import type { JournalLine } from '../../domain/tenant.ts';
import type { Instant } from '../../domain/time.ts';
import { firstIdAt, journalIds } from '../journal-ids.ts';
import { decodePlace, pageOf } from '../paging.ts';
import { keepAnswerMs } from '../rules.ts';
import type { IdempotencyStore, JournalFilter, JournalStore, KeptAnswer, PageQuery } from '../store.ts';
import { fromPairs, type Pairs, toPairs } from './documents.ts';
import { isDuplicate } from './faults.ts';
import { Mixed, type RecordCollection, recordCollection, text } from './record-schema.ts';

export interface JournalDoc extends Omit<JournalLine, 'id' | 'at'> {
  readonly _id: string;
  readonly at: Date;
}
type Answer = NonNullable<KeptAnswer['answer']>;
export interface AnswerDoc {
  readonly _id: string;
  readonly bodyHash: string;
  readonly answer: (Omit<Answer, 'headers'> & { readonly headers: Pairs<string> }) | null;
  readonly at: Date;
}

/** `keepMs` is the age at which lines end. */
export const journalCollection = (database: Database, db: mongo.Db, keepMs: number): RecordCollection<JournalDoc> =>
  recordCollection(database, db, {
    name: 'JournalLine',
    collection: 'journal',
    fields: {
      _id: text,
      tenantId: text,
      at: { type: Date, required: true },
      kind: text,
      eventId: String,
      calendarId: String,
      resourceIds: [String],
      version: Number,
      text: text,
      details: Mixed,
    },
    indexes: [
      [{ tenantId: 1, _id: 1 }],
      [{ eventId: 1, _id: 1 }],
      [{ calendarId: 1, _id: 1 }],
      [{ at: 1 }, { expireAfterSeconds: Math.round(keepMs / 1000) }],
    ],
  });

/** The index by which lines end is of another age where the setting changed: it gives way to the new one. */
export async function dropOtherAge({ raw }: RecordCollection<JournalDoc>, keepMs: number): Promise<void> {
  const indexes = await raw.indexes().catch(() => []);
  const aging = indexes.find((index) => index.expireAfterSeconds !== undefined);
  if (aging?.name === undefined || aging.expireAfterSeconds === Math.round(keepMs / 1000)) return;
  await raw.dropIndex(aging.name);
}

export const answerCollection = (database: Database, db: mongo.Db): RecordCollection<AnswerDoc> =>
  recordCollection(database, db, {
    name: 'Answer',
    collection: 'answers',
    fields: { _id: text, bodyHash: text, answer: Mixed, at: { type: Date, required: true } },
    indexes: [[{ at: 1 }, { expireAfterSeconds: keepAnswerMs / 1000 }]],
  });

const lineOf = ({ _id, at, ...same }: JournalDoc): JournalLine => ({ id: _id, ...same, at: at.getTime() as Instant });

export function mongoJournal({ model, raw }: RecordCollection<JournalDoc>, now: () => Instant, log: Log): JournalStore {
  const nextId = journalIds();
  const read = async (filter: object, order: 1 | -1, limit: number) =>
    limit < 1 ? [] : (await model.find(filter).sort({ _id: order }).limit(limit).lean<JournalDoc[]>()).map(lineOf);
  return {
    async append(lines) {
      if (lines.length === 0) return;
      const docs = lines.map((line): JournalDoc => ({ _id: nextId(now()), ...line, at: new Date(now()) }));
      try {
        // A hint need not survive a power cut, so nobody waits for the disk.
        await raw.insertMany(docs, { ordered: false, writeConcern: { w: 1, journal: false } });
      } catch (error) {
        log.info('journal lines were lost', { lines: lines.length, error: String(error) });
      }
    },
    tail: async (afterId, limit) => (afterId === null ? [] : read({ _id: { $gt: afterId } }, 1, limit)),
    head: async () => (await read({}, -1, 1))[0]?.id ?? null,
    since: (tenantId, afterId, limit) => read({ tenantId, _id: { $gt: afterId } }, 1, limit),
    ofEvent: async (tenantId, eventId, limit) => (await read({ eventId, tenantId }, -1, limit)).reverse(),
    async list(tenantId, query) {
      const lines = await read({ tenantId, ...filterOf(query) }, -1, query.limit + 1);
      return pageOf(lines, query.limit, (line) => ({ at: 0, id: line.id }));
    },
  };
}

function filterOf({ kind, eventId, calendarId, from, to, after }: PageQuery & JournalFilter): object {
  const bounds = {
    ...(from == null ? {} : { $gte: firstIdAt(from) }),
    ...(to == null ? {} : { $lt: firstIdAt(to) }),
  };
  const place = after === null ? null : decodePlace(after).id;
  const isEarlier = place !== null && (to == null || place < firstIdAt(to));
  const range = { ...bounds, ...(isEarlier ? { $lt: place } : {}) };
  return {
    ...(kind === null ? {} : { kind }),
    ...(eventId == null ? {} : { eventId }),
    ...(calendarId == null ? {} : { calendarId }),
    ...(Object.keys(range).length === 0 ? {} : { _id: range }),
  };
}

export function mongoIdempotency({ model, raw }: RecordCollection<AnswerDoc>, now: () => Instant): IdempotencyStore {
  const keyOf = (tenantId: string, key: string) => `${tenantId}|${key}`;
  const start = async (_id: string, bodyHash: string): Promise<boolean> => {
    try {
      await raw.insertOne({ _id, bodyHash, answer: null, at: new Date(now()) });
      return true;
    } catch (error) {
      if (isDuplicate(error)) return false;
      throw error;
    }
  };
  const takeOver = async (_id: string, bodyHash: string, staleMs: number): Promise<boolean> => {
    const before = (ms: number) => ({ $lt: new Date(now() - ms) });
    const isFree = [{ bodyHash, answer: null, at: before(staleMs) }, { at: before(keepAnswerMs) }];
    const fresh = { $set: { bodyHash, answer: null, at: new Date(now()) } };
    return (await raw.updateOne({ _id, $or: isFree }, fresh)).matchedCount === 1;
  };
  return {
    async begin(tenantId, key, bodyHash, staleMs) {
      const id = keyOf(tenantId, key);
      for (;;) {
        if ((await start(id, bodyHash)) || (await takeOver(id, bodyHash, staleMs))) return 'mine';
        const kept = await model.findOne({ _id: id }).lean<AnswerDoc | null>();
        // Forgotten between the two: then it is free again.
        if (kept !== null) return { bodyHash: kept.bodyHash, answer: answerOf(kept.answer) };
      }
    },
    async finish(tenantId, key, answer) {
      const kept = { ...answer, headers: toPairs(answer.headers) };
      await raw.updateOne({ _id: keyOf(tenantId, key) }, { $set: { answer: kept } });
    },
    async forget(tenantId, key) {
      await raw.deleteOne({ _id: keyOf(tenantId, key), answer: null });
    },
  };
}

const answerOf = (doc: AnswerDoc['answer']): KeptAnswer['answer'] =>
  doc === null ? null : { ...doc, headers: fromPairs(doc.headers) };
