/** Notices over HTTP: settings, opt-outs, previews, and what was told. */
import { expect } from 'chai';
import { silentLog } from '../../src/domain/ports.ts';
import { sweepNotices } from '../../src/notify/notices.ts';
import { type Api, aBooking, anApi, aTechnician } from '../kit/api.ts';

const customer = { name: 'Kim Example', email: 'Kim@example.com', timeZone: 'Europe/Berlin' };

describe('notices over HTTP', () => {
  let api: Api;
  beforeEach(async () => {
    api = await anApi();
  });
  afterEach(() => api.close());
  const book = async () => {
    const { body } = await api.ask('POST', '/v1/bookings', aBooking(await aTechnician(api), { customer }));
    return body.id as string;
  };

  it('have settings that are changed one by one, and nobody is told anything before', async () => {
    const before = await api.ask('GET', '/v1/notices/settings');
    expect(before.body).to.deep.equal({
      ...{ version: 0, customers: false, technicians: false, quietHours: null, reminderLeads: [] },
      ...{ businessName: null, hasTransport: false },
    });
    const quietHours = { from: '21:00', to: '07:00', timeZone: 'Europe/Berlin' };
    const body = { customers: true, quietHours, reminderLeads: ['PT24H', 'P1D', 'PT1H'], businessName: 'Example' };
    const after = await api.ask('PATCH', '/v1/notices/settings', body);
    expect(after.body).to.deep.include({
      version: 1,
      customers: true,
      quietHours,
      reminderLeads: ['PT24H', 'PT1H'],
    });
    const stale = await api.ask('PATCH', '/v1/notices/settings', {}, { headers: { 'If-Match': '"0"' } });
    expect(stale.status).to.equal(412);
    const cases = [{ quietHours: { ...quietHours, from: '25:00' } }, { reminderLeads: ['PT1S'] }, { sms: true }];
    for (const wrong of cases) expect((await api.ask('PATCH', '/v1/notices/settings', wrong)).status).to.equal(400);
    const key = await api.keyWith(['read', 'book']);
    expect((await api.ask('PATCH', '/v1/notices/settings', {}, { key })).status).to.equal(403);
  });

  it('spare an address until it wants them again', async () => {
    const path = '/v1/notices/opt-outs';
    expect((await api.ask('POST', path, { address: 'Kim@Example.com' })).body.address).to.equal('kim@example.com');
    expect((await api.ask('POST', path, { address: 'nobody' })).status).to.equal(400);
    const { body } = await api.ask('GET', path);
    expect(body.data.map((o: { address: string }) => o.address)).to.deep.equal(['kim@example.com']);
    expect((await api.ask('DELETE', `${path}?address=KIM@example.com`)).status).to.equal(204);
    expect((await api.ask('DELETE', `${path}?address=kim@example.com`)).status).to.equal(404);
    expect((await api.ask('DELETE', path)).status).to.equal(400);
  });

  it('show what would be said, and what waits without a transport', async () => {
    const id = await book();
    const path = `/v1/bookings/${id}/notices`;
    const told = await api.ask('POST', `${path}/preview`, { kind: 'confirmation' });
    expect(told.body.subject).to.equal('Confirmed: Boiler service');
    expect(told.body.text).to.include('Hello Kim Example,').and.include('12:00');
    expect((await api.ask('POST', `${path}/preview`, { kind: 'joke' })).status).to.equal(400);
    expect((await api.ask('GET', path)).body).to.deep.equal({ data: [] });
    await api.ask('PATCH', '/v1/notices/settings', { customers: true });
    let now = api.clock.now();
    const clock = { ...api.clock, now: () => now };
    const store = { ...api.store, now: () => now };
    await sweepNotices({ store, clock, log: silentLog, transport: null });
    now = (now + 70_000) as typeof now;
    await sweepNotices({ store, clock, log: silentLog, transport: null });
    const [notice] = (await api.ask('GET', path)).body.data;
    expect(notice).to.deep.include({
      kind: 'confirmation',
      state: 'unsent',
      why: 'no transport',
      audience: 'customer',
    });
    const foreign = { key: await api.keyWith() };
    const nowhere = '/v1/bookings/bkg_00000000000000000000/notices';
    expect((await api.ask('GET', path, undefined, foreign)).status).to.equal(404);
    expect((await api.ask('GET', nowhere)).status).to.equal(404);
    expect((await api.ask('POST', `${nowhere}/preview`, { kind: 'moved' })).status).to.equal(404);
  });

  it('that were sent stand in the story of the booking', async () => {
    const id = await book();
    await api.ask('PATCH', '/v1/notices/settings', { customers: true });
    const later = () => (api.clock.now() + 70_000) as ReturnType<typeof api.clock.now>;
    const sent: string[] = [];
    const transport = {
      send: async (_id: string, address: string) => {
        sent.push(address);
        return { kind: 'sent' as const };
      },
    };
    const store = { ...api.store, now: later };
    await sweepNotices({ store, clock: api.clock, log: silentLog, transport });
    expect(sent).to.deep.equal(['Kim@example.com']);
    const { body } = await api.ask('GET', `/v1/bookings/${id}/story`);
    const step = body.data.find((s: { kind: string }) => s.kind === 'notice.sent');
    expect(step.text).to.equal('Told the customer: confirmation.');
    const audit = await api.ask('GET', '/v1/audit?kind=notice.sent');
    expect(audit.body.data[0].bookingId).to.equal(id);
  });
});
