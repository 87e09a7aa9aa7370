/** Visits that are set off while what they are for is still being saved: they make ready, but look only afterwards. */
import { expect } from 'chai';
import { silentLog } from '../../src/domain/ports.ts';
import { makeNudge } from '../../src/sync/nudge.ts';
import { makeVisitor } from '../../src/sync/visit.ts';
import { someFields, zoned } from '../kit/builders.ts';
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

  it('is not made for a request that the visit under way has served', async () => {
    const { nudge, letGo } = await underWay();
    const before = (await calendar()).lease.fence;
    const asked = stage.store.calendars.request([work.id]);
    nudge.nudge(work.id, asked, 'request');
    await asked;
    await null;
    stage.clock.advance(10);
    work.owner.create(someFields(nine));
    letGo();
    await eventually(async () => nudge.load() === 0);
    await nudge.stop();
    expect((await stage.events()).length).to.equal(1);
    const { lease, requestedSeq, servedSeq } = await calendar();
    expect(lease.fence).to.equal(before);
    expect(servedSeq).to.equal(requestedSeq);
  });

  it('is made for a request that came too late for the visit under way, and for a debt in any case', async () => {
    const { promise, end } = saving();
    const first = await underWay();
    const before = (await calendar()).lease.fence;
    first.nudge.nudge(work.id, promise, 'request');
    first.letGo();
    await eventually(async () => (await calendar()).lease.fence === before + 1);
    end();
    await eventually(async () => first.nudge.load() === 0);

    const second = await underWay();
    second.nudge.nudge(work.id);
    stage.clock.advance(10);
    second.letGo();
    await eventually(async () => second.nudge.load() === 0);
    expect((await calendar()).lease.fence).to.equal(before + 3);
  });

  /** A visit that stands still where it asks the provider. */
  async function underWay() {
    let letGo = (): void => {};
    const free = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    let hasAsked = false;
    work.server.knobs.gate = async () => {
      hasAsked = true;
      await free;
    };
    const nudge = aNudge();
    const read = nudge.visitAndWait(work.id, 60_000);
    read.catch(() => {});
    await eventually(async () => hasAsked);
    return { nudge, letGo };
  }
});
