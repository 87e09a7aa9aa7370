/** Asks a calendar about itself: its tokens, its members, its changes since a token. */
import { Fault } from '../../src/domain/fault.ts';
import type { RemoteId, RemoteStamp } from '../../src/domain/ids.ts';
import type { Account } from './account.ts';
import { Refused } from './answers.ts';
import type { Member } from './bodies.ts';
import type { Watch } from './cursor.ts';
import { isCollection, memberId } from './hrefs.ts';
import {
  caldavNs,
  childText,
  contains,
  type DavRow,
  davNs,
  propOf,
  propText,
  serverNs,
  type XmlElement,
} from './multistatus.ts';
import { stampOf } from './objects.ts';
import { findMembers, findState, syncCollection } from './requests.ts';

/** A member of the calendar as a listing or a change report names it. */
export interface MemberRow extends Member {
  readonly stamp: RemoteStamp | null;
  /** The object, where the server sent it along. */
  readonly text: string | null;
}

/**
 * The same string in memory of its own. A piece cut out of a long answer keeps the whole answer alive for as long as it
 * lives, and the names of a calendar's members live until the last of them is read.
 */
function detached<T extends string>(piece: T | null): T | null {
  return piece === null ? null : (Buffer.from(piece).toString() as T);
}

/** A row's member with strings of its own; one string where the server spells the href as we do. */
function memberOf(row: DavRow, id: RemoteId): Member {
  const own = detached(id)!;
  return { id: own, href: row.href === id ? own : detached(row.href)! };
}

const headersOf = (depth: '0' | '1') => ({ depth, 'content-type': 'application/xml; charset=utf-8' });

const goneFault = (status: number): Fault =>
  new Fault('calendar-gone', 'The calendar no longer exists on the server.', { context: { status } });

/** A PROPFIND of the calendar; a missing calendar is 404, or 207 with a 404 inside (Xandikos). */
async function ask(
  account: Account,
  calendar: URL,
  depth: '0' | '1',
  body: string,
  onRow: (row: DavRow, base: URL) => void,
): Promise<void> {
  try {
    const asked = { method: 'PROPFIND', url: calendar, headers: headersOf(depth), body } as const;
    await account.client.multistatus(asked, (row, from) => {
      // Xandikos spells the href of what is missing as `http%3A//host/...`, so only a member's href means a member.
      if (isMissing(row.status) && memberId(row.href, from) === null) throw goneFault(row.status!);
      onRow(row, from);
    });
  } catch (error) {
    throw asGone(error);
  }
}

const isMissing = (status: number | null): boolean => status === 404 || status === 410;

function asGone(error: unknown): unknown {
  return error instanceof Refused && isMissing(error.refusal.status) ? goneFault(error.refusal.status) : error;
}

/** How the calendar can be watched from now on, best way first. */
export async function readWatch(account: Account, calendar: URL): Promise<readonly Watch[]> {
  let watch: Watch[] = [];
  await ask(account, calendar, '0', findState, (row) => {
    const token = propText(row, davNs, 'sync-token');
    const ctag = propText(row, serverNs, 'getctag');
    const reports = propOf(row, davNs, 'supported-report-set');
    // Xandikos leaves the `report` wrapper out, so the name is looked for at any depth.
    const syncs = token !== null && (reports === null || contains(reports, davNs, 'sync-collection'));
    watch = [
      ...(syncs ? [{ by: 'token', value: token } as const] : []),
      ...(ctag === null ? [] : [{ by: 'ctag', value: ctag } as const]),
    ];
  });
  return [...watch, { by: 'members', value: '' }];
}

/** Every object of the calendar with its stamp, whatever its kind. */
export async function listMembers(account: Account, calendar: URL): Promise<MemberRow[]> {
  const members = new Map<RemoteId, MemberRow>();
  let elsewhere = 0;
  await ask(account, calendar, '1', findMembers, (row, from) => {
    const id = memberId(row.href, from);
    const type = propOf(row, davNs, 'resourcetype');
    if (id === null && !isCollection(row.href, from)) elsewhere += 1;
    if (id === null || isMissing(row.status) || (type !== null && contains(type, davNs, 'collection'))) return;
    const name = memberOf(row, id);
    members.set(name.id, { ...name, stamp: detached(stampOf(propText(row, davNs, 'getetag'))), text: null });
  });
  if (members.size === 0 && elsewhere > 0) {
    // A proxy that rewrites paths: taken as an empty calendar, it would seem that everything was deleted.
    throw new Fault('invalid', 'The server lists the objects of this calendar under another path.');
  }
  const found = [...members.values()];
  if (found.some((member) => member.stamp === null)) account.memory.unlisted.add(calendar.href);
  return found;
}

export interface SyncAnswer {
  readonly changed: readonly MemberRow[];
  readonly removed: readonly RemoteId[];
  readonly token: string;
  /** The server cut its answer (RFC 6578 section 3.6): ask again with the new token. */
  readonly isTruncated: boolean;
}

/** Changes since a token. @throws Refused as the server answers, and its fault is `cursor-lost` where it says so itself */
export async function readChanges(
  account: Account,
  calendar: URL,
  token: string,
  withData: boolean,
): Promise<SyncAnswer> {
  const changed = new Map<RemoteId, MemberRow>();
  const removed = new Set<RemoteId>();
  let isTruncated = false;
  const take = (row: DavRow, from: URL): void => {
    if (row.status === 507) isTruncated = true;
    else if (isCollection(row.href, from)) {
      if (isMissing(row.status)) throw goneFault(row.status!);
    } else takeMember(row, memberId(row.href, from), changed, removed);
  };
  const asked = {
    method: 'REPORT',
    url: calendar,
    headers: headersOf('0'),
    body: syncCollection(token, withData),
  } as const;
  const { root } = await account.client.multistatus(asked, take).catch((error: unknown) => {
    throw asGone(error);
  });
  return { changed: [...changed.values()], removed: [...removed], token: tokenIn(root), isTruncated };
}

function takeMember(row: DavRow, id: RemoteId | null, changed: Map<RemoteId, MemberRow>, removed: Set<RemoteId>): void {
  if (id === null) return;
  if (isMissing(row.status)) {
    removed.add(id);
    changed.delete(id);
    return;
  }
  const text = propOf(row, caldavNs, 'calendar-data')?.text ?? '';
  const stamp = stampOf(propText(row, davNs, 'getetag'));
  removed.delete(id);
  changed.set(id, { id, href: row.href, stamp, text: text.trim() === '' ? null : text });
}

function tokenIn(root: XmlElement): string {
  const token = childText(root, davNs, 'sync-token');
  // Without a new token the answer cannot be continued; listing anew is the safe way.
  if (token === null) throw new Fault('cursor-lost', 'The server answered a change report without a new sync token.');
  return token;
}
