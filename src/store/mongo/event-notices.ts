/** Which bookings wait for a look at their notices, in MongoDB: a mark beside the event, in a sparse index. */
import type { Instant } from '../../domain/time.ts';
import { freshMark } from '../notice-marks.ts';
import type { NoticeLooks } from '../notices.ts';
import { pageOf } from '../paging.ts';
import { afterPlace } from './documents.ts';
import { type EventCollection, type EventDoc, fromDocument } from './event-document.ts';

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
      const mine = { bookingOf: tenantId, spanEnd: { $gt: endAfter } };
      const filter = resourceId === null ? mine : { ...mine, tenantId, resources: resourceId };
      await raw.updateMany(filter, { $set: { noticesOf: tenantId, noticesAt: freshMark() as Instant } });
    },
  };
}
