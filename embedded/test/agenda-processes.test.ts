/** Agenda over several real processes and one embedded server: each job once, also when a process is killed in the middle. */
import { MongoBackend } from '@agendajs/mongo-backend';
import { Agenda } from 'agenda';
import { expect } from 'chai';
import { mongo } from 'mongoose';
import { type Daemon, startDaemon } from '../../test/kit/programs.ts';
import { type EmbeddedChild, startEmbedded } from '../child.ts';
import { CLI, temporaryFolder, until } from './running.ts';

const WORKER = new URL('./agenda-worker.ts', import.meta.url).pathname;
const JOBS = 300;
const PENDING = 20_000;
/** Jobs that a process works on at a time. */
const HANDS = 10;
const HANGS_AFTER = 5;

/** agenda is typed against its own copy of the driver; the wire between is the same. */
type AgendaDb = ConstructorParameters<typeof MongoBackend>[0] extends infer C
  ? C extends { mongo: infer D }
    ? D
    : never
  : never;

interface Run {
  readonly event: 'ready' | 'start' | 'finish';
  readonly pid: number;
  readonly n: number;
}

describe('agenda in three processes', function () {
  this.timeout(360_000);
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let child: EmbeddedChild;
  let client: mongo.MongoClient;
  const workers: Daemon[] = [];
  before(async () => {
    folder = await temporaryFolder();
    child = await startEmbedded({ dataDir: folder.path, entry: CLI });
    client = await mongo.MongoClient.connect(child.uri);
  });
  after(async () => {
    for (const { child: worker } of workers) worker.kill('SIGKILL');
    await Promise.all(workers.map(({ gone }) => gone));
    await client.close();
    await child.stop();
    await folder.remove();
  });
  const runs = () => client.db().collection<Run>('runs');
  const jobs = () => client.db().collection('jobs');
  const start = (hangsAfter: number): Daemon => {
    const args = ['--import', 'tsx', WORKER, child.uri, String(HANDS), String(hangsAfter)];
    const worker = startDaemon(process.execPath, args);
    workers.push(worker);
    return worker;
  };

  it(`runs each of ${JOBS} jobs once among ${PENDING} pending ones, and those of a killed process once more`, async () => {
    await fillPending();
    const victim = start(HANGS_AFTER);
    start(Number.POSITIVE_INFINITY);
    start(Number.POSITIVE_INFINITY);
    await until(async () => (await runs().countDocuments({ event: 'ready' })) === 3, 'all are ready', 120_000);
    await announce();
    const pid = victim.child.pid ?? 0;
    const count = (filter: object): Promise<number> => runs().countDocuments(filter);
    // All its hands are in jobs that never end, so all that it finished is also saved.
    const isStuck = async () =>
      (await count({ pid, event: 'start' })) - (await count({ pid, event: 'finish' })) === HANDS;
    await until(isStuck, 'the victim has its hands full', 120_000);
    const held = (await runs().find({ pid, event: 'start' }).toArray()).map(({ n }) => n);
    const done = new Set((await runs().find({ pid, event: 'finish' }).toArray()).map(({ n }) => n));
    const orphans = held.filter((n) => !done.has(n));
    expect(orphans).to.have.length(HANDS);
    victim.child.kill('SIGKILL');

    await until(async () => (await count({ event: 'finish' })) >= JOBS, 'all jobs are done', 90_000);
    const free = { name: 'count', 'data.n': { $gte: 0 }, lockedAt: { $ne: null } };
    await until(async () => (await jobs().countDocuments(free)) === 0, 'no lock is left');
    const [starts, finishes] = [await tally('start'), await tally('finish')];
    for (let n = 0; n < JOBS; n += 1) {
      expect(finishes.get(n), `job ${n} was done`).to.equal(1);
      expect(starts.get(n), `job ${n} was begun`).to.equal(orphans.includes(n) ? 2 : 1);
    }
    expect((await runs().distinct('pid', { event: 'finish' })).length, 'all three took part').to.equal(3);
    expect(await jobs().countDocuments({ 'data.n': { $lt: 0 }, lastRunAt: { $ne: null } })).to.equal(0);
    expect(await jobs().countDocuments({ name: 'count', nextRunAt: { $ne: null } })).to.equal(PENDING);
  });

  /** Jobs of next year, as agenda stores them. */
  async function fillPending(): Promise<void> {
    const nextRunAt = new Date(Date.now() + 365 * 86_400_000);
    const job = (i: number) => ({ name: 'count', data: { n: -1 - i }, priority: 0, type: 'normal', nextRunAt });
    await jobs().insertMany(Array.from({ length: PENDING }, (_, i) => job(i)));
  }

  async function announce(): Promise<void> {
    const backend = new MongoBackend({ mongo: client.db() as unknown as AgendaDb, collection: 'jobs' });
    const agenda = new Agenda({ backend });
    await agenda.ready;
    agenda.define('count', async () => undefined);
    await Promise.all(Array.from({ length: JOBS }, (_, n) => agenda.now('count', { n })));
    await agenda.stop();
  }

  async function tally(event: 'start' | 'finish'): Promise<Map<number, number>> {
    const counts = new Map<number, number>();
    for await (const { n } of runs().find({ event })) counts.set(n, (counts.get(n) ?? 0) + 1);
    return counts;
  }
});
