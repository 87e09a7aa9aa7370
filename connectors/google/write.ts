/** Writes one copy: insert under our own id, patch and delete only what we have seen, and what the answers mean. */
import {
  changedKeys,
  type GoogleBody,
  insertBody,
  patchBody,
  projectGoogle,
  type Row,
  readRow,
} from '../../mappings/google.ts';
import type { RemoteCalendar } from '../../src/domain/calendar.ts';
import type { WriteIntent, WriteReceipt } from '../../src/domain/connector.ts';
import type { EventFields, InstanceFields, MergeUnit } from '../../src/domain/event.ts';
import { instanceKeyOf } from '../../src/domain/event.ts';
import { Fault } from '../../src/domain/fault.ts';
import { patchUnits } from './buckets.ts';
import { hasCalendar } from './calendars.ts';
import { type Account, itemFields, zoneOf } from './lists.ts';
import { Refused, wordsOf } from './refusals.ts';
import { etagOf, type Group, getRow, isSeriesStamp, readGroup, readSeries, remoteOf, stampOf } from './series.ts';
import { completeSeries, updateSeries } from './write-series.ts';

type Of<K extends WriteIntent['kind']> = Extract<WriteIntent, { kind: K }>;

export async function write(account: Account, calendar: RemoteCalendar, intent: WriteIntent): Promise<WriteReceipt> {
  switch (intent.kind) {
    case 'create':
      return create(account, calendar, intent);
    case 'update':
      return update(account, calendar, intent);
    case 'remove':
      return remove(account, calendar, intent);
  }
}

/** Nobody is mailed, and no client of Google's is asked to. */
const quietly = { sendUpdates: 'none' } as const;

async function create(account: Account, calendar: RemoteCalendar, intent: Of<'create'>): Promise<WriteReceipt> {
  const fields = projectGoogle(intent.fields, zoneOf(calendar));
  const requestBody = insertBody(fields, { id: intent.createId, mark: intent.mark });
  const asked = { calendarId: calendar.remoteId, ...quietly, fields: itemFields, requestBody };
  const { client } = account;
  let head: Row;
  try {
    head = rowOf(await client.call('a new event', (o) => client.api.events.insert(asked, o)));
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    if (error.refusal.status === 409) return occupied(account, calendar, intent, fields);
    if ([404, 410].includes(error.refusal.status)) await demandCalendar(account, calendar);
    return refused(error, fields);
  }
  if (changedKeys(fields).length === 0) return done(calendar, { head, exceptions: [] });
  return done(calendar, await completeSeries(account, calendar, { head, exceptions: [] }, fields));
}

/**
 * The id is taken: by our own create whose answer was lost (finished now where it broke off half way), or by a deleted
 * event, and then it can never be used again.
 */
async function occupied(
  account: Account,
  calendar: RemoteCalendar,
  { createId }: Of<'create'>,
  fields: EventFields,
): Promise<WriteReceipt> {
  const row = await getRow(account, calendar, createId);
  if (row === null) return { kind: 'burnt' };
  const series = row.isMaster ? await readSeries(account, calendar, row.id, row.uid) : null;
  const stored: Group = series ?? { head: row, exceptions: [] };
  const group = row.isUnfinished ? await completeSeries(account, calendar, stored, fields) : stored;
  const remote = remoteOf(calendar, group);
  return 'kind' in remote ? { kind: 'refused', why: remote.why } : { kind: 'exists', remote };
}

/** @throws Fault `calendar-gone` */
async function demandCalendar(account: Account, calendar: RemoteCalendar): Promise<void> {
  if (await hasCalendar(account.client, calendar)) return;
  throw new Fault('calendar-gone', 'The account no longer has this calendar.');
}

