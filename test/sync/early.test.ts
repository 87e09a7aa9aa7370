/** Visits that are set off while what they are for is still being saved: they make ready, but look only afterwards. */
import { expect } from 'chai';
import { silentLog } from '../../src/domain/ports.ts';
import { makeNudge } from '../../src/sync/nudge.ts';
import { makeVisitor } from '../../src/sync/visit.ts';
import { zoned } from '../kit/builders.ts';
import { eventually } from '../kit/eventually.ts';
import type { Attached, Stage } from '../kit/stage.ts';
import { aStage, linkIn } from '../kit/stage.ts';

const nine = { start: zoned('2027-06-01T09:00'), end: zoned('2027-06-01T10:00') };

/** A saving that ends when it is told to. */
function saving() {
  let end = (_error?: Error): void => {};
  const promise = new Promise<void>((resolve, reject) => {
    end = (error) => (error === undefined ? resolve() : reject(error));
  });
  promise.catch(() => {});
  return { promise, end: (error?: Error) => end(error) };
}

describe('a visit that is set off early', () => {
  let stage: Stage;
  let work: Attached;
  beforeEach(async () => {
    stage = await aStage();
    work = await stage.attach('work');
    await stage.visit(work);
  });

  const aNudge = (over: { owner?: string; queueLimit?: number } = {}) => {
    const { store, clock } = stage;
    const settings = { ...stage.deps.settings, ...(over.owner === undefined ? {} : { owner: over.owner }) };
    const visitor = makeVisitor({ ...stage.deps, settings });
    return makeNudge({ visitor, store, clock, log: silentLog, inFlight: 2, queueLimit: over.queueLimit ?? 8 });
  };
  const calendar = async () => (await stage.store.calendars.find(work.id))!;
  const holds = async (): Promise<boolean> => (await calendar()).lease.until > stage.store.now();

  it('holds its lease while the booking is saved, and writes the booking in that same visit', async () => {
    const before = (await calendar()).lease.fence;
    const { promise, end } = saving();
    const nudge = aNudge();
    nudge.nudge(work.id, promise);
    await eventually(holds);
    expect(work.owner.events()).to.deep.equal([]);
    const { id } = await stage.book('one', nine);
    end();
    await eventually(async () => work.owner.events().length === 1);
    await nudge.stop();
    expect(linkIn(await stage.event(id), work)).to.deep.include({ settledVersion: 1, sent: null });
    expect((await calendar()).lease.fence).to.equal(before + 1);
  });

  it('ends in order where the saving failed', async () => {
    const { promise, end } = saving();
    const nudge = aNudge();
    nudge.nudge(work.id, promise);
    await eventually(holds);
    end(new Error('the database is away'));
    await eventually(async () => !(await holds()));
    await nudge.stop();
    expect(work.owner.events()).to.deep.equal([]);
  });

  it('asks whoever holds the lease only when there is something to be found', async () => {
    await stage.store.calendars.claim(work.id, 'another process', 60_000);
    const { requestedSeq } = await calendar();
    const { promise, end } = saving();
    const nudge = aNudge({ owner: 'this process' });
    nudge.nudge(work.id, promise);
    const stopped = nudge.stop();
    for (let i = 0; i < 20; i += 1) expect((await calendar()).requestedSeq).to.equal(requestedSeq);
    end();
    await stopped;
    expect((await calendar()).requestedSeq).to.equal(requestedSeq + 1);
  });

  it('is asked for in the database after the saving, where too many wait', async () => {
    const { requestedSeq } = await calendar();
    const { promise, end } = saving();
    const nudge = aNudge({ queueLimit: 0 });
    nudge.nudge(work.id, promise);
    await null;
    expect((await calendar()).requestedSeq).to.equal(requestedSeq);
    end();
    await eventually(async () => (await calendar()).requestedSeq === requestedSeq + 1);
    await nudge.stop();
  });
});
