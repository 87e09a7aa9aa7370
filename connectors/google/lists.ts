/** Asks for pages of events and reads them into rows; every question about a calendar's events goes through here. */
import type { calendar_v3 } from 'googleapis/build/src/apis/calendar/v3.js';
import { type Row, readRow } from '../../mappings/google.ts';
import type { RemoteCalendar } from '../../src/domain/calendar.ts';
import type { RemoteEvent } from '../../src/domain/connector.ts';
import { asRemoteId } from '../../src/domain/ids.ts';
import type { Clock, Log } from '../../src/domain/ports.ts';
import { utcZone, type Zone } from '../../src/domain/time.ts';
import type { GoogleClient, Limits } from './client.ts';

/** One opened account. */
export interface Account {
  readonly client: GoogleClient;
  readonly clock: Clock;
  readonly log: Log;
  readonly limits: Limits;
}

/**
 * All that we read of an event. Guests are asked for the owner's own answer alone: a long list of guests comes with every
 * copy of every meeting.
 */
const eventFields =
  'id,etag,status,updated,summary,description,location,start,end,recurrence,recurringEventId,originalStartTime,' +
  'transparency,visibility,iCalUID,eventType,attendees(self,responseStatus),extendedProperties/private';

export const itemFields: string = eventFields;
const pageFields = `nextPageToken,nextSyncToken,timeZone,items(${eventFields})`;

export interface EventsPage {
  readonly rows: readonly Row[];
  readonly nextPageToken: string | null;
  readonly nextSyncToken: string | null;
}

type ListParams = Omit<calendar_v3.Params$Resource$Events$List, 'calendarId' | 'fields' | 'maxResults'>;

/** @throws Refused */
export async function listPage(account: Account, calendar: RemoteCalendar, params: ListParams): Promise<EventsPage> {
  const { client, limits } = account;
  const asked = { calendarId: calendar.remoteId, maxResults: limits.page, fields: pageFields, ...params };
  return pageOf(await client.call('the events of a calendar', (o) => client.api.events.list(asked, o)));
}

function pageOf(data: unknown): EventsPage {
  const answer = isRecord(data) ? data : {};
  const items: readonly unknown[] = Array.isArray(answer.items) ? answer.items : [];
  const text = (value: unknown) => (typeof value === 'string' && value !== '' ? value : null);
  return {
    rows: items.map(readRow).filter((row) => row !== null),
    nextPageToken: text(answer.nextPageToken),
    nextSyncToken: text(answer.nextSyncToken),
  };
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** All-day events and times without a zone live in the calendar's zone. */
export const zoneOf = (calendar: RemoteCalendar): Zone => calendar.zone ?? utcZone;

export const idOf = (row: Row): RemoteEvent['remoteId'] => asRemoteId(row.id);
