import { MongoBackend } from '@agendajs/mongo-backend';
import { Agenda, type Job } from 'agenda';
import { expect } from 'chai';
import { type Running, run, until } from './running.ts';

/** agenda is typed against its own copy of the driver; the wire between is the same. */
type AgendaDb = ConstructorParameters<typeof MongoBackend>[0] extends infer C
  ? C extends { mongo: infer D }
    ? D
    : never
  : never;

/** Long enough for a busy machine; after each job agenda keeps a timer of half of it, and the process alive with it. */
const LOCK_MS = 10_000;

describe('agenda on the embedded database', () => {
  let running: Running;
  let collection: string;
  let agendas: Agenda[];

  before(async () => {
    running = await run();
  });
  after(() => running.stop());
  beforeEach(() => {
    collection = `jobs${Date.now()}${Math.floor(Math.random() * 1e6)}`;
    agendas = [];
  });
  afterEach(() => Promise.all(agendas.map((agenda) => agenda.stop())));

  async function makeAgenda(options: { defaultLockLifetime?: number } = {}): Promise<Agenda> {
    const backend = new MongoBackend({ mongo: running.db as unknown as AgendaDb, collection });
    const agenda = new Agenda({
      backend,
      processEvery: 20,
      maxConcurrency: 20,
      defaultConcurrency: 10,
      defaultLockLifetime: LOCK_MS,
      ...options,
    });
    agenda.on('error', () => undefined);
    agendas.push(agenda);
    await agenda.ready;
    return agenda;
  }
  const jobs = () => running.db.collection(collection);

  it('runs a job at once, a scheduled one when due and a repeated one again and again', async () => {
    const ran: string[] = [];
    const agenda = await makeAgenda();
    for (const name of ['now', 'scheduled', 'repeated']) agenda.define(name, async () => void ran.push(name));
    await agenda.start();
    await agenda.now('now', { a: 1 });
    await agenda.schedule(new Date(Date.now() + 50), 'scheduled', {});
    await agenda.every(30, 'repeated');
    await until(
      () => ran.includes('now') && ran.includes('scheduled') && ran.filter((name) => name === 'repeated').length > 2,
      'all jobs ran',
    );
    expect(await jobs().countDocuments({ name: 'repeated' })).to.equal(1);
  });

  it('keeps one document for a repeated job however often it is announced, and cancels it', async () => {
    const agenda = await makeAgenda();
    agenda.define('daily', async () => undefined);
    for (let i = 0; i < 5; i++) await agenda.every(60_000, 'daily', { i });
    expect(await jobs().countDocuments()).to.equal(1);
    expect(await agenda.cancel({ name: 'daily' })).to.equal(1);
    expect(await jobs().countDocuments()).to.equal(0);
  });

  it('tries a failed job again, as often as it was told to', async () => {
    const attempts: number[] = [];
    const agenda = await makeAgenda();
    const fail = async (job: Job): Promise<void> => {
      attempts.push(job.attrs.failCount ?? 0);
      throw new Error('not this time');
    };
    agenda.define('hard', fail, { backoff: ({ attempt }) => (attempt <= 2 ? 10 : null) });
    await agenda.start();
    await agenda.now('hard', {});
    await until(async () => (await jobs().countDocuments({ failCount: 3, nextRunAt: null })) === 1, 'it has given up');
    expect(attempts).to.have.length(3);
    expect(await jobs().findOne({ name: 'hard' })).to.include({ failReason: 'not this time' });
  });

  it('hands a job on when the lock of its first runner has expired', async () => {
    const started: string[] = [];
    let letGo = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    const first = await makeAgenda({ defaultLockLifetime: 100 });
    first.define('stuck', async () => {
      started.push('first');
      await held;
    });
    await first.now('stuck', {});
    await first.start();
    await until(() => started.includes('first'), 'the first runner holds the job');
    const second = await makeAgenda({ defaultLockLifetime: 100 });
    second.define('stuck', async () => void started.push('second'));
    await second.start();
    await until(() => started.includes('second'), 'the second runner got the job');
    letGo();
  });

  it('runs each of 300 jobs once with three instances side by side', async function () {
    this.timeout(120_000);
    const runs = new Map<number, number>();
    for (let i = 0; i < 3; i++) {
      const agenda = await makeAgenda();
      agenda.define('count', async (job: Job<{ n: number }>) => {
        runs.set(job.attrs.data.n, (runs.get(job.attrs.data.n) ?? 0) + 1);
      });
    }
    for (let n = 0; n < 300; n++) await agendas[n % 3]!.now('count', { n });
    await Promise.all(agendas.map((agenda) => agenda.start()));
    await until(() => runs.size === 300, 'all 300 jobs ran', 90_000);
    await until(
      async () => (await jobs().countDocuments({ lockedAt: { $ne: null } })) === 0,
      'no job is locked any more',
    );
    expect([...runs.values()].every((count) => count === 1)).to.equal(true);
  });
});
