/** The doctor on a CalDAV server: a phone and a careless server set a calendar wrong, REST looks and mends. */
import { expect } from 'chai';
import { berlin, someWednesday } from '../kit/days.ts';
import { aDoubleScene, copiesOf, type DoubleScene, typed } from '../kit/double-scene.ts';
import { aGateway, type RunningGateway } from '../kit/gateway.ts';
import { mustSucceed } from '../kit/rest.ts';

const day = someWednesday(1);
const at = (from: string, to: string) => ({ start: berlin(day, from), end: berlin(day, to) });

for (const sync of ['token', 'ctag', 'none'] as const) {
  describe(`the doctor of a CalDAV calendar (change reports by ${sync})`, function () {
    this.timeout(60_000);
    let gateway: RunningGateway;
    let scene: DoubleScene;
    before(async () => {
      gateway = await aGateway();
    });
    after(() => gateway?.stop());
    beforeEach(async () => {
      scene = await aDoubleScene(gateway, { sync });
    });
    afterEach(() => scene.end());
    const call = (apply: boolean) =>
      mustSucceed(gateway.rest)('POST', '/v1/doctor', { calendarId: scene.calendarId, apply });
    const nameOf = (bookingId: string): string => {
      const found = [...scene.work.items].find(([, item]) => item.text.replace(/\r\n[ \t]/g, '').includes(bookingId));
      if (found === undefined) throw new Error(`no copy of ${bookingId}`);
      return found[0];
    };
    const actions = (d: { plan: { action: string; outcome: string; count: number }[] }) =>
      d.plan.map((step) => `${step.count} ${step.action} ${step.outcome}`).sort();

    it('finds nothing after ordinary days, and leaves the server as it is while it looks', async () => {
      await scene.office.book(scene.resourceId, at('09:00', '10:00'));
      scene.work.put('a.ics', typed('a', { day, from: '11:00', to: '12:00', title: 'Zahnarzt' }));
      await scene.office.sync(scene.calendarId);
      const before = [...scene.work.items].map(([name, item]) => [name, item.text]);
      const seen = await call(false);
      expect([seen.plan, seen.checked]).to.deep.equal([[], { copies: 2, links: 2 }]);
      expect([...scene.work.items].map(([name, item]) => [name, item.text])).to.deep.equal(before);
    });

    it('writes lost copies again, removes what a restored backup of the server brought back, and takes in the rest', async () => {
      const kept = await scene.office.book(scene.resourceId, at('09:00', '10:00'));
      const cancelled = await scene.office.book(scene.resourceId, at('13:00', '14:00'));
      const name = nameOf(cancelled.id);
      const text = scene.work.items.get(name)!.text;
      await mustSucceed(gateway.rest)('POST', `/v1/bookings/${cancelled.id}/cancel`);
      await scene.office.sync(scene.calendarId);
      expect(copiesOf(scene.work, cancelled.id)).to.deep.equal([]);
      scene.work.remove(nameOf(kept.id));
      scene.work.put(name, text);
      scene.work.put('b.ics', typed('b', { day, from: '16:00', to: '17:00', title: 'Lager' }));

      const seen = await call(false);
      expect(actions(seen)).to.deep.equal(['1 absorb planned', '1 owe-removal planned', '1 restore planned']);
      expect(seen.ghosts[0]).to.include({ bookingId: cancelled.id });
      expect(seen.missing[0]).to.include({ bookingId: kept.id });
      const done = await call(true);
      expect(actions(done)).to.deep.equal(['1 absorb repaired', '1 owe-removal repaired', '1 restore repaired']);
      await scene.office.sync(scene.calendarId);
      expect(copiesOf(scene.work, cancelled.id)).to.deep.equal([]);
      expect(copiesOf(scene.work, kept.id)).to.have.length(1);
      expect((await call(false)).plan).to.deep.equal([]);
      const busy = await scene.office.busy(scene.resourceId, at('00:30', '23:30'));
      expect(busy.map((span) => span.title)).to.deep.equal(['Lager']);
      const proof = await mustSucceed(gateway.rest)('POST', '/v1/proof', {
        from: at('00:30', '23:30').start,
        to: at('00:30', '23:30').end,
        resourceIds: [scene.resourceId],
      });
      expect(proof).to.deep.include({ overlaps: [], uncovered: [], phantom: [], complete: true });
    });
  });
}
