/** Turns a stored object into what the feed says of it. */
import { createHash } from 'node:crypto';
import { fromICalendar } from '../../mappings/caldav.ts';
import type { RemoteCalendar } from '../../src/domain/calendar.ts';
import type { Change, RemoteEvent } from '../../src/domain/connector.ts';
import { asRemoteStamp, type RemoteId, type RemoteStamp } from '../../src/domain/ids.ts';
import { utcZone } from '../../src/domain/time.ts';
import { type Account, textKey, urlOfCalendar } from './account.ts';

/** An object as the server holds it. */
export interface StoredObject {
  readonly id: RemoteId;
  readonly stamp: RemoteStamp;
  readonly text: string;
}

/**
 * An ETag as a stamp. The weakness mark is dropped: proxies weaken tags in some answers and not in others, and a weak tag
 * never matches in `If-Match` (RFC 9110 section 8.8.3.2) while the server's own strong one does.
 */
export function stampOf(etag: string | null): RemoteStamp | null {
  const tag = etag?.trim().replace(/^W\//i, '') ?? '';
  return tag === '' ? null : asRemoteStamp(tag);
}

const contentPrefix = 'content:';
/** Stands in for the ETag of servers that tell none in listings; XML turns CRLF into LF, so line ends do not count. */
export function contentStamp(text: string): RemoteStamp {
  const lines = text.replace(/\r\n?/g, '\n').trim();
  return asRemoteStamp(contentPrefix + createHash('sha256').update(lines).digest('base64url'));
}
export const isContentStamp = (stamp: RemoteStamp): boolean => stamp.startsWith(contentPrefix);

/** Whether there is an appointment inside: calendars may also hold tasks and journals, which are none of ours. */
const holdsEvent = (text: string): boolean => /^\s*BEGIN:VEVENT\s*$/im.test(text);
const isOtherKind = (text: string): boolean =>
  !holdsEvent(text) && /^\s*BEGIN:V(?:TODO|JOURNAL|FREEBUSY|AVAILABILITY)\s*$/im.test(text);

export type Reading =
  | { readonly kind: 'event'; readonly remote: RemoteEvent }
  | { readonly kind: 'unreadable'; readonly change: Change }
  | { readonly kind: 'other' };

/** Reads one object and remembers its text for a later edit. Never throws for bad content. */
export function readObject(account: Account, calendar: RemoteCalendar, object: StoredObject): Reading {
  const { id, stamp, text } = object;
  if (isOtherKind(text)) return { kind: 'other' };
  const mapped = fromICalendar(text, {
    ownAddresses: account.ownAddresses,
    floatingZone: calendar.zone ?? utcZone,
  });
  if (mapped.kind === 'unmappable') {
    const { why, span } = mapped;
    return { kind: 'unreadable', change: { kind: 'unreadable', remoteId: id, stamp, span, why } };
  }
  account.memory.texts.put(textKey(account, urlOfCalendar(calendar), id), stamp, text);
  const { fields, mark, createId } = mapped;
  return { kind: 'event', remote: { remoteId: id, createId, stamp, fields, mark } };
}

/** As `readObject`, as an item of a feed; null for what is no appointment. */
export function changeOf(account: Account, calendar: RemoteCalendar, object: StoredObject): Change | null {
  const reading = readObject(account, calendar, object);
  switch (reading.kind) {
    case 'event':
      return { kind: 'upsert', remote: reading.remote };
    case 'unreadable':
      return reading.change;
    case 'other':
      return null;
  }
}
