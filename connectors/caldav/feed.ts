/** Reads a calendar: everything, or what changed since a cursor. */
import { setImmediate as breath } from 'node:timers/promises';
import type { RemoteCalendar } from '../../src/domain/calendar.ts';
import type { Change, FeedPage, PullRequest } from '../../src/domain/connector.ts';
import { Fault } from '../../src/domain/fault.ts';
import type { RemoteId } from '../../src/domain/ids.ts';
import { type Account, urlOfCalendar } from './account.ts';
import { Refused, TooLarge } from './answers.ts';
import { type Fetched, fetchMany } from './bodies.ts';
import { listMembers, type MemberRow, readChanges, readWatch, type SyncAnswer } from './collection.ts';
import { fromCursor, toCursor, type Watch } from './cursor.ts';
import { changeOf, contentStamp } from './objects.ts';

/**
 * Members handled as one page: enough multigets to keep the connections busy, few enough to hold. The first pages are
 * shorter, so that other calendars hear of the first events while the rest is still being read.
 */
const pageSizes: readonly number[] = [50, 150];
const pageSize = 400;
/** Objects read without a pause; a longer stretch would hold up every other request of this process. */
const breathAfter = 20;
/** No honest server cuts one answer into more pieces. */
const maxRounds = 2000;

export async function* pull(account: Account, request: PullRequest): AsyncGenerator<FeedPage> {
  const calendar = urlOfCalendar(request.calendar);
  if (request.from === null) {
    yield* listing(account, request, await readWatch(account, calendar));
    return;
  }
  const watch = fromCursor(request.from);
  if (watch === null) throw new Fault('cursor-lost', 'The cursor was not written by this connector.');
  switch (watch.by) {
    case 'token':
      yield* sinceToken(account, request, watch.value);
      break;
    case 'ctag':
      yield* sinceCtag(account, request, watch.value);
      break;
    case 'members':
      yield* listing(account, request, [watch]);
      break;
  }
}

/** The token was read before the members: a change in between is then told again instead of being lost. */
async function* listing(account: Account, request: PullRequest, watches: readonly Watch[]): AsyncGenerator<FeedPage> {
  const parts = cutIntoPages(await listMembers(account, urlOfCalendar(request.calendar)));
  account.memory.echoing.delete(request.calendar.remoteId);
  yield* pagesOf(account, request, 'listing', parts, { resume: null, next: toCursor(watches[0]!, request.window) });
}

async function* sinceCtag(account: Account, request: PullRequest, before: string): AsyncGenerator<FeedPage> {
  const now = (await readWatch(account, urlOfCalendar(request.calendar))).filter((w) => w.by !== 'token');
  if (now[0]!.by === 'ctag' && now[0]!.value === before) {
    yield { mode: 'delta', changes: [], resume: null, next: toCursor(now[0]!, request.window) };
  } else yield* listing(account, request, now);
}

async function* sinceToken(account: Account, request: PullRequest, from: string): AsyncGenerator<FeedPage> {
  let token = from;
  for (let round = 0; round < maxRounds; round += 1) {
    const answer = await changesSince(account, request.calendar, token);
    if (answer === null) {
      yield* listing(account, request, await trustedWatches(account, request.calendar));
      return;
    }
    const stuck = answer.token === token && answer.changed.length + answer.removed.length === 0;
    if (answer.isTruncated && stuck) break;
    token = answer.token;
    const cursor = toCursor({ by: 'token', value: token }, request.window);
    const cursors = answer.isTruncated ? { resume: cursor, next: null } : { resume: null, next: cursor };
    const gone = answer.removed.map((remoteId): Change => ({ kind: 'remove', remoteId }));
    yield* pagesOf(account, request, 'delta', cutIntoPages(answer.changed), cursors, gone);
    if (!answer.isTruncated) return;
  }
  throw new Fault('cursor-lost', 'The server cuts its change report without ever coming to an end.');
}

/**
 * One change report; null when the server fails it twice for no reason of its own kind (Xandikos answers 500 to a token
 * that it does not know, others 400 or 415): the members are listed then.
 * @throws Fault `cursor-lost` where the server says so itself
 */
async function changesSince(account: Account, calendar: RemoteCalendar, token: string): Promise<SyncAnswer | null> {
  // Bodies along with the report save a round trip, unless most rows are our own writes coming back.
  let withData = !account.memory.echoing.delete(calendar.remoteId);
  for (let attempt = 0; attempt < 2; attempt += 1) {
    try {
      return await readChanges(account, urlOfCalendar(calendar), token, withData);
    } catch (error) {
      if (!(error instanceof TooLarge) && !mayMeanLostToken(error)) throw error;
      withData = false;
    }
  }
  account.log.info('change report failed twice, listing the calendar instead', { calendar: calendar.remoteId });
  return null;
}

