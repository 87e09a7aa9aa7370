/** Looking events up in MongoDB: by id, key, link and time. */

import type { Event } from '../../domain/event.ts';
import type { CalendarId } from '../../domain/ids.ts';
import { linkKey } from '../../domain/ids.ts';
import type { Instant } from '../../domain/time.ts';
import { comparePlaces, decodePlace, encodePlace, pageOf } from '../paging.ts';
import { linkRowsOf, narrowed } from '../rules.ts';
import type { EventStore, LinkRow } from '../store.ts';
import { afterPlace } from './documents.ts';
import { debtsTogether } from './event-debts.ts';
import {
  type EventCollection,
  type EventDoc,
  externalKeyOf,
  fromDocument,
  type LinkedDoc,
  shortMs,
} from './event-document.ts';

type Queries = Pick<
  EventStore,
  'get' | 'getMany' | 'byLinkKeys' | 'byExternalRef' | 'inSpan' | 'bookings' | 'linksOf' | 'stampsOf'
>;
export function eventQueries({ model }: EventCollection): Queries {
  const one = async (filter: object): Promise<Event | null> => {
    const doc = await model.findOne(filter).lean<EventDoc | null>();
    return doc === null ? null : fromDocument(doc);
  };
  const owing = debtsTogether({ model });
  const many = async (filter: object) => (await model.find(filter).lean<EventDoc[]>()).map(fromDocument);
  return {
    ...linkQueries({ model }),
    get: (tenantId, id) => one({ _id: id, tenantId }),
    getMany: async (tenantId, ids) => (ids.length === 0 ? [] : many({ _id: { $in: ids }, tenantId })),
    byLinkKeys: async (tenantId, keys) => (keys.length === 0 ? [] : many({ linkKeys: { $in: keys }, tenantId })),
    byExternalRef: (tenantId, ref) => one({ externalKey: externalKeyOf(tenantId, ref), tenantId }),
    async inSpan(tenantId, resourceIds, span, limit, only) {
      const filter = {
        tenantId,
        deletedAt: { $exists: false },
        ...(resourceIds === null ? {} : { resources: { $in: resourceIds } }),
        ...(only === 'series' ? { 'fields.series': { $ne: null } } : {}),
      };
      if (only === 'owing-rows') {
        return (await owing({ tenantId, resourceIds, span, limit }))
          .map(fromDocument)
          .sort((a, b) => (a.id < b.id ? -1 : 1));
      }
      const range = { from: span.start, to: span.end, tenantId };
      return (await findTouching(model, filter, range, limit)).map(fromDocument);
    },
    async bookings(tenantId, query) {
      const filter = {
        bookingOf: tenantId,
        ...(query.resourceId === null ? {} : { resources: query.resourceId }),
        ...(query.status === null ? {} : { 'booking.status': query.status }),
        ...(query.externalRef === null ? {} : { externalKey: externalKeyOf(tenantId, query.externalRef) }),
      };
      const after = afterPlace(query, 'spanStart');
      const range = { from: query.from, to: query.to, tenantId };
      const docs = await findTouching(model, { $and: [filter, after] }, range, query.limit + 1);
      const page = pageOf(docs, query.limit, placeOf);
      return { data: page.data.map(fromDocument), next: page.next };
    },
  };
}

const placeOf = (doc: EventDoc) => ({ at: doc.spanStart, id: doc._id });

/**
 * Documents that touch the stretch, by start. An index by start has no lower edge for what began long ago and still
 * goes on; so short events are read from a month before the stretch, and the few long ones apart.
 */
async function findTouching(
  model: EventCollection['model'],
  filter: object,
  range: { readonly from: Instant | null; readonly to: Instant | null; readonly tenantId: string },
  limit: number,
): Promise<EventDoc[]> {
  if (limit < 1) return [];
  const { from, to } = range;
  const upper = to === null ? {} : { spanStart: { $lt: to } };
  const read = (...parts: object[]) =>
    model
      .find({ $and: [filter, upper, ...parts] })
      .sort({ spanStart: 1, _id: 1 })
      .limit(limit)
      .lean<EventDoc[]>();
  if (from === null) return read();
  const touches = { spanEnd: { $gt: from } };
  const [short, long] = await Promise.all([
    read({ spanStart: { $gte: from - shortMs } }, { longOf: { $exists: false } }, touches),
    read({ longOf: range.tenantId }, touches),
  ]);
  return [...short, ...long].sort((a, b) => comparePlaces(placeOf(a), placeOf(b))).slice(0, limit);
}

type LinkQueries = Pick<EventStore, 'linksOf' | 'stampsOf'>;
function linkQueries({ model }: Pick<EventCollection, 'model'>): LinkQueries {
  const linkFields = {
    tenantId: 1,
    version: 1,
    deletedAt: 1,
    spanStart: 1,
    spanEnd: 1,
    floating: 1,
    'links.calendarId': 1,
    'links.remoteId': 1,
    'links.state': 1,
    'links.settledVersion': 1,
    'links.stamp': 1,
  };
  return {
    async linksOf(calendarId, query) {
      const after = query.after === null ? '' : decodePlace(query.after).id;
      // A tombstone whose copy is gone keeps its link, so a page is filled up over several reads.
      const rows: LinkRow[][] = [];
      let last = after;
      for (;;) {
        const limit = query.limit + 1 - rows.length;
        const link = { $elemMatch: { calendarId, state: { $ne: 'unlinked' }, remoteId: { $ne: null } } };
        const filter: object = { 'links.calendarId': calendarId, links: link, _id: { $gt: last } };
        const docs = await model.find(filter, linkFields).sort({ _id: 1 }).limit(limit).lean<LinkedDoc[]>();
        rows.push(...docs.map((doc) => rowsOf(doc, calendarId)).filter((group) => group.length > 0));
        last = docs.at(-1)?._id ?? last;
        if (docs.length < limit || rows.length > query.limit) break;
      }
      const end = rows[query.limit - 1]?.[0];
      const next = rows.length > query.limit && end !== undefined ? encodePlace({ at: 0, id: end.eventId }) : null;
      return { data: rows.slice(0, query.limit).flat(), next };
    },
    async stampsOf(calendarId, remoteIds) {
      if (remoteIds.length === 0) return new Map();
      const keys = remoteIds.map((id) => linkKey(calendarId, id));
      const docs = await model.find({ linkKeys: { $in: keys } }, linkFields).lean<LinkedDoc[]>();
      const asked = new Set(remoteIds);
      return new Map(
        docs.flatMap((doc) =>
          doc.links.flatMap(({ calendarId: id, remoteId, stamp }) =>
            id === calendarId && remoteId !== null && stamp !== null && asked.has(remoteId)
              ? [[remoteId, stamp] as const]
              : [],
          ),
        ),
      );
    },
  };
}

function rowsOf(doc: LinkedDoc, calendarId: CalendarId): LinkRow[] {
  const event = { id: doc._id, tenantId: doc.tenantId, version: doc.version, links: doc.links };
  const span = narrowed({ start: doc.spanStart, end: doc.spanEnd }, doc.floating);
  return linkRowsOf({ ...event, deletedAt: doc.deletedAt ?? null }, calendarId, span);
}
