/** Writes the parts of a series: its master, and its occurrences one by one. */
import {
  changedKeys,
  excludedKeys,
  fromRows,
  keyOf,
  keyTime,
  occurrenceBody,
  occurrenceOf,
  patchBody,
  type Row,
  readRow,
} from '../../mappings/outlook.ts';
import type { RemoteCalendar } from '../../src/domain/calendar.ts';
import type { Mark } from '../../src/domain/connector.ts';
import type { EventFields, InstanceFields, InstanceKey, MergeUnit } from '../../src/domain/event.ts';
import { instanceKeyOf, sameValue } from '../../src/domain/event.ts';
import { Fault } from '../../src/domain/fault.ts';
import { dayMs, formatInstant, type Instant } from '../../src/domain/time.ts';
import { toInstant } from '../../src/domain/zone.ts';
import { seg } from './client.ts';
import { type Account, listAll, zoneOf } from './lists.ts';
import { Refused } from './refusals.ts';
import { type Group, getRow, readSeries, remoteOf } from './series.ts';
import { deleteRow, keepText, patchRow, type SeriesEdit } from './write.ts';

/**
 * Changes a series that is as we last saw it. The mark goes with the last of the writes: it says that all of them landed.
 * `moved`: somebody changed it meanwhile; what we wrote is there, and a reading of it settles the rest.
 * @throws Refused
 */
export async function updateSeries(
  account: Account,
  calendar: RemoteCalendar,
  before: Group,
  { fields, units, mark }: SeriesEdit,
): Promise<Group | 'moved'> {
  const keys = units.map(instanceKeyOf).filter((key) => key !== null);
  const plain = units.filter((unit) => instanceKeyOf(unit) === null);
  const isMoved = units.includes('when');
  const isLast = keys.length === 0 && !(isMoved && fields.series !== null);
  const opened =
    plain.length === 0
      ? before
      : await patchMaster(account, calendar, before, { fields, plain, mark: isLast ? mark : null });
  if (isLast) return opened;
  // A new rule or time makes Exchange forget exceptions: they are written anew where they differ from what is wanted.
  const led = isMoved ? ((await readSeries(account, opened.head.id, opened.head)) ?? opened) : opened;
  const toWrite = isMoved ? differing(calendar, led, fields, keys) : keys;
  const written = await writeOccurrences(account, calendar, led, fields, toWrite);
  return sealed(account, calendar, written, fields, mark);
}

async function patchMaster(
  account: Account,
  calendar: RemoteCalendar,
  before: Group,
  o: { readonly fields: EventFields; readonly plain: readonly MergeUnit[]; readonly mark: Mark | null },
): Promise<Group> {
  const body = patchBody(o.fields, o.plain, o.mark);
  keepText(calendar, body, before.head, o.fields);
  const head = await patchRow(account, before.head.id, before.head.etag, body);
  return head.isMaster ? { ...before, head } : { head, exceptions: [], cancelled: [] };
}

/** Occurrences that are not as they are wanted, and those that were asked for. */
function differing(
  calendar: RemoteCalendar,
  group: Group,
  fields: EventFields,
  keys: readonly InstanceKey[],
): InstanceKey[] {
  const mapped = fromRows(group.head, group.exceptions, group.cancelled, zoneOf(calendar));
  const there = mapped.kind === 'mapped' ? mapped.fields.instances : {};
  const all = new Set([...Object.keys(there), ...Object.keys(fields.instances), ...keys] as InstanceKey[]);
  return [...all].filter((key) => !sameValue(there[key] ?? null, fields.instances[key] ?? null)).sort();
}

/** Puts the mark on. What the writes of the occurrences did to the master's ETag nobody says, so it is read. */
async function sealed(
  account: Account,
  calendar: RemoteCalendar,
  group: Group,
  fields: EventFields,
  mark: Mark,
): Promise<Group | 'moved'> {
  const now = await getRow(account, group.head.id);
  if (now === null) return 'moved';
  const head = await patchRow(account, now.id, now.etag, patchBody(fields, [], mark));
  const after = { ...group, head };
  return isSameSeries(calendar, group, after) ? after : 'moved';
}

