/** What is typed, moved and deleted in a calendar app, seen from REST; on servers with and without sync tokens. */
import { expect } from 'chai';
import type { Series } from '../../src/domain/event.ts';
import { zoned } from '../kit/builders.ts';
import { addDays, berlin, nextClockChange, someWednesday } from '../kit/days.ts';
import { aDoubleScene, type DoubleScene, typed } from '../kit/double-scene.ts';
import { aGateway, type RunningGateway } from '../kit/gateway.ts';

const day = someWednesday(1);
const at = (from: string, to: string, on = day) => ({ start: berlin(on, from), end: berlin(on, to) });
const wholeDay = at('00:30', '23:30');

for (const sync of ['token', 'ctag', 'none'] as const) {
  describe(`an event of the phone (change reports by ${sync})`, function () {
    this.timeout(30_000);
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
    const visit = () => scene.office.sync(scene.calendarId);
    const busy = (window = wholeDay) => scene.office.busy(scene.resourceId, window);

    it('blocks its time; the refusal names no title and offers times that are free', async () => {
      scene.work.put('a.ics', typed('a', { day, from: '09:00', to: '10:30', title: 'Zahnarzt' }));
      await visit();
      const refusal = await scene.office.tryBook(scene.resourceId, at('10:00', '11:00'));
      expect(refusal.status, refusal.text).to.equal(409);
      expect(refusal.body.conflicts).to.deep.equal([
        { resourceId: scene.resourceId, ...at('09:00', '10:30'), kind: 'calendar' },
      ]);
      expect(refusal.text).to.not.include('Zahnarzt');
      expect(refusal.body.alternatives).to.not.deep.equal([]);
      for (const { start, end } of refusal.body.alternatives) {
        expect(await scene.office.isTaken(scene.resourceId, { start, end }), start).to.equal(false);
      }
    });

    it('is renamed and moved without leaving its old time blocked, and frees it when deleted', async () => {
      scene.work.put('a.ics', typed('a', { day, from: '09:00', to: '10:00', title: 'Lager' }));
      await visit();
      scene.work.put('a.ics', typed('a', { day, from: '15:00', to: '15:45', title: 'Lager Nord' }));
      await visit();
      expect(await busy()).to.deep.equal([{ ...at('15:00', '15:45'), title: 'Lager Nord' }]);
      scene.work.remove('a.ics');
      await visit();
      expect(await busy()).to.deep.equal([]);
      expect(await scene.office.isTaken(scene.resourceId, wholeDay)).to.equal(false);
    });

    it('blocks as a series exactly when it happens, over a clock change, one occurrence moved and one deleted', async () => {
      const first = addDays(nextClockChange(), -6);
      const days = Array.from({ length: 12 }, (_, i) => addDays(first, i));
      const series: Series = { rules: ['FREQ=DAILY;COUNT=12'], extraDates: [] };
      const key = (n: number) => `${days[n]}T05:00:00` as never;
      const moved = {
        ...{ title: 'Runde spät', description: '', location: '', busy: 'busy', response: 'none' },
        ...{ status: 'confirmed', privacy: 'default' },
        start: zoned(`${days[8]}T21:00`, 'Europe/Berlin'),
        end: zoned(`${days[8]}T22:15`, 'Europe/Berlin'),
      } as const;
      const over = { series, instances: { [key(3)]: 'cancelled', [key(8)]: moved } as const };
      scene.work.put('s.ics', typed('s', { day: first, from: '05:00', to: '06:00', title: 'Runde' }, over));
      await visit();
      const window = { start: berlin(addDays(first, -1), '12:00'), end: berlin(addDays(first, 20), '12:00') };
      expect(await busy(window)).to.deep.equal(
        days.flatMap((on, n) =>
          n === 3
            ? []
            : n === 8
              ? [{ ...at('21:00', '22:15', on), title: 'Runde spät' }]
              : [{ ...at('05:00', '06:00', on), title: 'Runde' }],
        ),
      );
      expect(await scene.office.isTaken(scene.resourceId, at('05:00', '06:00', days[3]))).to.equal(false);
      expect(await scene.office.isTaken(scene.resourceId, at('05:00', '06:00', days[8]))).to.equal(false);
    });

    it('blocks a whole day from midnight to midnight of the calendar', async () => {
      const date = (on: string) => ({ kind: 'date', day: on }) as never;
      const over = { start: date(day), end: date(addDays(day, 1)) };
      scene.work.put('d.ics', typed('d', { day, from: '00:00', to: '01:00', title: 'Urlaub' }, over));
      await visit();
      const midnights = { start: berlin(day, '00:00'), end: berlin(addDays(day, 1), '00:00') };
      expect(await busy()).to.deep.equal([{ ...midnights, title: 'Urlaub' }]);
      const before = { start: berlin(addDays(day, -1), '23:00'), end: midnights.start };
      expect(await scene.office.isTaken(scene.resourceId, before)).to.equal(false);
    });

    it('is quarantined when nobody can read it, and everything else goes on', async () => {
      scene.work.put('bad.ics', 'BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART:yesterday-ish\r\nnonsense');
      scene.work.put('good.ics', typed('good', { day, from: '09:00', to: '10:00', title: 'Gut' }));
      const counts = await visit();
      expect(counts.quarantined).to.equal(1);
      expect(await busy()).to.deep.equal([{ ...at('09:00', '10:00'), title: 'Gut' }]);
      const booking = await scene.office.book(scene.resourceId, at('11:00', '12:00'));
      expect(booking.calendars[0].state).to.equal('written');
      expect((await scene.office.calendar(scene.calendarId)).sync).to.deep.include({
        state: 'polling',
        quarantined: 1,
      });
      scene.work.put('bad.ics', typed('bad', { day, from: '14:00', to: '15:00', title: 'Repariert' }));
      await visit();
      expect(await busy()).to.deep.include({ ...at('14:00', '15:00'), title: 'Repariert' });
      expect((await scene.office.calendar(scene.calendarId)).sync.quarantined).to.equal(0);
    });

    it('is not removed with all the others when the calendar is suddenly empty: an alarm, and all stays blocked', async () => {
      const many = Array.from({ length: 25 }, (_, i) => String(i).padStart(2, '0'));
      const slot = (i: number) => ({
        from: `${String(8 + (i % 12)).padStart(2, '0')}:00`,
        to: `${String(8 + (i % 12)).padStart(2, '0')}:30`,
      });
      const put = () => {
        for (const [i, n] of many.entries()) {
          scene.work.put(`${n}.ics`, typed(n, { day: addDays(day, i), ...slot(i), title: n }));
        }
      };
      put();
      await visit();
      const month = { start: berlin(day, '00:00'), end: berlin(addDays(day, 26), '00:00') };
      expect(await busy(month)).to.have.length(25);
      for (const n of many) scene.work.remove(`${n}.ics`);
      scene.work.forgetTokens();
      const report = await scene.office.visit(scene.calendarId);
      expect(report.outcome, JSON.stringify(report)).to.equal('alarm');
      expect(report.detail).to.include('25');
      expect(await busy(month)).to.have.length(25);
      const { sync: state } = await scene.office.calendar(scene.calendarId);
      expect(state.state).to.equal('degraded');
      expect(state.lastFault).to.include('Nothing was removed');
      put();
      await visit();
      expect(await busy(month)).to.have.length(25);
      expect((await scene.office.calendar(scene.calendarId)).sync.state).to.equal('polling');
    });
  });
}
