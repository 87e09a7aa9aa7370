/** Single events and series: a master with its exceptions and cancelled occurrences is one copy with one stamp. */
import { createHash } from 'node:crypto';
import { fromRows, isOwnRow, markExpand, type Row, readRow, seriesFields } from '../../mappings/outlook.ts';
import type { RemoteCalendar } from '../../src/domain/calendar.ts';
import type { Change, RemoteEvent } from '../../src/domain/connector.ts';
import { asRemoteStamp, type RemoteStamp } from '../../src/domain/ids.ts';
import { type Instant, utcZone } from '../../src/domain/time.ts';
import { seg } from './client.ts';
import { type Account, idOf, listAll, zoneOf } from './lists.ts';
import { Refused } from './refusals.ts';

/** An event alone, or a master with what belongs to it. */
export interface Group {
  readonly head: Row;
  readonly exceptions: readonly Row[];
  /** `occurrenceId`s of occurrences that do not take place. */
  readonly cancelled: readonly string[];
  /** Every occurrence of some years, of a series whose rule we cannot say. */
  readonly days?: readonly Row[];
}

export const alone = (head: Row): Group => ({ head, exceptions: [], cancelled: [] });

const hashLength = 16;

/**
 * ETag and time of the last change; of a series also a hash over its exceptions, since Graph does not say whether a
 * master's ETag moves when one occurrence does. Null for a row without an ETag.
 */
export function stampOf({ head, exceptions, cancelled, days = [] }: Group): RemoteStamp | null {
  if (head.etag === null) return null;
  const own = `${head.etag} ${head.updated || '-'}`;
  if (!head.isMaster) return asRemoteStamp(own);
  const changed = exceptions.map((row) => `${row.id} ${row.etag}`);
  const parts = [...changed, ...cancelled, ...days.map(({ json }) => JSON.stringify([json.start, json.end]))].sort();
  const hash = createHash('sha256').update(parts.join('\n')).digest('base64url').slice(0, hashLength);
  return asRemoteStamp(`${own} ${parts.length === 0 ? '-' : hash}`);
}

/** The ETag of the event itself, for `If-Match`. */
export const etagOf = (stamp: RemoteStamp): string => stamp.split(' ')[0] ?? '';
/** When the event was last changed, or ''. */
export const updatedOf = (stamp: RemoteStamp): string => stamp.split(' ')[1]?.replace(/^-$/, '') ?? '';
/** Whether the stamp is that of a series. */
export const isSeriesStamp = (stamp: RemoteStamp): boolean => stamp.split(' ').length === 3;

