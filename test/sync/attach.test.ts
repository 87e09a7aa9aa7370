/** Attaching and detaching calendars, and the hints and sweeps that keep visits coming. */
import { expect } from 'chai';
import type { CalendarId } from '../../src/domain/ids.ts';
import { silentLog } from '../../src/domain/ports.ts';
import type { VisitReport } from '../../src/domain/visit.ts';
import { memoryStore } from '../../src/store/memory.ts';
import { attachLinks } from '../../src/sync/attach.ts';
import { detachCalendar } from '../../src/sync/detach.ts';
import { makeNudge } from '../../src/sync/nudge.ts';
import { makeSweeps } from '../../src/sync/sweep.ts';
import { someFields, zoned } from '../kit/builders.ts';
import { fakeClock } from '../kit/clock.ts';
import type { Stage } from '../kit/stage.ts';
import { aStage, linkIn, stageStart, tenant } from '../kit/stage.ts';

const nine = { start: zoned('2027-06-01T09:00'), end: zoned('2027-06-01T10:00') };
const two = { start: zoned('2027-06-02T14:00'), end: zoned('2027-06-02T15:00') };

describe('attaching and detaching', () => {
  let stage: Stage;
  beforeEach(async () => {
    stage = await aStage();
  });
  const calendar = (id: CalendarId) => stage.store.calendars.get(tenant, id);

  it('brings the bookings that are there already into a calendar that comes later', async () => {
    const { id } = await stage.book('one', nine);
    const late = await stage.attach('late');
    await attachLinks(stage.deps, (await calendar(late.id))!);
    await attachLinks(stage.deps, (await calendar(late.id))!);
    await stage.settle(late);
    expect(late.owner.events().length).to.equal(1);
    expect((await stage.event(id)).links.length).to.equal(1);
  });

  it('ties what is there on the first visit too, should the process that attached the calendar have died before', async () => {
    const { id } = await stage.book('one', nine);
    const late = await stage.attach('late');
    await stage.settle(late);
    expect(late.owner.events().length).to.equal(1);
    expect((await stage.event(id)).links.length).to.equal(1);
  });

  it('copies the events of the other calendars when the later one mirrors', async () => {
    const work = await stage.attach('work');
    work.owner.create(someFields(nine));
    await stage.settle(work);
    const late = await stage.attach('late', { mirror: 'busy' });
    await attachLinks(stage.deps, (await calendar(late.id))!);
    await stage.settle(late);
    expect(late.owner.events().map((item) => item.fields.title)).to.deep.equal(['Busy']);
  });

  it('leaves our copies there and frees the calendar’s own time when it is untied', async () => {
    const work = await stage.attach('work');
    const other = await stage.attach('other', { mirror: 'full' });
    const { id } = await stage.book('one', nine);
    work.owner.create(someFields({ ...two, title: 'Own' }));
    await stage.settle(work, other);
    expect(other.owner.events().length).to.equal(2);
    await detachCalendar(stage.deps, (await calendar(work.id))!, { purge: false });
    await stage.settle(other);
    expect(await calendar(work.id)).to.equal(null);
    expect(work.owner.events().length).to.equal(2);
    expect(other.owner.events().length).to.equal(1);
    expect(linkIn(await stage.event(id), work).state).to.equal('unlinked');
    expect((await stage.rows()).map((row) => row.kind)).to.deep.equal(['booking']);
  });

  it('takes our copies back first when it is purged, and leaves the owner’s own events', async () => {
    const work = await stage.attach('work');
    await stage.book('one', nine);
    work.owner.create(someFields({ ...two, title: 'Own' }));
    await stage.settle(work);
    await detachCalendar(stage.deps, (await calendar(work.id))!, { purge: true });
    expect((await calendar(work.id))?.state).to.equal('detaching');
    await stage.visit(work);
    expect(await calendar(work.id)).to.equal(null);
    expect(work.owner.events().map((item) => item.fields.title)).to.deep.equal(['Own']);
    expect((await stage.rows()).map((row) => row.kind)).to.deep.equal(['booking']);
  });

  it('takes a booking out of the calendars of a resource that it left', async () => {
    const work = await stage.attach('work');
    const { id } = await stage.book('one', nine);
    await stage.settle(work);
    await stage.change(id, (event) => ({ ...event, resources: [] }));
    await stage.settle(work);
    expect(work.owner.events()).to.deep.equal([]);
    expect(linkIn(await stage.event(id), work).state).to.equal('unlinked');
    await stage.change(id, (event) => ({ ...event, resources: [stage.resource.id] }));
    await stage.settle(work);
    expect(work.owner.events().length).to.equal(1);
  });
});

