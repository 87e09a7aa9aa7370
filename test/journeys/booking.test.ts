/** A booking's way from REST to the calendar, with everything that can go wrong between the two. */
import { expect } from 'chai';
import { berlin, someWednesday } from '../kit/days.ts';
import { aDoubleScene, copiesOf, type DoubleScene } from '../kit/double-scene.ts';
import { eventually } from '../kit/eventually.ts';
import { aGateway, type RunningGateway } from '../kit/gateway.ts';
import { movedTo, retitled, wall } from '../kit/ics-edits.ts';

const day = someWednesday(0);
const at = (from: string, to: string) => ({ start: berlin(day, from), end: berlin(day, to) });

describe('a booking by REST', function () {
  this.timeout(30_000);
  let gateway: RunningGateway;
  let scene: DoubleScene;
  before(async () => {
    gateway = await aGateway();
  });
  after(() => gateway?.stop());
  beforeEach(async () => {
    scene = await aDoubleScene(gateway);
    scene.double.takeMethods();
  });
  afterEach(() => scene.end());

  const book = (over = {}) => scene.office.book(scene.resourceId, at('10:00', '11:00'), over);
  const writes = () => scene.double.takeMethods().filter((method) => method === 'PUT' || method === 'DELETE');
  const written = (id: string) =>
    eventually(async () => {
      await scene.office.visit(scene.calendarId);
      const booking = await scene.office.booking(id);
      return booking.calendars[0].state === 'written' ? booking : null;
    }, 25_000);
  /** The name of the only object in the calendar. */
  const copyName = () => {
    expect([...scene.work.items.keys()]).to.have.length(1);
    return [...scene.work.items.keys()][0]!;
  };

  it('is written once, and its echo raises no version and causes no second write', async () => {
    const booking = await book();
    expect(writes()).to.deep.equal(['PUT']);
    expect(booking.calendars[0].state).to.equal('written');
    for (const query of ['', '', '&full=true', '']) {
      const counts = await scene.office.sync(scene.calendarId, query);
      expect(counts).to.deep.include({ created: 0, changed: 0, removed: 0, pushed: 0, conflicts: 0 });
    }
    expect(writes()).to.deep.equal([]);
    expect((await scene.office.booking(booking.id)).version).to.equal(booking.version);
  });

  it('is moved in place and taken away when it is cancelled', async () => {
    const booking = await book();
    const name = copyName();
    await scene.office.change(booking.id, at('14:00', '15:00'));
    expect(copyName()).to.equal(name);
    expect(copiesOf(scene.work, booking.id)[0]).to.match(new RegExp(`^DTSTART.*${wall(day, '14:00')}`, 'm'));
    await gateway.rest('POST', `/v1/bookings/${booking.id}/cancel`, {}, { Prefer: 'wait=20' });
    expect(scene.work.items.size).to.equal(0);
    expect(await scene.office.isTaken(scene.resourceId, at('14:00', '15:00'))).to.equal(false);
    expect(writes()).to.deep.equal(['PUT', 'PUT', 'DELETE']);
  });

  it('reaches the calendar once although the answer to the write is lost', async () => {
    scene.double.next('PUT', 'lose-answer');
    const booking = await book();
    await written(booking.id);
    expect(copiesOf(scene.work, booking.id)).to.have.length(1);
    expect(scene.work.items.size).to.equal(1);
  });

  it('is moved once although the answer to the move is lost', async () => {
    const booking = await book();
    scene.double.next('PUT', 'lose-answer');
    await scene.office.change(booking.id, at('16:00', '17:00'));
    const after = await written(booking.id);
    expect(after).to.deep.include(at('16:00', '17:00'));
    expect(after.version).to.equal(booking.version + 1);
    expect(copiesOf(scene.work, booking.id)).to.have.length(1);
    expect(await scene.office.conflictsOf(booking.eventId)).to.deep.equal([]);
  });

  it('keeps what the phone renamed when it is moved at the same moment', async () => {
    const booking = await book({ title: 'Wartung' });
    const name = copyName();
    scene.work.put(name, retitled(scene.work.items.get(name)!.text, 'Wartung (Hund im Garten)'));
    await scene.office.change(booking.id, at('15:00', '16:00'));
    const [copy] = copiesOf(scene.work, booking.id);
    expect(copy).to.include('SUMMARY:Wartung (Hund im Garten)');
    expect(copy).to.match(new RegExp(`^DTSTART.*${wall(day, '15:00')}`, 'm'));
  });

  it('goes where the phone moved it when both move it, and the decision is on record', async () => {
    const booking = await book();
    const name = copyName();
    const text = scene.work.items.get(name)!.text;
    scene.work.put(name, movedTo(text, wall(day, '08:00'), wall(day, '09:00')));
    await scene.office.change(booking.id, at('18:00', '19:00'));
    const after = await written(booking.id);
    expect(after).to.deep.include(at('08:00', '09:00'));
    const [decision, ...others] = await scene.office.conflictsOf(booking.eventId);
    expect(others).to.deep.equal([]);
    expect(decision).to.deep.include({ kind: 'edit', unit: 'when', state: 'resolved', choice: 'theirs' });
    expect(await scene.office.isTaken(scene.resourceId, at('08:00', '09:00'))).to.equal(true);
    expect(await scene.office.isTaken(scene.resourceId, at('18:00', '19:00'))).to.equal(false);
  });

  it('stays blocked when the phone deletes its copy, and somebody is asked', async () => {
    const booking = await book();
    scene.work.remove(copyName());
    await scene.office.sync(scene.calendarId);
    const [question] = await scene.office.conflictsOf(booking.eventId);
    expect(question).to.deep.include({ kind: 'removed', state: 'open', bookingId: booking.id });
    expect(await scene.office.isTaken(scene.resourceId, at('10:00', '11:00'))).to.equal(true);
    await scene.office.sync(scene.calendarId);
    expect(scene.work.items.size).to.equal(0);
  });

  it('stays blocked with a conflict and alternatives when the phone moves it onto another booking', async () => {
    const first = await book();
    const name = copyName();
    const second = await scene.office.book(scene.resourceId, at('12:00', '13:00'));
    scene.work.put(name, movedTo(scene.work.items.get(name)!.text, wall(day, '12:30'), wall(day, '13:30')));
    await scene.office.sync(scene.calendarId);
    expect(await scene.office.booking(first.id)).to.deep.include(at('12:30', '13:30'));
    expect(await scene.office.booking(second.id)).to.deep.include(at('12:00', '13:00'));
    const open = [
      ...(await scene.office.conflictsOf(first.eventId)),
      ...(await scene.office.conflictsOf(second.eventId)),
    ];
    expect(open.map((c) => c.kind)).to.deep.equal(['overlap']);
    expect(open[0].alternatives).to.not.deep.equal([]);
    expect(await scene.office.isTaken(scene.resourceId, at('12:00', '12:30'))).to.equal(true);
    expect(await scene.office.isTaken(scene.resourceId, at('13:00', '13:30'))).to.equal(true);
  });
});
