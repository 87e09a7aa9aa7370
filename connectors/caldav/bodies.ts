/** Fetches objects: many by multiget, the odd one by GET. */
import type { RemoteId } from '../../src/domain/ids.ts';
import type { Account } from './account.ts';
import { Refused, TooLarge } from './answers.ts';
import { drop } from './client.ts';
import { memberId, urlOf } from './hrefs.ts';
import { caldavNs, type DavRow, davNs, propOf, propText } from './multistatus.ts';
import { contentStamp, type StoredObject, stampOf } from './objects.ts';
import { findEtag, multiget } from './requests.ts';

/** A member as a listing names it: `href` in the server's spelling, for asking it again. */
export interface Member {
  readonly id: RemoteId;
  readonly href: string;
}

export type Fetched =
  /** `etag` is the server's own, also where the stamp is made of the content. */
  | { readonly kind: 'object'; readonly object: StoredObject; readonly etag: string | null }
  | { readonly kind: 'gone'; readonly id: RemoteId }
  | { readonly kind: 'failed'; readonly id: RemoteId; readonly why: string };

const xmlHeaders = { depth: '1', 'content-type': 'application/xml; charset=utf-8' };

/** Fetches all of them with several multigets in flight; `take` is given each portion as it comes. */
export async function fetchMany(
  account: Account,
  calendar: URL,
  members: readonly Member[],
  take: (fetched: readonly Fetched[]) => Promise<void>,
): Promise<void> {
  const batches: Promise<void>[] = [];
  for (let at = 0; at < members.length; at += account.limits.batch) {
    batches.push(fetchBatch(account, calendar, members.slice(at, at + account.limits.batch)).then(take));
  }
  await Promise.all(batches);
}

async function fetchBatch(account: Account, calendar: URL, members: readonly Member[]): Promise<Fetched[]> {
  if (members.length === 1) return [await fetchOne(account, calendar, members[0]!.id)];
  const found = new Map<RemoteId, Fetched>();
  const body = multiget(members.map((m) => m.href));
  try {
    await account.client.multistatus({ method: 'REPORT', url: calendar, headers: xmlHeaders, body }, (row, from) => {
      const id = memberId(row.href, from);
      const fetched = id === null ? null : ofRow(account, calendar, row, id);
      if (id !== null && fetched !== null) found.set(id, fetched);
    });
  } catch (error) {
    if (!isFaultOfOne(error)) throw error;
    // Old sabre/dav answers 404 for the whole when one is missing; one huge object spoils the answer of all.
    const middle = members.length >> 1;
    const halves = [members.slice(0, middle), members.slice(middle)];
    return (await Promise.all(halves.map((half) => fetchBatch(account, calendar, half)))).flat();
  }
  // A missing href may be left out (DAViCal), and a row may come without data: both are asked for singly.
  return Promise.all(members.map(({ id }) => found.get(id) ?? fetchOne(account, calendar, id)));
}

function isFaultOfOne(error: unknown): boolean {
  if (error instanceof TooLarge) return true;
  return error instanceof Refused && [400, 404, 410, 413, 500, 507].includes(error.refusal.status);
}

function ofRow(account: Account, calendar: URL, row: DavRow, id: RemoteId): Fetched | null {
  if (isMissing(row.status)) return { kind: 'gone', id };
  const data = propOf(row, caldavNs, 'calendar-data');
  if (data === null || data.text.trim() === '') return null;
  return objectOf(account, calendar, id, propText(row, davNs, 'getetag'), data.text);
}

function objectOf(account: Account, calendar: URL, id: RemoteId, etag: string | null, text: string): Fetched {
  const listed = account.memory.unlisted.has(calendar.href) ? null : stampOf(etag);
  return { kind: 'object', etag, object: { id, stamp: listed ?? contentStamp(text), text } };
}

/** One object by GET, which is fresh where reports lag behind (search caches). */
export async function fetchOne(account: Account, calendar: URL, id: RemoteId): Promise<Fetched> {
  const headers = { accept: 'text/calendar' };
  const answer = await account.client.send({ method: 'GET', url: urlOf(calendar, id), headers });
  if (isMissing(answer.status)) {
    await drop(answer);
    return { kind: 'gone', id };
  }
  if (answer.status !== 200) {
    const refused = await account.client.refused(answer, 'reading an object');
    if (refused.kind !== 'invalid' && refused.refusal.status !== 500) throw refused;
    return { kind: 'failed', id, why: refused.message };
  }
  try {
    const text = await account.client.text(answer);
    const etag = answer.headers.etag ?? (await readEtag(account, calendar, id)) ?? null;
    return objectOf(account, calendar, id, etag, text);
  } catch (error) {
    if (error instanceof TooLarge) return { kind: 'failed', id, why: error.message };
    throw error;
  }
}

/** The object's ETag as the server has it now: null when it tells none, undefined when the object is gone. */
export async function readEtag(account: Account, calendar: URL, id: RemoteId): Promise<string | null | undefined> {
  const url = urlOf(calendar, id);
  const rows: DavRow[] = [];
  try {
    const headers = { ...xmlHeaders, depth: '0' };
    await account.client.multistatus({ method: 'PROPFIND', url, headers, body: findEtag }, (row) => rows.push(row));
  } catch (error) {
    if (error instanceof Refused && isMissing(error.refusal.status)) return undefined;
    if (error instanceof Refused && error.kind === 'invalid') return null;
    throw error;
  }
  if (rows.some((row) => isMissing(row.status))) return undefined;
  return rows.map((row) => propText(row, davNs, 'getetag')).find((etag) => etag !== null) ?? null;
}

const isMissing = (status: number | null): boolean => status === 404 || status === 410;
