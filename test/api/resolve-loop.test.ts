/** A calendar that answers each write by another change is held after six rounds, shown, and let go again by a person. */
import { expect } from 'chai';
import { type Api, anApi } from '../kit/api.ts';
import { aFrontDesk, type DeskCalendar, type FrontDesk } from '../kit/front-desk.ts';

describe('a calendar that changes every copy again', () => {
  let api: Api;
  let desk: FrontDesk;
  let work: DeskCalendar;
  let id: string;
  beforeEach(async () => {
    api = await anApi();
    desk = await aFrontDesk(api);
    // It only follows us, so we put back what it changes; a program there changes it again.
    work = await desk.attach('Work', { role: 'write' });
    ({ id } = await desk.book());
    answering(true);
    work.owner.edit(desk.copy(work).id, { title: 'round 0' });
    await visits(12);
  });
  afterEach(() => api.close());

  const answering = (is: boolean) => {
    let answers = 0;
    work.server.knobs.gate = async (call) => {
      if (!is || call !== 'write done') return;
      answers += 1;
      work.owner.edit(desk.copy(work).id, { title: `round ${answers}` });
    };
  };
  const visits = async (n: number) => {
    for (let i = 0; i < n; i += 1) await api.ask('POST', `/v1/calendars/${work.id}/sync?wait=10`);
  };
  const only = async () => {
    const open = await desk.open();
    expect(open.length, JSON.stringify(open)).to.equal(1);
    return open[0];
  };
  const title = () => desk.copy(work).fields.title;

  it('is written to no more, and what either side says is shown', async () => {
    const conflict = await only();
    expect(conflict).to.include({ kind: 'loop', bookingId: id, calendarId: work.id, unit: 'what' });
    expect(conflict.choices).to.deep.equal(['ours', 'theirs']);
    expect(conflict.sentence).to.match(/^The calendar "Work" changed this event .* 6 times in a row: we wrote "Boiler/);
    expect(conflict.theirs).to.include('round');
    const writes = work.server.calls.write;
    await visits(3);
    expect(work.server.calls.write).to.equal(writes);
    const booking = (await api.ask('GET', `/v1/bookings/${id}`)).body;
    expect(booking.calendars[0]).to.deep.include({ state: 'failed' });
  });

  it('gets ours once more when somebody says so, and is left in peace when it keeps it', async () => {
    answering(false);
    await desk.resolve((await only()).id, { choice: 'ours' });
    await desk.quiet();
    expect(title()).to.equal('Boiler service');
    expect(await desk.open()).to.deep.equal([]);
  });

  it('is held again when it goes on answering', async () => {
    const first = await only();
    await desk.resolve(first.id, { choice: 'ours' });
    await visits(12);
    expect((await only()).id).to.not.equal(first.id);
  });

  it('keeps its own words, which go no further, when theirs shall stand in a calendar that only follows', async () => {
    answering(false);
    const there = title();
    await desk.resolve((await only()).id, { choice: 'theirs' });
    await desk.quiet();
    expect(title()).to.equal(there);
    expect((await api.ask('GET', `/v1/bookings/${id}`)).body.title).to.equal('Boiler service');
    expect(await desk.open()).to.deep.equal([]);
  });

  it('is followed when a calendar that may lead is to win', async () => {
    answering(false);
    await api.ask('PATCH', `/v1/calendars/${work.id}`, { role: 'two-way' });
    const there = title();
    const [conflict] = await desk.open();
    if (conflict !== undefined) await desk.resolve(conflict.id, { choice: 'theirs' });
    await desk.quiet();
    expect(title()).to.equal(there);
    expect((await api.ask('GET', `/v1/bookings/${id}`)).body.calendars[0].state).to.equal('written');
  });
});
