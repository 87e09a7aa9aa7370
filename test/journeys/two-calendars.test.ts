/** One technician with two calendars: what is taken in one is seen as busy in the other, and detaching leaves no trace. */
import { expect } from 'chai';
import type { Collection } from '../doubles/caldav-collection.ts';
import { berlin, someWednesday } from '../kit/days.ts';
import { aDoubleScene, copiesOf, type DoubleScene, typed } from '../kit/double-scene.ts';
import { eventually } from '../kit/eventually.ts';
import { aGateway, type RunningGateway } from '../kit/gateway.ts';
import { movedTo, wall } from '../kit/ics-edits.ts';

const day = someWednesday(3);
const at = (from: string, to: string) => ({ start: berlin(day, from), end: berlin(day, to) });
const wholeDay = at('00:30', '23:30');

describe('a technician with a work and a home calendar, home events shown as busy in work', function () {
  this.timeout(30_000);
  let gateway: RunningGateway;
  let scene: DoubleScene;
  let home: Collection;
  let homeId: string;
  let workId: string;
  before(async () => {
    gateway = await aGateway();
  });
  after(() => gateway?.stop());
  beforeEach(async () => {
    scene = await aDoubleScene(gateway);
    workId = scene.calendarId;
    home = scene.double.addCollection('home');
    const change = await gateway.rest('PATCH', `/v1/calendars/${workId}`, { mirror: 'busy' });
    expect(change.status, change.text).to.equal(200);
    homeId = await scene.office.attach(scene.resourceId, '/home/');
  });
  afterEach(() => scene.end());

  /** Visits both until neither owes anything. */
  const settle = async () => {
    for (let round = 0; round < 6; round += 1) {
      for (const id of [homeId, workId]) await scene.office.sync(id);
      const states = await Promise.all([homeId, workId].map((id) => scene.office.calendar(id)));
      if (round > 0 && states.every((calendar) => calendar.sync.pending === 0)) return;
    }
    throw new Error('the two calendars do not come to rest');
  };
  const texts = (collection: Collection) => [...collection.items.values()].map((item) => item.text);
  const gone = (id: string) =>
    eventually(async () => (await gateway.rest('GET', `/v1/calendars/${id}`)).status === 404, 20_000);

  it('sees a home event in work as busy without its words, moved and deleted along with it', async () => {
    home.put('a.ics', typed('a', { day, from: '09:00', to: '10:00', title: 'Arzttermin' }, { location: 'Klinik' }));
    await settle();
    const [mirror] = texts(scene.work);
    expect(mirror).to.include('SUMMARY:Busy').and.not.include('Arzttermin').and.not.include('Klinik');
    expect(mirror).to.match(new RegExp(`^DTSTART.*${wall(day, '09:00')}`, 'm'));
    home.put('a.ics', typed('a', { day, from: '12:00', to: '13:00', title: 'Arzttermin' }));
    await settle();
    expect(texts(scene.work)[0]).to.match(new RegExp(`^DTSTART.*${wall(day, '12:00')}`, 'm'));
    expect(await scene.office.busy(scene.resourceId, wholeDay)).to.deep.equal([
      { ...at('12:00', '13:00'), title: 'Arzttermin' },
    ]);
    home.remove('a.ics');
    await settle();
    expect(texts(scene.work)).to.deep.equal([]);
    expect(texts(home)).to.deep.equal([]);
  });

  it('comes to rest: mirrors are not mirrored back, and further visits write nothing', async () => {
    home.put('a.ics', typed('a', { day, from: '09:00', to: '10:00', title: 'Arzttermin' }));
    scene.work.put('b.ics', typed('b', { day, from: '11:00', to: '12:00', title: 'Teambesprechung' }));
    const booking = await scene.office.book(scene.resourceId, at('15:00', '16:00'));
    await settle();
    expect([home.items.size, scene.work.items.size]).to.deep.equal([2, 3]);
    expect(copiesOf(home, booking.id)).to.have.length(1);
    expect(copiesOf(scene.work, booking.id)).to.have.length(1);
    scene.double.takeMethods();
    for (const query of ['', '&full=true']) {
      for (const id of [homeId, workId]) await scene.office.sync(id, query);
    }
    const methods = new Set(scene.double.takeMethods());
    expect([...methods].filter((method) => method === 'PUT' || method === 'DELETE')).to.deep.equal([]);
    expect(await scene.office.busy(scene.resourceId, wholeDay)).to.have.length(2);
  });

  it('moves a booking on either calendar, and the other follows', async () => {
    const booking = await scene.office.book(scene.resourceId, at('15:00', '16:00'));
    await settle();
    for (const [collection, from, to] of [
      [home, '17:00', '18:00'],
      [scene.work, '19:00', '20:00'],
    ] as const) {
      const [name, item] = [...collection.items].find(([, { text }]) => text.includes('Boiler service'))!;
      collection.put(name, movedTo(item.text, wall(day, from), wall(day, to)));
      await settle();
      expect(await scene.office.booking(booking.id)).to.deep.include(at(from, to));
      for (const text of [...copiesOf(home, booking.id), ...copiesOf(scene.work, booking.id)]) {
        expect(text).to.match(new RegExp(`^DTSTART.*${wall(day, from)}`, 'm'));
      }
    }
    expect(await scene.office.conflictsOf(booking.eventId)).to.deep.equal([]);
  });

  it('detaches work with purge: our copies and mirrors are gone from it, everything else stays', async () => {
    home.put('a.ics', typed('a', { day, from: '09:00', to: '10:00', title: 'Arzttermin' }));
    scene.work.put('b.ics', typed('b', { day, from: '11:00', to: '12:00', title: 'Teambesprechung' }));
    const booking = await scene.office.book(scene.resourceId, at('15:00', '16:00'));
    await settle();
    const foreign = scene.work.items.get('b.ics')!.text;
    const reply = await gateway.rest('DELETE', `/v1/calendars/${workId}?purge=true`);
    expect(reply.status, reply.text).to.equal(204);
    await gone(workId);
    expect([...scene.work.items.keys()]).to.deep.equal(['b.ics']);
    expect(scene.work.items.get('b.ics')!.text).to.equal(foreign);
    expect(copiesOf(home, booking.id)).to.have.length(1);
    expect(await scene.office.busy(scene.resourceId, wholeDay)).to.deep.equal([
      { ...at('09:00', '10:00'), title: 'Arzttermin' },
    ]);
    expect(await scene.office.isTaken(scene.resourceId, at('15:00', '16:00'))).to.equal(true);
    expect(await scene.office.isTaken(scene.resourceId, at('11:00', '12:00'))).to.equal(false);
  });

  it('detaches home without purge: copies stay, its events free their time; attached again, nothing is doubled', async () => {
    home.put('a.ics', typed('a', { day, from: '09:00', to: '10:00', title: 'Arzttermin' }));
    const booking = await scene.office.book(scene.resourceId, at('15:00', '16:00'));
    await settle();
    const reply = await gateway.rest('DELETE', `/v1/calendars/${homeId}`);
    expect(reply.status, reply.text).to.equal(204);
    await gone(homeId);
    await eventually(async () => {
      await scene.office.sync(workId);
      return scene.work.items.size === 1;
    }, 20_000);
    expect(copiesOf(scene.work, booking.id)).to.have.length(1);
    expect(copiesOf(home, booking.id)).to.have.length(1);
    expect(home.items.has('a.ics')).to.equal(true);
    expect(await scene.office.isTaken(scene.resourceId, at('09:00', '10:00'))).to.equal(false);
    homeId = await scene.office.attach(scene.resourceId, '/home/');
    await settle();
    expect(copiesOf(home, booking.id), 'the copy that stayed is ours again').to.have.length(1);
    expect(home.items.size).to.equal(2);
    expect(await scene.office.conflictsOf(booking.eventId)).to.deep.equal([]);
    expect(await scene.office.isTaken(scene.resourceId, at('09:00', '10:00'))).to.equal(true);
  });
});
