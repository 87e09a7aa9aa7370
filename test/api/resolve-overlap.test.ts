/** Deciding that two events want one time: moves by the desk's rules, double time accepted knowingly, one of both given up. */
import { expect } from 'chai';
import { type Api, anApi, aTechnician } from '../kit/api.ts';
import { aFrontDesk, type DeskCalendar, dentist, type FrontDesk, hours, restHours } from '../kit/front-desk.ts';

describe('an overlap of a booking with an appointment', () => {
  let api: Api;
  let desk: FrontDesk;
  let work: DeskCalendar;
  let id: string;
  beforeEach(async () => {
    api = await anApi();
    desk = await aFrontDesk(api);
    work = await desk.attach('Work');
    ({ id } = await desk.book());
    work.owner.create(dentist(10, 12));
    await desk.quiet();
  });
  afterEach(() => api.close());

  const only = async () => {
    const open = await desk.open();
    expect(open.length, JSON.stringify(open)).to.equal(1);
    return open[0];
  };
  const booking = async () => (await api.ask('GET', `/v1/bookings/${id}`)).body;

  it('names the booking, both times and free alternatives, and does not offer to cancel the appointment', async () => {
    const conflict = await only();
    expect(conflict).to.include({ kind: 'overlap', bookingId: id, calendarId: work.id });
    expect(conflict.choices).to.deep.equal(['theirs', 'both', 'move']);
    expect(conflict.sentence).to.include('2027-06-02 10:00 UTC to 2027-06-02 12:00 UTC').and.to.include('11:00 UTC');
    expect(conflict.sentence).to.not.include('Dentist');
    expect(conflict.alternatives).to.have.length(3);
    const refused = await desk.resolve(conflict.id, { choice: 'ours' });
    expect([refused.status, refused.body.allowed]).to.deep.equal([422, ['theirs', 'both', 'move']]);
  });

  it('offers alternatives that are really free: each of them can be had', async () => {
    const { alternatives } = await only();
    for (const slot of alternatives) {
      const held = await api.ask('POST', '/v1/holds', { ...slot, expiresIn: 'PT5M' });
      expect(held.status, held.text).to.equal(201);
      expect((await api.ask('DELETE', `/v1/holds/${held.body.id}`)).status).to.equal(204);
    }
    const [slot] = alternatives;
    const done = await desk.resolve((await only()).id, { choice: 'move', start: slot.start });
    expect([done.status, done.body.choice]).to.deep.equal([200, 'move']);
    expect(await booking()).to.include({ start: slot.start, end: slot.end });
    await desk.quiet();
    expect(desk.copy(work).fields.start).to.deep.include({ wall: slot.start.slice(0, 19) });
    expect(await desk.open()).to.deep.equal([]);
  });

  it('stays open when the booking is to be moved to a taken time, and says what is free', async () => {
    await desk.book(restHours(14, 15));
    const conflict = await only();
    const refused = await desk.resolve(conflict.id, { choice: 'move', start: '2027-06-02T14:30:00Z' });
    expect([refused.status, refused.body.code]).to.deep.equal([409, 'slot_taken']);
    expect(refused.body.alternatives).to.have.length(3);
    expect(await booking()).to.include(restHours(10, 11));
    expect((await only()).id).to.equal(conflict.id);
    expect((await desk.resolve(conflict.id, { choice: 'both' })).status).to.equal(200);
  });

  it('moves to somebody else at the same time', async () => {
    const kim = await aTechnician(api, { name: 'Kim Example', workingHours: [] });
    const done = await desk.resolve((await only()).id, { choice: 'move', resourceIds: [kim] });
    expect(done.status, done.text).to.equal(200);
    expect((await booking()).resourceIds).to.deep.equal([kim]);
    await desk.quiet();
    expect(work.owner.events().map((i) => i.fields.title)).to.deep.equal(['Dentist']);
  });

  it('stays accepted once both shall stand, and is asked about again when the times differ', async () => {
    const { id: conflictId } = await only();
    expect((await desk.resolve(conflictId, { choice: 'both' })).body.choice).to.equal('both');
    await api.ask('POST', `/v1/calendars/${work.id}/sync?full=true&wait=10`);
    expect(await desk.open()).to.deep.equal([]);
    expect(await booking()).to.include({ status: 'confirmed', ...restHours(10, 11) });
    work.owner.edit(desk.copy(work, 'Dentist').id, hours(9, 11));
    await desk.quiet();
    expect((await only()).id).to.not.equal(conflictId);
  });

  it('cancels the booking where the appointment shall stand', async () => {
    await desk.resolve((await only()).id, { choice: 'theirs' });
    expect((await booking()).status).to.equal('cancelled');
    await desk.quiet();
    expect(work.owner.events().map((i) => i.fields.title)).to.deep.equal(['Dentist']);
  });

  it('is over when the appointment was moved away, and opened again when it comes back', async () => {
    const { id: conflictId } = await only();
    work.owner.edit(desk.copy(work, 'Dentist').id, hours(16, 17));
    await desk.quiet();
    const over = await desk.resolve(conflictId, { choice: 'theirs' });
    expect([over.status, over.body.state, over.body.choice]).to.deep.equal([200, 'resolved', null]);
    expect((await booking()).status).to.equal('confirmed');
    work.owner.edit(desk.copy(work, 'Dentist').id, hours(10, 12));
    await desk.quiet();
    expect((await only()).id).to.equal(conflictId);
  });
});

describe('an overlap of two bookings', () => {
  let api: Api;
  let desk: FrontDesk;
  beforeEach(async () => {
    api = await anApi();
    desk = await aFrontDesk(api);
  });
  afterEach(() => api.close());

  it('ends by cancelling either of them, or by moving the first', async () => {
    const work = await desk.attach('Work');
    for (const [choice, cancelled] of [
      ['ours', 'other'],
      ['theirs', 'named'],
      ['move', null],
    ] as const) {
      const first = await desk.book({ ...restHours(10, 11), title: `first ${choice}` });
      const second = await desk.book({ ...restHours(12, 13), title: `second ${choice}` });
      work.owner.edit(desk.copy(work, `second ${choice}`).id, hours(10, 11));
      await desk.quiet();
      const [conflict, ...more] = await desk.open();
      expect(more).to.deep.equal([]);
      expect(conflict.choices).to.deep.equal(['ours', 'theirs', 'both', 'move']);
      const other = [first, second].find((b) => b.id !== conflict.bookingId)!.id;
      const start = '2027-06-02T18:00:00Z';
      const done = await desk.resolve(conflict.id, { choice, ...(choice === 'move' ? { start } : {}) });
      expect(done.status, done.text).to.equal(200);
      const status = async (id: string) => (await api.ask('GET', `/v1/bookings/${id}`)).body.status;
      expect(await status(conflict.bookingId)).to.equal(cancelled === 'named' ? 'cancelled' : 'confirmed');
      expect(await status(other)).to.equal(cancelled === 'other' ? 'cancelled' : 'confirmed');
      for (const b of [first, second]) await api.ask('POST', `/v1/bookings/${b.id}/cancel`);
      await desk.quiet();
    }
  });
});
