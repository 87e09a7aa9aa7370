/** Lists the calendars of an account that can hold appointments. */
import type { RemoteCalendar } from '../../src/domain/calendar.ts';
import type { Zone } from '../../src/domain/time.ts';
import { asZone } from '../../src/domain/zone.ts';
import type { DavClient } from './client.ts';
import { absolute } from './discovery.ts';
import { calendarId } from './hrefs.ts';
import {
  caldavNs,
  childOf,
  childrenOf,
  contains,
  type DavRow,
  davNs,
  propOf,
  propText,
  serverNs,
} from './multistatus.ts';
import { findCalendars } from './requests.ts';

/** Calendars of the given homes, or the one calendar where an account has no home. */
export async function listCalendars(
  client: DavClient,
  place: { readonly homes: readonly string[]; readonly calendar: string | null },
): Promise<RemoteCalendar[]> {
  const found = new Map<string, RemoteCalendar>();
  const look = async (address: string, depth: '0' | '1'): Promise<void> => {
    const headers = { depth, 'content-type': 'application/xml; charset=utf-8' };
    const rows: DavRow[] = [];
    const url = new URL(address);
    const answer = await client.multistatus({ method: 'PROPFIND', url, headers, body: findCalendars }, (r) =>
      rows.push(r),
    );
    for (const row of rows) {
      const calendar = calendarOf(row, answer.url);
      if (calendar !== null) found.set(calendar.remoteId, calendar);
    }
  };
  for (const home of place.homes) await look(home, '1');
  if (place.calendar !== null) await look(place.calendar, '0');
  return [...found.values()];
}

/** Kinds of collections beside plain calendars that no appointment belongs into. */
const notForAppointments: readonly (readonly [string, string])[] = [
  [caldavNs, 'schedule-inbox'],
  [caldavNs, 'schedule-outbox'],
  [serverNs, 'subscribed'],
  [serverNs, 'dropbox-home'],
  [serverNs, 'notification'],
  ['http://nextcloud.com/ns', 'trash-bin'],
  ['http://nextcloud.com/ns', 'deleted-calendar'],
];

function calendarOf(row: DavRow, base: URL): RemoteCalendar | null {
  const type = propOf(row, davNs, 'resourcetype');
  if (type === null || childOf(type, caldavNs, 'calendar') === null) return null;
  if (notForAppointments.some(([ns, name]) => contains(type, ns, name))) return null;
  const kinds = propOf(row, caldavNs, 'supported-calendar-component-set');
  // No set means that everything is allowed (RFC 4791 section 5.2.3). The kind is an attribute, so names are counted.
  if (kinds !== null && !holdsEvents(kinds.children.map((c) => c.attributes.name ?? ''))) return null;
  const id = calendarId(absolute(row.href, base).href, absolute(row.href, base));
  if (id === null) return null;
  return {
    remoteId: id,
    name: propText(row, davNs, 'displayname') ?? lastSegment(id),
    zone: zoneOf(propText(row, caldavNs, 'calendar-timezone')),
    canWrite: canWrite(row),
  };
}

const holdsEvents = (kinds: readonly string[]): boolean =>
  kinds.length === 0 || kinds.some((kind) => kind.toUpperCase() === 'VEVENT');

/** Rights as the server tells them (RFC 3744 section 5.4); no word about rights means that writing decides. */
function canWrite(row: DavRow): boolean {
  const set = propOf(row, davNs, 'current-user-privilege-set');
  if (set === null) return true;
  const names = childrenOf(set, davNs, 'privilege').flatMap((p) => p.children.map((c) => c.name));
  return names.some((name) => name === 'all' || name === 'write' || name === 'write-content') || names.includes('bind');
}

/** The zone named by a VTIMEZONE text (RFC 4791 section 5.2.2), or null when it is no zone that this process knows. */
function zoneOf(text: string | null): Zone | null {
  const name = /^TZID(?:;[^:\r\n]*)?:(.+)$/m.exec(text ?? '')?.[1]?.trim();
  return name === undefined ? null : asZone(name);
}

function lastSegment(id: string): string {
  const segment =
    id
      .split('/')
      .filter((part) => part !== '')
      .at(-1) ?? id;
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