/** Gateway errors say nothing about the token; 401, 429 and 503 have kinds of their own. */
function mayMeanLostToken(error: unknown): boolean {
  if (!(error instanceof Refused)) return false;
  if (error.kind === 'transient') return ![502, 504].includes(error.refusal.status);
  return error.kind === 'invalid';
}

/** Ways to watch from now on; the token only if the server accepts a fresh one, or every visit would list again. */
async function trustedWatches(account: Account, calendar: RemoteCalendar): Promise<readonly Watch[]> {
  const url = urlOfCalendar(calendar);
  const watches = await readWatch(account, url);
  const best = watches[0]!;
  if (best.by !== 'token') return watches;
  try {
    await readChanges(account, url, best.value, false);
    return watches;
  } catch (error) {
    if (!mayMeanLostToken(error) && !(error instanceof Fault && error.kind === 'cursor-lost')) throw error;
    return watches.slice(1);
  }
}

type Cursors = Pick<FeedPage, 'resume' | 'next'>;

/**
 * Pages of a listing or of one change report; the next page is fetched while the caller works on this one. `parts` is used
 * up on the way, so that the names of a long listing are given back as they are read.
 */
async function* pagesOf(
  account: Account,
  request: PullRequest,
  mode: FeedPage['mode'],
  parts: (readonly MemberRow[])[],
  cursors: Cursors,
  first: readonly Change[] = [],
): AsyncGenerator<FeedPage> {
  const loads: Promise<Change[]>[] = [];
  const load = (): void => {
    const part = parts.shift();
    if (part === undefined) return;
    const loading = changesOf(account, request, mode, part);
    loading.catch(() => {}); // judged when its turn comes; the caller may stop before
    loads.push(loading);
  };
  load();
  let isFirst = true;
  while (loads.length > 0) {
    load();
    const changes = await loads.shift()!;
    const isLast = loads.length === 0;
    yield {
      mode,
      changes: isFirst ? [...first, ...changes] : changes,
      resume: isLast ? cursors.resume : null,
      next: isLast ? cursors.next : null,
    };
    isFirst = false;
  }
}

/** At least one page, which may be empty. */
function cutIntoPages(members: readonly MemberRow[]): (readonly MemberRow[])[] {
  const pages: (readonly MemberRow[])[] = [];
  let from = 0;
  do {
    const end = from + (pageSizes[pages.length] ?? pageSize);
    pages.push(members.slice(from, end));
    from = end;
  } while (from < members.length);
  return pages;
}

async function changesOf(
  account: Account,
  request: PullRequest,
  mode: FeedPage['mode'],
  members: readonly MemberRow[],
): Promise<Change[]> {
  if (members.length === 0) return [];
  const known = await request.known(members.map((m) => m.id));
  const changes: Change[] = [];
  const wanted: MemberRow[] = [];
  for (const member of members) {
    const stamp = member.stamp ?? (member.text === null ? null : contentStamp(member.text));
    if (stamp === null || known.get(member.id) !== stamp) wanted.push(member);
    else if (mode === 'listing') changes.push({ kind: 'same', remoteId: member.id });
  }
  const read = async (fetched: readonly Fetched[]): Promise<void> => {
    for (const [i, one] of fetched.entries()) {
      if (i > 0 && i % breathAfter === 0) await breath();
      const change = changeOfFetched(account, request.calendar, one, mode, known);
      if (change !== null) changes.push(change);
    }
  };
  const missing = wanted.filter((member) => member.text === null);
  await Promise.all([read(wanted.flatMap(given)), fetchMany(account, urlOfCalendar(request.calendar), missing, read)]);
  return changes;
}

/** What came along with the report. */
const given = ({ id, stamp, text }: MemberRow): Fetched[] =>
  text === null ? [] : [{ kind: 'object', etag: stamp, object: { id, stamp: stamp ?? contentStamp(text), text } }];

function changeOfFetched(
  account: Account,
  calendar: RemoteCalendar,
  fetched: Fetched,
  mode: FeedPage['mode'],
  known: ReadonlyMap<RemoteId, string>,
): Change | null {
  switch (fetched.kind) {
    case 'object': {
      const { id, stamp } = fetched.object;
      // Only a server without ETags in its listing comes to equal stamps here: the content has told that it is the same.
      if (known.get(id) === stamp) return mode === 'listing' ? { kind: 'same', remoteId: id } : null;
      return changeOf(account, calendar, fetched.object);
    }
    case 'gone':
      // Vanished since it was listed: in a listing its absence says so.
      return mode === 'delta' ? { kind: 'remove', remoteId: fetched.id } : null;
    case 'failed':
      return { kind: 'unreadable', remoteId: fetched.id, stamp: null, span: null, why: fetched.why };
  }
}
