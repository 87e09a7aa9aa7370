/** Compares a calendar on both sides, page by page: what the provider holds with what our links say. Reads only. */
import type { Change, RemoteEvent } from '../domain/connector.ts';
import type { Finding, FindingKind } from '../domain/diagnosis.ts';
import type { Event } from '../domain/event.ts';
import { Fault } from '../domain/fault.ts';
import type { EventId, RemoteId } from '../domain/ids.ts';
import { createIdFor } from '../domain/ids.ts';
import type { LinkRow } from '../store/store.ts';
import { fewestForEmpty, isInside, mostRemovals, mostShare } from './absence.ts';
import type { Judgement } from './doctor-judge.ts';
import { judgeCopy, judgeMissing, judgeStray } from './doctor-judge.ts';
import { linkTo } from './links.ts';
import { lookUp, remoteIdOf } from './lookup.ts';
import { inParallel } from './parallel.ts';
import { readSingly } from './read-singly.ts';
import type { Session } from './session.ts';
import { groundOf } from './session.ts';

/** A finding with the copy as it was read last; null: it was read and is not there. */
export interface Found {
  readonly finding: Finding;
  readonly remote: RemoteEvent | null;
}

export interface Comparison {
  readonly found: readonly Found[];
  readonly counts: Readonly<Record<FindingKind, number>>;
  readonly copies: number;
  readonly links: number;
  readonly pending: number;
  readonly unreadable: number;
  /** So much is gone or moved there at once that nothing of it may be taken in without the calendar's own alarm. */
  readonly isMassChange: boolean;
}

/** More findings than this are counted and left for the next run. */
export const mostFindings = 1_000;
const batchSize = 500;
const linksPerRead = 1_000;
const mostPages = 10_000;
/** Copies are rarely made anew; ids of later generations are found by their marks alone. */
const generations = [1, 2, 3, 4];

interface Tally {
  readonly found: Found[];
  readonly counts: Record<FindingKind, number>;
  readonly present: Set<RemoteId>;
  readonly strays: { readonly event: Event; readonly remote: RemoteEvent }[];
  /** Copies that nothing explains and that bear an id as we give them, by that id; their mark may be lost. */
  readonly unknown: Map<string, RemoteEvent>;
  pending: number;
  unreadable: number;
  singleReads: number;
  /** Links whose copy the listing did not name. */
  absent: number;
  /** Drifts that would move time. */
  moves: number;
}

/** `guard` is asked before each page: whoever writes afterwards must still hold the lease. */
export async function compare(s: Session, guard: () => Promise<void>): Promise<Comparison> {
  const counts = { ghost: 0, missing: 0, duplicate: 0, moved: 0, drift: 0, orphan: 0, unread: 0 };
  const tally: Tally = {
    ...{
      found: [],
      counts,
      present: new Set<RemoteId>(),
      strays: [],
      unknown: new Map<string, RemoteEvent>(),
      pending: 0,
      unreadable: 0,
      singleReads: 0,
      absent: 0,
      moves: 0,
    },
  };
  await compareCopies(s, guard, tally);
  const links = await compareLinks(s, guard, tally);
  const g = await groundOf(s);
  for (const remote of tally.unknown.values()) note(tally, judgeCopy(g, null, null, remote), remote);
  for (const { event, remote } of tally.strays) {
    const linked = linkTo(event, s.calendar.id)?.remoteId ?? null;
    note(tally, judgeStray(g, event, remote.remoteId, linked !== null && tally.present.has(linked)), remote);
  }
  const { found, pending, unreadable, present, absent, moves } = tally;
  const isMass = absent + moves > Math.max(mostRemovals, mostShare * links);
  const isMassChange = isMass || (present.size === 0 && absent >= fewestForEmpty);
  return { found, counts, copies: present.size, links, pending, unreadable, isMassChange };
}

/** What a mass of would be an accident until a person says so, as in a visit. */
export const isHeldInMass = ({ kind, remedy, units }: Finding): boolean =>
  remedy === 'absorb' && (kind === 'missing' || (kind === 'drift' && units.includes('when')));

function note(tally: Tally, judgement: Judgement, remote: RemoteEvent | null): void {
  if (judgement === 'fine') return;
  if (judgement === 'pending') {
    tally.pending += 1;
    return;
  }
  if (judgement.kind === 'stray') {
    if (remote !== null && tally.strays.length < mostFindings) {
      tally.strays.push({ event: judgement.event, remote });
    }
    return;
  }
  tally.counts[judgement.kind] += 1;
  if (judgement.kind === 'drift' && isHeldInMass(judgement)) tally.moves += 1;
  if (tally.found.length < mostFindings) tally.found.push({ finding: judgement, remote });
}

