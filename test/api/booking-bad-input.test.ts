/** Bad input to everything that asks for time: each case has one documented answer. */
import { expect } from 'chai';
import { type Api, aBooking, anApi, aTechnician } from '../kit/api.ts';

const code = (r: { status: number; body: { code?: string } }) => [r.status, r.body.code];
const invalid = [400, 'invalid_request'];

describe('bad input to bookings, holds and offers', () => {
  let api: Api;
  let id: string;
  before(async () => {
    api = await anApi();
    id = await aTechnician(api, { workingHours: [] });
  });
  after(() => api.close());
  const book = (over: object) => api.ask('POST', '/v1/bookings', aBooking(id, { ...over }));
  const paths = (r: { body: { errors?: { path: string }[] } }) => r.body.errors?.map((e) => e.path);

  it('of spans that are empty, turned round, endless or nowhere names the field', async () => {
    const start = '2027-06-02T10:00:00Z';
    for (const [span, path] of [
      [{ start, end: start }, 'end'],
      [{ start, end: '2027-06-02T09:00:00Z' }, 'end'],
      [{ start, end: '2027-08-02T09:00:00Z' }, 'end'],
      [{ start: '2027-06-02T10:00:00', end: '2027-06-02T11:00:00Z' }, 'start'],
      [{ start: '9999-06-02T10:00:00Z', end: '9999-06-02T11:00:00Z' }, 'start'],
      [{ start: '1066-06-02T10:00:00Z', end: '1066-06-02T11:00:00Z' }, 'start'],
      [{ start: '2027-02-30T10:00:00Z', end: '2027-03-01T11:00:00Z' }, 'start'],
      [{ start: 'tomorrow', end: '2027-06-02T11:00:00Z' }, 'start'],
    ] as const) {
      const reply = await book(span);
      expect(code(reply), JSON.stringify(span)).to.deep.equal(invalid);
      expect(paths(reply)).to.include(path);
      const hold = await api.ask('POST', '/v1/holds', { ...span, resourceIds: [id] });
      expect(code(hold), JSON.stringify(span)).to.deep.equal(invalid);
    }
  });

  it('of hours that a clock skips or shows twice is exact, since offsets say which is meant', async () => {
    const gap = await book({
      start: '2027-03-28T02:30:00+01:00',
      end: '2027-03-28T03:30:00+02:00',
      timeZone: 'Europe/Berlin',
    });
    expect(code(gap)).to.deep.equal(invalid);
    const skipped = await book({
      start: '2027-03-28T02:30:00+01:00',
      end: '2027-03-28T04:30:00+02:00',
      timeZone: 'Europe/Berlin',
    });
    expect(skipped.body).to.include({ start: '2027-03-28T01:30:00Z', end: '2027-03-28T02:30:00Z' });
    const first = await book({
      start: '2027-10-31T02:30:00+02:00',
      end: '2027-10-31T02:50:00+02:00',
      timeZone: 'Europe/Berlin',
    });
    const second = await book({
      start: '2027-10-31T02:30:00+01:00',
      end: '2027-10-31T02:50:00+01:00',
      timeZone: 'Europe/Berlin',
    });
    expect(first.body).to.include({ start: '2027-10-31T00:30:00Z' });
    expect(second.body).to.include({ start: '2027-10-31T01:30:00Z' });
    expect(first.body.sentence).to.not.equal(second.body.sentence);
  });

  it('of resources named twice, not at all, by a wrong id or another tenant’s', async () => {
    expect(code(await book({ resourceIds: [id, id] }))).to.deep.equal(invalid);
    expect(code(await book({ resourceIds: [] }))).to.deep.equal(invalid);
    expect(code(await book({ resourceIds: null }))).to.deep.equal(invalid);
    expect(code(await book({ resourceIds: ['technician 1'] }))).to.deep.equal(invalid);
    expect(code(await book({ resourceIds: ['res_unknown'] }))).to.deep.equal([404, 'not_found']);
    const key = await api.keyWith();
    for (const path of ['/v1/bookings', '/v1/holds']) {
      const body = path === '/v1/bookings' ? aBooking(id) : { ...aBooking(id), title: undefined };
      expect(code(await api.ask('POST', path, body, { key })), path).to.deep.equal([404, 'not_found']);
    }
    expect(code(await book({ resourceIds: [id], assign: { kind: 'technician' } }))).to.deep.equal(invalid);
  });

  it('of quantities below one, above what there is, or of something else', async () => {
    for (const quantity of [0, -1, 1.5, 21]) {
      const reply = await book({ resourceIds: null, assign: { kind: 'equipment', quantity } });
      expect(code(reply), `${quantity}`).to.deep.equal(invalid);
    }
    expect(code(await book({ quantities: { [id]: 0 } }))).to.deep.equal(invalid);
    expect(code(await book({ quantities: { res_other: 2 } }))).to.deep.equal(invalid);
    const many = await book({ quantities: { [id]: 2 } });
    expect([...code(many), many.body.rule]).to.deep.equal([422, 'rule_violation', 'quantity']);
    expect(code(await book({ resourceIds: null, assign: { kind: 'room', quantity: 2 } }))).to.deep.equal([
      422,
      'rule_violation',
    ]);
    expect(code(await book({ buffers: { before: '-PT5M' } }))).to.deep.equal(invalid);
    expect(code(await book({ buffers: { before: 'PT5H' } }))).to.deep.equal(invalid);
  });

  it('of holds and offers that nobody knows, or of another tenant', async () => {
    expect(code(await book({ holdId: 'hld_unknown' }))).to.deep.equal([404, 'not_found']);
    expect(code(await book({ holdId: 'off_unknown' }))).to.deep.equal(invalid);
    const held = await api.ask('POST', '/v1/holds', {
      ...{ start: '2027-06-07T10:00:00Z', end: '2027-06-07T11:00:00Z', resourceIds: [id] },
    });
    const key = await api.keyWith();
    expect((await api.ask('DELETE', `/v1/holds/${held.body.id}`, undefined, { key })).status).to.equal(404);
    expect((await api.ask('DELETE', `/v1/holds/${held.body.id}`)).status).to.equal(204);
    const offer = { from: '2027-06-07T10:00:00Z', to: '2027-06-08T10:00:00Z', duration: 'PT1H' };
    for (const over of [{ count: 0 }, { count: 11 }, { duration: 'PT0S' }, { to: offer.from }, { language: 'x y' }]) {
      const reply = await api.ask('POST', '/v1/offers', { ...offer, ...over });
      expect(code(reply), JSON.stringify(over)).to.deep.equal(invalid);
    }
  });

  it('of keys that were used for something else, and of metadata beyond all measure', async () => {
    const headers = { 'Idempotency-Key': 'used' };
    const time = { start: '2027-06-09T10:00:00Z', end: '2027-06-09T11:00:00Z' };
    const made = await api.ask('POST', '/v1/bookings', aBooking(id, time), { headers });
    expect(made.status).to.equal(201);
    const other = await api.ask('POST', '/v1/bookings', aBooking(id, { ...time, title: 'Other' }), { headers });
    expect(code(other)).to.deep.equal([422, 'idempotency_mismatch']);
    const elsewhere = await api.ask('POST', '/v1/holds', { ...time, resourceIds: [id] }, { headers });
    expect(code(elsewhere)).to.deep.equal([422, 'idempotency_mismatch']);
    const long = { 'Idempotency-Key': 'k'.repeat(256) };
    expect(code(await api.ask('POST', '/v1/bookings', aBooking(id), { headers: long }))).to.deep.equal(invalid);
    const big = await book({ metadata: { all: 'x'.repeat(10_000_000) } });
    expect(code(big)).to.deep.equal([413, 'payload_too_large']);
    expect(code(await book({ metadata: { all: 'x'.repeat(1001) } }))).to.deep.equal(invalid);
    expect(code(await book({ metadata: { 'a.b': 'x' } }))).to.deep.equal(invalid);
  });
});
