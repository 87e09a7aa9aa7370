/** The two journeys with real calendar apps: vdirsyncer with khal, and python-caldav, on Radicale and on Xandikos. */
import { expect } from 'chai';
import { addDays, berlin, nextClockChange, someWednesday } from '../kit/days.ts';
import { eventually } from '../kit/eventually.ts';
import { movedTo, retitled, wall, withLines, withOccurrence } from '../kit/ics-edits.ts';
import type { Span } from '../kit/office.ts';
import { realServerNames } from '../kit/real-servers.ts';
import { aScene, type Scene } from '../kit/scene.ts';

const at = (day: string, from: string, to: string): Span => ({ start: berlin(day, from), end: berlin(day, to) });

for (const name of realServerNames) {
  describe(`a technician's app on ${name}`, function () {
    this.timeout(60_000);
    let scene: Scene;
    /** Each journey has a day of its own in one shared calendar. */
    let day: string;
    let days = 0;
    before(async () => {
      scene = await aScene(name);
    });
    after(() => scene?.stop());
    beforeEach(() => {
      day = someWednesday(days);
      days += 1;
    });
    afterEach(function () {
      if (this.currentTest?.state === 'failed') process.stderr.write(`${scene.gateway.errors.join('\n')}\n`);
    });

    /** A booking whose copy is on the phone, with words that only its text holds. */
    const booked = async (over: Readonly<Record<string, unknown>> = {}) => {
      const booking = await scene.office.book(scene.resourceId, at(day, '10:00', '11:00'), over);
      expect(booking.calendars[0]).to.deep.include({ calendarId: scene.calendarId, state: 'written' });
      await scene.phone.sync();
      return booking;
    };
    const phoneSyncs = async () => {
      await scene.phone.sync();
      return scene.office.sync(scene.calendarId);
    };

    it('shows a booking with its customer and phone number', async () => {
      const customer = { name: 'Kim Müller', phone: '+49 30 5550123' };
      await booked({
        title: 'Wartung',
        customer,
        location: { address: 'Allee 5, Berlin' },
        notes: 'Klingel defekt 🔔',
      });
      const agenda = await scene.phone.agenda(day);
      expect(agenda).to.include(`${day} 10:00-${day} 11:00 Wartung | `);
      for (const fact of ['Kim Müller', '+49 30 5550123', 'Allee 5', 'Klingel defekt 🔔']) {
        expect(agenda).to.include(fact);
      }
    });

    it('blocks with an event typed into it, and REST offers times that are free', async () => {
      await scene.phone.create(day, '09:00', '10:30', 'Zahnarzt');
      await phoneSyncs();
      const wanted = at(day, '10:00', '11:00');
      const refusal = await scene.office.tryBook(scene.resourceId, wanted);
      expect(refusal.status, refusal.text).to.equal(409);
      expect(refusal.body.code).to.equal('slot_taken');
      expect(refusal.body.conflicts).to.deep.equal([
        { resourceId: scene.resourceId, ...at(day, '09:00', '10:30'), kind: 'calendar' },
      ]);
      expect(refusal.text).to.not.include('Zahnarzt');
      expect(refusal.body.alternatives.length).to.be.greaterThan(0);
      for (const { start, end, resourceIds } of refusal.body.alternatives) {
        expect(Date.parse(end) - Date.parse(start)).to.equal(3_600_000);
        expect(await scene.office.isTaken(resourceIds[0], { start, end }), start).to.equal(false);
      }
      const [{ start, end, resourceIds }] = refusal.body.alternatives;
      await scene.office.book(resourceIds[0], { start, end });
    });

    it('moves a booking, which REST then tells, and the old time is free', async () => {
      const booking = await booked({ title: 'Zählertausch' });
      await scene.phone.edit(booking.id, (text) => movedTo(text, wall(day, '14:00'), wall(day, '15:30')));
      await phoneSyncs();
      const after = await scene.office.booking(booking.id);
      expect(after).to.deep.include(at(day, '14:00', '15:30'));
      expect(after.version).to.equal(booking.version + 1);
      expect(await scene.office.isTaken(scene.resourceId, at(day, '10:00', '11:00'))).to.equal(false);
      expect(await scene.office.isTaken(scene.resourceId, at(day, '15:00', '16:00'))).to.equal(true);
    });

    it('renames and deletes an event of its own, and the time is free again', async () => {
      await scene.phone.create(day, '12:00', '13:00', 'Mittag');
      await phoneSyncs();
      const lunch = at(day, '12:00', '13:00');
      const all = at(day, '00:30', '23:30');
      expect(await scene.office.busy(scene.resourceId, all)).to.deep.equal([{ ...lunch, title: 'Mittag' }]);
      await scene.phone.edit('SUMMARY:Mittag', (text) => retitled(text, 'Mittag mit Pia'));
      await phoneSyncs();
      expect(await scene.office.busy(scene.resourceId, all)).to.deep.equal([{ ...lunch, title: 'Mittag mit Pia' }]);
      await scene.phone.remove('Mittag mit Pia');
      await phoneSyncs();
      expect(await scene.office.busy(scene.resourceId, all)).to.deep.equal([]);
      expect(await scene.office.isTaken(scene.resourceId, lunch)).to.equal(false);
    });

    it('deletes the copy of a booking: the time stays blocked and somebody is asked', async () => {
      const booking = await booked();
      await scene.phone.remove(booking.id);
      await phoneSyncs();
      const [conflict, ...others] = await scene.office.conflictsOf(booking.eventId);
      expect(others).to.deep.equal([]);
      expect(conflict).to.deep.include({ kind: 'removed', state: 'open', bookingId: booking.id });
      expect((await scene.office.booking(booking.id)).status).to.equal('confirmed');
      expect(await scene.office.isTaken(scene.resourceId, at(day, '10:00', '11:00'))).to.equal(true);
      await phoneSyncs();
      expect(await scene.phone.agenda(day)).to.not.include('Boiler service');
    });

    it('blocks exactly the occurrences of a series over a clock change, one moved and one deleted', async () => {
      const change = nextClockChange();
      const [first, deleted, kept, moved, last] = [-10, -3, 4, 11, 18].map((n) => addDays(change, n)) as [
        string,
        ...string[],
      ] &
        Record<1 | 2 | 3 | 4, string>;
      const typed = [first, '05:00', '06:00', 'Lager', '--repeat', 'weekly', '--until', addDays(last, 1)];
      await scene.phone.create(...typed);
      await phoneSyncs();
      await scene.phone.edit('SUMMARY:Lager', (text) => {
        const uid = /^UID:.*$/m.exec(text)![0].trim();
        const zoned = (property: string, time: string) => `${property};TZID=Europe/Berlin:${time}`;
        return withOccurrence(withLines(text, zoned('EXDATE', wall(deleted, '05:00'))), [
          uid,
          'DTSTAMP:20260101T000000Z',
          zoned('RECURRENCE-ID', wall(moved, '05:00')),
          zoned('DTSTART', wall(moved, '22:00')),
          zoned('DTEND', wall(moved, '23:15')),
          'SUMMARY:Lager spät',
        ]);
      });
      await phoneSyncs();
      const window = { start: berlin(first, '00:00'), end: berlin(addDays(last, 2), '00:00') };
      const busy = await scene.office.busy(scene.resourceId, window);
      expect(busy.filter((row) => row.title?.startsWith('Lager'))).to.deep.equal([
        { ...at(first, '05:00', '06:00'), title: 'Lager' },
        { ...at(kept, '05:00', '06:00'), title: 'Lager' },
        { ...at(moved, '22:00', '23:15'), title: 'Lager spät' },
        { ...at(last, '05:00', '06:00'), title: 'Lager' },
      ]);
      for (const free of [deleted, moved, addDays(last, 7)]) {
        expect(await scene.office.isTaken(scene.resourceId, at(free, '05:00', '06:00')), free).to.equal(false);
      }
      for (const held of [first, kept, last]) {
        expect(await scene.office.isTaken(scene.resourceId, at(held, '05:30', '05:45')), held).to.equal(true);
      }
      await scene.phone.remove('Lager spät');
      await phoneSyncs();
    });

    it('blocks a whole day from midnight to midnight of the technician', async () => {
      await scene.phone.create(day, 'Urlaub');
      await phoneSyncs();
      const midnights = { start: berlin(day, '00:00'), end: berlin(addDays(day, 1), '00:00') };
      const around = { start: berlin(addDays(day, -1), '12:00'), end: berlin(addDays(day, 1), '12:00') };
      expect(await scene.office.busy(scene.resourceId, around)).to.deep.equal([{ ...midnights, title: 'Urlaub' }]);
      const before = { start: berlin(addDays(day, -1), '23:00'), end: midnights.start };
      expect(await scene.office.isTaken(scene.resourceId, before)).to.equal(false);
      expect(await scene.office.isTaken(scene.resourceId, at(day, '23:30', '23:45'))).to.equal(true);
    });

    it('renames what REST moves at the same moment, and both changes survive', async () => {
      const booking = await booked({ title: 'Filterwechsel' });
      await scene.phone.edit(booking.id, (text) => retitled(text, 'Filterwechsel (Schlüssel bei Nachbar)'));
      await scene.phone.sync();
      const after = await scene.office.change(booking.id, at(day, '16:00', '17:00'));
      expect(after).to.deep.include(at(day, '16:00', '17:00'));
      await phoneSyncs();
      expect(await scene.phone.agenda(day)).to.include(
        `${day} 16:00-${day} 17:00 Filterwechsel (Schlüssel bei Nachbar) | `,
      );
      expect((await scene.office.booking(booking.id)).calendars[0].state).to.equal('written');
    });

    it('moves what REST moves at the same moment: the phone wins, and the decision is on record', async () => {
      const booking = await booked();
      await scene.phone.edit(booking.id, (text) => movedTo(text, wall(day, '13:00'), wall(day, '14:00')));
      await scene.phone.sync();
      await scene.office.change(booking.id, at(day, '18:00', '19:00'));
      await phoneSyncs();
      expect(await scene.office.booking(booking.id)).to.deep.include(at(day, '13:00', '14:00'));
      expect(await scene.phone.agenda(day)).to.include(`${day} 13:00-${day} 14:00`);
      const [decision] = await scene.office.conflictsOf(booking.eventId);
      expect(decision).to.deep.include({ kind: 'edit', unit: 'when', state: 'resolved', choice: 'theirs' });
      expect(decision.ours).to.include('18:00');
      expect(decision.theirs).to.include('13:00');
      expect(await scene.office.isTaken(scene.resourceId, at(day, '18:00', '19:00'))).to.equal(false);
    });

    it('never hears its own echo: our writes raise no version and cause no second write', async () => {
      const booking = await booked();
      const text = await scene.phone.text(booking.id);
      for (let visit = 0; visit < 3; visit += 1) {
        const counts = await phoneSyncs();
        expect(counts).to.deep.include({ created: 0, changed: 0, removed: 0, pushed: 0, conflicts: 0 });
      }
      const full = await scene.office.sync(scene.calendarId, '&full=true');
      expect(full).to.deep.include({ created: 0, changed: 0, removed: 0, pushed: 0, conflicts: 0 });
      expect((await scene.office.booking(booking.id)).version).to.equal(booking.version);
      expect(await scene.phone.text(booking.id)).to.equal(text);
    });

    it('keeps the alarm and the properties that the phone added when REST moves the booking', async () => {
      const booking = await booked();
      const added = [
        'X-PHONE-COLOR;X-DEPTH=8:teal',
        'BEGIN:VALARM',
        'ACTION:DISPLAY',
        'DESCRIPTION:los!',
        'TRIGGER:-PT25M',
        'END:VALARM',
      ];
      await scene.phone.edit(booking.id, (text) => withLines(text, ...added));
      await phoneSyncs();
      expect((await scene.office.booking(booking.id)).version, 'nothing that we sync was changed').to.equal(
        booking.version,
      );
      await scene.office.change(booking.id, at(day, '15:00', '16:00'));
      await scene.phone.sync();
      expect(await scene.phone.agenda(day)).to.include(`${day} 15:00-${day} 16:00 Boiler service`);
      const text = await scene.phone.text(booking.id);
      for (const line of added) expect(text).to.include(line);
    });

    it('may overwrite without looking, as python-caldav does, and no edit is lost', async () => {
      await scene.python.create({ ...at(day, '08:00', '09:00'), title: 'Schulung' });
      await scene.office.sync(scene.calendarId);
      const all = at(day, '00:30', '23:30');
      expect(await scene.office.busy(scene.resourceId, all)).to.deep.equal([
        { ...at(day, '08:00', '09:00'), title: 'Schulung' },
      ]);
      const booking = await booked();
      await scene.office.change(booking.id, at(day, '19:00', '20:00'));
      await scene.python.retitle(booking.id, 'Umbenannt');
      await scene.office.sync(scene.calendarId);
      expect(await scene.office.booking(booking.id)).to.deep.include(at(day, '19:00', '20:00'));
      await scene.python.move(booking.id, berlin(day, '20:00'), berlin(day, '21:00'));
      await scene.office.sync(scene.calendarId);
      expect(await scene.office.booking(booking.id)).to.deep.include(at(day, '20:00', '21:00'));
      await scene.office.change(booking.id, at(day, '17:00', '18:00'));
      await scene.phone.sync();
      expect(await scene.phone.agenda(day)).to.include(`${day} 17:00-${day} 18:00 Umbenannt | `);
      await scene.python.remove('Schulung');
      await scene.office.sync(scene.calendarId);
      expect(await scene.office.busy(scene.resourceId, all)).to.deep.equal([]);
    });

    it('loses the copies of a cancelled booking, and all of ours but nothing else when detached with purge', async () => {
      const cancelled = await booked({ title: 'Abgesagt' });
      const kept = await scene.office.book(scene.resourceId, at(day, '12:00', '13:00'), { title: 'Bleibt' });
      await scene.office.rest('POST', `/v1/bookings/${cancelled.id}/cancel`, {}, { Prefer: 'wait=20' });
      await scene.phone.create(day, '07:00', '07:30', 'Meins');
      await phoneSyncs();
      await scene.phone.sync();
      const before = await scene.phone.agenda(day);
      expect(before).to.include('Bleibt').and.include('Meins').and.not.include('Abgesagt');
      const reply = await scene.office.rest('DELETE', `/v1/calendars/${scene.calendarId}?purge=true`);
      expect(reply.status, reply.text).to.equal(204);
      const path = `/v1/calendars/${scene.calendarId}`;
      await eventually(async () => (await scene.office.rest('GET', path)).status === 404, 20_000);
      const titles = await scene.python.titles();
      expect(titles).to.include('Meins').and.not.include('Bleibt');
      expect((await scene.office.booking(kept.id)).status).to.equal('confirmed');
      expect(await scene.office.isTaken(scene.resourceId, at(day, '12:00', '13:00'))).to.equal(true);
      expect(await scene.office.isTaken(scene.resourceId, at(day, '07:00', '07:30'))).to.equal(false);
    });
  });
}
