/** The journeys of a technician on Outlook, over REST and with push, against the simulator. */
import { expect } from 'chai';
import { berlin, someWednesday } from '../../kit/days.ts';
import { eventually } from '../../kit/eventually.ts';
import { anOutlookOffice, type OutlookOffice, outlookTechnician } from '../../kit/outlook-office.ts';

const day = someWednesday(2);
const time = (clock: string) => berlin(day, clock);
const soon = (ask: () => Promise<boolean>) => eventually(ask, 25_000, 20);
const plus = (from: string, minutes: number) => new Date(Date.parse(from) + minutes * 60_000).toISOString();

describe('a technician on Outlook', function () {
  this.timeout(90_000);
  let o: OutlookOffice;
  beforeEach(async () => {
    o = await anOutlookOffice();
  });
  afterEach(async () => {
    await o.stop();
    expect(o.outlook.control.violations().violations).to.deep.equal([]);
    expect(o.gateway.errors).to.deep.equal([]);
    expect(o.outlook.control.mails({}).mails).to.deep.equal([]);
  });
  const phone = () => ({ ...o.outlook.control, calendarId: o.remoteId });
  const settled = async () => (await o.must('GET', `/v1/calendars/${o.calendarId}`)).sync.pending === 0;
  const health = async () => (await o.must('GET', `/v1/calendars/${o.calendarId}`)).sync;

  it('gets a booking, moves it on the phone, and the business hears of it by push', async () => {
    const booking = await o.book(time('10:00'), time('11:00'));
    const [copy] = o.copies();
    expect(copy).to.deep.include({ subject: 'Boiler service', isReminderOn: false });
    const { calendarId } = phone();
    o.outlook.control.phoneEdit({ calendarId, eventId: copy.id, start: time('14:00'), end: time('15:00') });
    await soon(async () => (await o.must('GET', `/v1/bookings/${booking.id}`)).start === time('14:00'));
    expect(await o.blocked(time('14:00'), time('15:00'))).to.equal(true);
    await soon(async () => !(await o.blocked(time('10:00'), time('11:00'))));
    expect(o.copies()).to.have.length(1);
  });

  it('sorts a booking under a category of their own and a copy of it beside ours, and neither is undone or taken for ours', async () => {
    const booking = await o.book(time('10:00'), time('11:00'));
    const [copy] = o.copies();
    expect(copy.categories).to.deep.equal(['Interlock']);
    const { calendarId } = phone();
    o.outlook.control.phoneEdit({ calendarId, eventId: copy.id, fields: { categories: ['Important'] } });
    // As Outlook duplicates an event: its properties and categories come along, its transaction does not.
    const { singleValueExtendedProperties } = copy;
    const properties = Object.entries(singleValueExtendedProperties).map(([id, value]) => ({ id, value }));
    const fields = { categories: ['Interlock'], singleValueExtendedProperties: properties };
    const twin = { calendarId, title: 'Boiler service', start: time('12:00'), end: time('13:00'), fields };
    o.outlook.control.phoneCreate(twin);
    await soon(() => o.blocked(time('12:00'), time('13:00')));
    await o.must('PATCH', `/v1/bookings/${booking.id}`, { title: 'Boiler exchange' }, { Prefer: 'wait=10' });
    await soon(async () => o.copies().some(({ subject }) => subject === 'Boiler exchange') && (await settled()));
    const told = o.copies().map(({ subject, categories }) => [subject, ...categories].join());
    expect(told.sort()).to.deep.equal(['Boiler exchange,Important', 'Boiler service,Interlock']);
    expect((await o.must('GET', `/v1/bookings/${booking.id}`)).start).to.equal(time('10:00'));
  });

  it('formats the notes of a booking, and a new title from the business is one request that leaves them so', async () => {
    const booking = await o.book(time('10:00'), time('11:00'), { notes: 'Bring the ladder' });
    const [copy] = o.copies();
    const content = copy.body.content.replace('Bring', '<b>Bring</b>');
    expect(content).to.include('<b>Bring</b> the ladder');
    const { calendarId } = phone();
    const counts = () => o.outlook.control.requests({}).counts;
    o.outlook.control.phoneEdit({ calendarId, eventId: copy.id, fields: { body: { contentType: 'html', content } } });
    await o.outlook.pushesSettled();
    await o.must('POST', `/v1/calendars/${o.calendarId}/sync?wait=10`);
    const before = counts();
    await o.must('PATCH', `/v1/bookings/${booking.id}`, { title: 'Boiler exchange' }, { Prefer: 'wait=10' });
    await soon(async () => o.copies()[0].subject === 'Boiler exchange' && (await settled()));
    expect(o.copies()[0].body.content).to.equal(content);
    expect((counts()['events.update'] ?? 0) - (before['events.update'] ?? 0)).to.equal(1);
    expect(counts()['events.get'] ?? 0).to.equal(before['events.get'] ?? 0);
  });

  it('types an event, and its time is blocked; deletes it, and it is free again', async () => {
    const { calendarId } = phone();
    const typed = { calendarId, title: 'Dentist', start: time('09:00'), end: time('10:00') };
    const { id: eventId } = o.outlook.control.phoneCreate(typed);
    await soon(() => o.blocked(time('09:00'), time('10:00')));
    o.outlook.control.phoneDelete({ calendarId, eventId });
    await soon(async () => !(await o.blocked(time('09:00'), time('10:00'))));
  });

  it('is seen in the end where a hint is faster than the feed', async () => {
    const { calendarId } = phone();
    o.outlook.control.delta({ hold: true });
    o.outlook.control.phoneCreate({ calendarId, title: 'Dentist', start: time('09:00'), end: time('10:00') });
    await o.outlook.pushesSettled();
    const asked = () => o.outlook.control.requests({}).counts['calendarView.delta'] ?? 0;
    const before = asked();
    await soon(async () => asked() > before);
    o.outlook.control.delta({ hold: false });
    await soon(() => o.blocked(time('09:00'), time('10:00')));
  });

  it('deletes one day of a series, and that day alone is free', async () => {
    const { calendarId } = phone();
    const recurrence = { pattern: { type: 'daily', interval: 1 } };
    o.outlook.control.phoneCreate({
      calendarId,
      title: 'School',
      start: time('08:00'),
      end: time('08:30'),
      recurrence,
    });
    await soon(() => o.blocked(time('08:00'), time('08:30')));
    const { entries } = o.outlook.control.phoneDay({ calendarIds: [calendarId], day });
    o.outlook.control.phoneDelete({ calendarId, eventId: entries[0]!.id });
    await soon(async () => !(await o.blocked(time('08:00'), time('08:30'))));
    const next = plus(time('08:00'), 24 * 60);
    expect(await o.blocked(next, plus(next, 30))).to.equal(true);
  });

  it('moves "this and following" of a series: the old hours end, the new ones are blocked', async () => {
    const { calendarId } = phone();
    const recurrence = { pattern: { type: 'daily', interval: 1 }, range: { type: 'numbered', numberOfOccurrences: 6 } };
    o.outlook.control.phoneCreate({
      calendarId,
      title: 'School',
      start: time('08:00'),
      end: time('08:30'),
      recurrence,
    });
    await soon(() => o.blocked(time('08:00'), time('08:30')));
    const second = plus(time('08:00'), 24 * 60);
    const { entries } = o.outlook.control.phoneDay({ calendarIds: [calendarId], day: second.slice(0, 10) });
    const later = plus(second, 8 * 60);
    o.outlook.control.phoneSplit({ calendarId, eventId: entries[0]!.id, start: later, end: plus(later, 30) });
    await soon(() => o.blocked(later, plus(later, 30)));
    await soon(async () => !(await o.blocked(second, plus(second, 30))));
    expect(await o.blocked(time('08:00'), time('08:30'))).to.equal(true);
  });

  it('has exactly one copy of a booking when the answer to its creation is lost', async () => {
    o.outlook.control.fault({ kind: 'lose-answer', on: 'events.create', times: 6 });
    await o.book(time('10:00'), time('11:00'));
    await soon(async () => o.copies().length === 1 && (await settled()));
    expect(o.copies()).to.have.length(1);
  });

  it('gets all of many bookings through a storm of refusals', async () => {
    o.outlook.control.fault({ kind: 'refuse', status: 429, on: 'events.create', probability: 0.3 });
    const hours = ['08:00', '09:00', '10:00', '11:00', '12:00', '13:00'];
    await Promise.all(hours.map((hour) => o.book(time(hour), plus(time(hour), 60))));
    await soon(async () => {
      if (o.copies().length === hours.length) o.outlook.control.clearFaults({});
      return o.copies().length === hours.length && (await settled());
    });
    expect(new Set(o.copies().map((copy) => copy.transactionId)).size).to.equal(hours.length);
  });

  it('loses nothing when access dies: bookings wait, and arrive after a new consent', async () => {
    o.outlook.control.killTokens({ account: outlookTechnician });
    const booking = await o.book(time('10:00'), time('11:00'));
    expect(booking.status).to.equal('confirmed');
    await soon(async () => (await o.must('GET', '/v1/connections')).data[0].state === 'needs_consent');
    expect(o.copies()).to.have.length(0);
    expect((await o.consent()).status).to.equal(200);
    await soon(async () => o.copies().length === 1);
    expect((await o.must('GET', '/v1/connections')).data).to.have.length(1);
  });

  it('is heard again when Graph ends the subscription, and again when it asks for a renewal', async () => {
    const { calendarId } = phone();
    const ids = () => o.outlook.control.subscriptions({}).subscriptions.map(({ id }) => id);
    const [first] = ids();
    o.outlook.control.lifecycle({ event: 'subscriptionRemoved' });
    await soon(async () => ids().length === 1 && ids()[0] !== first);
    const [second] = ids();
    o.outlook.control.lifecycle({ event: 'reauthorizationRequired' });
    o.outlook.control.phoneCreate({ calendarId, title: 'Dentist', start: time('09:00'), end: time('10:00') });
    await soon(() => o.blocked(time('09:00'), time('10:00')));
    await soon(async () => o.outlook.control.subscriptions({}).subscriptions.every(({ isPaused }) => !isPaused));
    expect(ids()).to.deep.equal([second]);
    await soon(async () => (await health()).push.state === 'live');
  });

  it('is read anew when Graph says that hints were lost', async () => {
    const { calendarId } = phone();
    o.outlook.control.pushes({ dropNext: 2 });
    o.outlook.control.phoneCreate({ calendarId, title: 'Dentist', start: time('09:00'), end: time('10:00') });
    await o.outlook.pushesSettled();
    o.outlook.control.lifecycle({ event: 'missed' });
    await soon(() => o.blocked(time('09:00'), time('10:00')));
  });

  it('of a tenant is connected by the permission of the app over REST', async () => {
    const email = 'bob@example.com';
    const { calendarId: remoteId, tenantId } = o.outlook.control.account({ email, name: 'Bob' });
    o.outlook.control.application({ mailboxes: [email] });
    const made = await o.must('POST', '/v1/connections', { provider: 'outlook', tenantId, mailbox: email });
    expect(made).to.deep.include({ account: email, state: 'ok' });
    const { data } = await o.must('GET', `/v1/connections/${made.id}/calendars`);
    expect(data[0]).to.deep.include({ remoteId });
    const reply = await o.gateway.rest('POST', '/v1/connections', {
      ...{ provider: 'outlook', tenantId },
      mailbox: outlookTechnician,
    });
    expect(reply.body.code).to.equal('provider_refused');
  });

  it('is left alone when the business disconnects: the subscription ends', async () => {
    await o.must('DELETE', `/v1/connections/${o.connectionId}`);
    await soon(async () => o.outlook.control.subscriptions({}).subscriptions.length === 0);
  });
});
