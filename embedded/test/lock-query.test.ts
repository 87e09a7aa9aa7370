/** Agenda asks every few seconds, for each job name, for the next job to lock; that has to stay cheap. */
import { expect } from 'chai';
import { Cursors } from '../commands/cursors.ts';
import { Dispatcher } from '../commands/dispatcher.ts';
import { Engine } from '../engine/engine.ts';
import type { Doc } from '../semantics/values.ts';
import { MemoryStorage } from '../storage/memory-storage.ts';

const MINUTE_MS = 60_000;
const NOW = Date.UTC(2030, 0, 1);
const INDEX = { name: 1, nextRunAt: 1, priority: -1, lockedAt: 1, disabled: 1 };

/** Commands without a socket: what is measured is the server alone. */
function server(): (body: Doc) => Doc {
  const engine = new Engine({ storage: new MemoryStorage(), warn: () => undefined });
  const onFault = (error: unknown): never => {
    throw error;
  };
  const dispatcher = new Dispatcher({ engine, cursors: new Cursors(() => NOW), clock: () => NOW, onFault });
  return (body) => dispatcher.run({ body: { ...body, $db: 'test' }, sequences: new Map() }, 1).reply;
}

describe('the lock query of agenda among 20,000 jobs', () => {
  const run = server();

  before(() => {
    run({ createIndexes: 'jobs', indexes: [{ key: INDEX, name: 'findAndLockNextJobIndex' }] });
    const documents = Array.from({ length: 20_000 }, (_, i) => ({
      name: 'send',
      priority: i % 3,
      nextRunAt: i % 2 === 0 ? null : new Date(NOW + MINUTE_MS + i),
      lockedAt: null,
      disabled: null,
      i,
    }));
    run({ insert: 'jobs', documents });
  });

  function lock(): Doc | null {
    const due = { lockedAt: { $eq: null }, nextRunAt: { $lte: new Date(NOW) } };
    const query = {
      name: 'send',
      disabled: { $ne: true },
      $or: [due, { lockedAt: { $lte: new Date(NOW - 10 * MINUTE_MS) } }],
    };
    const update = { $set: { lockedAt: new Date(NOW), lastModifiedBy: null } };
    return run({ findAndModify: 'jobs', query, update, new: true, sort: { nextRunAt: 1, priority: -1 } })
      .value as Doc | null;
  }

  /** Processor time: on a busy machine the clock on the wall measures the others. */
  function cpuMsOfLock(): number {
    const rounds = 300;
    const start = process.cpuUsage();
    for (let i = 0; i < rounds; i++) lock();
    const { user, system } = process.cpuUsage(start);
    return (user + system) / 1000 / rounds;
  }

  it('takes less than 2 ms when nothing is due', () => {
    expect(lock()).to.equal(null);
    expect(cpuMsOfLock()).to.be.lessThan(2);
  });

  it('takes less than 2 ms when 1,000 are due, and gives the right one', () => {
    const nextRunAt = new Date(NOW - 1000);
    run({
      update: 'jobs',
      updates: [{ q: { i: { $lt: 2000 }, nextRunAt: { $ne: null } }, u: { $set: { nextRunAt } }, multi: true }],
    });
    const lockedAt = new Date(NOW - 20 * MINUTE_MS);
    run({ update: 'jobs', updates: [{ q: { i: 1998 }, u: { $set: { lockedAt } } }] });
    // Its lock has run out, and null sorts before all dates.
    expect(Number(lock()?.i)).to.equal(1998);
    expect(Number(lock()?.priority)).to.equal(2);
    expect(cpuMsOfLock()).to.be.lessThan(2);
  });
});
