/** Which bookings wait for a look at their notices, in MongoDB: a mark beside the event, in a sparse index. */
import type { Instant } from '../../domain/time.ts';
import { freshMark } from '../notice-marks.ts';
import type { NoticeLooks } from '../notices.ts';
import { pageOf } from '../paging.ts';
import { afterPlace } from './documents.ts';
import { type EventCollection, type EventDoc, fromDocument } from './event-document.ts';

const perPortion = 500;

export function mongoNoticeLooks({ model, raw }: EventCollection): NoticeLooks {
  return {
    async noticesDue(tenantId, now, query) {
      const isDue = { noticesOf: tenantId, noticesAt: { $lte: now } };
      const docs = await model
        .find({ $and: [isDue, afterPlace(query, 'noticesAt')] })
        .sort({ noticesAt: 1, _id: 1 })
        .limit(query.limit + 1)
        .lean<EventDoc[]>();
      const page = pageOf(docs, query.limit, (doc) => ({ at: doc.noticesAt ?? 0, id: doc._id }));
      return { ...page, data: page.data.map((doc) => ({ event: fromDocument(doc), mark: doc.noticesAt ?? 0 })) };
    },
    async noticesLooked(looks) {
      if (looks.length === 0) return;
      const none = { $unset: { noticesOf: '' as const, noticesAt: '' as const } };
      await raw.bulkWrite(
        looks.map(({ event, mark, again }) => ({
          updateOne: {
            filter: { _id: event.id, rev: event.rev, noticesAt: mark as Instant },
            update: again === null ? none : { $set: { noticesAt: again } },
          },
        })),
        { ordered: false },
      );
    },
    async askNotices(tenantId, resourceId, endAfter) {
      const ended = { spanEnd: { $gt: endAfter } };
      const mine =
        resourceId === null
          ? { bookingOf: tenantId, ...ended }
          : { tenantId, resources: resourceId, bookingOf: tenantId, ...ended };
      let after: string | null = null;
      // In portions, so that others get a word in. What is saved meanwhile, and so may leave its place, asks for itself.
      do {
        const docs: Pick<EventDoc, '_id' | 'spanStart'>[] = await model
          .find({ $and: [mine, afterPlace({ after, limit: perPortion }, 'spanStart')] }, { spanStart: 1 })
          .sort({ spanStart: 1, _id: 1 })
          .limit(perPortion + 1)
          .lean<Pick<EventDoc, '_id' | 'spanStart'>[]>();
        const page = pageOf(docs, perPortion, (doc) => ({ at: doc.spanStart, id: doc._id }));
        const ids = page.data.map((doc) => doc._id);
        // A mark for each portion: pages of what is due begin within a mark, and so never among many equal ones.
        const marked = { $set: { noticesOf: tenantId, noticesAt: freshMark() as Instant } };
        if (ids.length > 0) await raw.updateMany({ _id: { $in: ids } }, marked);
        after = page.next;
      } while (after !== null);
    },
  };
}
