/** Events in memory, with the indexes that the engine reads by. */

import type { Event } from '../domain/event.ts';
import { withoutNews } from '../domain/event.ts';
import type { CalendarId, EventId } from '../domain/ids.ts';
import { linkKey } from '../domain/ids.ts';
import { overlaps } from '../domain/span.ts';
import type { Span } from '../domain/time.ts';
import { memoryNoticeLooks } from './memory-notice-looks.ts';
import { decodePlace, encodePlace, pageFrom } from './paging.ts';
import { frozenCopy } from './plain.ts';
import {
  coverEndOf,
  type Debt,
  extentOfEvent,
  isFloating,
  linkKeysOf,
  linkRowsOf,
  narrowed,
  owedTo,
  owesRows,
} from './rules.ts';
import type { EventStore, LinkRow, Page, PageQuery } from './store.ts';

interface Row {
  readonly event: Event;
  readonly extent: Span;
  readonly keys: readonly string[];
  readonly debts: readonly Debt[];
}

/** `isWaiting`: whether somebody already asked for a visit of this calendar, or there is no such calendar. */
export function memoryEvents(isWaiting: (id: CalendarId) => boolean): EventStore {
  const table = eventTable();
  const { rows } = table;
  const rowsOwing = (calendarId: CalendarId) => [...(table.owing.get(calendarId) ?? [])].map((id) => rows.get(id)!);
  const { saved, ...looks } = memoryNoticeLooks(rows);
  const noted = (event: Event, isSaved: boolean): boolean => {
    if (isSaved) saved(event);
    return isSaved;
  };
  return {
    ...reads(table),
    ...looks,
    async insert(event) {
      await null;
      return noted(event, table.insert(event)) ? 'inserted' : 'duplicate';
    },
    async save(next) {
      await null;
      return noted(next, table.save(next));
    },
    async saveMany(next) {
      await null;
      return next.map((event) => noted(event, event.rev === 1 ? table.insert(event) : table.save(event)));
    },
    async saveLinks(next) {
      await null;
      return next.map(({ id, tenantId, rev, links }) => {
        const event = rows.get(id)?.event;
        return event !== undefined && table.save({ ...event, tenantId, rev, links });
      });
    },
    async settleRows(marks) {
      await null;
      return marks.map(({ id, tenantId, version }) => {
        const event = rows.get(id)?.event;
        if (event?.tenantId !== tenantId || event.version !== version) return false;
        table.replace({ ...withoutNews(event), sheetVersion: version });
        return true;
      });
    },
    async owing(calendarId, now, limit) {
      await null;
      return rowsOwing(calendarId)
        .filter((row) => row.debts.some((debt) => debt.to === calendarId && debt.from <= now))
        .sort(bySpan)
        .slice(0, limit)
        .map((row) => row.event);
    },
    async calendarsOwed(now, limit) {
      await null;
      const due = [...table.owing.keys()].filter((id) =>
        rowsOwing(id).some((row) => row.debts.some((debt) => debt.to === id && debt.from <= now)),
      );
      return due
        .filter((id) => !isWaiting(id))
        .sort()
        .slice(0, limit);
    },
    async countOwing(calendarId) {
      await null;
      return rowsOwing(calendarId).length;
    },
    async sheetDebts(coveredBefore, limit) {
      await null;
      const isBehind = (row: Row) => (coverEndOf(row.event, row.extent) ?? Infinity) < coveredBefore;
      const found = [...rows.values()].filter((row) => owesRows(row.event) || isBehind(row));
      return found
        .sort(bySpan)
        .slice(0, limit)
        .map((row) => row.event);
    },
    async purge(before, limit) {
      await null;
      const gone = [...rows.values()].filter(
        ({ event, debts }) =>
          event.deletedAt !== null &&
          event.deletedAt < before &&
          event.booking === null &&
          debts.length === 0 &&
          !owesRows(event),
      );
      for (const row of gone.slice(0, limit)) table.remove(row);
      return Math.min(gone.length, limit);
    },
  };
}

type Reads = Pick<
  EventStore,
  'get' | 'getMany' | 'byLinkKeys' | 'byExternalRef' | 'inSpan' | 'bookings' | 'linksOf' | 'stampsOf'