function isSameSeries(calendar: RemoteCalendar, a: Group, b: Group): boolean {
  const [one, two] = [remoteOf(calendar, a), remoteOf(calendar, b)];
  return !('kind' in one) && !('kind' in two) && sameValue(one.fields, two.fields);
}

async function writeOccurrences(
  account: Account,
  calendar: RemoteCalendar,
  group: Group,
  fields: EventFields,
  keys: readonly InstanceKey[],
): Promise<Group> {
  let now = group;
  for (const key of keys) now = await writeOccurrence(account, calendar, now, fields, key);
  return now;
}

async function writeOccurrence(
  account: Account,
  calendar: RemoteCalendar,
  group: Group,
  fields: EventFields,
  key: InstanceKey,
): Promise<Group> {
  const zone = zoneOf(calendar);
  const wanted = fields.instances[key];
  const stored = group.exceptions.find((row) => keyOf(row, fields, zone) === key) ?? null;
  const row = stored ?? (await findOccurrence(account, calendar, group, fields, key));
  if (row === null) {
    if (wanted === 'cancelled' || (wanted === undefined && !isCancelled(group, key))) return group;
    throw new Refused(cannotReturn, 'an occurrence');
  }
  const others = group.exceptions.filter((r) => r.id !== row.id);
  if (wanted === 'cancelled') {
    await deleteRow(account, row.id, stored?.etag ?? null);
    const name = row.occurrenceId ?? `OID.${group.head.id}.${key.slice(0, 10)}`;
    return { ...group, exceptions: others, cancelled: [...group.cancelled, name] };
  }
  const plain: InstanceFields | null = wanted ?? occurrenceOf(fields, key, zone);
  if (plain === null) return group;
  const body = occurrenceBody(plain);
  keepText(calendar, body, row, plain);
  const after = await patchRow(account, row.id, stored?.etag ?? null, body);
  return { ...group, exceptions: [...others, after] };
}

/** An `occurrenceId` ends with the day that the occurrence had in its series. */
const isCancelled = ({ cancelled }: Group, key: InstanceKey): boolean =>
  cancelled.some((id) => id.endsWith(`.${key.slice(0, 10)}`));

/** There is no call that lets a cancelled occurrence take place again. */
const cannotReturn = {
  ...{ status: 400, code: 'occurrence cancelled', retryAfterMs: null, claims: null, requestId: '' },
  text: 'Outlook cannot bring back a cancelled occurrence of a series',
};

/** An occurrence by its original start, whether or not it was changed before. */
async function findOccurrence(
  account: Account,
  calendar: RemoteCalendar,
  { head }: Group,
  fields: EventFields,
  key: InstanceKey,
): Promise<Row | null> {
  const { client } = account;
  const zone = zoneOf(calendar);
  const original = keyTime(fields.start, key);
  if (original === null) return null;
  const at = toInstant(original, zone);
  const day = (shift: number): string => formatInstant((at + shift * dayMs) as Instant);
  const path = `${client.base}/events/${seg(head.id)}/instances`;
  const query = { startDateTime: day(-1), endDateTime: day(2), $top: '50' };
  const items = await listAll(client, 'an occurrence', path, query);
  const rows = items.map(readRow).filter((row) => row !== null);
  return rows.find((row) => keyOf(row, fields, zone) === key) ?? null;
}

/** Writes what of a new series is not there yet, and puts the mark on. @throws Refused */
export async function completeSeries(
  account: Account,
  calendar: RemoteCalendar,
  { group, fields, mark }: { readonly group: Group; readonly fields: EventFields; readonly mark: Mark },
): Promise<Group> {
  const wanted = [...excludedKeys(fields), ...changedKeys(fields)].sort();
  const missing = differing(calendar, group, fields, wanted).filter((key) => wanted.includes(key));
  const written = await writeOccurrences(account, calendar, group, fields, missing);
  const after = await sealed(account, calendar, written, fields, mark);
  if (after !== 'moved') return after;
  throw new Fault('transient', 'A new series was changed while it was being written.');
}