async function compareCopies(s: Session, guard: () => Promise<void>, tally: Tally): Promise<void> {
  const { open, remote, window } = s;
  const known = async () => new Map();
  let pages = 0;
  let isWhole = false;
  for await (const page of open.pull({ calendar: remote, from: null, window, known })) {
    pages += 1;
    if (pages > mostPages) throw new Fault('cursor-lost', 'the listing does not end');
    for (let from = 0; from < page.changes.length; from += batchSize) {
      await guard();
      await compareBatch(s, page.changes.slice(from, from + batchSize), tally);
    }
    isWhole = page.next !== null;
  }
  // Absence means something only in a complete listing.
  if (!isWhole) throw new Fault('transient', 'the listing ended without its last page');
}

async function compareBatch(s: Session, changes: readonly Change[], tally: Tally): Promise<void> {
  const copies: RemoteEvent[] = [];
  for (const change of changes) {
    if (change.kind === 'remove') continue;
    tally.present.add(remoteIdOf(change));
    if (change.kind === 'unreadable') tally.unreadable += 1;
    if (change.kind === 'upsert') copies.push(change.remote);
  }
  const g = await groundOf(s);
  for (const { remote, event, marked } of await lookUpAll(s, await withMarks(s, copies, tally))) {
    const isNobodys = event === null && remote.mark === null && remote.createId !== null;
    if (isNobodys && tally.unknown.size < mostFindings) tally.unknown.set(remote.createId, remote);
    else note(tally, judgeCopy(g, event, marked, remote), remote);
  }
}

/** Where a listing does not show marks, copies that no link names are read singly to see theirs. */
async function withMarks(s: Session, copies: readonly RemoteEvent[], tally: Tally): Promise<readonly RemoteEvent[]> {
  if (s.connector.capabilities.mark !== 'on-read') return copies;
  const known = await s.deps.store.events.stampsOf(
    s.calendar.id,
    copies.map((copy) => copy.remoteId),
  );
  const full = [...copies];
  const bare = copies.flatMap((copy, i) => (known.has(copy.remoteId) || copy.mark !== null ? [] : [i]));
  const read = bare.slice(0, Math.max(0, mostFindings - tally.singleReads));
  tally.singleReads += read.length;
  await inParallel(read, s.connector.capabilities.parallel, async (i) => {
    const remote = await s.open.read(s.remote, copies[i]!.remoteId);
    if (remote !== null) full[i] = remote;
  });
  return full;
}

interface Met {
  readonly remote: RemoteEvent;
  /** By link, by our own id, or by the mark, in this order. */
  readonly event: Event | null;
  /** The event that the mark names. */
  readonly marked: Event | null;
}

/** One read for all keys, and one for the marks on copies that are known as something else. */
export async function lookUpAll(s: Session, copies: readonly RemoteEvent[]): Promise<readonly Met[]> {
  const changes = copies.map((remote) => ({ kind: 'upsert' as const, remote }));
  const index = await lookUp(s, changes);
  const met = changes.map((change) => ({ remote: change.remote, event: index.find(change) }));
  const foreign = new Set<EventId>();
  for (const { remote, event } of met) {
    if (remote.mark !== null && event !== null && event.id !== remote.mark.eventId) foreign.add(remote.mark.eventId);
  }
  const others = foreign.size === 0 ? [] : await s.deps.store.events.getMany(s.calendar.tenantId, [...foreign]);
  const byId = new Map(others.map((event) => [event.id, event]));
  return met.map(({ remote, event }) => {
    const id = remote.mark?.eventId ?? null;
    return { remote, event, marked: id === null ? null : event?.id === id ? event : (byId.get(id) ?? null) };
  });
}

