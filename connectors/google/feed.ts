/** Reads a calendar's events: everything once, afterwards what changed since the sync token. */
import type { Row } from '../../mappings/google.ts';
import type { RemoteCalendar, SyncCursor } from '../../src/domain/calendar.ts';
import type { Change, FeedPage, PullRequest } from '../../src/domain/connector.ts';
import { Fault } from '../../src/domain/fault.ts';
import { formatInstant, type Instant } from '../../src/domain/time.ts';
import { calendarFault } from './calendars.ts';
import { cursorAt, type Place, placeOf } from './cursor.ts';
import { type Account, type EventsPage, idOf, listPage } from './lists.ts';
import { Refused } from './refusals.ts';
import { changeOf, type Group, readSeries, stampOf } from './series.ts';

export function pull(account: Account, request: PullRequest): AsyncIterable<FeedPage> {
  return request.from === null ? listing(account, request) : delta(account, request, request.from);
}

/**
 * Everything that ends after the window's start. There is no upper end: the sync token tells changes alone, so that an
 * event beyond it would never be heard of while the window moves on. What stands on later pages may belong to a series of
 * an earlier one, so series come last.
 */
async function* listing(account: Account, request: PullRequest): AsyncGenerator<FeedPage> {
  const { calendar, window } = request;
  // Google ignores fractions of a second: rounded down, nothing at the edge is missed.
  const timeMin = formatInstant((Math.floor(window.start / 1000) * 1000) as Instant);
  const parts: SeriesParts = { masters: new Map(), exceptions: new Map() };
  let pageToken: string | null = null;
  for (;;) {
    const params = { singleEvents: false, timeMin, ...(pageToken !== null && { pageToken }) };
    const page: EventsPage = await asked(account, calendar, () => listPage(account, calendar, params));
    const singles = page.rows.filter((row) => !collect(parts, row) && !row.isCancelled && !row.isUnfinished);
    const changes = await listed(request, singles.map(alone));
    pageToken = page.nextPageToken;
    if (pageToken !== null) {
      yield { mode: 'listing', changes, resume: null, next: null };
      continue;
    }
    const next = cursorAt({ syncToken: tokenOf(page), pageToken: null }, window);
    yield {
      mode: 'listing',
      changes: [...changes, ...(await listedSeries(account, request, parts))],
      resume: null,
      next,
    };
    return;
  }
}

interface SeriesParts {
  readonly masters: Map<string, Row>;
  readonly exceptions: Map<string, Row[]>;
}

/** Sets rows of series aside; false for a single event. */
function collect({ masters, exceptions }: SeriesParts, row: Row): boolean {
  if (row.seriesId !== null) exceptions.set(row.seriesId, [...(exceptions.get(row.seriesId) ?? []), row]);
  else if (row.isMaster) masters.set(row.id, row);
  return row.seriesId !== null || row.isMaster;
}

const alone = (head: Row): Group => ({ head, exceptions: [] });

/** Copies of a listing; those that are known with this stamp come without their content. */
async function listed(request: PullRequest, groups: readonly Group[]): Promise<Change[]> {
  const known = await request.known(groups.map(({ head }) => idOf(head)));
  return groups.map((group) => {
    const remoteId = idOf(group.head);
    const stamp = stampOf(group);
    return stamp !== null && known.get(remoteId) === stamp
      ? { kind: 'same', remoteId }
      : changeOf(request.calendar, group);
  });
}

/**
 * A listing shows the exceptions of its window only. That is enough for a series that is new to us, but not for one that
 * we know: what it lacks here need not be gone, so that one is read whole.
 */
async function listedSeries(account: Account, request: PullRequest, parts: SeriesParts): Promise<Change[]> {
  const { calendar } = request;
  const masters = [...parts.masters.values()].filter((row) => !row.isCancelled && !row.isUnfinished);
  const known = await request.known(masters.map(idOf));
  const groups = await sideBySide(masters, account.limits.parallel, async (head): Promise<Group> => {
    const group = { head, exceptions: parts.exceptions.get(head.id) ?? [] };
    const isMoved = known.has(idOf(head)) && known.get(idOf(head)) !== stampOf(group);
    return (isMoved ? await readSeries(account, calendar, head.id, head.uid) : null) ?? group;
  });
  const lone = [...parts.exceptions].filter(([id]) => !parts.masters.has(id));
  const rest = await sideBySide(lone, account.limits.parallel, ([id, rows]) => orphans(account, request, id, rows));
  return [...(await listed(request, groups)), ...rest.flat()];
}

/** Occurrences without their master: it lies before the window, or the owner is invited to this one only. */
async function orphans(account: Account, request: PullRequest, id: string, rows: readonly Row[]): Promise<Change[]> {
  const present = rows.filter((row) => !row.isCancelled);
  if (present.length === 0) return [];
  const series = await readSeries(account, request.calendar, id, present[0]!.uid);
  if (series?.head.isUnfinished) return [];
  return listed(request, series === null ? present.map(alone) : [series]);
}

