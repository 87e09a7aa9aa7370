/** Writes one copy: created under a transaction id, changed and removed only as we have seen it, and what answers mean. */
import {
  changedKeys,
  createBody,
  excludedKeys,
  fromRows,
  markExpand,
  type OutlookBody,
  outlookRefusal,
  ownFilter,
  patchBody,
  projectOutlook,
  type Row,
  readRow,
} from '../../mappings/outlook.ts';
import type { RemoteCalendar } from '../../src/domain/calendar.ts';
import type { WriteIntent, WriteReceipt } from '../../src/domain/connector.ts';
import type { EventFields, InstanceFields, MergeUnit } from '../../src/domain/event.ts';
import { instanceKeyOf, sameValue } from '../../src/domain/event.ts';
import { Fault } from '../../src/domain/fault.ts';
import { hasCalendar } from './calendars.ts';
import { seg } from './client.ts';
import { type Account, listAll, zoneOf } from './lists.ts';
import { isConflict, Refused, wordsOf } from './refusals.ts';
import {
  alone,
  etagOf,
  type Group,
  getRow,
  isSeriesStamp,
  readGroup,
  readSeries,
  remoteOf,
  stampOf,
} from './series.ts';
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

async function create(account: Account, calendar: RemoteCalendar, intent: Of<'create'>): Promise<WriteReceipt> {
  const { client } = account;
  const { createId, mark } = intent;
  const why = outlookRefusal(intent.fields, zoneOf(calendar));
  if (why !== null) return { kind: 'refused', why };
  const fields = projectOutlook(intent.fields, zoneOf(calendar));
  const isWhole = changedKeys(fields).length + excludedKeys(fields).length === 0;
  // The mark says that all of it landed: a series with changed occurrences gets it with the last of them.
  const body = createBody(fields, { createId, mark: isWhole ? mark : null });
  const path = `${client.base}/calendars/${seg(calendar.remoteId)}/events`;
  let head: Row;
  try {
    head = rowOf(await client.call({ doing: 'a new event', method: 'POST', path, body }));
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    if (error.refusal.code === 'ErrorDuplicateTransactionId') return occupied(account, calendar, intent, fields);
    if ([404, 410].includes(error.refusal.status)) await demandCalendar(account, calendar);
    return refused(error, fields);
  }
  if (isWhole) return created(calendar, head, intent, fields);
  return finished(account, calendar, { group: alone(head), fields, mark });
}

const laterMs = 2_000;

/**
 * A repeated creation may be answered with the event that the first one made, and somebody may have edited it since. That
 * edit is theirs and not the answer to our write.
 */
function created(calendar: RemoteCalendar, head: Row, { mark }: Of<'create'>, fields: EventFields): WriteReceipt {
  const receipt = done(calendar, { ...alone(head), mark });
  if (receipt.kind !== 'done' || receipt.remote === null) return receipt;
  const [made, changed] = [head.json.createdDateTime, head.updated].map((time) => Date.parse(String(time)));
  const isOlder = made !== undefined && changed !== undefined && changed - made > laterMs;
  return isOlder && !sameValue(receipt.remote.fields, fields) ? { kind: 'exists', remote: receipt.remote } : receipt;
}

interface Unfinished {
  readonly group: Group;
  readonly fields: EventFields;
  readonly mark: Of<'create'>['mark'];
}

/** What Outlook does not take of a new series takes the whole of it back: half of it would be a promise nobody made. */
async function finished(account: Account, calendar: RemoteCalendar, o: Unfinished): Promise<WriteReceipt> {
  try {
    return done(calendar, { ...(await completeSeries(account, calendar, o)), mark: o.mark });
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    if ([404, 410].includes(error.refusal.status) || isConflict(error.refusal)) {
      throw new Fault('transient', 'A new series was changed while it was being written.', { cause: error });
    }
    const path = `${account.client.base}/events/${seg(o.group.head.id)}`;
    await account.client.call({ doing: 'the removal of an event', method: 'DELETE', path });
    return refused(error, o.fields);
  }
}

/**
 * The transaction id was used: by our own create whose answer was lost (finished now where it broke off half way), or by
 * an event that was deleted since, and then it can never be used again.
 */
async function occupied(
  account: Account,
  calendar: RemoteCalendar,
  { createId, mark }: Of<'create'>,
  fields: EventFields,
): Promise<WriteReceipt> {
  const row = await findOwn(account, calendar, createId);
  if (row === null) return { kind: 'burnt' };
  const group = row.isMaster ? await readSeries(account, row.id, row) : alone(row);
  if (group === null) return { kind: 'burnt' };
  if (group.head.isUnfinished) {
    const receipt = await finished(account, calendar, { group, fields, mark });
    return receipt.kind === 'done' && receipt.remote !== null ? { kind: 'exists', remote: receipt.remote } : receipt;
  }
  const remote = remoteOf(calendar, group);
  return 'kind' in remote ? { kind: 'refused', why: remote.why } : { kind: 'exists', remote };
}

/** Our copy by the name under which it was created. */
async function findOwn({ client }: Account, calendar: RemoteCalendar, createId: string): Promise<Row | null> {
  const path = `${client.base}/calendars/${seg(calendar.remoteId)}/events`;
  const query = { $filter: ownFilter(createId), $expand: markExpand };
  const items = await listAll(client, 'our own event', path, query);
  // A user's duplicate bears our name, too, but not our transaction.
  const rows = items.map(readRow).filter((row) => row !== null);
  return rows.find((row) => row.transactionId === createId) ?? rows[0] ?? null;
}

/** @throws Fault `calendar-gone` */
async function demandCalendar(account: Account, calendar: RemoteCalendar): Promise<void> {
  if (await hasCalendar(account.client, calendar)) return;
  throw new Fault('calendar-gone', 'The mailbox no longer has this calendar.');
}

