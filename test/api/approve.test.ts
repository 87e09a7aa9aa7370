/** Approving a held mass change over HTTP. */
import { expect } from 'chai';
import type { RemoteId } from '../../src/domain/ids.ts';
import { type Api, anApi } from '../kit/api.ts';
import { aFrontDesk, type DeskCalendar, dentist, type FrontDesk, hours } from '../kit/front-desk.ts';

describe('a mass change', () => {
  let api: Api;
  let desk: FrontDesk;
  let work: DeskCalendar;
  let ids: RemoteId[];
  beforeEach(async () => {
    api = await anApi();
    desk = await aFrontDesk(api);
    work = await desk.attach('Work');
    ids = Array.from({ length: 30 }, () => work.owner.create(dentist(10, 11)));
    await desk.quiet();
    for (const id of ids) work.owner.edit(id, hours(14, 15));
    await api.ask('POST', `/v1/calendars/${work.id}/sync?wait=10`);
  });
  afterEach(() => api.close());

  const alarm = async () => (await api.ask('GET', `/v1/calendars/${work.id}`)).body.sync.alarm;
  const approve = (alarmId: string, o = {}) =>
    api.ask('POST', `/v1/calendars/${work.id}/approve?wait=10`, { alarmId }, o);

  it('is shown with what it would do, and makes the calendar degraded', async () => {
    const { sync } = (await api.ask('GET', `/v1/calendars/${work.id}`)).body;
    expect(sync.state).to.equal('degraded');
    expect(sync.alarm).to.deep.include({ known: 30, wouldMove: 30, wouldRemove: 0, approvedAt: null });
    expect(sync.alarm.changes).to.have.length(20);
    expect(sync.alarm.changes[0]).to.deep.include({
      ...{ change: 'move', title: 'Dentist', start: '2027-06-02T10:00:00Z', end: '2027-06-02T11:00:00Z' },
      ...{ newStart: '2027-06-02T14:00:00Z', newEnd: '2027-06-02T15:00:00Z' },
    });
    expect(sync.alarm.sentence).to.include('move 30 of 30');
  });

  it('happens once it is approved', async () => {
    const done = await approve((await alarm()).id);
    expect([done.status, done.body.outcome, done.body.counts.changed]).to.deep.equal([200, 'done', 30]);
    expect(await alarm()).to.equal(null);
    const late = await approve('alarm_0000000000');
    expect([late.status, late.body.rule]).to.deep.equal([422, 'no-alarm']);
  });

  it('is shown anew when it grew between the look and the approval, or after it', async () => {
    const before = await alarm();
    work.owner.remove(ids[0]!);
    const grown = await approve(before.id);
    expect([grown.status, grown.body.outcome]).to.deep.equal([200, 'alarm']);
    const now = await alarm();
    expect(now).to.deep.include({ wouldMove: 29, wouldRemove: 1, approvedAt: null });
    const wrong = await approve(before.id);
    expect([wrong.status, wrong.body.code, wrong.body.alarmId]).to.deep.equal([412, 'version_mismatch', now.id]);
    expect((await approve(now.id)).body.outcome).to.equal('done');
  });

  it('is approved by those who may book, in their own tenant', async () => {
    const { id } = await alarm();
    expect((await approve(id, { key: await api.keyWith(['read']) })).status).to.equal(403);
    expect((await approve(id, { key: await api.keyWith() })).status).to.equal(404);
    expect((await api.ask('POST', `/v1/calendars/${work.id}/approve`, {})).status).to.equal(400);
    const replayed = { headers: { 'Idempotency-Key': 'yes-1' } };
    const first = await approve(id, replayed);
    const again = await approve(id, replayed);
    expect(again.body).to.deep.equal(first.body);
  });
});
