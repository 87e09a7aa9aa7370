/** Writes the parts of a series: its master, and its occurrences as rows of their own. */
import {
  changedKeys,
  finishedBody,
  fromRows,
  type GoogleBody,
  keyOf,
  keyTime,
  occurrenceBody,
  occurrenceOf,
  patchBody,
  type Row,
  readRow,
  recurrenceBody,
  writeTime,
} from '../../mappings/google.ts';
import type { RemoteCalendar } from '../../src/domain/calendar.ts';
import type { EventFields, InstanceKey } from '../../src/domain/event.ts';
import { instanceKeyOf } from '../../src/domain/event.ts';
import { Fault } from '../../src/domain/fault.ts';
import { type Account, itemFields, zoneOf } from './lists.ts';
import { Refused } from './refusals.ts';
import { type Group, readSeries } from './series.ts';
import { patchRow, type SeriesEdit } from './write.ts';

/**
 * Changes a series that is as we last saw it. The mark goes with the last of the writes: it says that all of them landed.
 * The answer is put together from what was there and what the writes said: reading anew would take a change that somebody
 * made meanwhile for a part of ours.
 * @throws Refused
 */
export async function updateSeries(
  account: Account,
  calendar: RemoteCalendar,
  before: Group,
  { fields, units, mark }: SeriesEdit,
): Promise<Group> {
  const keys = units.map(instanceKeyOf).filter((key) => key !== null);
  const isMoved = units.includes('when');
  const ends = isMoved && fields.series === null;
  const followers = ends ? [] : followersOf(calendar, before, keys);
  if (ends || (keys.length === 0 && followers.length === 0))
    return patchMaster(account, calendar, before, patchBody(fields, units, mark), isMoved);
  const opening = isMoved ? patchBody(fields, units, null) : reopening(calendar, before, fields, keys);
  const opened = opening === null ? before : await patchMaster(account, calendar, before, opening, isMoved);
  const led = await leadFollowers(account, calendar, opened, { fields, units, mark }, followers);
  const written = await writeOccurrences(account, calendar, led, fields, keys);
  return patchMaster(account, calendar, written, patchBody(fields, isMoved ? [] : units, mark), false);
}

/**
 * Rows of occurrences that are as the series makes them: a change of theirs was taken back. Google keeps such rows for ever
 * and does not change them along with the master, so that we have to.
 */
function followersOf(calendar: RemoteCalendar, before: Group, keys: readonly InstanceKey[]): string[] {
  const mapped = fromRows(before.head, before.exceptions, zoneOf(calendar));
  if (mapped.kind === 'unmappable') return [];
  const { fields } = mapped;
  const isFollower = (row: Row): boolean => {
    const key = keyOf(row, fields, zoneOf(calendar));
    return key !== null && !row.isCancelled && fields.instances[key] === undefined && !keys.includes(key);
  };
  return before.exceptions.filter(isFollower).map((row) => row.id);
}

async function leadFollowers(
  account: Account,
  calendar: RemoteCalendar,
  group: Group,
  { fields, units }: SeriesEdit,
  followers: readonly string[],
): Promise<Group> {
  const exceptions: Row[] = [];
  for (const row of group.exceptions) {
    const key = followers.includes(row.id) && !row.isCancelled ? keyOf(row, fields, zoneOf(calendar)) : null;
    const plain = key === null ? null : occurrenceOf(fields, key, zoneOf(calendar));
    const body = plain === null ? {} : occurrenceBody(plain, units);
    const isLed = row.etag !== null && Object.keys(body).length > 0;
    exceptions.push(isLed ? await patchRow(account, calendar, row.id, row.etag, body) : row);
  }
  return { head: group.head, exceptions };
}

/** Google drops or cancels exceptions that do not fit to a new rule, so that one is read back. */
async function patchMaster(
  account: Account,
  calendar: RemoteCalendar,
  { head, exceptions }: Group,
  body: GoogleBody,
  isMoved: boolean,
): Promise<Group> {
  const patched = await patchRow(account, calendar, head.id, head.etag ?? '', body);
  if (!patched.isMaster) return { head: patched, exceptions: [] };
  const moved = isMoved ? await readSeries(account, calendar, patched.id, patched.uid) : null;
  return moved ?? { head: patched, exceptions };
}