describe('nudges', () => {
  const clock = fakeClock(stageStart);
  const done = { kind: 'done', counts: {} } as VisitReport;
  const setUp = (o: { inFlight?: number; queueLimit?: number } = {}) => {
    const started: string[] = [];
    const endings: (() => void)[] = [];
    const visit = (id: CalendarId) =>
      new Promise<VisitReport>((resolve) => {
        started.push(id);
        endings.push(() => resolve(done));
      });
    const visitor = { visit, stop: async () => {} };
    const asked: unknown[] = [];
    const request = async (...ask: unknown[]) => void asked.push(ask);
    const store = { calendars: { ...memoryStore({ clock }).calendars, request } };
    const nudge = makeNudge({ visitor, store, clock, log: silentLog, inFlight: 2, queueLimit: 3, ...o });
    return { nudge, started, asked, end: () => endings.shift()!() };
  };
  const [a, b, c, d, e, f] = ['a', 'b', 'c', 'd', 'e', 'f'] as unknown as CalendarId[] as [
    CalendarId,
    CalendarId,
    CalendarId,
    CalendarId,
    CalendarId,
    CalendarId,
  ];
  const turn = async () => {
    for (let i = 0; i < 20; i += 1) await null;
  };

  it('run so many visits at once, make one of those that come together, and ask in the database for what is too much', async () => {
    const { nudge, started, asked, end } = setUp();
    for (const id of [a, b, c, c, d, e, f]) nudge.nudge(id);
    expect(started).to.deep.equal(['a', 'b']);
    for (let i = 0; i < 5; i += 1) {
      end();
      await turn();
    }
    expect(started).to.deep.equal(['a', 'b', 'c', 'd', 'e']);
    expect(asked).to.deep.equal([[['f'], 'write']]);
  });

  it('wait for a visit that started after the call', async () => {
    const { nudge, started, end } = setUp();
    nudge.nudge(a);
    const waiting = nudge.visitAndWait(a, 60_000);
    end();
    await turn();
    expect(started).to.deep.equal(['a', 'a']);
    end();
    expect(await waiting).to.equal(done);
  });

  it('stop waiting when the time is over, and the visit goes on', async () => {
    const { nudge, started } = setUp();
    const waiting = nudge.visitAndWait(a, 1000);
    await turn();
    clock.advance(1000);
    expect(await waiting).to.equal(null);
    expect(started).to.deep.equal(['a']);
  });

  it('are drained at the stop: what runs ends, what waits is told, nothing new begins', async () => {
    const { nudge, started, end } = setUp({ inFlight: 1 });
    nudge.nudge(a);
    const waiting = nudge.visitAndWait(b, 60_000);
    const stopped = nudge.stop();
    expect(await waiting).to.equal(null);
    nudge.nudge(c);
    end();
    await stopped;
    expect(started).to.deep.equal(['a']);
    expect(await nudge.visitAndWait(d, 1000)).to.equal(null);
  });
});

describe('sweeps', () => {
  it('find due calendars, debts without a request, and tombstones that are over', async () => {
    const stage = await aStage();
    const work = await stage.attach('work');
    const nudged: CalendarId[] = [];
    const sweeps = makeSweeps({
      ...{
        store: stage.store,
        clock: stage.clock,
        log: silentLog,
        settleSheets: async () => 0,
        reviewConflicts: async () => 0,
        spreadRules: async () => {},
      },
      nudge: { nudge: (id) => nudged.push(id) },
    });
    const { partition } = (await stage.store.calendars.get(tenant, work.id))!;
    await sweeps.due(partition);
    expect(nudged.splice(0)).to.deep.equal([work.id]);
    await stage.visit(work);
    await sweeps.due(partition);
    expect(nudged).to.deep.equal([]);

    const { id } = await stage.book('one', nine);
    await stage.settle(work);
    const lost = await stage.event(id);
    const fields = { ...lost.fields, title: 'nobody asked for a visit' };
    await stage.store.events.save({ ...lost, rev: lost.rev + 1, version: 2, sheetVersion: 2, fields });
    await sweeps.debts();
    expect(nudged.splice(0)).to.deep.equal([work.id]);
    await sweeps.debts();
    expect(nudged).to.deep.equal([]);
    await stage.settle(work);

    const own = work.owner.create(someFields(two));
    await stage.settle(work);
    const tomb = (await stage.events()).find((event) => event.booking === null)!;
    work.owner.remove(own);
    await stage.settle(work);
    await sweeps.purge();
    expect((await stage.event(tomb.id)).deletedAt).to.not.equal(null);
    stage.clock.advance(46 * 86_400_000);
    await sweeps.purge();
    expect(await stage.store.events.get(tenant, tomb.id)).to.equal(null);
  });
});
