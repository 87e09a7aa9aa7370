/** Writes one copy: conditional PUT and DELETE, and what their answers mean. */
import { editICalendar, newICalendar, ownUid, projectICalendar } from '../../mappings/caldav.ts';
import type { RemoteCalendar } from '../../src/domain/calendar.ts';
import type { RemoteEvent, WriteIntent, WriteReceipt } from '../../src/domain/connector.ts';
import type { EventFields, InstanceFields } from '../../src/domain/event.ts';
import { asRemoteId, type RemoteId, type RemoteStamp } from '../../src/domain/ids.ts';
import { utcZone } from '../../src/domain/time.ts';
import { type Account, textKey, urlOfCalendar } from './account.ts';
import { type Refused, reasonOf } from './answers.ts';
import { fetchOne, readEtag } from './bodies.ts';
import { readWatch } from './collection.ts';
import { collectionPath, memberId, urlOf } from './hrefs.ts';
import { contentStamp, isContentStamp, readObject, stampOf } from './objects.ts';
import { readBack } from './read-back.ts';
import { sendWrite } from './send-write.ts';

type Of<K extends WriteIntent['kind']> = Extract<WriteIntent, { kind: K }>;

export async function write(account: Account, calendar: RemoteCalendar, intent: WriteIntent): Promise<WriteReceipt> {
  account.memory.echoing.add(calendar.remoteId);
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
  const { fields, mark, createId } = intent;
  const url = urlOfCalendar(calendar);
  const id = asRemoteId(`${collectionPath(url)}${createId}.ics`);
  const text = newICalendar(fields, { uid: ownUid(createId), mark, now: account.clock.now() });
  const answer = await sendWrite(account, {
    method: 'PUT',
    url: urlOf(url, id),
    text,
    condition: { 'if-none-match': '*' },
  });
  if (answer.kind === 'done') {
    const says = { fields: projectICalendar(fields, utcZone), mark, createId };
    return { kind: 'done', remote: await readBack(account, calendar, { id, text, etag: answer.etag, says }) };
  }
  const { refused } = answer;
  if (isUidConflict(refused)) return ownElsewhere(account, calendar, createId, refused, fields);
  if (refused.refusal.status === 412) return occupied(account, calendar, id, createId);
  // Not every server says that the calendar itself is missing; asking it throws `calendar-gone` then.
  if ([404, 409, 410].includes(refused.refusal.status)) await readWatch(account, url);
  return { kind: 'refused', why: reasonOf(refused.refusal, textsOf(fields)) };
}

/** The name is taken: by our own create whose answer was lost, or by something else, and then the name is burnt. */
async function occupied(
  account: Account,
  calendar: RemoteCalendar,
  id: RemoteId,
  createId: string,
): Promise<WriteReceipt> {
  const remote = await readRemote(account, calendar, id);
  return remote !== null && remote.createId === createId ? { kind: 'exists', remote } : { kind: 'burnt' };
}

const uidConditions: readonly string[] = ['no-uid-conflict', 'unique-scheduling-object-resource'];
const isUidConflict = (refused: Refused): boolean => refused.refusal.conditions.some((c) => uidConditions.includes(c));

/** Our UID lives under another name: adopted if the server says where and it is in this calendar, else told to a person. */
async function ownElsewhere(
  account: Account,
  calendar: RemoteCalendar,
  createId: string,
  refused: Refused,
  fields: EventFields,
): Promise<WriteReceipt> {
  const { href } = refused.refusal;
  const id = href === null ? null : memberId(href, urlOfCalendar(calendar));
  const remote = id === null ? null : await readRemote(account, calendar, id);
  if (remote !== null && remote.createId === createId) return { kind: 'exists', remote };
  return { kind: 'refused', why: reasonOf(refused.refusal, textsOf(fields)) };
}