/** What makes occurrences exist again that an EXDATE takes out and that we want; null where there are none. */
function reopening(
  calendar: RemoteCalendar,
  { head }: Group,
  fields: EventFields,
  keys: readonly InstanceKey[],
): GoogleBody | null {
  const mapped = fromRows(head, [], zoneOf(calendar));
  if (mapped.kind === 'unmappable') return null;
  const excluded = Object.entries(mapped.fields.instances);
  const isWanted = (key: string) => keys.some((k) => k === key) && fields.instances[key as InstanceKey] !== 'cancelled';
  const kept = excluded.filter(([key]) => !isWanted(key));
  return kept.length === excluded.length
    ? null
    : recurrenceBody({ ...mapped.fields, instances: Object.fromEntries(kept) });
}

async function writeOccurrences(
  account: Account,
  calendar: RemoteCalendar,
  group: Group,
  fields: EventFields,
  keys: readonly InstanceKey[],
): Promise<Group> {
  const rows = new Map(group.exceptions.map((row) => [row.id, row]));
  for (const key of keys) {
    const row = await writeOccurrence(account, calendar, { ...group, exceptions: [...rows.values()] }, fields, key);
    if (row !== null) rows.set(row.id, row);
  }
  return { head: group.head, exceptions: [...rows.values()] };
}

/** The row as it is afterwards; null where there is nothing to write to. */
async function writeOccurrence(
  account: Account,
  calendar: RemoteCalendar,
  group: Group,
  fields: EventFields,
  key: InstanceKey,
): Promise<Row | null> {
  const zone = zoneOf(calendar);
  const stored = group.exceptions.find((row) => keyOf(row, fields, zone) === key) ?? null;
  const wanted = fields.instances[key];
  if (wanted === undefined && stored === null) return null;
  const row = stored?.etag ? stored : await findOccurrence(account, calendar, group.head, fields, key);
  if (row === null || row.etag === null) return stored;
  if (wanted === 'cancelled') return row.isCancelled ? row : cancelOccurrence(account, calendar, row);
  const plain = wanted ?? occurrenceOf(fields, key, zone);
  if (plain === null) return stored;
  return patchRow(account, calendar, row.id, row.etag, occurrenceBody(plain));
}

/** An occurrence by its original start, whether or not it has a row of its own yet. */
async function findOccurrence(
  account: Account,
  calendar: RemoteCalendar,
  head: Row,
  fields: EventFields,
  key: InstanceKey,
): Promise<Row | null> {
  const original = keyTime(fields.start, key);
  if (original === null) return null;
  const time = writeTime(original);
  const originalStart = time.dateTime ?? time.date ?? '';
  const { client } = account;
  const asked = { calendarId: calendar.remoteId, eventId: head.id, originalStart, showDeleted: true };
  const data = await client.call('an occurrence', (o) =>
    client.api.events.instances({ ...asked, fields: `items(${itemFields})` }, o),
  );
  const items =
    typeof data === 'object' && data !== null && 'items' in data && Array.isArray(data.items) ? data.items : [];
  return items.map(readRow).find((row) => row !== null) ?? null;
}

async function cancelOccurrence(account: Account, calendar: RemoteCalendar, row: Row): Promise<Row> {
  const { client } = account;
  const asked = { calendarId: calendar.remoteId, eventId: row.id, sendUpdates: 'none' };
  const o = { ifMatch: row.etag ?? '' };
  try {
    await client.call('the removal of an occurrence', (options) => client.api.events.delete(asked, options), o);
  } catch (error) {
    if (!(error instanceof Refused) || error.refusal.status !== 410) throw error;
  }
  return { ...row, isCancelled: true };
}

/** Writes the changed occurrences of a new series that are not there yet, and takes away the note that says so. */
export async function completeSeries(
  account: Account,
  calendar: RemoteCalendar,
  group: Group,
  fields: EventFields,
): Promise<Group> {
  const missing = changedKeys(fields).filter(
    (key) => !group.exceptions.some((row) => keyOf(row, fields, zoneOf(calendar)) === key),
  );
  try {
    const written = await writeOccurrences(account, calendar, group, fields, missing);
    const finished = await patchRow(account, calendar, group.head.id, group.head.etag ?? '', finishedBody);
    return { ...written, head: finished };
  } catch (error) {
    if (!(error instanceof Refused) || ![404, 409, 410, 412].includes(error.refusal.status)) throw error;
    throw new Fault('transient', 'A new series was changed while it was being written.', { cause: error });
  }
}
