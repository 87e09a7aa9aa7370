/** A read that would remove or move a mass of events is held until a person approves just that. */
import { expect } from 'chai';
import { approveAlarm } from '../../src/api/approve.ts';
import type { RemoteId } from '../../src/domain/ids.ts';
import { makeVisitor } from '../../src/sync/visit.ts';
import { someFields, zoned } from '../kit/builders.ts';
import { failAt } from '../kit/fail-at.ts';
import type { Attached, Stage } from '../kit/stage.ts';
import { aStage, tenant, visitDeps } from '../kit/stage.ts';

const day = (n: number, hour = 9) => ({
  start: zoned(`2027-06-${String(n).padStart(2, '0')}T${String(hour).padStart(2, '0')}:00`),
  end: zoned(`2027-06-${String(n).padStart(2, '0')}T${String(hour + 1).padStart(2, '0')}:00`),
});

for (const feed of ['delta', 'listing'] as const) {
  describe(`a mass of moves in a ${feed} feed`, () => {
    let stage: Stage;
    let work: Attached;
    let ids: RemoteId[];
    beforeEach(async () => {
      stage = await aStage({ capabilities: { feed } });
      work = await stage.attach('work');
      ids = Array.from({ length: 40 }, (_, i) => work.owner.create(someFields({ ...day(1), title: `event ${i}` })));
      work.server.knobs.pageSize = 7;
      await stage.visit(work);
    });
    const calendar = async () => (await stage.store.calendars.get(tenant, work.id))!;
    const alarm = async () => (await calendar()).health.alarm;
    const approve = async () => approveAlarm(stage, await calendar(), (await alarm())!.id);
    const moveAll = (n: number, to = 2) => ids.slice(0, n).forEach((id) => void work.owner.edit(id, day(to)));
    const movedTo = async (to = 2) =>
      (await stage.events()).filter((e) => JSON.stringify(e.fields.start) === JSON.stringify(day(to).start)).length;

    it('is taken in at once up to twenty', async () => {
      moveAll(20);
      expect((await stage.visit(work)).kind).to.equal('done');
      expect(await movedTo()).to.equal(20);
    });

    it('is held with what it would do, while what else changed is taken in', async () => {
      moveAll(21);
      work.owner.edit(ids[30]!, { title: 'only a word' });
      const fresh = work.owner.create(someFields({ ...day(3), title: 'fresh' }));
      expect((await stage.visit(work)).kind).to.equal('alarm');
      expect(await movedTo()).to.equal(0);
      expect(await alarm()).to.deep.include({ known: 41, wouldMove: 21, wouldRemove: 0 });
      expect((await alarm())!.shown[0]).to.deep.include({ title: 'event 0' });
      const events = await stage.events();
      expect(events.some((e) => e.fields.title === 'only a word')).to.equal(true);
      expect(events.some((e) => e.links[0]?.remoteId === fresh)).to.equal(true);
      const lines = async () =>
        (await stage.store.journal.list(tenant, { kind: 'calendar.degraded', limit: 9, after: null })).data.length;
      expect(await lines()).to.equal(1);
      await stage.visit(work);
      expect(await lines()).to.equal(1);
    });

    it('is looked at again with the next poll, and has to be read then', async () => {
      moveAll(21);
      await stage.store.calendars.request([work.id]);
      await stage.visit(work);
      expect((await calendar()).dueAt).to.be.at.least(stage.clock.now() + 30_000);
      expect((await calendar()).readDueAt).to.equal(0);
    });

    it('is carried out once it is approved, and the calendar is well again', async () => {
      moveAll(40);
      await stage.visit(work);
      await approve();
      expect((await stage.visit(work)).kind).to.equal('done');
      expect(await movedTo()).to.equal(40);
      expect(await alarm()).to.equal(null);
      expect((await stage.visit(work)).kind).to.equal('done');
    });

    it('is asked about anew when it grew or changed after it was shown, and not when it shrank', async () => {
      moveAll(25);
      await stage.visit(work);
      await approve();
      moveAll(26);
      expect((await stage.visit(work)).kind).to.equal('alarm');
      expect(await movedTo()).to.equal(0);
      expect((await alarm())!.approvedAt).to.equal(null);
      await approve();
      work.owner.edit(ids[0]!, day(5));
      expect((await stage.visit(work)).kind).to.equal('alarm');
      await approve();
      ids.slice(0, 3).forEach((id) => void work.owner.edit(id, day(1)));
      expect((await stage.visit(work)).kind).to.equal('done');
      expect(await movedTo()).to.equal(23);
    });

    it('is over when everything is put back', async () => {
      moveAll(40);
      await stage.visit(work);
      moveAll(40, 1);
      expect((await stage.visit(work)).kind).to.equal('done');
      expect(await alarm()).to.equal(null);
      expect(await movedTo()).to.equal(0);
    });

    it('survives a process that dies while it carries the approval out', async () => {
      for (const when of ['before', 'after'] as const) {
        for (let n = 2; ; n += 3) {
          const to = n % 2 === 0 ? 2 : 3;
          moveAll(40, to === 2 ? 3 : 2);
          await stage.visit(work);
          if ((await alarm()) !== null) {
            await approve();
            await stage.visit(work);
          }
          moveAll(40, to);
          expect((await stage.visit(work)).kind).to.equal('alarm');
          await approve();
          const crash = failAt(stage.store, n, when);
          const deps = visitDeps(crash.store, stage.clock, stage.connector, { settings: { owner: `dying ${n}` } });
          await makeVisitor(deps).visit(work.id);
          stage.clock.advance(130_000);
          expect((await stage.visit(work)).kind, `cut ${when} ${n}`).to.equal('done');
          expect(await movedTo(to), `cut ${when} ${n}`).to.equal(40);
          if (!crash.hasCrashed()) break;
        }
      }
    });
  });
}

describe('what waits for the end of a feed', () => {
  it('gives way to what the feed says later of the same copy', async () => {
    const stage = await aStage();
    const work = await stage.attach('work');
    const ids = Array.from({ length: 4 }, (_, i) => work.owner.create(someFields({ ...day(1), title: `event ${i}` })));
    await stage.visit(work);
    const gate = work.server.knobs;
    gate.pageSize = 1;
    gate.feedRepeat = 6;
    work.owner.edit(ids[0]!, day(2));
    work.owner.edit(ids[1]!, day(2));
    work.owner.edit(ids[0]!, day(1));
    work.owner.remove(ids[1]!);
    work.owner.edit(ids[2]!, { ...day(3), title: 'moved and renamed' });
    expect((await stage.visit(work)).kind).to.equal('done');
    const events = await stage.events();
    expect(events.length).to.equal(3);
    const titles = events.filter(
      (e) => e.fields.start.kind === 'zoned' && e.fields.start.wall.startsWith('2027-06-03'),
    );
    expect(titles.map((e) => e.fields.title)).to.deep.equal(['moved and renamed']);
  });

  it('counts no other wording of the same time as a move', async () => {
    const stage = await aStage();
    const work = await stage.attach('work');
    const ids = Array.from({ length: 30 }, () => work.owner.create(someFields(day(1))));
    await stage.visit(work);
    const utc = { start: zoned('2027-06-01T11:00', 'Europe/Berlin'), end: zoned('2027-06-01T12:00', 'Europe/Berlin') };
    for (const id of ids) work.owner.edit(id, utc);
    expect((await stage.visit(work)).kind).to.equal('done');
    expect(
      (await stage.events()).every((e) => e.fields.start.kind === 'zoned' && e.fields.start.zone !== 'UTC'),
    ).to.equal(true);
  });
});
