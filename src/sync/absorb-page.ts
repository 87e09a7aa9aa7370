/** Absorbs a page of a feed in bulk: one read, planners in memory, one save; what misses is done again one by one. */
import type { Change } from '../domain/connector.ts';
import type { Event } from '../domain/event.ts';
import { Fault } from '../domain/fault.ts';
import type { ConflictId, EventId } from '../domain/ids.ts';
import { parseId } from '../domain/ids.ts';
import type { Conflict } from '../domain/policy.ts';
import type { Absorbable } from './absorb.ts';
import { absorb } from './absorb.ts';
import { breather } from './breath.ts';
import { checkBirths } from './late-births.ts';
import { LeaseLost } from './lease.ts';
import { lookUp, remoteIdOf } from './lookup.ts';
import type { Ground, Plan } from './plan.ts';
import { readSingly } from './read-singly.ts';
import type { Draft } from './save.ts';
import { saveDrafts } from './save.ts';
import type { Session } from './session.ts';
import { birthIdOf, groundOf } from './session.ts';
import { tell } from './tell.ts';

export type FeedMode = 'delta' | 'listing';

/** A change, and whether it was just read singly. */
export interface News {
  readonly change: Absorbable;
  readonly isVerified: boolean;
}

interface Entry {
  readonly before: Event | null;
  after: Event;
  readonly news: News[];
  readonly conflicts: Conflict[];
  readonly closes: ConflictId[];
}

const batchSize = 500;
/** A change that loses the race for its event this often ends the visit; the cursor stays, so nothing is lost. */
const mostAttempts = 5;

/** @throws LeaseLost when a later visit has written one of the links */
export async function absorbPage(s: Session, changes: readonly Change[], mode: FeedMode): Promise<void> {
  const news = changes.flatMap((change) => (change.kind === 'same' ? [] : [{ change, isVerified: false }]));
  await absorbNews(s, news, mode);
}

export async function absorbNews(s: Session, news: readonly News[], mode: FeedMode): Promise<void> {
  for (let from = 0; from < news.length; from += batchSize) {
    await s.lease.ensure();
    await absorbBatch(s, news.slice(from, from + batchSize), mode);
  }
}

async function absorbBatch(s: Session, news: readonly News[], mode: FeedMode): Promise<void> {
  const changes = news.map((item) => item.change);
  const [g, index] = await Promise.all([groundOf(s), lookUp(s, changes)]);
  const breath = breather(s.deps.clock);
  const entries = new Map<EventId, Entry>();
  const singly: News[] = [];
  const echoes: Event[] = [];
  for (const item of news) {
    await breath();
    const { change, isVerified } = item;
    const event = index.find(change);
    const plan = absorb(g, { event, change, mode, birthId: idFor(s, change, event, 0), isVerified });
    if (s.held?.holds(item, event, plan)) continue;
    note(s, change, plan);
    if (plan.verdict === 'fenced') throw new LeaseLost();
    // A listing shows everything that ever was written; only a feed of changes is an answer to a write.
    if (plan.verdict === 'echo' && mode === 'delta' && event !== null) echoes.push(event);
    if (plan.verdict === 'read' || plan.born !== null) singly.push(item);
    else if (plan.next !== null) {
      collect(entries, event, plan, item);
      index.put(plan.next);
    }
  }
  const list = [...entries.values()];
  const { saved, opened } = await saveDrafts(s, list);
  await checkBirths(s, g, list, saved);
  const kept = list.filter((_, i) => saved[i] !== null);
  await tell(s, kept, { opened, closes: kept.flatMap((entry) => entry.closes), echoes });
  for (const item of [...list.filter((_, i) => saved[i] === null).flatMap((entry) => entry.news), ...singly]) {
    await absorbOne(s, item, mode);
  }
}

function collect(entries: Map<EventId, Entry>, event: Event | null, plan: Plan, item: News): void {
  const after = plan.next!;
  const entry = entries.get(after.id) ?? { before: beforeOf(event, after), after, news: [], conflicts: [], closes: [] };
  entry.after = after;
  entry.news.push(item);
  entry.conflicts.push(...plan.conflicts);
  entry.closes.push(...plan.closes);
  entries.set(after.id, entry);
}

/** A mark may have led to an event that the change turned out not to be of; then what is saved is new. */
const beforeOf = (found: Event | null, after: Event): Event | null => (found?.id === after.id ? found : null);

/** One change by itself, against the event as it is now; reads the copy singly where the feed does not settle it. */
export async function absorbOne(s: Session, given: News, mode: FeedMode): Promise<void> {
  let item = given;
  for (let attempt = 1; attempt <= mostAttempts; attempt += 1) {
    await s.lease.ensure();
    const g = await groundOf(s);
    const { change, isVerified } = item;
    const event = (await lookUp(s, [change])).find(change);
    const plan = absorb(g, { event, change, mode, birthId: idFor(s, change, event, attempt), isVerified });
    if (plan.verdict === 'fenced') throw new LeaseLost();
    if (plan.verdict === 'read') {
      if (isVerified) return;
      item = { change: await readSingly(s, remoteIdOf(change)), isVerified: true };
      attempt -= 1;
      continue;
    }
    if (await savePlan(s, g, event, plan)) {
      note(s, change, plan);
      return;
    }
  }
  throw new Fault('clash', 'an event was changed by others again and again', {
    context: { calendarId: s.calendar.id },
  });
}

/** Saves a plan's events in order, the born one last: it may only take the remote id once the other has let it go. */
export async function savePlan(s: Session, g: Ground, before: Event | null, plan: Plan): Promise<boolean> {
  const drafts: Draft[] = [];
  if (plan.next !== null)
    drafts.push({ before: beforeOf(before, plan.next), after: plan.next, conflicts: plan.conflicts });
  if (plan.born !== null) drafts.push({ before: null, after: plan.born, conflicts: [] });
  for (const draft of drafts) {
    const { saved, opened } = await saveDrafts(s, [draft]);
    if (saved[0] === null) return false;
    await checkBirths(s, g, [draft], saved);
    await tell(s, [draft], { opened, closes: plan.closes });
  }
  return true;
}

/**
 * At the first reading of a calendar a mark of ours on an unknown event means that we were here before and lost what we
 * knew. The event is born under the id that the mark names, so that its copies in other calendars are found to be copies.
 */
function idFor(s: Session, change: Absorbable, event: Event | null, attempt: number): EventId {
  const mark = change.kind === 'upsert' && s.isFirst && event === null && attempt <= 1 ? change.remote.mark : null;
  const marked = mark === null ? null : parseId('event', mark.eventId);
  if (marked !== null) return marked;
  const stamp = change.kind === 'upsert' ? change.remote.stamp : null;
  return birthIdOf(s, remoteIdOf(change), stamp, attempt);
}

function note(s: Session, change: Absorbable, plan: Plan): void {
  s.counts.pulled += 1;
  const remoteId = remoteIdOf(change);
  if (plan.verdict !== 'quarantine' || change.kind !== 'unreadable') {
    s.quarantined.delete(remoteId);
    return;
  }
  s.counts.quarantined += 1;
  const at = s.deps.clock.now();
  s.quarantined.set(remoteId, { remoteId, why: change.why, at, span: change.span });
}