async function update(account: Account, calendar: RemoteCalendar, intent: Of<'update'>): Promise<WriteReceipt> {
  const { remoteId, ifStamp, units, mark } = intent;
  const etag = etagOf(ifStamp);
  if (etag === '') return { kind: 'stale' };
  const why = units.includes('when') ? outlookRefusal(intent.fields, zoneOf(calendar)) : null;
  if (why !== null) return { kind: 'refused', why };
  const fields = projectOutlook(intent.fields, zoneOf(calendar));
  try {
    if (isSeriesStamp(ifStamp) || units.some((unit) => instanceKeyOf(unit) !== null)) {
      const group = await readGroup(account, remoteId);
      if (group === null) return { kind: 'gone' };
      if (stampOf(group) !== ifStamp) return { kind: 'stale' };
      const after = await updateSeries(account, calendar, group, { fields, units, mark });
      return after === 'moved' ? { kind: 'stale' } : done(calendar, { ...after, mark });
    }
    const body = patchBody(fields, units, mark);
    // It has no recurrence that could be taken away, and one day of somebody's series must not be given any.
    if (body.recurrence === null) delete body.recurrence;
    // The ETag holds the copy to what it was when it said these words.
    if (intent.seen?.description === fields.description) delete body.body;
    const head = await patchRow(account, remoteId, etag, body);
    // It repeats from now on: its stamp is that of a series.
    return done(calendar, { ...alone(head), mark });
  } catch (error) {
    if (error instanceof Refused) return afterRefusal(account, calendar, intent, error, fields);
    throw error;
  }
}

/** A text that says the same is not written: the person's formatting and a meeting's join link live in it. */
export function keepText(calendar: RemoteCalendar, body: OutlookBody, before: Row, fields: InstanceFields): void {
  const mapped = fromRows(before, [], [], zoneOf(calendar));
  if (mapped.kind === 'mapped' && mapped.fields.description === fields.description) delete body.body;
}

async function remove(account: Account, calendar: RemoteCalendar, intent: Of<'remove'>): Promise<WriteReceipt> {
  const { remoteId, ifStamp } = intent;
  const etag = etagOf(ifStamp);
  if (etag === '') return { kind: 'stale' };
  try {
    if (isSeriesStamp(ifStamp)) {
      const group = await readGroup(account, remoteId);
      if (group === null) return { kind: 'gone' };
      if (stampOf(group) !== ifStamp) return { kind: 'stale' };
    }
    await deleteRow(account, remoteId, etag);
    return { kind: 'done', remote: null };
  } catch (error) {
    if (error instanceof Refused) return afterRefusal(account, calendar, intent, error, null);
    throw error;
  }
}

/** @throws Refused */
export async function deleteRow({ client }: Account, id: string, etag: string | null): Promise<void> {
  const path = `${client.base}/events/${seg(id)}`;
  const guard = etag === null ? {} : { ifMatch: etag };
  await client.call({ doing: 'the removal of an event', method: 'DELETE', path, ...guard });
}

/** @throws Refused */
export async function patchRow({ client }: Account, id: string, etag: string | null, body: OutlookBody): Promise<Row> {
  const path = `${client.base}/events/${seg(id)}`;
  const guard = etag === null ? {} : { ifMatch: etag };
  return rowOf(await client.call({ doing: 'a change of an event', method: 'PATCH', path, body, ...guard }));
}

function rowOf(data: unknown): Row {
  const row = readRow(data);
  if (row === null) throw new Fault('transient', 'Microsoft did not answer with the event that it wrote.');
  return row;
}

/** Answers to writes do not tell the mark; it is the one that was just written. */
function done(calendar: RemoteCalendar, { mark, ...group }: Group & Pick<Of<'create'>, 'mark'>): WriteReceipt {
  const remote = remoteOf(calendar, group);
  // Written but not readable: the visit reads it again and sets it aside there.
  return 'kind' in remote ? { kind: 'done', remote: null } : { kind: 'done', remote: { ...remote, mark } };
}

/** How often a precondition may fail for an event that is as we know it, before it is left to the next visit. */
async function afterRefusal(
  account: Account,
  calendar: RemoteCalendar,
  intent: Of<'update'> | Of<'remove'>,
  error: Refused,
  fields: EventFields | null,
): Promise<WriteReceipt> {
  const { status } = error.refusal;
  if (![403, 404, 410].includes(status) && !isConflict(error.refusal)) return refused(error, fields);
  const row: Row | null = await getRow(account, intent.remoteId);
  if (row === null) {
    if (status === 404) await demandCalendar(account, calendar);
    return { kind: 'gone' };
  }
  const isMoved = row.etag !== etagOf(intent.ifStamp) || isSeriesStamp(intent.ifStamp);
  if (status !== 403 && isMoved) return { kind: 'stale' };
  // Now and then Exchange fails a precondition that holds.
  if (isConflict(error.refusal))
    throw new Fault('transient', 'Microsoft did not take a change just now.', { cause: error });
  return refused(error, fields);
}

const named: Readonly<Record<string, string>> = {
  ErrorOccurrenceCrossingBoundary:
    'Outlook does not let an occurrence move onto or past the day of the one before or after it (ErrorOccurrenceCrossingBoundary)',
  ErrorOccurrenceTimeSpanTooBig: 'Outlook does not let an occurrence overlap the next one of its series',
  ErrorAccessDenied: 'Outlook lets nobody write there with this account (ErrorAccessDenied)',
};

function refused(error: Refused, fields: EventFields | null): WriteReceipt {
  const hide = fields === null ? [] : textsOf(fields);
  return { kind: 'refused', why: named[error.refusal.code] ?? wordsOf(error.refusal, hide) };
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
