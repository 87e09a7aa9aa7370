/** What the server holds after a write: read back where it may have reworded it, as sent where it is known not to. */
import type { RemoteCalendar } from '../../src/domain/calendar.ts';
import type { RemoteEvent } from '../../src/domain/connector.ts';
import { type EventFields, sameValue } from '../../src/domain/event.ts';
import { Fault } from '../../src/domain/fault.ts';
import type { RemoteId } from '../../src/domain/ids.ts';
import { type Account, textKey, urlOfCalendar } from './account.ts';
import { fetchOne } from './bodies.ts';
import { contentStamp, readObject, stampOf } from './objects.ts';

export interface SentObject {
  readonly id: RemoteId;
  readonly text: string;
  /** As the answer to PUT told it, or null. */
  readonly etag: string | null;
  /** What the text was made of, already in the form in which it reads; null where it was edited and not written anew. */
  readonly says: Pick<RemoteEvent, 'fields' | 'mark' | 'createId'> | null;
}

/** The reasons for each branch are in docs/decisions/caldav-read-back.md. */
export async function readBack(account: Account, calendar: RemoteCalendar, sent: SentObject): Promise<RemoteEvent> {
  const { trust, unlisted } = account.memory;
  const stamp = unlisted.has(calendar.remoteId) ? null : stampOf(sent.etag);
  const asSent = readSent(account, calendar, sent, stamp ?? contentStamp(sent.text));
  if (stamp !== null && !trust.needsReading(asSent.fields)) return asSent;
  const fetched = await fetchOne(account, urlOfCalendar(calendar), sent.id);
  // Gone or unreadable by now: the next pull tells, because it will not find the stamp that we report here.
  if (fetched.kind !== 'object') return asSent;
  if (stamp !== null && fetched.object.stamp !== stamp) return asSent;
  const reading = readObject(account, calendar, fetched.object);
  if (reading.kind !== 'event') return asSent;
  const unchanged = sameValue(reading.remote.fields, asSent.fields);
  // Without an ETag an edit made in between looks like a rewording. Clients renew the revision dates, so other dates mean
  // an edit, which must reach the next pull as a change and not vanish into what we call agreed.
  if (stamp === null && !unchanged && revisionOf(fetched.object.text) !== revisionOf(sent.text)) return asSent;
  trust.learn(asSent.fields, unchanged);
  return reading.remote;
}

function readSent(
  account: Account,
  calendar: RemoteCalendar,
  sent: SentObject,
  stamp: RemoteEvent['stamp'],
): RemoteEvent {
  if (sent.says !== null && isPlain(sent.says.fields)) {
    account.memory.texts.put(textKey(account, urlOfCalendar(calendar), sent.id), stamp, sent.text);
    return { remoteId: sent.id, stamp, ...sent.says };
  }
  const reading = readObject(account, calendar, { id: sent.id, stamp, text: sent.text });
  if (reading.kind !== 'event') throw new Fault('bug', 'an object that we wrote ourselves cannot be read');
  return reading.remote;
}

/** Of one time between two instants nothing depends on the zone in which it is read: it reads as it was written. */
const isPlain = ({ start, end, series }: EventFields): boolean =>
  series === null && start.kind === 'zoned' && end.kind === 'zoned';

/** DTSTAMP and LAST-MODIFIED of all parts (RFC 5545 section 3.8.7). */
function revisionOf(text: string): string {
  return [...text.matchAll(/^(?:DTSTAMP|LAST-MODIFIED)[^:\r\n]*:(\S+)/gim)]
    .map((m) => m[1])
    .sort()
    .join();
}
