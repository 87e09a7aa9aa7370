/** The journeys of a technician on Google, over REST and with push, against the simulator. */
import { expect } from 'chai';
import { berlin, someWednesday } from '../../kit/days.ts';
import { eventually } from '../../kit/eventually.ts';
import { aGoogleOffice, type GoogleOffice, technician } from '../../kit/google-office.ts';

const day = someWednesday(2);
const time = (clock: string) => berlin(day, clock);
const soon = (ask: () => Promise<boolean>) => eventually(ask, 15_000, 20);

describe('a technician on Google Calendar', function () {
  this.timeout(60_000);
  let o: GoogleOffice;
  beforeEach(async () => {
    o = await aGoogleOffice();
  });
  afterEach(async () => {
    await o.stop();
    expect(o.google.control.violations().violations).to.deep.equal([]);
    expect(o.gateway.errors).to.deep.equal([]);
  });
  const calendarId = technician;

  it('gets a booking, moves it on the phone, and the business hears of it by push', async () => {
    const booking = await o.book(time('10:00'), time('11:00'));
    const [copy] = o.copies();
    expect(copy).to.deep.include({ summary: 'Boiler service', status: 'confirmed' });
    o.google.control.phoneEdit({ calendarId, eventId: copy.id, start: time('14:00'), end: time('15:00') });
    await soon(async () => (await o.must('GET', `/v1/bookings/${booking.id}`)).start === time('14:00'));
    expect(await o.blocked(time('14:00'), time('15:00'))).to.equal(true);
    await soon(async () => !(await o.blocked(time('10:00'), time('11:00'))));
    expect(o.copies()).to.have.length(1);
  });

  it('types an event, and its time is blocked; deletes it, and it is free again', async () => {
    const { id: eventId } = o.google.control.phoneCreate({
      calendarId,
      title: 'Dentist',
      start: time('09:00'),
      end: time('10:00'),
    });
    await soon(() => o.blocked(time('09:00'), time('10:00')));
    o.google.control.phoneDelete({ calendarId, eventId });
    await soon(async () => !(await o.blocked(time('09:00'), time('10:00'))));
  });

  it('moves "this and following" of a series: the old hours end, the new ones are blocked', async () => {
    const recurrence = ['RRULE:FREQ=DAILY;COUNT=6'];
    const { id } = o.google.control.phoneCreate({
      calendarId,
      title: 'School run',
      start: time('08:00'),
      end: time('08:30'),
      recurrence,
    });
    await soon(() => o.blocked(time('08:00'), time('08:30')));
    const second = new Date(Date.parse(time('08:00')) + 86_400_000).toISOString();
    const eventId = `${id}_${second.replace(/[-:]|\.000/g, '')}`;
    const later = new Date(Date.parse(second) + 8 * 3_600_000).toISOString();
    o.google.control.phoneSplit({ calendarId, eventId, start: later });
    const plus = (from: string, minutes: number) => new Date(Date.parse(from) + minutes * 60_000).toISOString();
    await soon(() => o.blocked(later, plus(later, 30)));
    await soon(async () => !(await o.blocked(second, plus(second, 30))));
    expect(await o.blocked(time('08:00'), time('08:30'))).to.equal(true);
  });

  it('has exactly one copy of a booking when the answer to its insert is lost', async () => {
    o.google.control.fault({ kind: 'lose-answer', on: 'events.insert', times: 6 });
    await o.book(time('10:00'), time('11:00'));
    await soon(async () => o.copies().length === 1 && (await settled(o)));
    expect(o.copies()).to.have.length(1);
  });

  it('loses nothing when access dies: bookings wait, and arrive after a new consent', async () => {
    o.google.control.killTokens({ account: technician });
    const booking = await o.book(time('10:00'), time('11:00'));
    expect(booking.status).to.equal('confirmed');
    await soon(async () => (await o.must('GET', '/v1/connections')).data[0].state === 'needs_consent');
    expect(o.copies()).to.have.length(0);
    expect((await o.consent()).status).to.equal(200);
    await soon(async () => o.copies().length === 1);
    expect((await o.must('GET', '/v1/connections')).data).to.have.length(1);
  });

  it('of a Workspace domain is connected by a service account over REST', async () => {
    o.google.control.account({ email: 'bob@example.com', name: 'Bob' });
    const delegatedScopes = ['calendar.events', 'calendar.calendarlist.readonly'];
    const serviceAccount = o.google.control.serviceAccount({ delegatedScopes });
    const body = { provider: 'google', serviceAccount, subject: 'bob@example.com' };
    const made = await o.must('POST', '/v1/connections', body);
    expect(made).to.deep.include({ account: 'bob@example.com', state: 'ok' });
    const { data } = await o.must('GET', `/v1/connections/${made.id}/calendars`);
    expect(data[0]).to.deep.include({ remoteId: 'bob@example.com' });
    expect(JSON.stringify(made)).to.not.include('PRIVATE');
  });

  it('is left alone by Google when the business disconnects: channels stop, access is given back', async () => {
    await o.must('DELETE', `/v1/connections/${o.connectionId}`);
    await soon(async () => o.google.control.channels().channels.length === 0);
    await soon(async () => (o.google.control.requests({}).counts.revoke ?? 0) > 0);
  });
});

async function settled(o: GoogleOffice): Promise<boolean> {
  const calendar = await o.must('GET', `/v1/calendars/${o.calendarId}`);
  return calendar.sync.pending === 0;
}
