/** What a visit does when the provider, the account, the calendar or another process is in the way. */
import { expect } from 'chai';
import { approveAlarm } from '../../src/api/approve.ts';
import { Fault } from '../../src/domain/fault.ts';
import type { ConnectionId } from '../../src/domain/ids.ts';
import type { Instant } from '../../src/domain/time.ts';
import { makeVisitor } from '../../src/sync/visit.ts';
import { someFields, zoned } from '../kit/builders.ts';
import type { Attached, Stage } from '../kit/stage.ts';
import { aStage, linkIn, tenant, visitDeps } from '../kit/stage.ts';

const nine = { start: zoned('2027-06-01T09:00'), end: zoned('2027-06-01T10:00') };

describe('a visit that meets trouble', () => {
  let stage: Stage;
  let work: Attached;
  beforeEach(async () => {
    stage = await aStage();
    work = await stage.attach('work');
  });
  const calendar = async () => (await stage.store.calendars.get(tenant, work.id))!;
  const approve = async () => approveAlarm(stage, await calendar(), (await calendar()).health.alarm!.id);
  const connection = async () => (await stage.store.connections.get(tenant, 'con_one' as ConnectionId))!;
  const journal = async () => (await stage.store.journal.list(tenant, { kind: null, limit: 50, after: null })).data;
  const fall = (fault: Fault | null) => {
    stage.world.down = fault === null ? null : () => fault;
  };

  it('leaves a throttled account alone until the provider allows it again', async () => {
    const retryAt = (stage.clock.now() + 90_000) as Instant;
    fall(new Fault('throttled', 'too many requests', { retryAt }));
    expect((await stage.visit(work)).kind).to.equal('fault');
    fall(null);
    expect((await connection()).pausedUntil).to.equal(retryAt);
    expect((await calendar()).dueAt).to.equal(retryAt);
    const calls = work.server.calls.pull;
    expect(await stage.visit(work)).to.deep.include({ kind: 'fault', fault: 'the provider asked us to wait' });
    expect(work.server.calls.pull).to.equal(calls);
    stage.clock.advance(90_000);
    expect((await stage.visit(work)).kind).to.equal('done');
  });

  it('stops an account that must be authorised again, and says so once', async () => {
    fall(new Fault('consent', 'the password was changed'));
    await stage.visit(work);
    fall(null);
    expect(await connection()).to.deep.include({ state: 'needs_consent', lastFault: 'the password was changed' });
    await stage.visit(work);
    expect(work.server.calls.pull).to.equal(0);
    expect((await journal()).map((line) => line.kind)).to.deep.equal(['connection.needs_consent']);
    expect((await journal())[0]!.text).to.not.include('password');
  });

  it('lists the calendar anew in the same visit when its place in the feed is lost', async () => {
    work.owner.create(someFields(nine));
    await stage.visit(work);
    work.server.era += 1;
    work.owner.create(someFields({ ...nine, title: 'second' }));
    expect(await stage.visit(work)).to.deep.include({ kind: 'done' });
    expect((await stage.events()).length).to.equal(2);
  });

  it('comes back after growing pauses when the provider is away, and tells the board that it is degraded', async () => {
    fall(new Fault('transient', 'connection refused'));
    const pauses: number[] = [];
    for (let i = 0; i < 4; i += 1) {
      await stage.visit(work);
      const { dueAt } = await calendar();
      pauses.push(dueAt - stage.clock.now());
      stage.clock.advance(dueAt - stage.clock.now());
    }
    expect(pauses).to.deep.equal([15_000, 30_000, 60_000, 120_000]);
    expect((await calendar()).health).to.deep.include({ failures: 4, lastFault: 'connection refused' });
    expect((await journal()).map((line) => line.kind)).to.deep.equal(['calendar.degraded']);
    fall(null);
    await stage.visit(work);
    expect((await calendar()).health).to.deep.include({ failures: 0, lastFault: null });
  });

  it('says that a calendar is gone, and removes nothing', async () => {
    work.owner.create(someFields(nine));
    await stage.visit(work);
    work.server.isGone = true;
    await stage.visit(work);
    expect((await calendar()).health.lastFault).to.equal('there is no such calendar');
    expect((await stage.rows()).length).to.equal(1);
  });

  it('sets aside an event that cannot be read, and takes it in when it can be', async () => {
    const bad = work.owner.litter();
    work.owner.create(someFields(nine));
    expect(await stage.visit(work)).to.deep.include({ kind: 'done' });
    expect((await calendar()).health.quarantined.map((q) => [q.remoteId, q.why])).to.deep.equal([
      [bad, 'not an event'],
    ]);
    expect((await stage.events()).length).to.equal(1);
    work.server.items.set(bad, { ...work.server.items.get(bad)!, garbage: null });
    work.owner.edit(bad, { title: 'readable' });
    await stage.visit(work);
    expect((await calendar()).health.quarantined).to.deep.equal([]);
    expect((await stage.events()).length).to.equal(2);
  });

  it('removes nothing when a calendar is suddenly empty, and recovers alone when it is not', async () => {
    for (let i = 0; i < 8; i += 1) work.owner.create(someFields({ ...nine, title: `event ${i}` }));
    await stage.visit(work);
    work.server.era += 1;
    work.server.knobs.emptyListings = 1;
    const report = await stage.visit(work);
    expect(report).to.deep.include({ kind: 'alarm' });
    expect((await calendar()).health.alarm).to.deep.include({ known: 8, wouldRemove: 8 });
    expect((await stage.rows()).length).to.equal(8);
    expect((await stage.visit(work)).kind).to.equal('done');
    expect((await calendar()).health.alarm).to.equal(null);
    expect((await stage.events()).length).to.equal(8);
  });

  it('leaves a feed that goes round in circles, and lists instead', async () => {
    await stage.visit(work);
    work.owner.create(someFields(nine));
    work.server.knobs.endlessFeeds = 1;
    expect((await stage.visit(work)).kind).to.equal('done');
    expect((await stage.events()).length).to.equal(1);
    expect((await calendar()).cursor).to.not.equal(null);
  });

  it('lists again when a listing did not show what is there, and so finds what else it did not show', async () => {
    work.owner.create(someFields(nine));
    await stage.visit(work);
    const unseen = work.owner.create(someFields({ ...nine, title: 'second' }));
    work.server.era += 1;
    work.server.knobs.emptyListings = 1;
    expect((await stage.visit(work)).kind).to.equal('done');
    expect((await calendar()).cursor).to.equal(null);
    expect((await stage.visit(work)).kind).to.equal('done');
    expect((await stage.events()).map((event) => event.links[0]?.remoteId)).to.include(unseen);
    expect((await calendar()).cursor).to.not.equal(null);
  });

  it('removes what a listing does not show once a person has confirmed it', async () => {
    for (let i = 0; i < 8; i += 1) work.owner.create(someFields({ ...nine, title: `event ${i}` }));
    await stage.visit(work);
    for (const { remoteId } of work.owner.events()) work.owner.remove(remoteId);
    work.server.era += 1;
    expect((await stage.visit(work)).kind).to.equal('alarm');
    await approve();
    expect((await stage.visit(work)).kind).to.equal('done');
    expect(await stage.events()).to.deep.equal([]);
  });

  it('holds back a mass of removals in a change feed too, until a person has confirmed it', async () => {
    for (let i = 0; i < 25; i += 1) work.owner.create(someFields({ ...nine, title: `event ${i}` }));
    await stage.visit(work);
    for (const { remoteId } of work.owner.events()) work.owner.remove(remoteId);
    const fresh = work.owner.create(someFields({ ...nine, title: 'typed in meanwhile' }));
    expect(await stage.visit(work)).to.deep.include({ kind: 'alarm' });
    expect((await calendar()).health.alarm).to.deep.include({ known: 26, wouldRemove: 25 });
    expect((await stage.events()).length).to.equal(26);
    expect((await stage.visit(work)).kind).to.equal('alarm');
    await approve();
    expect((await stage.visit(work)).kind).to.equal('done');
    expect((await stage.events()).map((event) => event.links[0]?.remoteId)).to.deep.equal([fresh]);
  });

  it('removes as many as a person deletes in an evening', async () => {
    for (let i = 0; i < 25; i += 1) work.owner.create(someFields({ ...nine, title: `event ${i}` }));
    await stage.visit(work);
    for (const { remoteId } of work.owner.events().slice(0, 20)) work.owner.remove(remoteId);
    expect((await stage.visit(work)).kind).to.equal('done');
    expect((await stage.events()).length).to.equal(5);
  });

  it('does not take an event for removed that was moved out of the window', async () => {
    const id = work.owner.create(someFields(nine));
    await stage.visit(work);
    const far = { start: zoned('2029-06-01T09:00'), end: zoned('2029-06-01T10:00') };
    work.owner.edit(id, far);
    work.server.era += 1;
    await stage.visit(work);
    const [event] = await stage.events();
    expect(event!.fields).to.deep.include(far);
    expect(await stage.rows()).to.deep.equal([]);
  });

  it('marks the one link that the provider refuses, and tries again with the next version', async () => {
    work.server.knobs.refuse = { times: 1, why: 'no events on Sundays' };
    const one = await stage.book('one', nine);
    const two = await stage.book('two', { start: zoned('2027-06-02T09:00'), end: zoned('2027-06-02T10:00') });
    await stage.settle(work);
    const bad = linkIn(await stage.event(one.id), work);
    expect(bad).to.deep.include({ state: 'refused', refusal: 'no events on Sundays', sent: null });
    expect(linkIn(await stage.event(two.id), work).state).to.equal('live');
    await stage.change(one.id, (event) => ({ ...event, fields: { ...event.fields, title: 'Monday' } }));
    await stage.settle(work);
    expect(linkIn(await stage.event(one.id), work)).to.deep.include({ state: 'live', refusal: null });
    expect(work.owner.events().length).to.equal(2);
  });

  it('leaves a calendar to the process that holds it, and makes it go round again', async () => {
    let open = (): void => {};
    const shut = new Promise<void>((resolve) => {
      open = resolve;
    });
    work.server.knobs.gate = async (call) => {
      if (call === 'pull done') await shut;
    };
    const first = stage.visit(work);
    const other = makeVisitor(visitDeps(stage.store, stage.clock, stage.connector, { settings: { owner: 'two' } }));
    while ((await calendar()).lease.owner === '') await null;
    expect(await other.visit(work.id)).to.deep.equal({ kind: 'busy' });
    work.server.knobs.gate = async () => {};
    work.owner.create(someFields(nine));
    open();
    expect(await first).to.deep.include({ kind: 'done' });
    expect((await stage.events()).length).to.equal(1);
    expect(await calendar()).to.deep.include({ servedSeq: 1, requestedSeq: 1 });
  });

  it('gives the lease back when the process stops in the middle', async () => {
    const visitor = makeVisitor(visitDeps(stage.store, stage.clock, stage.connector));
    await stage.book('one', nine);
    let stopped: Promise<void> | null = null;
    work.server.knobs.gate = async (call) => {
      if (call === 'pull') stopped = visitor.stop();
    };
    expect(await visitor.visit(work.id)).to.deep.include({ kind: 'fault', fault: 'stopped' });
    await stopped;
    work.server.knobs.gate = async () => {};
    expect((await calendar()).lease.owner).to.equal('');
    expect(await stage.visit(work)).to.deep.include({ kind: 'done' });
    expect(work.owner.events().length).to.equal(1);
  });

  it('ends a visit without a trace when our own database fails, and goes on after the lease', async () => {
    await stage.book('one', nine);
    const broken = {
      ...stage.store,
      events: { ...stage.store.events, owing: () => Promise.reject(new Fault('unavailable', 'away')) },
    };
    const visitor = makeVisitor(visitDeps(broken, stage.clock, stage.connector, { settings: { owner: 'two' } }));
    expect(await visitor.visit(work.id)).to.deep.include({ kind: 'fault', fault: 'away' });
    stage.clock.advance(200_000);
    await stage.settle(work);
    expect(work.owner.events().length).to.equal(1);
  });
});
