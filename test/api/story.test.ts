/** Stories and the audit list over HTTP. */
import { expect } from 'chai';
import { defaultTenantId } from '../../src/domain/ids.ts';
import { type Api, aBooking, anApi, aTechnician } from '../kit/api.ts';

describe('stories over HTTP', () => {
  let api: Api;
  before(async () => {
    api = await anApi();
  });
  after(() => api.close());

  it('begin with the request and the claim of the time, and go on with what was done', async () => {
    const { body: made } = await api.ask('POST', '/v1/bookings', aBooking(await aTechnician(api), { source: 'phone' }));
    await api.ask('POST', `/v1/bookings/${made.id}/cancel`);
    const { body } = await api.ask('GET', `/v1/bookings/${made.id}/story`);
    expect(body.data.map((step: { kind: string }) => step.kind)).to.deep.equal([
      'booking.requested',
      'booking.held',
      'booking.created',
      'booking.cancelled',
    ]);
    expect(body.data[0]).to.include({ text: 'Requested by telephone.' });
    expect(body.data[1]).to.include({ text: 'Its time was won on one day sheet.' });
    const same = await api.ask('GET', `/v1/events/${made.eventId}/story`);
    expect(same.body).to.deep.equal(body);
  });

  it('are listed for the whole tenant, narrowed by kind, event and time, in pages', async () => {
    const key = await api.keyWith();
    const id = await aTechnician(api, {}, { key });
    const booked = async (from: string, to: string) => {
      const times = { start: `2027-06-02T${from}:00Z`, end: `2027-06-02T${to}:00Z` };
      return (await api.ask('POST', '/v1/bookings', aBooking(id, times), { key })).body;
    };
    const [one, two] = [await booked('09:00', '10:00'), await booked('11:00', '12:00')];
    await api.ask('POST', `/v1/bookings/${one.id}/cancel`, undefined, { key });
    const list = async (query: string) => (await api.ask('GET', `/v1/audit?${query}`, undefined, { key })).body;
    const all = await list('');
    expect(all.data.map((l: { kind: string; eventId: string }) => [l.kind, l.eventId])).to.deep.equal([
      ['booking.cancelled', one.eventId],
      ['booking.created', two.eventId],
      ['booking.created', one.eventId],
    ]);
    expect(all.data[1]).to.deep.include({ bookingId: two.id, resourceIds: [id], calendarId: null });
    expect((await list('kind=booking.cancelled')).data).to.deep.equal([all.data[0]]);
    expect((await list(`eventId=${one.eventId}`)).data).to.deep.equal([all.data[0], all.data[2]]);
    expect((await list('from=2027-06-01T00:00:00Z&to=2027-06-02T00:00:00Z')).data).to.deep.equal(all.data);
    expect((await list('to=2027-06-01T00:00:00Z')).data).to.deep.equal([]);
    const first = await list('limit=2');
    const rest = await list(`limit=2&after=${first.next}`);
    expect([...first.data, ...rest.data]).to.deep.equal(all.data);
    expect(rest.next).to.equal(null);
  });

  it('refuse what they do not know, and readers without the right', async () => {
    for (const [query, path] of [
      ['kind=booking.forgotten', 'kind'],
      ['eventId=bkg_1', 'eventId'],
      ['from=2027-06-02T00:00:00Z&to=2027-06-01T00:00:00Z', 'to'],
      ['who=me', 'who'],
    ] as const) {
      const reply = await api.ask('GET', `/v1/audit?${query}`);
      expect([reply.status, reply.body.errors[0].path]).to.deep.equal([400, path]);
    }
    const reader = await api.keyWith(['read'], defaultTenantId);
    expect((await api.ask('GET', '/v1/audit', undefined, { key: reader })).status).to.equal(403);
  });
});
