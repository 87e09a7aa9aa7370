/** The schedule over HTTP, as a board asks for it. */
import { expect } from 'chai';
import { type Api, aBooking, anApi, aTechnician } from '../kit/api.ts';

describe('the schedule over HTTP', () => {
  let api: Api;
  before(async () => {
    api = await anApi();
  });
  after(() => api.close());
  const window = 'from=2027-06-02T00:00:00Z&to=2027-06-03T00:00:00Z';

  it('has one row for each resource, in the order asked', async () => {
    const ids = [await aTechnician(api, { name: 'A' }), await aTechnician(api, { name: 'B', timeZone: 'Asia/Tokyo' })];
    const turned = ids.toReversed();
    for (const query of [`resourceIds=${turned.join(',')}`, turned.map((id) => `resourceIds=${id}`).join('&')]) {
      const { body } = await api.ask('GET', `/v1/schedule?${window}&${query}`);
      expect(body).to.deep.include({ from: '2027-06-02T00:00:00Z', to: '2027-06-03T00:00:00Z', next: null });
      expect(body.data.map((r: { resourceId: string }) => r.resourceId)).to.deep.equal(turned);
    }
    const { body } = await api.ask('GET', `/v1/schedule?${window}&resourceIds=${ids[1]}`);
    expect(body.data[0]).to.include({ name: 'B', timeZone: 'Asia/Tokyo', kind: 'technician', quantity: 1 });
    expect(body.data[0].working).to.deep.equal([
      { start: '2027-06-02T00:00:00Z', end: '2027-06-02T08:00:00Z' },
      { start: '2027-06-02T23:00:00Z', end: '2027-06-03T00:00:00Z' },
    ]);
  });

  it('shows bookings in full while they stand, and no cancelled ones', async () => {
    const id = await aTechnician(api);
    const { body: made } = await api.ask('POST', '/v1/bookings', aBooking(id, { customer: { name: 'Kim Example' } }));
    const read = async () => (await api.ask('GET', `/v1/schedule?${window}&resourceIds=${id}`)).body.data[0].bookings;
    expect(await read()).to.deep.equal([made]);
    await api.ask('POST', `/v1/bookings/${made.id}/cancel`);
    expect(await read()).to.deep.equal([]);
  });

  it('comes page by page where there are many resources', async () => {
    const key = await api.keyWith();
    for (const name of ['a', 'b', 'c']) await aTechnician(api, { name }, { key });
    const first = await api.ask('GET', `/v1/schedule?${window}&limit=2`, undefined, { key });
    expect(first.body.data).to.have.lengthOf(2);
    const second = await api.ask('GET', `/v1/schedule?${window}&limit=2&after=${first.body.next}`, undefined, { key });
    expect([second.body.data.length, second.body.next]).to.deep.equal([1, null]);
  });

  it('refuses windows without an end, turned round, or longer than 31 days', async () => {
    for (const [query, path] of [
      ['from=2027-06-02T00:00:00Z', 'to'],
      ['from=2027-06-02T00:00:00Z&to=2027-06-02T00:00:00Z', 'to'],
      ['from=2027-06-02T00:00:00Z&to=2027-07-04T00:00:00Z', 'to'],
      ['from=yesterday&to=2027-07-04T00:00:00Z', 'from'],
      [`${window}&resourceIds=`, 'resourceIds[0]'],
      [`${window}&resourceIds=bkg_1`, 'resourceIds[0]'],
    ] as const) {
      const reply = await api.ask('GET', `/v1/schedule?${query}`);
      expect([reply.status, reply.body.errors[0].path]).to.deep.equal([400, path]);
    }
    const unknown = await api.ask('GET', `/v1/schedule?${window}&resourceIds=res_00000000000000000000`);
    expect(unknown.status).to.equal(404);
  });
});
