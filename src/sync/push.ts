/** The push of a visit: debts soonest first, each write written down before it is tried and answered after. */
import type { WriteIntent, WriteReceipt } from '../domain/connector.ts';
import type { CalendarLink, Event, Sent } from '../domain/event.ts';
import { owes, sameValue } from '../domain/event.ts';
import { Fault, withContext } from '../domain/fault.ts';
import type { EventId } from '../domain/ids.ts';
import { absorbOne } from './absorb-page.ts';
import { LeaseLost, Stopping } from './lease.ts';
import { linkTo } from './links.ts';
import { owe } from './owe.ts';
import { inParallel } from './parallel.ts';
import type { Ground } from './plan.ts';
import { withOwn } from './plan.ts';
import { readSingly } from './read-singly.ts';
import type { Answer } from './receipt.ts';
import { withAnswer } from './receipt.ts';
import type { Session } from './session.ts';
import { backoff, groundOf } from './session.ts';
import { answerLines } from './story-lines.ts';
import { append } from './tell.ts';

interface Job {
  /** As saved with `sent` in its link. */
  readonly event: Event;
  readonly sent: Sent;
  readonly intent: WriteIntent;
}

interface Answered {
  readonly event: Event;
  readonly sent: Sent | null;
  readonly answer: Answer;
}

/** What the writes of one chunk came to. */
interface Results {
  readonly answered: Answered[];
  /** Copies to be read and absorbed before their event is tried again. */
  readonly toRead: Job[];
  readonly gone: Job[];
  readonly exists: { readonly job: Job; readonly receipt: Extract<WriteReceipt, { kind: 'exists' }> }[];
  transients: number;
}

/** After so many transient faults it is the provider that is ill and not the event. */
const mostTransients = 3;
const mostTries = 8;

/** Chunks that one reading of debts is cut into. What comes to be owed meanwhile waits for the next reading. */
const chunksPerRead = 4;

/** Pays debts until none is due. */
export async function push(s: Session): Promise<void> {
  const tries = new Map<EventId, number>();
  for (;;) {
    await s.lease.ensure();
    const { store, clock, settings } = s.deps;
    const owing = await store.events.owing(s.calendar.id, clock.now(), settings.chunk * chunksPerRead);
    if (owing.length === 0) return;
    await pushAll(s, owing, tries);
  }
}

/** Events whose writes are announced, under way, or answered together. */
interface Chunk {
  readonly jobs: readonly Job[];
  readonly results: Results;
}

/**
 * While the writes of one chunk are under way, the next chunk is announced and the answers of the one before are entered.
 * A chunk is written only once it is announced, and a turn begins only once everything of the turn before has ended.
 */
async function pushAll(s: Session, owing: readonly Event[], tries: Map<EventId, number>): Promise<void> {
  const g = await groundOf(s);
  const { chunk: size } = s.deps.settings;
  const prepareAt = (from: number) => prepare(s, g, owing.slice(from, from + size), tries);
  const all: Results[] = [];
  let next = await prepareAt(0);
  for (let from = size; next !== null; from += size) {
    const { jobs, results }: Chunk = next;
    await s.lease.ensure();
    const [fault, prepared] = await together([
      writeAll(s, jobs, results),
      prepareAt(from),
      enter(s, g, all.at(-1)?.answered ?? []),
    ]);
    if (fault !== null || prepared === null) await enter(s, g, results.answered);
    if (fault !== null) throw fault;
    all.push(results);
    next = prepared;
  }
  for (const results of all) await followUp(s, results, tries);
}

/** As `Promise.all`, but nothing is left running behind a failure; a lost lease is told before any other. */
async function together<A, B, C>(work: readonly [Promise<A>, Promise<B>, Promise<C>]): Promise<[A, B, C]> {
  const failures = (await Promise.allSettled(work)).flatMap((end) => (end.status === 'rejected' ? [end.reason] : []));
  if (failures.length > 0) throw failures.find((reason) => reason instanceof LeaseLost) ?? failures[0];
  return Promise.all(work);
}

/** Null: there is nothing left. */
async function prepare(
  s: Session,
  g: Ground,
  owing: readonly Event[],
  tries: Map<EventId, number>,
): Promise<Chunk | null> {
  if (owing.length === 0) return null;
  const answered: Answered[] = [];
  const jobs: Job[] = [];
  for (const event of owing) {
    const link = linkTo(event, s.calendar.id);
    if (link === null || !owes(event, link)) continue;
    if (link.fence > g.fence) throw new LeaseLost();
    const turn = (tries.get(event.id) ?? 0) + 1;
    tries.set(event.id, turn);
    if (turn > mostTries) answered.push({ event, sent: null, answer: later(s, link) });
    else plan(g, event, link, jobs, answered);
  }
  const written = await announce(s, g, jobs);
  return { jobs: written, results: { answered, toRead: [], gone: [], exists: [], transients: 0 } };
}

function plan(g: Ground, event: Event, link: CalendarLink, jobs: Job[], answered: Answered[]): void {
  const owed = owe(event, link, g.calendar, g.capabilities);
  if (owed === null) return;
  if (owed.kind === 'settled') answered.push({ event, sent: null, answer: { kind: 'settled' } });
  else jobs.push({ event, sent: owed.sent, intent: owed.intent });
}

const later = (s: Session, link: CalendarLink): Answer => ({
  kind: 'failed',
  retryAt: backoff(s.deps, link.failures),
});

