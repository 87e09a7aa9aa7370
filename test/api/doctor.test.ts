/** The doctor over HTTP: looks without touching, mends when told to, and says in sentences what it does. */
import { expect } from 'chai';
import { addCalendar, ownerOf } from '../../connectors/memory/index.ts';
import { type CalendarId, defaultTenantId, newId } from '../../src/domain/ids.ts';
import { type Api, aBooking, aConnectionOf, anApi, aTechnician } from '../kit/api.ts';
import { lose } from '../kit/doctor.ts';

describe('the doctor over HTTP', () => {
  let api: Api;
  beforeEach(async () => {
    api = await anApi();
  });
  afterEach(() => api.close());

  async function aWrittenBooking() {
    const server = addCalendar(api.world, 'work');
    const resourceId = await aTechnician(api);
    const body = { connectionId: await aConnectionOf(api), remoteId: server.remoteId, resourceId, role: 'two-way' };
    const { body: calendar } = await api.ask('POST', '/v1/calendars', body);
    await api.ask('POST', `/v1/calendars/${calendar.id}/sync?wait=10`);
    const prefer = { headers: { Prefer: 'wait=10' } };
    const { body: booking } = await api.ask('POST', '/v1/bookings', aBooking(resourceId), prefer);
    return { server, owner: ownerOf(server), calendarId: calendar.id as CalendarId, booking };
  }

  it('says what differs and what it would do, does it when told to, and then finds nothing', async () => {
    const { server, owner, calendarId, booking } = await aWrittenBooking();
    const remoteId = owner.events()[0]!.remoteId;
    lose(server, remoteId);
    const seen = await api.ask('POST', '/v1/doctor', { calendarId });
    expect(seen.body).to.deep.include({ calendarId, applied: false, checked: { copies: 0, links: 1 }, complete: true });
    expect(seen.body.missing).to.deep.equal([
      {
        ...{ remoteId, eventId: booking.eventId, bookingId: booking.id, units: [], side: null },
        ...{ action: 'restore', outcome: 'planned', why: null },
        sentence: 'The copy is not there: the copy is written again.',
      },
    ]);
    expect(seen.body.plan).to.deep.equal([
      { action: 'restore', outcome: 'planned', count: 1, sentence: 'The copy is written again.' },
    ]);
    expect(owner.events()).to.deep.equal([]);
    const done = await api.ask('POST', '/v1/doctor', { calendarId, apply: true });
    expect(done.body.missing.map((f: { outcome: string }) => f.outcome)).to.deep.equal(['repaired']);
    await api.ask('POST', `/v1/calendars/${calendarId}/sync?wait=10`);
    expect(owner.events()).to.have.length(1);
    const { body: after } = await api.ask('POST', '/v1/doctor', { calendarId });
    expect([after.plan, after.pending]).to.deep.equal([[], 0]);
    const { body: story } = await api.ask('GET', `/v1/bookings/${booking.id}/story`);
    expect(story.data.map((step: { kind: string }) => step.kind)).to.include('calendar.repaired');
  });

  it('is a matter for administrators of the tenant, and names what it cannot do', async () => {
    const { calendarId } = await aWrittenBooking();
    const booker = await api.keyWith(['book', 'read'], defaultTenantId);
    expect((await api.ask('POST', '/v1/doctor', { calendarId }, { key: booker })).status).to.equal(403);
    const stranger = await api.keyWith();
    expect((await api.ask('POST', '/v1/doctor', { calendarId }, { key: stranger })).status).to.equal(404);
    expect((await api.ask('POST', '/v1/doctor', { calendarId: newId('calendar') })).status).to.equal(404);
    const wrong = await api.ask('POST', '/v1/doctor', { calendarId, apply: 'yes' });
    expect([wrong.status, wrong.body.errors[0].path]).to.deep.equal([400, 'apply']);
  });

  it('tells that the account cannot be used now, as everywhere', async () => {
    const { calendarId } = await aWrittenBooking();
    const calendar = (await api.store.calendars.find(calendarId))!;
    const connection = (await api.store.connections.get(defaultTenantId, calendar.connectionId))!;
    await api.store.connections.save({ ...connection, version: connection.version + 1, state: 'needs_consent' });
    const reply = await api.ask('POST', '/v1/doctor', { calendarId, apply: true });
    expect([reply.status, reply.body.code]).to.deep.equal([422, 'provider_refused']);
  });
});