async function update(account: Account, calendar: RemoteCalendar, intent: Of<'update'>): Promise<WriteReceipt> {
  const { remoteId, ifStamp, units, mark } = intent;
  const etag = etagOf(ifStamp);
  if (etag === '') return { kind: 'stale' };
  const fields = projectGoogle(intent.fields, zoneOf(calendar));
  try {
    if (isSeriesStamp(ifStamp) || units.some((unit) => instanceKeyOf(unit) !== null)) {
      const group = await readGroup(account, calendar, remoteId);
      if (group === null) return { kind: 'gone' };
      if (stampOf(group) !== ifStamp) return { kind: 'stale' };
      return done(calendar, await updateSeries(account, calendar, group, { fields, units, mark }));
    }
    const body = patchBody(fields, units, mark);
    // An occurrence that stands alone (an invitation to one day of a series) has no recurrence to take away.
    if (isOccurrence(remoteId)) delete body.recurrence;
    const head = await patchRow(account, calendar, remoteId, etag, body);
    // It repeats from now on: its stamp is that of a series.
    return done(calendar, { head, exceptions: [] });
  } catch (error) {
    if (error instanceof Refused) return afterRefusal(account, calendar, intent, error, fields);
    throw error;
  }
}

const isOccurrence = (id: string): boolean => /_(\d{8})(T\d{6}Z)?$/.test(id);

async function remove(account: Account, calendar: RemoteCalendar, intent: Of<'remove'>): Promise<WriteReceipt> {
  const { remoteId: eventId, ifStamp } = intent;
  const etag = etagOf(ifStamp);
  if (etag === '') return { kind: 'stale' };
  const { client } = account;
  try {
    if (isSeriesStamp(ifStamp)) {
      const group = await readGroup(account, calendar, eventId);
      if (group === null) return { kind: 'gone' };
      if (stampOf(group) !== ifStamp) return { kind: 'stale' };
    }
    const asked = { calendarId: calendar.remoteId, eventId, ...quietly };
    await client.call('the removal of an event', (o) => client.api.events.delete(asked, o), { ifMatch: etag });
    return { kind: 'done', remote: null };
  } catch (error) {
    if (error instanceof Refused) return afterRefusal(account, calendar, intent, error, null);
    throw error;
  }
}

/** @throws Refused */
export async function patchRow(
  account: Account,
  calendar: RemoteCalendar,
  eventId: string,
  etag: string,
  requestBody: GoogleBody,
): Promise<Row> {
  const { client } = account;
  const asked = { calendarId: calendar.remoteId, eventId, ...quietly, fields: itemFields, requestBody };
  const o = { ifMatch: etag, units: patchUnits };
  return rowOf(await client.call('a change of an event', (options) => client.api.events.patch(asked, options), o));
}

function rowOf(data: unknown): Row {
  const row = readRow(data);
  if (row === null) throw new Fault('transient', 'Google did not answer with the event that it wrote.');
  return row;
}

function done(calendar: RemoteCalendar, group: Group): WriteReceipt {
  const remote = remoteOf(calendar, group);
  // Written but not readable: the visit reads it again and sets it aside there.
  return 'kind' in remote ? { kind: 'done', remote: null } : { kind: 'done', remote };
}

/**
 * What a refused update or removal means. A failed precondition also comes for an event that somebody deleted: the
 * tombstone has an ETag of its own.
 */
async function afterRefusal(
  account: Account,
  calendar: RemoteCalendar,
  intent: Of<'update'> | Of<'remove'>,
  error: Refused,
  fields: EventFields | null,
): Promise<WriteReceipt> {
  const { status } = error.refusal;
  if (![403, 404, 410, 412].includes(status)) return refused(error, fields);
  const row: Row | null = status === 410 ? null : await getRow(account, calendar, intent.remoteId);
  if (row === null) {
    if (status === 404) await demandCalendar(account, calendar);
    return { kind: 'gone' };
  }
  const isMoved = row.etag !== etagOf(intent.ifStamp) || isSeriesStamp(intent.ifStamp);
  return status !== 403 && isMoved ? { kind: 'stale' } : refused(error, fields);
}

function refused(error: Refused, fields: EventFields | null): WriteReceipt {
  return { kind: 'refused', why: wordsOf(error.refusal, fields === null ? [] : textsOf(fields)) };
}

/** What must not be repeated in a reason. */
function textsOf(fields: EventFields): string[] {
  const own = (f: InstanceFields): string[] => [f.title, f.description, f.location];
  return [...own(fields), ...Object.values(fields.instances).flatMap((i) => (i === 'cancelled' ? [] : own(i)))];
}

export interface SeriesEdit {
  /** As projected. */
  readonly fields: EventFields;
  readonly units: readonly MergeUnit[];
  readonly mark: Of<'update'>['mark'];
}
