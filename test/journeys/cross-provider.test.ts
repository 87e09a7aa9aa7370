/** One technician with Google, Outlook and CalDAV: what is on one counts for all, and what is private stays where it is. */
import { expect } from 'chai';
import { berlin, someWednesday } from '../kit/days.ts';
import { type ThreeProviders, threeProviders } from '../kit/three-providers.ts';

const day = someWednesday(4);
const at = (from: string, to: string) => ({ start: berlin(day, from), end: berlin(day, to) });
const wholeDay = at('00:30', '23:30');

describe('a technician with calendars of three providers', function () {
  this.timeout(60_000);
  let scene: ThreeProviders;
  before(async () => {
    scene = await threeProviders();
  });
  after(() => scene?.stop());

  it('is busy for everybody when an event is on any of them, and free again when it is gone', async () => {
    const hours = [
      ['08:00', '09:00'],
      ['10:00', '11:00'],
      ['12:00', '13:00'],
    ] as const;
    const undo = scene.sides.map((side, n) =>
      side.type({ day, from: hours[n]![0], to: hours[n]![1], title: `On ${side.name}` }),
    );
    await scene.settle();
    for (const [from, to] of hours) {
      expect(await scene.office.isTaken(scene.resourceId, at(from, to))).to.equal(true);
      for (const source of ['website', 'crm', 'phone', 'agent', 'dispatcher']) {
        const reply = await scene.office.tryBook(scene.resourceId, at(from, to), { source });
        expect(reply.status, reply.text).to.equal(409);
        expect(reply.body.code).to.equal('slot_taken');
      }
    }
    expect(await scene.office.busy(scene.resourceId, wholeDay)).to.have.length(3);
    for (const remove of undo) remove();
    await scene.settle();
    for (const [from, to] of hours) expect(await scene.office.isTaken(scene.resourceId, at(from, to))).to.equal(false);
    expect(scene.wrongs()).to.deep.equal([]);
  });

  it('has a booking once on each of them, and a move on one of them reaches the others', async () => {
    const booking = await scene.office.book(scene.resourceId, at('14:00', '15:00'));
    await scene.settle();
    const copies = () =>
      scene.sides.map((side) => side.texts().filter((text) => text.includes('Boiler service')).length);
    expect(copies()).to.deep.equal([1, 1, 1]);
    const hours = [
      ['15:00', '16:00'],
      ['16:00', '17:00'],
      ['17:00', '18:00'],
    ] as const;
    for (const [n, side] of scene.sides.entries()) {
      const [from, to] = hours[n]!;
      side.move('Boiler service', { day, from, to });
      await scene.settle();
      expect(await scene.office.booking(booking.id), side.name).to.deep.include(at(from, to));
      expect(copies(), side.name).to.deep.equal([1, 1, 1]);
      for (const one of scene.sides) one.writes();
      await scene.settle();
      expect(
        scene.sides.map((one) => one.writes()),
        `writes of a second visit after ${side.name}`,
      ).to.deep.equal([0, 0, 0]);
    }
    const cancelled = await scene.gateway.rest('POST', `/v1/bookings/${booking.id}/cancel`);
    expect(cancelled.status, cancelled.text).to.equal(200);
    await scene.settle();
    expect(copies()).to.deep.equal([0, 0, 0]);
    expect(await scene.office.conflictsOf(booking.eventId)).to.deep.equal([]);
    expect(scene.wrongs()).to.deep.equal([]);
  });
});

describe('a technician whose three calendars show each other as busy', function () {
  this.timeout(60_000);
  let scene: ThreeProviders;
  before(async () => {
    scene = await threeProviders({ mirror: 'busy' });
  });
  after(() => scene?.stop());

  it('sees every event once on each, without its words, and further visits write nothing', async () => {
    const hours = [
      ['08:00', '09:00'],
      ['10:00', '11:00'],
      ['12:00', '13:00'],
    ] as const;
    const undo = scene.sides.map((side, n) =>
      side.type({ day, from: hours[n]![0], to: hours[n]![1], title: `Dentist ${side.name}` }),
    );
    await scene.settle();
    await scene.settle();
    for (const side of scene.sides) {
      expect(side.texts(), side.name).to.have.length(3);
      expect(
        side.texts().filter((text) => text.includes('Dentist')),
        side.name,
      ).to.have.length(1);
      side.writes();
    }
    for (const query of ['', '&full=true']) {
      for (const { calendarId } of scene.sides) await scene.office.sync(calendarId, query);
    }
    expect(scene.sides.map((side) => side.writes())).to.deep.equal([0, 0, 0]);
    expect(await scene.office.busy(scene.resourceId, wholeDay)).to.have.length(3);
    undo[0]!();
    await scene.settle();
    await scene.settle();
    expect(scene.sides.map((side) => side.texts().length)).to.deep.equal([2, 2, 2]);
    for (const remove of undo.slice(1)) remove();
    await scene.settle();
    await scene.settle();
    expect(scene.sides.map((side) => side.texts().length)).to.deep.equal([0, 0, 0]);
    expect(scene.wrongs()).to.deep.equal([]);
  });
});

describe('a technician whose three calendars show each other everything', function () {
  this.timeout(60_000);
  let scene: ThreeProviders;
  before(async () => {
    scene = await threeProviders({ mirror: 'full' });
  });
  after(() => scene?.stop());

  it('keeps private words on the calendar where they were written: not in another, nor in any answer', async () => {
    const hours = [
      ['08:00', '09:00'],
      ['10:00', '11:00'],
      ['12:00', '13:00'],
    ] as const;
    for (const [n, side] of scene.sides.entries()) {
      side.type({ day, from: hours[n]![0], to: hours[n]![1], title: `Therapy ${side.name}`, isPrivate: true });
    }
    scene.sides[0]!.type({ day, from: '18:00', to: '19:00', title: 'Team meeting' });
    await scene.settle();
    await scene.settle();
    const feed = await scene.gateway.rest('POST', `/v1/resources/${scene.resourceId}/feed`);
    const shown = await (await fetch(String(feed.body.url))).text();
    expect(shown).to.include('BEGIN:VEVENT');
    const query = new URLSearchParams({ from: wholeDay.start, to: wholeDay.end, resourceIds: scene.resourceId });
    const schedule = await scene.gateway.rest('GET', `/v1/schedule?${query}`);
    const refused = await scene.office.tryBook(scene.resourceId, at('08:00', '09:00'));
    expect(refused.status).to.equal(409);
    for (const answer of [shown, schedule.text, refused.text]) expect(answer).not.to.include('Therapy');
    for (const side of scene.sides) {
      expect(side.texts(), side.name).to.have.length(4);
      expect(
        side.texts().filter((text) => text.includes('Team meeting')),
        side.name,
      ).to.have.length(1);
      const others = side.texts().filter((text) => !text.includes(`Therapy ${side.name}`));
      for (const text of others) expect(text, side.name).not.to.include('Therapy');
      expect(others, side.name).to.have.length(3);
    }
    expect(scene.wrongs()).to.deep.equal([]);
  });
});
