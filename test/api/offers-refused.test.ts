/** An option that cannot be had although its offer is open: the acceptance says which of the reasons it was. */
import { expect } from 'chai';
import { type Api, aBooking, anApi, aTechnician } from '../kit/api.ts';

describe('an acceptance', () => {
  let api: Api;
  let id: string;
  beforeEach(async () => {
    api = await anApi();
    id = await aTechnician(api);
  });
  afterEach(() => api.close());

  async function anOption() {
    const wish = { from: '2027-06-02T08:00:00Z', to: '2027-06-04T18:00:00Z', duration: 'PT1H', resourceIds: [id] };
    const { body: offer } = await api.ask('POST', '/v1/offers', wish);
    const [{ id: option, start, end }] = offer.options;
    const accept = (over: object = {}) =>
      api.ask('POST', `/v1/offers/${offer.id}/accept`, { option, title: 'Boiler service', ...over });
    return { start, end, accept };
  }

  it('with the reference of another booking is refused and names that booking', async () => {
    const time = { start: '2027-06-04T15:00:00Z', end: '2027-06-04T16:00:00Z' };
    const { body: other } = await api.ask('POST', '/v1/bookings', aBooking(id, { ...time, externalRef: 'JOB-1' }));
    const { accept } = await anOption();
    const { status, body } = await accept({ externalRef: 'JOB-1' });
    expect([status, body.code, body.bookingId]).to.deep.equal([409, 'external_ref_taken', other.id]);
    expect((await accept({ externalRef: 'JOB-2' })).status).to.equal(201);
  });

  it('of an option whose hold was given back and booked by somebody else says what is in the way', async () => {
    const { start, end, accept } = await anOption();
    const day = `from=2027-06-02T00:00:00Z&to=2027-06-03T00:00:00Z&resourceIds=${id}`;
    const { body: schedule } = await api.ask('GET', `/v1/schedule?${day}`);
    const held = schedule.data[0].holds.find((hold: { start: string }) => hold.start === start);
    expect((await api.ask('DELETE', `/v1/holds/${held.id}`)).status).to.equal(204);
    expect((await api.ask('POST', '/v1/bookings', aBooking(id, { start, end }))).status).to.equal(201);
    const { status, body } = await accept();
    expect([status, body.code]).to.deep.equal([409, 'slot_taken']);
    expect(body.conflicts).to.deep.equal([{ resourceId: id, start, end, kind: 'booking' }]);
    expect(body.alternatives.length).to.be.greaterThan(0);
  });
});
