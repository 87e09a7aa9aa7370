import { expect } from 'chai';
import { systemClock } from '../../src/clock.ts';
import type { Log } from '../../src/domain/ports.ts';
import { silentLog } from '../../src/domain/ports.ts';
import type { Jobs, Sweeps } from '../../src/jobs/agenda.ts';
import { makeJobs } from '../../src/jobs/agenda.ts';
import { letGoOfAgendaTimers } from '../kit/agenda-timers.ts';
import { eventually } from '../kit/eventually.ts';
import { type TestDatabase, withMongo } from '../kit/mongo.ts';

describe('the sweeps on agenda', function () {
  this.timeout(30_000);
  let database: TestDatabase;
  let running: Jobs[];
  before(letGoOfAgendaTimers);
  beforeEach(async () => {
    database = await withMongo();
    running = [];
  });
  afterEach(async () => {
    for (const jobs of running) await jobs.stop();
    await database.stop();
  });

  const start = async (sweeps: Partial<Sweeps>, log: Log = silentLog): Promise<Jobs> => {
    const none = async () => {};
    const jobs = makeJobs({
      ...{ uri: database.uri, clock: systemClock, log, everyMs: 100 },
      sweeps: { due: none, deliveries: none, debts: none, sheets: none, conflicts: none, purge: none, ...sweeps },
    });
    running.push(jobs);
    await jobs.start();
    return jobs;
  };

  it('visit all 64 partitions and every other kind of work, again and again', async () => {
    const partitions = new Map<number, number>();
    const others = new Set<string>();
    const jobs = await start({
      due: async (p) => void partitions.set(p, (partitions.get(p) ?? 0) + 1),
      debts: async () => void others.add('debts'),
      sheets: async () => void others.add('sheets'),
      conflicts: async () => void others.add('conflicts'),
      purge: async () => void others.add('purge'),
    });
    await eventually(async () => partitions.size === 64 && [...partitions.values()].every((n) => n >= 2), 20_000);
    await eventually(async () => others.size === 4, 20_000);
    expect(jobs.isHealthy()).to.equal(true);
  });

  it('go on when one of them fails, and say so', async () => {
    let failures = 0;
    let good = 0;
    const said: string[] = [];
    const log: Log = { ...silentLog, error: (message) => void said.push(message) };
    await start(
      {
        debts: async () => {
          failures += 1;
          throw new Error('the database went away');
        },
        due: async () => {
          good += 1;
        },
      },
      log,
    );
    await eventually(async () => failures >= 2 && good >= 64, 20_000);
    expect(said).to.include('a sweep failed; the next one tries again');
  });

  it('end without a new run once they are stopped, while another process goes on', async () => {
    const runs = { first: 0, second: 0 };
    const count = (who: 'first' | 'second') => async () => {
      runs[who] += 1;
    };
    const jobs = await start({ debts: count('first') });
    await eventually(async () => runs.first > 0, 20_000);
    await jobs.stop();
    running = [];
    const before = runs.first;
    await start({ debts: count('second') });
    await eventually(async () => runs.second >= 3, 20_000);
    expect(runs.first).to.equal(before);
  });
});
