/** Lists the calendars of a mailbox and finds out whose mailbox it is. */
import { resolveZone } from '../../mappings/zones.ts';
import type { RemoteCalendar } from '../../src/domain/calendar.ts';
import { Fault } from '../../src/domain/fault.ts';
import { asRemoteId } from '../../src/domain/ids.ts';
import type { Zone } from '../../src/domain/time.ts';
import { type GraphClient, seg } from './client.ts';
import { Refused } from './refusals.ts';

const perPage = 100;
const mostPages = 50;

export async function listCalendars(client: GraphClient): Promise<RemoteCalendar[]> {
  const zone = await mailboxZone(client);
  const found = new Map<string, RemoteCalendar>();
  let link: string | null = null;
  for (let page = 0; page < mostPages; page += 1) {
    const doing = 'the calendars';
    const data: unknown = await client.call(
      link === null ? { doing, path: `${client.base}/calendars`, query: { $top: String(perPage) } } : { doing, link },
    );
    const answer = isRecord(data) ? data : {};
    for (const entry of Array.isArray(answer.value) ? answer.value : []) {
      const calendar = calendarOf(entry, zone);
      if (calendar !== null) found.set(calendar.remoteId, calendar);
    }
    const next: unknown = answer['@odata.nextLink'];
    if (typeof next !== 'string' || next === link) break;
    link = next;
  }
  return [...found.values()];
}

/** Calendars have no zone of their own; a zone that nobody knows (a home-made one) leaves it to the resource. */
async function mailboxZone(client: GraphClient): Promise<Zone | null> {
  try {
    const data = await client.call({ doing: 'the settings of the mailbox', path: `${client.base}/mailboxSettings` });
    return isRecord(data) && typeof data.timeZone === 'string' ? resolveZone(data.timeZone) : null;
  } catch (error) {
    if (error instanceof Refused) return null;
    throw error;
  }
}

/** The owner of the default calendar: personal accounts often have no address in their profile. */
export async function findAccount(client: GraphClient): Promise<string> {
  const data = await client.call({ doing: 'the account', path: `${client.base}/calendar` });
  const owner = isRecord(data) && isRecord(data.owner) ? data.owner : {};
  const name = [owner.address, owner.name].find((text) => typeof text === 'string' && text !== '');
  if (typeof name === 'string') return name;
  throw new Fault('transient', 'Microsoft did not say whose mailbox this is.');
}

/** Whether the mailbox still has this calendar: a 404 on its events may also mean that nothing is there to see for us. */
export async function hasCalendar(client: GraphClient, calendar: RemoteCalendar): Promise<boolean> {
  try {
    await client.call({ doing: 'a calendar', path: `${client.base}/calendars/${seg(calendar.remoteId)}` });
    return true;
  } catch (error) {
    if (error instanceof Refused && [404, 410].includes(error.refusal.status)) return false;
    throw error;
  }
}

/** What a refused call on a whole calendar comes to. */
export async function calendarFault(client: GraphClient, calendar: RemoteCalendar, error: Refused): Promise<Fault> {
  const { status, code } = error.refusal;
  if (status === 403 && code === 'ErrorAccessDenied' && !(await mayRead(client))) {
    return new Fault('consent', 'The permission to read this mailbox was taken back.', { context: { status } });
  }
  if (![403, 404, 410].includes(status)) return error;
  if (!(await hasCalendar(client, calendar))) {
    return new Fault('calendar-gone', 'The mailbox no longer has this calendar.');
  }
  return new Fault('transient', `Microsoft says that the calendar is not there (status ${status}), but lists it.`);
}

async function mayRead(client: GraphClient): Promise<boolean> {
  try {
    await client.call({ doing: 'the account', path: `${client.base}/calendar` });
    return true;
  } catch (error) {
    if (error instanceof Refused && error.refusal.status === 403) return false;
    throw error;
  }
}

function calendarOf(entry: unknown, zone: Zone | null): RemoteCalendar | null {
  if (!isRecord(entry) || typeof entry.id !== 'string' || entry.id === '') return null;
  const name = typeof entry.name === 'string' && entry.name.trim() !== '' ? entry.name : entry.id;
  return { remoteId: asRemoteId(entry.id), name, zone, canWrite: entry.canEdit === true };
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
