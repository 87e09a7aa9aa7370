/** The push of a visit: debts soonest first, each write written down before it is tried and answered after. */
import type { CalendarLink, Event } from '../domain/event.ts';
import { owes, sameValue } from '../domain/event.ts';
import type { EventId } from '../domain/ids.ts';
import { convey } from './conveyor.ts';
import { LeaseLost } from './lease.ts';
import { linkTo } from './links.ts';
import { owe } from './owe.ts';
import type { Ground } from './plan.ts';
import { withOwn } from './plan.ts';
import { enter, followUp } from './push-answers.ts';
import type { Answered, Job, Results } from './push-write.ts';
import { later, noResults, tryJob } from './push-write.ts';
import type { Session } from './session.ts';
import { groundOf, siblingsOf } from './session.ts';

/** Tries of one event in one visit, those included that found it changed meanwhile. */
const mostTries = 8;

/** Chunks that one reading of debts is cut into; the first reading of a wave is one chunk, so that writing begins soon. */
const chunksPerRead = 4;

/**
 * Pays debts until none is due. With `unread` the feed was not read before: then the first that turns out to be other than
 * we knew ends it, `surprised`, and what it left undone is as after a crash at this place.
 */
export async function push(s: Session, feed: 'read' | 'unread' = 'read'): Promise<'paid' | 'surprised'> {
  const tries = new Map<EventId, number>();
  for (;;) {
    const wave = makeWave(s, tries, feed);
    // Side by side, but not where nothing may be planned: most visits owe nothing.
    const [first] = await Promise.all([readDebts(wave, 1), feed === 'unread' ? siblingsOf(s) : null]);
    if (first.length === 0) return 'paid';
    await pay(wave, first);
    if (hasToRead(wave)) return 'surprised';
    await followUp(s, wave.results, tries);
  }
}

/** Debts that are paid in one go, until none is left but those whose copies have to be read first. */
interface Wave {
  readonly s: Session;
  readonly feed: 'read' | 'unread';
  readonly tries: Map<EventId, number>;
  readonly results: Results;
  /** Announced, under way, or answered without the answer being saved: read again, these would be paid twice. */
  readonly busy: Set<EventId>;
}

const makeWave = (s: Session, tries: Map<EventId, number>, feed: Wave['feed']): Wave => ({
  ...{ s, tries, feed },
  results: noResults(),
  busy: new Set(),
});

const hasToRead = ({ feed, results }: Wave): boolean => feed === 'unread' && results.isSurprised;

async function readDebts({ s, busy }: Wave, chunks: number): Promise<readonly Event[]> {
  await s.lease.ensure();
  // As it was before the reading: an answer that is saved meanwhile may not show in what is read.
  const underWay = new Set(busy);
  const { store, clock, settings } = s.deps;
  const most = settings.chunk * chunks + busy.size;
  const owing = await store.events.owing(s.calendar.id, clock.now(), most);
  const free = owing.filter((event) => !underWay.has(event.id));
  // Whoever is just saving an event's rows has not done with it: taken now, one of us would save in vain. It comes last.
  const isSettled = (event: Event): boolean => event.sheetVersion >= event.version;
  return [...free.filter(isSettled), ...free.filter((event) => !isSettled(event))];
}

/**
 * While some writes are under way, the next are announced and the answers of those before are saved. For each event the
 * order holds: nothing is written that is not announced, and no answer is saved that was not heard.
 */
async function pay(wave: Wave, first: readonly Event[]): Promise<void> {
  const { s, results } = wave;
  const g = await groundOf(s);
  const { chunk } = s.deps.settings;
  const width = s.connector.capabilities.parallel;
  const batch = Math.ceil(chunk / 2);
  const clear = () => enterAnswered(wave, g);
  const failures = await convey<Job>({
    ...{ width, ahead: batch, batch, clear },
    feed: feeder(wave, g, first, width),
    work: async (job) => {
      await s.lease.ensure();
      await tryJob(s, job, results);
    },
    done: () => results.answered.length,
  });
  if (failures.length === 0) return;
  const lost = failures.find((error) => error instanceof LeaseLost);
  if (lost !== undefined) throw lost;
  await clear();
  throw failures[0];
}

/** The first chunk is short, so that writing begins soon. A wave of one round trip or less reads debts only once. */
function feeder(wave: Wave, g: Ground, first: readonly Event[], width: number): () => Promise<readonly Job[] | null> {
  const { s, results } = wave;
  const { chunk } = s.deps.settings;
  let backlog = first;
  let size = Math.min(chunk, 2 * width);
  const isShort = first.length <= width;
  return async () => {
    if (hasToRead(wave)) return null;
    if (results.toRead.length + results.gone.length + results.exists.length >= chunk) return null;
    if (backlog.length === 0 && !isShort) backlog = await readDebts(wave, chunksPerRead);
    if (backlog.length === 0) return null;
    const next = backlog.slice(0, size);
    backlog = backlog.slice(size);
    size = chunk;
    return prepare(wave, g, next);
  };
}

async function prepare(wave: Wave, g: Ground, owing: readonly Event[]): Promise<readonly Job[]> {
  const { s, feed, tries, results, busy } = wave;
  await s.lease.ensure();
  const jobs: Job[] = [];
  for (const event of owing) {
    const link = linkTo(event, s.calendar.id);
    if (link === null || !owes(event, link)) continue;
    if (link.fence > g.fence) throw new LeaseLost();
    // Its answer never came: the feed may show that it landed, and then it is not repeated.
    if (feed === 'unread' && link.sent !== null) {
      results.isSurprised = true;
      continue;
    }
    const turn = (tries.get(event.id) ?? 0) + 1;
    tries.set(event.id, turn);
    busy.add(event.id);
    if (turn > mostTries) results.answered.push({ event, sent: null, answer: later(s, link) });
    else plan(g, event, link, jobs, results.answered);
  }
  const announced = await announce(s, g, jobs);
  const missed = new Set(jobs.map((job) => job.event.id));
  for (const job of announced) missed.delete(job.event.id);
  // Somebody saved meanwhile; the next reading of debts shows what is owed now.
  for (const id of missed) busy.delete(id);
  return announced;
}

function plan(g: Ground, event: Event, link: CalendarLink, jobs: Job[], answered: Answered[]): void {
  const owed = owe(event, link, g.calendar, g.capabilities);
  if (owed === null) return;
  if (owed.kind === 'settled') answered.push({ event, sent: null, answer: { kind: 'settled' } });
  else jobs.push({ event, sent: owed.sent, intent: owed.intent });
}

/** Write-ahead: what will be sent is in the event before the provider hears of it. */
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
  const isSaved = next.length === 0 ? [] : await s.deps.store.events.saveLinks(next);
  const saved = toSave.flatMap((job, i) => (isSaved[i] ? [{ ...job, event: next[i]! }] : []));
  return [...jobs.filter(isDown), ...saved];
}

/** Saves the answers heard so far; their events may owe anew. */
async function enterAnswered({ s, results, busy }: Wave, g: Ground): Promise<void> {
  results.transients = 0;
  const answered = results.answered.splice(0);
  await enter(s, g, answered);
  for (const { event } of answered) busy.delete(event.id);
}