async function* delta(account: Account, request: PullRequest, from: SyncCursor): AsyncGenerator<FeedPage> {
  const { calendar, window } = request;
  let place: Place = placeOf(from);
  let isResumed = place.pageToken !== null;
  const seen = new Map<string, string>();
  for (;;) {
    let page: EventsPage;
    try {
      page = await asked(account, calendar, () => listPage(account, calendar, paramsAt(place)));
    } catch (error) {
      if (!isLost(error)) throw error;
      if (!isResumed) throw new Fault('cursor-lost', 'Google does not take this place in the feed.', { cause: error });
      // A page token lives shorter than its sync token; the round is begun anew, and what it repeats is harmless.
      isResumed = false;
      place = { ...place, pageToken: null };
      continue;
    }
    isResumed = false;
    const changes = await deltaChanges(account, request, newest(page.rows, seen));
    if (page.nextPageToken === null) {
      const next = cursorAt({ syncToken: tokenOf(page), pageToken: null }, window);
      yield { mode: 'delta', changes, resume: null, next };
      return;
    }
    place = { ...place, pageToken: page.nextPageToken };
    yield { mode: 'delta', changes, resume: cursorAt(place, window), next: null };
  }
}

const isLost = (error: unknown): boolean =>
  error instanceof Fault &&
  (error.kind === 'cursor-lost' || (error instanceof Refused && error.refusal.status === 400));

/** No window, order or search goes with a sync token; what is left out here is what the listing left out, too. */
const paramsAt = ({ syncToken, pageToken }: Place) => ({
  singleEvents: false,
  syncToken,
  ...(pageToken !== null && { pageToken }),
});

/** The same event may come on two pages of one round: an older state of it is not told after a newer one. */
function newest(rows: readonly Row[], seen: Map<string, string>): Row[] {
  return rows.filter((row) => {
    const before = seen.get(row.id);
    if (before !== undefined && row.updated !== '' && row.updated < before) return false;
    seen.set(row.id, row.updated);
    return true;
  });
}

async function deltaChanges(account: Account, request: PullRequest, rows: readonly Row[]): Promise<Change[]> {
  const parts: SeriesParts = { masters: new Map(), exceptions: new Map() };
  const changes: Change[] = [];
  for (const row of rows) {
    if (row.isCancelled && row.seriesId === null) changes.push({ kind: 'remove', remoteId: idOf(row) });
    else if (!collect(parts, row) && !row.isUnfinished) changes.push(changeOf(request.calendar, alone(row)));
  }
  const ids = new Set([...parts.masters.keys(), ...parts.exceptions.keys()]);
  const gone = new Set(rows.filter((row) => row.isCancelled && row.seriesId === null).map((row) => row.id));
  const moved = [...ids].filter((id) => !gone.has(id));
  const told = await sideBySide(moved, account.limits.parallel, (id) => movedSeries(account, request, id, parts));
  return [...changes, ...told.flat()];
}

/** A series that is told of, in whole or in part, is read whole: its stamp and its content are those of all its rows. */
async function movedSeries(account: Account, request: PullRequest, id: string, parts: SeriesParts): Promise<Change[]> {
  const { calendar } = request;
  const master = parts.masters.get(id) ?? null;
  const rows = parts.exceptions.get(id) ?? [];
  if (master?.isUnfinished) return [];
  const uid = master?.uid ?? rows.find((row) => row.uid !== null)?.uid ?? null;
  const series = await readSeries(account, calendar, id, uid);
  if (series?.head.isUnfinished) return [];
  if (series !== null) return [changeOf(calendar, series)];
  if (master !== null) return [{ kind: 'remove', remoteId: idOf(master) }];
  const known = await request.known(rows.map(idOf));
  return rows.flatMap((row): Change[] => {
    if (!row.isCancelled) return [changeOf(calendar, alone(row))];
    return known.has(idOf(row)) ? [{ kind: 'remove', remoteId: idOf(row) }] : [];
  });
}

/** Does something for each, a few at once, and gives the outcomes in order. */
async function sideBySide<T, R>(items: readonly T[], width: number, act: (item: T) => Promise<R>): Promise<R[]> {
  const out: R[] = [];
  for (let from = 0; from < items.length; from += width) {
    out.push(...(await Promise.all(items.slice(from, from + width).map(act))));
  }
  return out;
}

/** Turns refusals of a whole list into what they mean for the visit. */
async function asked<T>(account: Account, calendar: RemoteCalendar, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    const { status, reason } = error.refusal;
    const isTooOld = status === 410 && reason !== 'deleted';
    if (isTooOld) throw new Fault('cursor-lost', 'Google no longer knows this place in the feed.', { cause: error });
    throw await calendarFault(account.client, calendar, error);
  }
}

/** @throws Fault `transient`: without a token the next round would have to list everything */
function tokenOf(page: EventsPage): string {
  if (page.nextSyncToken !== null) return page.nextSyncToken;
  throw new Fault('transient', 'The last page of the list came without a sync token.');
}