>;
function reads(table: EventTable): Reads {
  const { rows } = table;
  const eventsOf = (ids: Iterable<EventId | undefined>, tenantId: string) =>
    [...new Set(ids)].flatMap((id) => {
      const event = id === undefined ? undefined : rows.get(id)?.event;
      return event?.tenantId === tenantId ? [event] : [];
    });
  return {
    async get(tenantId, id) {
      await null;
      return eventsOf([id], tenantId)[0] ?? null;
    },
    async getMany(tenantId, ids) {
      await null;
      return eventsOf(ids, tenantId);
    },
    async byLinkKeys(tenantId, keys) {
      await null;
      return eventsOf(
        keys.map((key) => table.byKey.get(key)),
        tenantId,
      );
    },
    async byExternalRef(tenantId, externalRef) {
      await null;
      return eventsOf([table.byRef.get(refKey(tenantId, externalRef))], tenantId)[0] ?? null;
    },
    async inSpan(tenantId, resourceIds, span, limit, only) {
      await null;
      const found = [...rows.values()].filter(
        ({ event, extent }) =>
          event.tenantId === tenantId &&
          event.deletedAt === null &&
          overlaps(extent, span) &&
          (only !== 'owing-rows' || owesRows(event)) &&
          (only !== 'series' || event.fields.series !== null) &&
          (resourceIds === null || event.resources.some((id) => resourceIds.includes(id))),
      );
      return found
        .sort(bySpan)
        .slice(0, limit)
        .map((row) => row.event);
    },
    async bookings(tenantId, query) {
      await null;
      const found = [...rows.values()].filter(
        ({ event, extent }) =>
          event.tenantId === tenantId &&
          event.booking !== null &&
          (query.from === null || extent.end > query.from) &&
          (query.to === null || extent.start < query.to) &&
          (query.resourceId === null || event.resources.includes(query.resourceId)) &&
          (query.status === null || event.booking.status === query.status) &&
          (query.externalRef === null || event.booking.externalRef === query.externalRef),
      );
      const page = pageFrom(found, query, (row) => ({ at: row.extent.start, id: row.event.id }));
      return { data: page.data.map((row) => row.event), next: page.next };
    },
    async linksOf(calendarId, query) {
      await null;
      return pageOfLinks(table, calendarId, query);
    },
    async stampsOf(calendarId, remoteIds) {
      await null;
      return new Map(
        remoteIds.flatMap((remoteId) => {
          const event = rows.get(table.byKey.get(linkKey(calendarId, remoteId)) ?? ('' as EventId))?.event;
          const link = event?.links.find((l) => l.calendarId === calendarId && l.remoteId === remoteId);
          return link === undefined || link.stamp === null ? [] : [[remoteId, link.stamp] as const];
        }),
      );
    },
  };
}

/** Pages count events, so that the links of one event never come apart. */
function pageOfLinks(table: EventTable, calendarId: CalendarId, query: PageQuery): Page<LinkRow> {
  const after = query.after === null ? '' : decodePlace(query.after).id;
  const ids = [...(table.linked.get(calendarId) ?? [])].filter((id) => id > after).sort();
  const groups = ids
    .map((id) => table.rows.get(id)!)
    .map(({ event, extent }) => linkRowsOf(event, calendarId, narrowed(extent, isFloating(event.fields))))
    .filter((group) => group.length > 0);
  const last = groups[query.limit - 1]?.[0];
  const next = groups.length > query.limit && last !== undefined ? encodePlace({ at: 0, id: last.eventId }) : null;
  return { data: groups.slice(0, query.limit).flat(), next };
}

type EventTable = ReturnType<typeof eventTable>;
function eventTable() {
  const rows = new Map<EventId, Row>();
  const byKey = new Map<string, EventId>();
  const byRef = new Map<string, EventId>();
  const owing = new Map<CalendarId, Set<EventId>>();
  const linked = new Map<CalendarId, Set<EventId>>();

  const remove = ({ event, keys, debts }: Row) => {
    rows.delete(event.id);
    for (const key of keys) byKey.delete(key);
    if (refOf(event) !== null) byRef.delete(refOf(event)!);
    for (const debt of debts) drop(owing, debt.to, event.id);
    for (const link of event.links) drop(linked, link.calendarId, event.id);
  };
  const add = (row: Row) => {
    rows.set(row.event.id, row);
    for (const key of row.keys) byKey.set(key, row.event.id);
    const ref = refOf(row.event);
    if (ref !== null) byRef.set(ref, row.event.id);
    for (const debt of row.debts) put(owing, debt.to, row.event.id);
    for (const link of row.event.links) put(linked, link.calendarId, row.event.id);
  };
  const isFree = (row: Row) => {
    const id = row.event.id;
    const ref = refOf(row.event);
    const isOther = (owner: EventId | undefined) => owner !== undefined && owner !== id;
    return !row.keys.some((key) => isOther(byKey.get(key))) && (ref === null || !isOther(byRef.get(ref)));
  };
  const insert = (event: Event): boolean => {
    const row = rowOf(event);
    if (rows.has(event.id) || !isFree(row)) return false;
    add(row);
    return true;
  };
  const save = (event: Event): boolean => {
    const before = rows.get(event.id);
    const row = rowOf(event);
    if (before?.event.rev !== event.rev - 1 || before.event.tenantId !== event.tenantId || !isFree(row)) return false;
    remove(before);
    add(row);
    return true;
  };
  const replace = (event: Event): void => {
    remove(rows.get(event.id)!);
    add(rowOf(event));
  };
  return { rows, byKey, byRef, owing, linked, remove, insert, save, replace };
}

function rowOf(given: Event): Row {
  const event = frozenCopy(given);
  return { event, extent: extentOfEvent(event), keys: linkKeysOf(event), debts: owedTo(event) };
}

const refKey = (tenantId: string, ref: string): string => `${tenantId}|${ref}`;
function refOf(event: Event): string | null {
  const ref = event.booking?.externalRef ?? null;
  return ref === null ? null : refKey(event.tenantId, ref);
}

function bySpan(a: Row, b: Row): number {
  return a.extent.start - b.extent.start || (a.event.id < b.event.id ? -1 : 1);
}

function put(index: Map<CalendarId, Set<EventId>>, key: CalendarId, id: EventId): void {
  const ids = index.get(key);
  if (ids === undefined) index.set(key, new Set([id]));
  else ids.add(id);
}
function drop(index: Map<CalendarId, Set<EventId>>, key: CalendarId, id: EventId): void {
  const ids = index.get(key);
  ids?.delete(id);
  if (ids?.size === 0) index.delete(key);
}
