/** Series: a master and its exceptions as one copy with one stamp, read whole whenever a part of it moved. */
import { createHash } from 'node:crypto';
import { fromRows, type Row, readRow } from '../../mappings/google.ts';
import type { RemoteCalendar } from '../../src/domain/calendar.ts';
import type { Change, RemoteEvent } from '../../src/domain/connector.ts';
import { asRemoteStamp, type RemoteStamp } from '../../src/domain/ids.ts';
import { type Account, idOf, itemFields, listPage, zoneOf } from './lists.ts';
import { Refused } from './refusals.ts';

/** An event alone, or a master with the exceptions that belong to it. */
export interface Group {
  readonly head: Row;
  readonly exceptions: readonly Row[];
}

const hashLength = 16;

/**
 * A single event's stamp is its ETag. A series' stamp is the master's ETag with a hash over its exceptions: Google does not
 * say whether a master's ETag moves when one occurrence does. Null for a row without an ETag.
 */
export function stampOf({ head, exceptions }: Group): RemoteStamp | null {
  if (head.etag === null) return null;
  if (!head.isMaster) return asRemoteStamp(head.etag);
  const parts = exceptions.map((row) => `${row.id} ${row.isCancelled ? 'cancelled' : row.etag}`).sort();
  const hash = createHash('sha256').update(parts.join('\n')).digest('base64url').slice(0, hashLength);
  return asRemoteStamp(`${head.etag} ${parts.length === 0 ? '-' : hash}`);
}

/** The ETag of the event itself, for `If-Match`. */
export const etagOf = (stamp: RemoteStamp): string => stamp.split(' ')[0] ?? '';

/** Whether the stamp is that of a series. */
export const isSeriesStamp = (stamp: RemoteStamp): boolean => stamp.includes(' ');

/** The copy, or why it cannot be read. */
export function remoteOf(
  calendar: RemoteCalendar,
  group: Group,
): RemoteEvent | Extract<Change, { kind: 'unreadable' }> {
  const mapped = fromRows(group.head, group.exceptions, zoneOf(calendar));
  const stamp = stampOf(group);
  const remoteId = idOf(group.head);
  if (mapped.kind === 'unmappable') return { kind: 'unreadable', remoteId, stamp, span: mapped.span, why: mapped.why };
  if (stamp === null) return { kind: 'unreadable', remoteId, stamp, span: null, why: 'the event has no ETag' };
  const { fields, mark, createId } = mapped;
  return { remoteId, createId, stamp, fields, mark };
}

export function changeOf(calendar: RemoteCalendar, group: Group): Change {
  const remote = remoteOf(calendar, group);
  return 'kind' in remote ? remote : { kind: 'upsert', remote };
}

/** One row as it is now; null when it is gone. */
export async function getRow(account: Account, calendar: RemoteCalendar, eventId: string): Promise<Row | null> {
  const { client } = account;
  try {
    const asked = { calendarId: calendar.remoteId, eventId, fields: itemFields };
    const row = readRow(await client.call('an event', (o) => client.api.events.get(asked, o)));
    return row === null || row.isCancelled ? null : row;
  } catch (error) {
    if (error instanceof Refused && [404, 410].includes(error.refusal.status)) return null;
    throw error;
  }
}

const mostPages = 40;

/**
 * A series as it is now, with all of its exceptions whatever their time: one question, for the UID that all of its rows
 * share. Null when the master is gone, or was never in this calendar (an invitation to one occurrence).
 */
export async function readSeries(
  account: Account,
  calendar: RemoteCalendar,
  masterId: string,
  uid: string | null,
): Promise<Group | null> {
  const master = uid === null ? await getRow(account, calendar, masterId) : null;
  const iCalUID = uid ?? master?.uid ?? null;
  if (iCalUID === null) return master === null ? null : { head: master, exceptions: [] };
  const rows = new Map<string, Row>();
  let pageToken: string | null = null;
  for (let page = 0; page < mostPages; page += 1) {
    const params = { iCalUID, ...(pageToken !== null && { pageToken }) };
    const answer = await listPage(account, calendar, params);
    for (const row of answer.rows) rows.set(row.id, row);
    pageToken = answer.nextPageToken;
    if (pageToken === null) break;
  }
  const head = rows.get(masterId) ?? null;
  if (head === null || head.isCancelled) return null;
  return { head, exceptions: [...rows.values()].filter((row) => row.seriesId === masterId) };
}

/** An event or a whole series as it is now; null when it is gone or not finished yet. */
export async function readGroup(account: Account, calendar: RemoteCalendar, id: string): Promise<Group | null> {
  const row = await getRow(account, calendar, id);
  if (row === null || row.isUnfinished) return null;
  return row.isMaster ? readSeries(account, calendar, row.id, row.uid) : { head: row, exceptions: [] };
}
