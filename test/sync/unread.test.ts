/** Visits that write without reading first: when they may, what they cost, and how what they did not know comes in. */
import { expect } from 'chai';
import type { Calendar } from '../../src/domain/calendar.ts';
import type { Capabilities } from '../../src/domain/connector.ts';
import { silentLog } from '../../src/domain/ports.ts';
import type { Instant } from '../../src/domain/time.ts';
import type { VisitAim } from '../../src/domain/visit.ts';
import type { Store } from '../../src/store/store.ts';
import { makeNudge } from '../../src/sync/nudge.ts';
import { makeVisitor } from '../../src/sync/visit.ts';
import { someFields, zoned } from '../kit/builders.ts';
import { failAt } from '../kit/fail-at.ts';
import { aProvenChannel } from '../kit/proven.ts';
import type { Attached, Stage } from '../kit/stage.ts';
import { aStage, linkIn, tenant } from '../kit/stage.ts';

const nine = { start: zoned('2027-06-01T09:00'), end: zoned('2027-06-01T10:00') };
const two = { start: zoned('2027-06-02T14:00'), end: zoned('2027-06-02T15:00') };

describe('a visit of a calendar whose hints arrive', () => {
  let stage: Stage;
  let work: Attached;
  const pushes: Partial<Capabilities> = { push: { maxLifeMs: 1, renew: 'replace', lifecycle: false } };

  async function prepared(over: Partial<Capabilities> = {}): Promise<void> {
    stage = await aStage({ capabilities: { ...pushes, ...over } });
    work = await stage.attach('work');
    await change({ channels: [aProvenChannel(work.id, stage.clock.now())] });
    await stage.visit(work);
    await stage.visit(work);
  }
  beforeEach(() => prepared());

  const calendar = async (): Promise<Calendar> => (await stage.store.calendars.find(work.id))!;
  /** Changes what no visit and no caller would change so. */
  async function change(over: Partial<Calendar>): Promise<void> {
    const now = await calendar();
    await stage.store.calendars.delete(tenant, work.id);
    await stage.store.calendars.insert({ ...now, ...over });
  }
  const visitIn = (store: Store, aim: VisitAim = 'due') => makeVisitor({ ...stage.deps, store }).visit(work.id, aim);
  /** What the server was asked during one visit, in order. */
  async function asked(aim: VisitAim = 'due'): Promise<string[]> {
    const calls: string[] = [];
    work.server.knobs.gate = async (call) => {
      if (!call.endsWith('done')) calls.push(call);
    };
    const report = await visitIn(stage.store, aim);
    expect(report.kind, JSON.stringify(report)).to.equal('done');
    work.server.knobs.gate = async () => {};
    return calls;
  }
  const hint = () =>
    stage.store.calendars.noteHint(work.id, `chn_${work.id}`, { at: stage.clock.now(), isDue: true, end: null });
  const retitle = (id: Parameters<Stage['change']>[0], title: string) =>
    stage.change(id, (event) => ({ ...event, fields: { ...event.fields, title } }));

  it('writes a booking with one request, and a change and a cancellation with one each', async () => {
    const { id } = await stage.book('one', nine);
    expect(await asked()).to.deep.equal(['write']);
    expect(linkIn(await stage.event(id), work)).to.deep.include({ settledVersion: 1, sent: null });
    await retitle(id, 'Pump');
    expect(await asked()).to.deep.equal(['write']);
    await stage.change(id, (event) => ({ ...event, deletedAt: stage.clock.now() }));
    expect(await asked()).to.deep.equal(['write']);
    expect(work.owner.events()).to.deep.equal([]);
  });

  it('takes in an edit of the phone with one request', async () => {
    work.owner.create(someFields(nine));
    await hint();
    expect(await asked()).to.deep.equal(['pull']);
    expect((await stage.events()).length).to.equal(1);
  });

  it('asks for nothing when nothing is due', async () => {
    expect(await asked()).to.deep.equal([]);
  });

  it('writes many bookings that came together without a reading between them', async () => {
    for (let i = 0; i < 5; i += 1) await stage.book(`b${i}`, nine);
    expect(await asked()).to.deep.equal(Array.from({ length: 5 }, () => 'write'));
  });

  it('claims no knowledge that it has not, and reads a minute later if no hint made it read before', async () => {
    const before = await calendar();
    stage.clock.advance(5_000);
    await stage.book('one', nine);
    await asked();
    const after = await calendar();
    expect(after.lastSyncedAt).to.equal(before.lastSyncedAt);
    expect(after).to.deep.include({ cursor: before.cursor, servedSeq: after.requestedSeq });
    expect(after.readDueAt).to.equal(stage.clock.now() + 60_000);
    expect(after.dueAt).to.equal(after.readDueAt);
    stage.clock.advance(60_000);
    expect(await asked()).to.deep.equal(['pull']);
    const read = await calendar();
    expect(read.lastSyncedAt).to.equal(stage.clock.now());
    expect(read.readDueAt).to.be.above(stage.clock.now() + 60_000);
  });

  it('leaves the time of the next poll alone when it wrote nothing', async () => {
    const { readDueAt } = await calendar();
    await stage.store.calendars.request([work.id], 'write');
    stage.clock.advance(1_000);
    await asked();
    expect(await calendar()).to.include({ readDueAt, dueAt: readDueAt });
  });

  const readers: readonly [string, () => Promise<unknown>][] = [
    ['a hint waits', hint],
    ['somebody asked to read', () => stage.store.calendars.request([work.id])],
    ['the poll is due', async () => change({ readDueAt: stage.clock.now() })],
    ['no hint was ever delivered', async () => change({ channels: [] })],
    [
      'hints are known to get lost',
      async () => change({ channels: (await calendar()).channels.map((c) => ({ ...c, missedAt: stage.clock.now() })) }),
    ],
    ['the last visit failed', async () => change({ health: { ...(await calendar()).health, failures: 1 } })],
    [
      'a mass of changes waits for a person',
      async () => {
        const alarm = { id: 'a', at: stage.clock.now(), known: 9, wouldRemove: 9, wouldMove: 0, sentence: '' };
        const { health } = await calendar();
        await change({ health: { ...health, alarm: { ...alarm, shown: [], keys: [], approvedAt: null } } });
      },
    ],
    ['settings have to be followed', async () => change({ version: 2 })],
    ['there is no place in the feed', async () => change({ cursor: null })],
    [
      'its window has moved on',
      async () => {
        const { cursor } = await calendar();
        const window = { start: 0 as Instant, end: stage.clock.now() };
        await change({ cursor: { ...cursor!, window } });
      },
    ],
  ];
  for (const [why, prepare] of readers) {
    it(`reads before it writes when ${why}`, async () => {
      await stage.book('one', nine);
      await prepare();
      expect((await asked()).slice(0, 1)).to.deep.equal(['pull']);
      expect(work.owner.events().length).to.equal(1);
    });
  }

  it('reads before it writes when it was asked to, whatever is due', async () => {
    await stage.book('one', nine);
    expect(await asked('read')).to.deep.equal(['pull', 'write']);
  });

  for (const guard of [
    { update: 'none', remove: 'enforced' },
    { update: 'enforced', remove: 'none' },
  ] as const) {
    it(`reads before it writes where the server enforces no precondition of ${guard.update === 'none' ? 'updates' : 'removals'}`, async () => {
      await prepared({ guard });
      await stage.book('one', nine);
      expect(await asked()).to.deep.equal(['pull', 'write']);
    });
  }

  it('reads when a write meets an edit that it did not know of, and keeps it', async () => {
    const { id } = await stage.book('one', nine);
    await asked();
    work.owner.edit(work.owner.events()[0]!.remoteId, { ...two, location: 'Yard' });
    await retitle(id, 'Pump');
    expect(await asked()).to.deep.equal(['write', 'pull', 'write']);
    const { fields } = await stage.event(id);
    expect(fields).to.deep.include({ ...two, title: 'Pump', location: 'Yard' });
    expect(work.owner.events().map((item) => item.fields)).to.deep.equal([fields]);
  });

  it('reads when a write finds its copy deleted', async () => {
    const { id } = await stage.book('one', nine);
    await asked();
    work.owner.remove(work.owner.events()[0]!.remoteId);
    await retitle(id, 'Pump');
    expect((await asked()).slice(0, 2)).to.deep.equal(['write', 'pull']);
    expect(work.owner.events()).to.deep.equal([]);
    expect((await stage.rows()).length).to.equal(1);
  });

  it('looks for a write whose answer was lost before it writes it again', async () => {
    work.server.knobs.lostAnswers = 1;
    const { id } = await stage.book('one', nine);
    await asked();
    expect(linkIn(await stage.event(id), work)).to.deep.include({ remoteId: null, failures: 1 });
    stage.clock.advance(59_000);
    expect(await asked()).to.deep.equal(['pull']);
    expect(linkIn(await stage.event(id), work)).to.deep.include({ settledVersion: 1, sent: null });
    expect(work.owner.events().length).to.equal(1);
  });

  it('reads for a hint that comes while it writes, in the same visit', async () => {
    await stage.book('one', nine);
    const calls: string[] = [];
    work.server.knobs.gate = async (call) => {
      if (call === 'write') work.owner.create(someFields(two));
      if (call === 'write') await hint();
      if (!call.endsWith('done')) calls.push(call);
    };
    await visitIn(stage.store);
    expect(calls).to.deep.equal(['write', 'pull']);
    expect((await stage.events()).length).to.equal(2);
  });

  for (const when of ['before', 'after'] as const) {
    it(`has a hint in mind that a visit read for which died ${when} any of its calls`, async () => {
      for (let call = 1; call < 40; call += 1) {
        await prepared();
        work.owner.create(someFields(two));
        await hint();
        await stage.book('one', nine);
        const crash = failAt(stage.store, call, when);
        await visitIn(crash.store).catch(() => null);
        if (!crash.hasCrashed()) return;
        stage.clock.advance(130_000);
        await asked();
        expect((await stage.events()).length, `call ${call}`).to.equal(2);
      }
    });
  }
});

describe('nudges', () => {
  it('ask for what is due, and a caller who waits to know asks to read, also for those who wait already', async () => {
    const stage = await aStage();
    const work = await stage.attach('work');
    const aims: (string | undefined)[] = [];
    let letGo = (): void => {};
    const visitor = {
      async visit(_: unknown, aim?: VisitAim) {
        aims.push(aim);
        await new Promise<void>((resolve) => {
          letGo = resolve;
        });
        return { kind: 'busy' } as const;
      },
      stop: async () => {},
    };
    const { store, clock } = stage;
    const nudge = makeNudge({ visitor, store, clock, log: silentLog, inFlight: 2, queueLimit: 3 });
    nudge.nudge(work.id);
    nudge.nudge(work.id);
    const waiting = nudge.visitAndWait(work.id, 1_000);
    nudge.nudge(work.id);
    letGo();
    while (aims.length < 2) await null;
    letGo();
    await waiting;
    expect(aims).to.deep.equal(['due', 'read']);
  });
});