async function update(account: Account, calendar: RemoteCalendar, intent: Of<'update'>): Promise<WriteReceipt> {
  const { remoteId: id, ifStamp, fields, units, mark } = intent;
  const url = urlOfCalendar(calendar);
  const stored = await storedAt(account, url, id, ifStamp);
  if (stored.kind !== 'stored') return stored;
  const text = editICalendar(stored.text, fields, units, { mark, now: account.clock.now() });
  if (text === null) return { kind: 'refused', why: 'the stored object cannot be edited without losing parts of it' };
  const condition = { 'if-match': stored.etag };
  const answer = await sendWrite(account, { method: 'PUT', url: urlOf(url, id), text, condition });
  if (answer.kind === 'done')
    return { kind: 'done', remote: await readBack(account, calendar, { id, text, etag: answer.etag, says: null }) };
  account.memory.texts.drop(textKey(account, url, id));
  return afterRefusal(account, url, intent, answer.refused, textsOf(fields));
}

async function remove(account: Account, calendar: RemoteCalendar, intent: Of<'remove'>): Promise<WriteReceipt> {
  const { remoteId: id, ifStamp } = intent;
  const url = urlOfCalendar(calendar);
  account.memory.texts.drop(textKey(account, url, id));
  const stored = isContentStamp(ifStamp)
    ? await storedAt(account, url, id, ifStamp)
    : ({ kind: 'stored', etag: ifStamp } as const);
  if (stored.kind !== 'stored') return stored;
  // No mail to an organiser for what is only our calendar's bookkeeping (RFC 6638 section 8.1).
  const condition = { 'if-match': stored.etag, 'schedule-reply': 'F' };
  const answer = await sendWrite(account, { method: 'DELETE', url: urlOf(url, id), text: null, condition });
  return answer.kind === 'done'
    ? { kind: 'done', remote: null }
    : afterRefusal(account, url, intent, answer.refused, []);
}

interface Stored {
  readonly kind: 'stored';
  readonly text: string;
  readonly etag: string;
}

/** The stored text under this stamp: from memory, else read. */
async function storedAt(
  account: Account,
  url: URL,
  id: RemoteId,
  ifStamp: RemoteStamp,
): Promise<Stored | WriteReceipt> {
  const remembered = account.memory.texts.get(textKey(account, url, id), ifStamp);
  if (remembered !== null && !isContentStamp(ifStamp)) return { kind: 'stored', text: remembered, etag: ifStamp };
  const fetched = await fetchOne(account, url, id);
  if (fetched.kind === 'gone') return { kind: 'gone' };
  if (fetched.kind === 'failed') return { kind: 'refused', why: fetched.why };
  const { stamp, text } = fetched.object;
  if ((isContentStamp(ifStamp) ? contentStamp(text) : stamp) !== ifStamp) return { kind: 'stale' };
  const etag = stampOf(fetched.etag);
  if (etag === null) {
    return { kind: 'refused', why: 'the server tells no ETag, so the change of somebody else could be overwritten' };
  }
  return { kind: 'stored', text, etag };
}

/**
 * What a refused update or removal means. A failed precondition is stale only if the ETag really moved: some servers
 * answer 412 for bad data too, and taking that for stale would try for ever.
 */
async function afterRefusal(
  account: Account,
  url: URL,
  intent: Of<'update'> | Of<'remove'>,
  refused: Refused,
  hide: readonly string[],
): Promise<WriteReceipt> {
  const { refusal } = refused;
  if (refusal.status === 404 || refusal.status === 410) return { kind: 'gone' };
  if (refusal.status === 412) {
    const etag = await readEtag(account, url, intent.remoteId);
    if (etag === undefined) return { kind: 'gone' };
    if (isContentStamp(intent.ifStamp) || stampOf(etag) !== intent.ifStamp) return { kind: 'stale' };
  }
  return { kind: 'refused', why: reasonOf(refusal, hide) };
}

/** The copy as it is now; null when it is gone or cannot be read. */
async function readRemote(account: Account, calendar: RemoteCalendar, id: RemoteId): Promise<RemoteEvent | null> {
  const fetched = await fetchOne(account, urlOfCalendar(calendar), id);
  if (fetched.kind !== 'object') return null;
  const reading = readObject(account, calendar, fetched.object);
  return reading.kind === 'event' ? reading.remote : null;
}

/** What must not be repeated in a reason. */
function textsOf(fields: EventFields): string[] {
  const own = (f: InstanceFields): string[] => [f.title, f.description, f.location];
  return [...own(fields), ...Object.values(fields.instances).flatMap((i) => (i === 'cancelled' ? [] : own(i)))];
}
