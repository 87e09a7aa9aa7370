/** Reads a calendar's events in its window: everything once, afterwards what changed since the delta link. */
import type { Row } from '../../mappings/outlook.ts';
import type { SyncCursor } from '../../src/domain/calendar.ts';
import type { Change, FeedPage, PullRequest } from '../../src/domain/connector.ts';
import { Fault } from '../../src/domain/fault.ts';
import type { RemoteId, RemoteStamp } from '../../src/domain/ids.ts';
import { asRemoteId } from '../../src/domain/ids.ts';
import type { Span } from '../../src/domain/time.ts';
import { cursorAt, type Place, placeOf } from './cursor.ts';
import { type Account, type DeltaPage, deltaPage, idOf, sideBySide } from './lists.ts';
import { Refused } from './refusals.ts';
import {
  alone,
  changeOf,
  etagOf,
  type Group,
  isOurs,
  masterIds,
  readGroup,
  readHere,
  readSeries,
  stampOf,
  updatedOf,
} from './series.ts';

export function pull(account: Account, request: PullRequest): AsyncIterable<FeedPage> {
  return request.from === null ? listing(account, request) : delta(account, request, request.from);
}

/** No window holds so many pages; a feed that has more goes round in circles. */
const mostPages = 5_000;

/** Remembers the links of one round. @throws Fault when one comes back */
function pageCounter(kind: 'cursor-lost' | 'transient'): (link: string) => void {
  const seen = new Set<string>();
  return (link) => {
    if (seen.has(link) || seen.size >= mostPages) throw new Fault(kind, 'The feed of Microsoft does not end.');
    seen.add(link);
  };
}

/** What a round tells of series, whatever row it comes in: occurrences are bare, so that the series is read whole. */
interface SeriesParts {
  readonly ids: Set<string>;
  readonly exceptions: Map<string, Row[]>;
}

const noParts = (): SeriesParts => ({ ids: new Set(), exceptions: new Map() });

/** Sets rows of series aside and gives the rest. */
function collect(parts: SeriesParts, rows: readonly Row[]): Row[] {
  return rows.filter((row) => {
    const id = row.isMaster ? row.id : row.seriesId;
    if (id === null) return true;
    parts.ids.add(id);
    if (row.isException) parts.exceptions.set(id, [...(parts.exceptions.get(id) ?? []), row]);
    return false;
  });
}

/**
 * Everything in the window. Occurrences of one series are spread over pages, so series come last. It is begun anew after a
 * crash; what comes twice is harmless.
 */
async function* listing(account: Account, request: PullRequest): AsyncGenerator<FeedPage> {
  const { calendar, window } = request;
  const parts = noParts();
  const turn = pageCounter('transient');
  let from: string | Span = window;
  for (;;) {
    const page: DeltaPage = await deltaPage(account, calendar, from);
    const changes = await listed(account, request, collect(parts, page.rows).map(alone));
    if (page.nextLink !== null) {
      turn(page.nextLink);
      from = page.nextLink;
      yield { mode: 'listing', changes, resume: null, next: null };
      continue;
    }
    const next = cursorAt({ deltaLink: linkOf(page), pageLink: null }, window);
    const series = await listedSeries(account, request, parts);
    yield { mode: 'listing', changes: [...changes, ...series], resume: null, next };
    return;
  }
}

async function listedSeries(account: Account, request: PullRequest, parts: SeriesParts): Promise<Change[]> {
  const groups = await sideBySide([...parts.ids], account.limits.parallel, async (id): Promise<Group[]> => {
    const series = await readSeries(account, id);
    // Invited to some days of a series: its master is not here, each day stands for itself.
    return series === null ? (parts.exceptions.get(id) ?? []).map(alone) : [series];
  });
  return listed(account, request, groups.flat());
}

/** Copies of a listing; those that are known with this stamp come without their content, ours with their mark. */
async function listed(account: Account, request: PullRequest, groups: readonly Group[]): Promise<Change[]> {
  const known = await request.known(groups.map(({ head }) => idOf(head)));
  const changes = await sideBySide(groups, account.limits.parallel, async (group): Promise<Change[]> => {
    const remoteId = idOf(group.head);
    if (isKnown(known.get(remoteId), group)) return [{ kind: 'same', remoteId }];
    const whole = isOurs(group.head) && !group.head.isMaster ? await readGroup(account, remoteId) : group;
    return whole === null ? [] : told(account, request, whole);
  });
  return changes.flat();
}

/** A new series of ours whose occurrences are still being written is not told yet: it is not what we meant. */
function told({ log }: Account, { calendar }: PullRequest, group: Group): Change[] {
  if (!group.head.isUnfinished) return [changeOf(calendar, group)];
  log.debug('a series that is still being written was left out');
  return [];
}

/** The ETag of one event and its time come from the same clock; of a series the whole stamp counts. */
function isKnown(stamp: RemoteStamp | undefined, group: Group): boolean {
  if (stamp === undefined) return false;
  return group.head.isMaster ? stamp === stampOf(group) : etagOf(stamp) === group.head.etag;
}