/** Links whose copy the listing did not name; each is read singly before it counts as missing. Returns how many links there are. */
async function compareLinks(s: Session, guard: () => Promise<void>, tally: Tally): Promise<number> {
  const { events } = s.deps.store;
  let links = 0;
  let after: string | null = null;
  do {
    const page: Awaited<ReturnType<typeof events.linksOf>> = await events.linksOf(s.calendar.id, {
      limit: linksPerRead,
      after,
    });
    links += page.data.length;
    await claimUnknown(s, page.data, tally);
    const { present, counts } = tally;
    const rows = page.data.filter((row) => isInside(row, s.window) && !present.has(row.remoteId));
    tally.absent += rows.length;
    await guard();
    const room = Math.max(0, mostFindings - counts.missing);
    counts.missing += Math.max(0, rows.length - room);
    // A copy of ours that stands elsewhere tells where this one went.
    const elsewhere = new Set(tally.strays.map(({ event }) => event.id));
    const unexplained = rows.slice(0, room).filter((row) => !elsewhere.has(row.eventId));
    await judgeRows(s, unexplained, tally);
    after = page.next;
  } while (after !== null);
  return links;
}

/** Copies whose id is one that we gave to an event of these links, although no mark says so any more. */
async function claimUnknown(s: Session, rows: readonly LinkRow[], tally: Tally): Promise<void> {
  if (tally.unknown.size === 0) return;
  const claims = rows.flatMap(({ eventId }) =>
    generations.flatMap((generation) => {
      const remote = tally.unknown.get(createIdFor(eventId, s.calendar.id, generation));
      return remote === undefined ? [] : [{ eventId, remote }];
    }),
  );
  if (claims.length === 0) return;
  const ids = claims.map((claim) => claim.eventId);
  const found = new Map((await s.deps.store.events.getMany(s.calendar.tenantId, ids)).map((e) => [e.id, e]));
  const g = await groundOf(s);
  for (const { eventId, remote } of claims) {
    const event = found.get(eventId);
    if (event === undefined || remote.createId === null) continue;
    tally.unknown.delete(remote.createId);
    note(tally, judgeCopy(g, event, null, remote), remote);
  }
}

async function judgeRows(s: Session, rows: readonly LinkRow[], tally: Tally): Promise<void> {
  const gone: LinkRow[] = [];
  await inParallel(rows, s.connector.capabilities.parallel, async (row) => {
    if ((await readSingly(s, row.remoteId)).kind === 'remove') gone.push(row);
    // It stands outside the window, or came back: present all the same.
    else tally.present.add(row.remoteId);
  });
  if (gone.length === 0) return;
  const g = await groundOf(s);
  const ids = gone.map((row) => row.eventId);
  const found = new Map((await s.deps.store.events.getMany(s.calendar.tenantId, ids)).map((e) => [e.id, e]));
  for (const { eventId, remoteId } of gone) {
    const event = found.get(eventId);
    if (event !== undefined) note(tally, judgeMissing(g, event, remoteId), null);
  }
}

/** Judges one finding anew, from fresh reads of both sides; null when nothing is wrong (any more). */
export async function lookAgain(
  s: Session,
  { finding }: Found,
): Promise<(Found & { readonly event: Event | null }) | null> {
  const { remoteId, kind } = finding;
  const g = await groundOf(s);
  const change = await readSingly(s, remoteId);
  if (change.kind !== 'upsert') {
    const event = await eventOf(s, finding);
    const judged = event === null ? 'fine' : judgeMissing(g, event, remoteId);
    return isStill(judged, kind) ? { finding: judged, remote: null, event } : null;
  }
  const [met] = await lookUpAll(s, [change.remote]);
  if (met === undefined) return null;
  const event = met.event ?? (await eventOf(s, finding));
  const first = judgeCopy(g, event, met.marked, met.remote);
  const judged = isStray(first) ? judgeStray(g, first.event, remoteId, await isLinkedThere(s, first.event)) : first;
  return isStill(judged, kind) ? { finding: judged, remote: met.remote, event } : null;
}

async function eventOf(s: Session, { eventId }: Finding): Promise<Event | null> {
  return eventId === null ? null : s.deps.store.events.get(s.calendar.tenantId, eventId);
}

const isStray = (j: Judgement): j is Extract<Judgement, { kind: 'stray' }> =>
  typeof j !== 'string' && j.kind === 'stray';
/** A nearer look may show it to be something else than the listing did; that it is gone since is for a visit to find. */
const isStill = (j: Judgement, kind: FindingKind): j is Finding =>
  typeof j !== 'string' && j.kind !== 'stray' && (j.kind === kind || j.kind !== 'missing');

async function isLinkedThere(s: Session, event: Event): Promise<boolean> {
  const linked = linkTo(event, s.calendar.id)?.remoteId ?? null;
  return linked !== null && (await readSingly(s, linked)).kind === 'upsert';
}
