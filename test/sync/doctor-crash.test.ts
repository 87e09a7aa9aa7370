/** A repair that dies at any call, of ours or of the provider's, and one beside a visit, ends like one that lived alone. */
import { expect } from 'chai';
import type { EventId, RemoteId } from '../../src/domain/ids.ts';
import { makeVisitor } from '../../src/sync/visit.ts';
import { someFields, zoned } from '../kit/builders.ts';
import { deskOver } from '../kit/desk.ts';
import { callDoctor, doubled, falsify, hidden, lose } from '../kit/doctor.ts';
import { failAt } from '../kit/fail-at.ts';
import { jittered } from '../kit/jitter.ts';
import { pauseAt } from '../kit/pause-at.ts';
import type { Attached, Stage } from '../kit/stage.ts';
import { aStage, linkIn } from '../kit/stage.ts';

const at = (hour: number) => ({
  start: zoned(`2027-06-01T${String(hour).padStart(2, '0')}:00`),
  end: zoned(`2027-06-01T${String(hour + 1).padStart(2, '0')}:00`),
});

/** A calendar with one of each thing that can be wrong. */
async function aSickCalendar(): Promise<{ stage: Stage; work: Attached }> {
  const stage = await aStage();
  const work = await stage.attach('work');
  for (const [i, name] of ['lost', 'false', 'edited', 'ghost', 'twice', 'taken'].entries()) {
    await stage.book(name, { ...at(6 + 2 * i), title: name });
  }
  const gone = work.owner.create(someFields({ ...at(22), title: 'gone' }));
  await stage.settle(work);
  const eventOf = (name: string) => stage.event(`evt_${name}` as EventId);
  const copyOf = async (name: string): Promise<RemoteId> => linkIn(await eventOf(name), work).remoteId!;
  work.owner.duplicate(await copyOf('taken'));
  const ghost = await copyOf('ghost');
  await stage.change('evt_ghost' as EventId, (e) => ({ ...e, deletedAt: stage.clock.now() }));
  await stage.settle(work);
  const { server } = work;
  lose(server, await copyOf('lost'));
  lose(server, gone);
  falsify(server, await copyOf('false'), at(7));
  const edited = await eventOf('edited');
  const fields = { ...edited.fields, title: 'edited twice' };
  await stage.store.events.save({ ...edited, rev: edited.rev + 1, fields });
  server.items.set(ghost, { ...server.items.get(ghost)!, isGone: false });
  doubled(server, await eventOf('twice'), work, { isShown: true });
  hidden(server, someFields({ ...at(20), title: 'hidden' }));
  return { stage, work };
}

/** What both sides say in the end, without ids and stamps. */
async function endOf({ stage, work }: { stage: Stage; work: Attached }) {
  await stage.settle(work);
  // Rows that a crash left behind are a debt of the event, which the sweep of the desk pays.
  await deskOver(stage.store, stage.clock).settleSheets(100);
  const rest = await callDoctor(stage.deps, work, false);
  const shown = (e: { fields: { title: string; start: unknown } }) =>
    `${e.fields.title} ${JSON.stringify(e.fields.start)}`;
  const rows = (await stage.rows()).filter((row) => row.firm);
  return {
    findings: rest.findings,
    copies: work.owner.events().map(shown).sort(),
    events: (await stage.events()).map(shown).sort(),
    rows: rows.map((row) => `${row.start} ${row.end}`).sort(),
  };
}

describe('a repair', () => {
  let healthy: Awaited<ReturnType<typeof endOf>>;
  before(async () => {
    const sick = await aSickCalendar();
    const seen = await callDoctor(sick.stage.deps, sick.work, false);
    expect(seen.findings.map((f) => f.kind).sort()).to.deep.equal([
      ...['drift', 'drift', 'duplicate', 'duplicate', 'ghost', 'missing', 'missing', 'unread'],
    ]);
    await callDoctor(sick.stage.deps, sick.work, true);
    healthy = await endOf(sick);
    expect(healthy.findings).to.deep.equal([]);
    expect(healthy.copies).to.have.length(6);
  });

  it('that dies at any call to the store is finished by the next', async function () {
    this.timeout(120_000);
    for (const when of ['before', 'after'] as const) {
      for (let n = 1; ; n += 1) {
        const sick = await aSickCalendar();
        const crash = failAt(sick.stage.store, n, when);
        await callDoctor({ ...sick.stage.deps, store: crash.store }, sick.work, true).catch(() => {});
        if (!crash.hasCrashed()) break;
        sick.stage.clock.advance(5 * 60_000);
        await callDoctor(sick.stage.deps, sick.work, true);
        expect(await endOf(sick), `${when} call ${n}`).to.deep.equal(healthy);
      }
    }
  });

  it('whose provider fails at any call, or loses its answer, is finished by the next', async function () {
    this.timeout(120_000);
    for (let n = 1; ; n += 1) {
      const sick = await aSickCalendar();
      let calls = 0;
      sick.work.server.knobs.gate = async () => {
        calls += 1;
        if (calls === n) throw new Error('the connection broke');
      };
      await callDoctor(sick.stage.deps, sick.work, true).catch(() => {});
      sick.work.server.knobs.gate = async () => {};
      if (calls < n) break;
      sick.stage.clock.advance(5 * 60_000);
      await callDoctor(sick.stage.deps, sick.work, true);
      expect(await endOf(sick), `call ${n}`).to.deep.equal(healthy);
    }
  });

  it('stands still without harm while the lease passes on and a visit does its work', async function () {
    this.timeout(120_000);
    for (let n = 3; ; n += 7) {
      const sick = await aSickCalendar();
      const { stage, work } = sick;
      const pause = pauseAt(stage.store, n, 'before');
      const stale = callDoctor({ ...stage.deps, store: pause.store }, work, true).catch(() => {});
      const isReached = await Promise.race([pause.reached.then(() => true), stale.then(() => false)]);
      if (!isReached) break;
      stage.clock.advance(5 * 60_000);
      await stage.settle(work);
      pause.letGo();
      await stale;
      stage.clock.advance(5 * 60_000);
      await callDoctor(stage.deps, work, true);
      const end = await endOf(sick);
      expect(end.findings, `stopped at ${n}`).to.deep.equal([]);
      expect(
        end.copies.filter((copy) => copy.startsWith('twice')),
        `stopped at ${n}`,
      ).to.have.length(1);
      expect(
        end.events.filter((e) => /lost|false|edited|twice|taken/.test(e)),
        `stopped at ${n}`,
      ).to.have.length(5);
    }
  });

  it('and a visit at the same time wait for each other', async () => {
    for (let seed = 0; seed < 12; seed += 1) {
      const sick = await aSickCalendar();
      const { stage, work } = sick;
      const clock = { ...stage.clock, sleep: async () => void stage.clock.advance(250) };
      const others = { ...stage.deps, clock, store: jittered(stage.store, seed, 6) };
      const visitor = makeVisitor({ ...others, settings: { ...others.settings, owner: 'two' } });
      await Promise.all([callDoctor(others, work, true), visitor.visit(work.id), visitor.visit(work.id)]);
      await callDoctor({ ...stage.deps, clock }, work, true);
      const end = await endOf(sick);
      expect(end, `seed ${seed}`).to.deep.equal(healthy);
    }
  });
});