async function* delta(account: Account, request: PullRequest, from: SyncCursor): AsyncGenerator<FeedPage> {
  const { calendar } = request;
  const { window } = from;
  const turn = pageCounter('cursor-lost');
  let place: Place = placeOf(from);
  let isResumed = place.pageLink !== null;
  for (;;) {
    let page: DeltaPage;
    try {
      page = await deltaPage(account, calendar, place.pageLink ?? place.deltaLink);
    } catch (error) {
      if (!isResumed || !(error instanceof Fault) || error.kind !== 'cursor-lost') throw error;
      // A page's link lives shorter than the round's; the round is begun anew, and what it repeats is harmless.
      isResumed = false;
      place = { ...place, pageLink: null };
      continue;
    }
    isResumed = false;
    const changes = await deltaChanges(account, request, page);
    if (page.nextLink === null) {
      const next = cursorAt({ deltaLink: linkOf(page), pageLink: null }, window);
      yield { mode: 'delta', changes, resume: null, next };
      return;
    }
    turn(page.nextLink);
    place = { ...place, pageLink: page.nextLink };
    yield { mode: 'delta', changes, resume: cursorAt(place, window), next: null };
  }
}

async function deltaChanges(account: Account, request: PullRequest, page: DeltaPage): Promise<Change[]> {
  const parts = noParts();
  const singles = newest(collect(parts, page.rows));
  const known = await request.known([...singles.map(idOf), ...page.removed]);
  if (page.removed.some((id) => !known.has(id))) await addAllSeries(account, request, parts);
  const { parallel } = account.limits;
  const ofSingles = await sideBySide(singles, parallel, (row) => singleChange(account, request, row, known));
  const ofSeries = await movedSeries(account, request, parts);
  const removed = [...new Set(page.removed)].filter((id) => !parts.ids.has(id));
  const ofRemoved = await sideBySide(removed, parallel, (id) => removal(account, request, id, known.has(id)));
  return [...ofSingles.flat(), ...ofSeries, ...ofRemoved.flat()];
}

/** The last word on each event of a page. */
function newest(rows: readonly Row[]): Row[] {
  const last = new Map<string, Row>();
  for (const row of rows) {
    const before = last.get(row.id);
    if (before === undefined || row.updated >= before.updated) last.set(row.id, row);
  }
  return [...last.values()];
}

/**
 * A round may repeat what an event was like before our last write to it: only what is newer than all that we know is
 * believed as it stands, everything else is read as it is now.
 */
async function singleChange(
  account: Account,
  request: PullRequest,
  row: Row,
  known: ReadonlyMap<RemoteId, RemoteStamp>,
): Promise<Change[]> {
  const stamp = known.get(idOf(row));
  if (isKnown(stamp, alone(row))) return [];
  const isNewer = stamp === undefined ? !isOurs(row) : updatedOf(stamp) !== '' && row.updated > updatedOf(stamp);
  if (isNewer) return told(account, request, alone(row));
  const group = await readGroup(account, row.id);
  if (group !== null) return isKnown(stamp, group) ? [] : told(account, request, group);
  return [{ kind: 'remove', remoteId: idOf(row) }];
}

/**
 * Removed is also what was changed outside of the window or moved out of it. What is still there is told as it is now; what
 * was moved to another calendar of the mailbox kept its id and is gone from here.
 */
async function removal(
  account: Account,
  request: PullRequest,
  remoteId: RemoteId,
  isKnownHere: boolean,
): Promise<Change[]> {
  const group = await readHere(account, request.calendar, remoteId);
  if (group === null) return [{ kind: 'remove', remoteId }];
  // An occurrence is told with its series.
  return group.head.seriesId !== null && !isKnownHere ? [] : told(account, request, group);
}

/** A removal of something unknown may be one occurrence of any series: nothing says of which. */
async function addAllSeries(account: Account, { calendar }: PullRequest, parts: SeriesParts): Promise<void> {
  try {
    for (const id of await masterIds(account, calendar)) parts.ids.add(id);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    throw new Fault('cursor-lost', 'Something was removed, and the feed does not say what.', { cause: error });
  }
}

/** A series that is told of, in whole or in part, is read whole: cancelled occurrences are told in no other way. */
async function movedSeries(account: Account, request: PullRequest, parts: SeriesParts): Promise<Change[]> {
  const ids = [...parts.ids];
  const known = await request.known(ids.map(asRemoteId));
  const changes = await sideBySide(ids, account.limits.parallel, async (id): Promise<Change[]> => {
    const stamp = known.get(asRemoteId(id));
    const series = await readSeries(account, id);
    if (series !== null) return isKnown(stamp, series) ? [] : told(account, request, series);
    const days = (parts.exceptions.get(id) ?? []).flatMap((row) => told(account, request, alone(row)));
    return stamp !== undefined || days.length === 0 ? [{ kind: 'remove', remoteId: asRemoteId(id) }, ...days] : days;
  });
  return changes.flat();
}

/** @throws Fault `transient`: without a link the next round would have to list everything */
function linkOf(page: DeltaPage): string {
  if (page.deltaLink !== null) return page.deltaLink;
  throw new Fault('transient', 'The last page of the feed came without a delta link.');
}
