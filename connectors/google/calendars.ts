/** Lists the calendars of an account and finds out whose account it is. */
import type { RemoteCalendar } from '../../src/domain/calendar.ts';
import { Fault } from '../../src/domain/fault.ts';
import { asRemoteId } from '../../src/domain/ids.ts';
import { asZone } from '../../src/domain/zone.ts';
import type { GoogleClient } from './client.ts';
import { Refused } from './refusals.ts';

const perPage = 250;
const mostPages = 100;

export async function listCalendars(client: GoogleClient): Promise<RemoteCalendar[]> {
  const found = new Map<string, RemoteCalendar>();
  let pageToken: string | undefined;
  for (let page = 0; page < mostPages; page += 1) {
    const params = { maxResults: perPage, ...(pageToken !== undefined && { pageToken }) };
    const data = await client.call('the calendars', (o) => client.api.calendarList.list(params, o));
    const answer = isRecord(data) ? data : {};
    for (const entry of Array.isArray(answer.items) ? answer.items : []) {
      const calendar = calendarOf(entry);
      if (calendar !== null) found.set(calendar.remoteId, calendar);
    }
    if (typeof answer.nextPageToken !== 'string') break;
    pageToken = answer.nextPageToken;
  }
  return [...found.values()];
}

/** The id of the primary calendar is the account's e-mail address. */
export async function findAccount(client: GoogleClient): Promise<string> {
  const data = await client.call('the account', (o) =>
    client.api.calendarList.get({ calendarId: 'primary', fields: 'id' }, o),
  );
  if (isRecord(data) && typeof data.id === 'string' && data.id !== '') return data.id;
  throw new Fault('transient', 'Google did not say whose account this is.');
}

/** Whether the account still has this calendar: a 404 on its events may also mean that nothing is there to see for us. */
export async function hasCalendar(client: GoogleClient, calendar: RemoteCalendar): Promise<boolean> {
  try {
    const calendarId = calendar.remoteId;
    await client.call('a calendar', (o) => client.api.calendarList.get({ calendarId, fields: 'id' }, o));
    return true;
  } catch (error) {
    if (error instanceof Refused && [404, 410].includes(error.refusal.status)) return false;
    throw error;
  }
}

/** What a refused call on a whole calendar comes to. */
export async function calendarFault(client: GoogleClient, calendar: RemoteCalendar, error: Refused): Promise<Fault> {
  const { status } = error.refusal;
  if (![403, 404, 410].includes(status)) return error;
  if (!(await hasCalendar(client, calendar)))
    return new Fault('calendar-gone', 'The account no longer has this calendar.');
  return new Fault('transient', `Google says that the calendar is not there (status ${status}), but lists it.`);
}

const writers: readonly string[] = ['owner', 'writer'];

function calendarOf(entry: unknown): RemoteCalendar | null {
  if (!isRecord(entry) || entry.deleted === true || typeof entry.id !== 'string' || entry.id === '') return null;
  const names = [entry.summaryOverride, entry.summary, entry.id];
  const name = names.find((n): n is string => typeof n === 'string' && n.trim() !== '') ?? entry.id;
  return {
    remoteId: asRemoteId(entry.id),
    name,
    zone: typeof entry.timeZone === 'string' ? asZone(entry.timeZone) : null,
    canWrite: typeof entry.accessRole === 'string' && writers.includes(entry.accessRole),
  };
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