/** Write-ahead: what will be sent is in the event before the provider hears of it. A miss is taken up by the next chunk. */
async function announce(s: Session, g: Ground, jobs: readonly Job[]): Promise<readonly Job[]> {
  const isDown = (job: Job): boolean => {
    const link = linkTo(job.event, g.calendar.id);
    return link !== null && link.fence === g.fence && sameValue(link.sent, job.sent);
  };
  const toSave = jobs.filter((job) => !isDown(job));
  const next = toSave.map((job): Event => {
    const link = linkTo(job.event, g.calendar.id)!;
    return { ...withOwn(g, job.event, { ...link, sent: job.sent }), rev: job.event.rev + 1 };
  });
  const isSaved = next.length === 0 ? [] : await s.deps.store.events.saveMany(next);
  const saved = toSave.flatMap((job, i) => (isSaved[i] ? [{ ...job, event: next[i]! }] : []));
  return [...jobs.filter(isDown), ...saved];
}

/** Returns the fault that ends the visit, after everything in flight has been heard. */
async function writeAll(s: Session, jobs: readonly Job[], results: Results): Promise<unknown> {
  try {
    await inParallel(jobs, s.connector.capabilities.parallel, async (job) => {
      await s.lease.ensure();
      await write(s, job, results);
    });
    return null;
  } catch (error) {
    if (error instanceof LeaseLost) throw error;
    return error;
  }
}

async function write(s: Session, job: Job, results: Results): Promise<void> {
  const { event, sent } = job;
  try {
    sort(job, await s.open.write(s.remote, job.intent), results);
  } catch (error) {
    if (error instanceof LeaseLost || error instanceof Stopping) throw error;
    const fault = withContext(error, { calendarId: s.calendar.id, eventId: event.id });
    const isOwn = fault.kind === 'invalid' || fault.kind === 'bug' || fault.kind === 'transient';
    if (fault.kind === 'transient') results.transients += 1;
    if (!isOwn || results.transients > mostTransients) throw fault;
    s.deps.log.info('a write failed', { calendarId: s.calendar.id, eventId: event.id, reason: fault.message });
    if (fault.kind === 'invalid')
      results.answered.push({ event, sent, answer: { kind: 'refused', why: fault.message } });
    else results.answered.push({ event, sent, answer: later(s, linkTo(event, s.calendar.id)!) });
  }
}

function sort(job: Job, receipt: WriteReceipt, results: Results): void {
  const { event, sent } = job;
  const answer = (a: Answer): void => void results.answered.push({ event, sent, answer: a });
  switch (receipt.kind) {
    case 'done':
      if (sent.kind === 'remove') answer({ kind: 'removed' });
      else if (receipt.remote !== null) answer({ kind: 'put', remote: receipt.remote });
      else results.toRead.push(job);
      return;
    case 'exists':
      results.exists.push({ job, receipt });
      return;
    case 'stale':
      results.toRead.push(job);
      return;
    case 'gone':
      if (sent.kind === 'remove') answer({ kind: 'removed' });
      else results.gone.push(job);
      return;
    case 'burnt':
      answer({ kind: 'burnt' });
      return;
    case 'refused':
      answer({ kind: 'refused', why: receipt.why });
      return;
  }
}

/** Saves the answers in bulk; an event that moved on meanwhile gets its answer singly, as it is by then. */
async function enter(s: Session, g: Ground, answered: readonly Answered[]): Promise<void> {
  const now = { ...g, now: s.deps.clock.now() };
  const planned = answered.flatMap((item) => {
    const next = withAnswer(now, item.event, item.sent, item.answer);
    return next === null ? [] : [{ item, next: { ...next, rev: next.rev + 1 } }];
  });
  if (planned.length === 0) return;
  const isSaved = await s.deps.store.events.saveMany(planned.map((p) => p.next));
  const misses = planned.filter((_, i) => !isSaved[i]);
  for (const { item } of misses) await enterSingly(s, now, item);
  s.counts.pushed += planned.filter(({ item }) => item.answer.kind === 'put' || item.answer.kind === 'removed').length;
  await append(
    s,
    planned.flatMap(({ item }) => answerLines(s, item.event, item.answer)),
  );
}

async function enterSingly(s: Session, g: Ground, { event, sent, answer }: Answered): Promise<void> {
  const { events } = s.deps.store;
  for (let attempt = 0; attempt < mostTries; attempt += 1) {
    const current = await events.get(event.tenantId, event.id);
    const link = current === null ? null : linkTo(current, s.calendar.id);
    if (current === null || link === null) return;
    if (link.fence > g.fence) throw new LeaseLost();
    // Settled was judged from an older state; the next chunk judges anew.
    if (answer.kind === 'settled') return;
    const next = withAnswer(g, current, sent, answer);
    if (next === null || (await events.save({ ...next, rev: next.rev + 1 }))) return;
  }
  throw new Fault('clash', 'an event was changed by others again and again', { context: { eventId: event.id } });
}

/** Copies that turned out to be other than we knew: absorbed as they are now, then tried again by the next chunk. */
async function followUp(s: Session, results: Results, tries: Map<EventId, number>): Promise<void> {
  const { parallel } = s.connector.capabilities;
  for (const { receipt } of results.exists) {
    await absorbOne(s, { change: { kind: 'upsert', remote: receipt.remote }, isVerified: true }, 'delta');
  }
  await inParallel(results.gone, parallel, async ({ event }) => {
    const remoteId = linkTo(event, s.calendar.id)?.remoteId;
    if (remoteId) await absorbOne(s, { change: { kind: 'remove', remoteId }, isVerified: true }, 'delta');
  });
  await inParallel(results.toRead, parallel, async (job) => {
    const link = linkTo(job.event, s.calendar.id);
    if (!link?.remoteId) return;
    await absorbOne(s, { change: await readSingly(s, link.remoteId), isVerified: true }, 'delta');
    if ((tries.get(job.event.id) ?? 0) <= s.deps.settings.staleRounds) return;
    const g = await groundOf(s);
    await enterSingly(s, g, { event: job.event, sent: null, answer: later(s, link) });
  });
}