/** The copy, or why it cannot be read. */
export function remoteOf(
  calendar: RemoteCalendar,
  group: Group,
): RemoteEvent | Extract<Change, { kind: 'unreadable' }> {
  const mapped = fromRows(group.head, group.exceptions, group.cancelled, zoneOf(calendar), group.days);
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

/** Whether the mark of this row is worth a question: lists do not tell it. */
export const isOurs = (row: Row): boolean => isOwnRow(row);

const goneCodes: readonly number[] = [404, 410];

/** One event as it is now with its mark, whatever calendar of the mailbox it is in; null when it is gone. */
export async function getRow({ client }: Account, id: string): Promise<Row | null> {
  return asked(() =>
    client.call({ doing: 'an event', path: `${client.base}/events/${seg(id)}`, query: { $expand: markExpand } }),
  );
}

async function asked(ask: () => Promise<unknown>): Promise<Row | null> {
  try {
    return readRow(await ask());
  } catch (error) {
    if (error instanceof Refused && goneCodes.includes(error.refusal.status)) return null;
    throw error;
  }
}

/**
 * A series as it is now, with all of its exceptions whatever their time. Null when the master is gone. Its parts and our mark
 * are not asked for together: the reference knows each question only by itself.
 * @param marked the master as it was just read with its mark; null: it is read where there may be one
 */
export async function readSeries(account: Account, masterId: string, marked: Row | null = null): Promise<Group | null> {
  const { client } = account;
  const query = { $select: seriesFields, $expand: 'exceptionOccurrences' };
  const head = await asked(() =>
    client.call({ doing: 'a series', path: `${client.base}/events/${seg(masterId)}`, query }),
  );
  if (head === null) return null;
  const source = marked ?? (isOurs(head) ? await getRow(account, masterId) : null);
  return withDays(account, groupOf(source === null ? head : withMarkOf(head, source)));
}

/** No busy time may stay uncovered because a rule cannot be said (a home-made zone, days on another clock). */
async function withDays({ client, clock }: Account, group: Group): Promise<Group> {
  const { head, exceptions, cancelled } = group;
  const mapped = fromRows(head, exceptions, cancelled, utcZone);
  if (mapped.kind === 'mapped' || !mapped.hasDays) return group;
  const path = `${client.base}/events/${seg(head.id)}/instances`;
  const items = await listAll(client, 'the days of a series', path, { ...yearsAround(clock.now()), $top: '200' });
  return { ...group, days: items.map(readRow).filter((row) => row !== null) };
}

/**
 * Whole years, so that the stamp of such a series stays the same while time goes on: from the last one, and fewer than the
 * 1,825 days that Graph shows at once.
 */
function yearsAround(now: Instant): { readonly startDateTime: string; readonly endDateTime: string } {
  const year = new Date(now).getUTCFullYear();
  return { startDateTime: `${year - 1}-01-01T00:00:00Z`, endDateTime: `${year + 3}-01-01T00:00:00Z` };
}

function withMarkOf(head: Row, { json }: Row): Row {
  const { singleValueExtendedProperties } = json;
  return readRow({ ...head.json, singleValueExtendedProperties }) ?? head;
}

function groupOf(head: Row): Group {
  const { exceptionOccurrences, cancelledOccurrences } = head.json;
  const exceptions = Array.isArray(exceptionOccurrences) ? exceptionOccurrences.map(readRow) : [];
  const cancelled = Array.isArray(cancelledOccurrences) ? cancelledOccurrences : [];
  return {
    head,
    exceptions: exceptions.filter((row) => row !== null),
    cancelled: cancelled.filter((id) => typeof id === 'string'),
  };
}

/** An event or a whole series as it is now; null when it is gone. */
export async function readGroup(account: Account, id: string): Promise<Group | null> {
  const row = await getRow(account, id);
  if (row === null) return null;
  return row.isMaster ? readSeries(account, row.id, row) : alone(row);
}

/** An event as it is now, when it is in this calendar: ids outlive a move to another calendar of the mailbox. */
export async function readHere(account: Account, calendar: RemoteCalendar, id: string): Promise<Group | null> {
  const [group, isHere] = await Promise.all([readGroup(account, id), isInCalendar(account, calendar, id)]);
  return isHere ? group : null;
}

async function isInCalendar({ client }: Account, calendar: RemoteCalendar, id: string): Promise<boolean> {
  const path = `${client.base}/events/${seg(id)}/calendar`;
  try {
    const data = await client.call({ doing: 'the calendar of an event', path, query: { $select: 'id' } });
    return typeof data === 'object' && data !== null && 'id' in data && data.id === calendar.remoteId;
  } catch (error) {
    if (error instanceof Refused && goneCodes.includes(error.refusal.status)) return false;
    throw error;
  }
}

/** Ids of all series of a calendar. */
export async function masterIds({ client }: Account, calendar: RemoteCalendar): Promise<string[]> {
  const path = `${client.base}/calendars/${seg(calendar.remoteId)}/events`;
  const query = { $filter: "type eq 'seriesMaster'", $select: 'id,type', $top: '200' };
  const items = await listAll(client, 'the series of a calendar', path, query);
  return items.flatMap((item) =>
    typeof item === 'object' && item !== null && 'id' in item && typeof item.id === 'string' ? [item.id] : [],
  );
}
