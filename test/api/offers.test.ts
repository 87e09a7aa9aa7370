/** Offers, capped holds and bulk intake over HTTP, as a voice agent and a CRM use them. */
import { expect } from 'chai';
import { makeDesk } from '../../src/scheduling/book.ts';
import { type Api, aBooking, anApi, aTechnician } from '../kit/api.ts';

const week = { from: '2027-06-02T06:00:00Z', to: '2027-06-05T18:00:00Z', duration: 'PT1H', granularity: 'PT30M' };
const code = (r: { status: number; body: { code?: string } }) => [r.status, r.body.code];

describe('offers over HTTP', () => {
  let api: Api;
  let id: string;
  beforeEach(async () => {
    api = await anApi();
    id = await aTechnician(api);
  });
  afterEach(() => api.close());
  const offer = (over: object = {}, headers: Record<string, string> = {}) =>
    api.ask('POST', '/v1/offers', { ...week, resourceIds: [id], ...over }, { headers });
  const accept = (offerId: string, option: string, over: object = {}, headers: Record<string, string> = {}) =>
    api.ask('POST', `/v1/offers/${offerId}/accept`, { option, title: 'Boiler service', ...over }, { headers });

  it('are held, said in the customer’s zone and language, and become a booking that is read back', async () => {
    const made = await offer({ timeZone: 'America/New_York', language: 'en-us' });
    expect(made.status).to.equal(201);
    expect(made.headers.get('location')).to.equal(`/v1/offers/${made.body.id}`);
    expect(made.body.options).to.have.lengthOf(3);
    const [first, second] = made.body.options;
    expect(first).to.include({ start: '2027-06-02T08:00:00Z', end: '2027-06-02T09:00:00Z' });
    expect(first.sentence.replaceAll('\u202f', ' ')).to.equal('Wednesday, June 2 at 4:00 AM, 1 hour');
    expect(
      code(await api.ask('POST', '/v1/bookings', aBooking(id, { start: first.start, end: first.end }))),
    ).to.deep.equal([409, 'slot_taken']);
    const customer = { name: 'Kim Example', timeZone: 'Europe/Vienna', language: 'de-AT' };
    const booked = await accept(made.body.id, second.id, { customer, location: { address: 'Beispielweg 1' } });
    expect(booked.status).to.equal(201);
    expect(booked.body).to.include({ start: second.start, end: second.end });
    expect(booked.body.sentence).to.equal('Boiler service: Donnerstag, 3. Juni um 10:00, 1 Stunde, Beispielweg 1.');
    expect((await api.ask('GET', `/v1/offers/${made.body.id}`)).body).to.include({
      state: 'accepted',
      bookingId: booked.body.id,
    });
    const freed = await api.ask('POST', '/v1/bookings', aBooking(id, { start: first.start, end: first.end }));
    expect(freed.status).to.equal(201);
  });

  it('are the same again under one key, and an acceptance is too', async () => {
    const headers = { 'Idempotency-Key': 'call-7' };
    const made = await offer({}, headers);
    const again = await offer({}, headers);
    expect(again.body).to.deep.equal(made.body);
    expect(again.headers.get('idempotent-replayed')).to.equal('true');
    const option = made.body.options[0].id;
    const one = await accept(made.body.id, option, {}, { 'Idempotency-Key': 'accept-7' });
    const two = await accept(made.body.id, option, {}, { 'Idempotency-Key': 'accept-7' });
    expect([one.status, two.status]).to.deep.equal([201, 201]);
    expect(two.body).to.deep.equal(one.body);
  });

  it('that were accepted or have ended answer with what can be had instead', async () => {
    const made = await offer({ count: 2 });
    const booked = await accept(made.body.id, made.body.options[0].id);
    const late = await accept(made.body.id, made.body.options[1].id);
    expect(code(late)).to.deep.equal([409, 'offer_accepted']);
    expect(late.body.bookingId).to.equal(booked.body.id);
    expect(late.body.offer.options).to.have.lengthOf(2);
    api.clock.advance(600_000);
    const later = await accept(late.body.offer.id, late.body.offer.options[0].id);
    expect(code(later)).to.deep.equal([409, 'offer_expired']);
    expect(later.body.offer.state).to.equal('open');
    const chosen = later.body.offer.options[0];
    expect((await accept(later.body.offer.id, chosen.id)).status).to.equal(201);
  });

  it('are given back, not found, or refused with what is in the way', async () => {
    const made = await offer();
    expect((await api.ask('DELETE', `/v1/offers/${made.body.id}`)).status).to.equal(204);
    expect((await api.ask('GET', `/v1/offers/${made.body.id}`)).body.state).to.equal('released');
    expect(code(await accept(made.body.id, made.body.options[0].id))).to.deep.equal([409, 'offer_expired']);
    const open = await offer();
    expect(code(await accept(open.body.id, 'opt_unknown'))).to.deep.equal([404, 'not_found']);
    for (const method of ['GET', 'DELETE'] as const) {
      expect(code(await api.ask(method, '/v1/offers/off_unknown'))).to.deep.equal([404, 'not_found']);
    }
    expect(code(await accept('off_unknown', 'opt_unknown'))).to.deep.equal([404, 'not_found']);
    const sunday = await offer({ from: '2027-06-06T00:00:00Z', to: '2027-06-07T00:00:00Z' });
    expect(code(sunday)).to.deep.equal([409, 'nothing_free']);
    expect(sunday.body.why.NOT_WORKING).to.be.greaterThan(0);
    const stranger = await api.keyWith();
    const foreign = { key: stranger };
    expect((await api.ask('GET', `/v1/offers/${open.body.id}`, undefined, foreign)).status).to.equal(404);
    expect(code(await offer({ resourceIds: ['res_unknown'] }))).to.deep.equal([404, 'not_found']);
  });

  it('carry their pads and units into the booking', async () => {
    const lifts = await api.ask('POST', '/v1/resources', {
      ...{ kind: 'equipment', name: 'Lifts', timeZone: 'UTC', quantity: 4 },
    });
    const requires = [{ kind: 'technician' }, { kind: 'equipment', quantity: 3 }];
    const made = await offer({ resourceIds: null, requires, buffers: { before: 'PT30M', after: 'PT15M' }, count: 1 });
    expect(made.body.options[0].quantities).to.deep.equal({ [lifts.body.id]: 3 });
    const booked = await accept(made.body.id, made.body.options[0].id);
    expect(booked.body).to.deep.include({
      buffers: { before: 'PT30M', after: 'PT15M' },
      quantities: { [lifts.body.id]: 3 },
    });
    expect(booked.body.receipt.rows[0]).to.include({ start: '2027-06-02T07:30:00Z', end: '2027-06-02T09:15:00Z' });
  });
});

describe('capped holds over HTTP', () => {
  it('answer 429 with the code and the time to wait', async () => {
    const plain = await anApi();
    const { store, clock } = plain;
    await plain.close();
    const desk = makeDesk({
      ...{
        store,
        clock,
        nudge: { nudge: () => {} },
        linksFor: () => [],
        describe: () => ({ title: '', description: '', location: '' }),
      },
      log: { error() {}, info() {}, debug() {} },
      settings: { holdMs: 60_000, windowPastMs: 0, windowAheadMs: 1e10, holdCaps: { perCaller: 2, dayShare: 1 } },
    });
    const api = await anApi({ store, desk, clock });
    try {
      const key = await api.keyWith();
      const id = await aTechnician(api, {}, { key });
      const hold = (hour: number) =>
        api.ask(
          'POST',
          '/v1/holds',
          { start: `2027-06-02T${hour}:00:00Z`, end: `2027-06-02T${hour}:30:00Z`, resourceIds: [id] },
          { key },
        );
      expect((await hold(10)).status).to.equal(201);
      expect((await hold(11)).status).to.equal(201);
      const third = await hold(12);
      expect(code(third)).to.deep.equal([429, 'too_many_holds']);
      expect(Number(third.headers.get('retry-after'))).to.be.within(1, 300);
      const many = await api.ask('POST', '/v1/offers', { ...week, resourceIds: [id] }, { key });
      expect(code(many)).to.deep.equal([429, 'too_many_holds']);
    } finally {
      await api.close();
    }
  });
});

describe('bulk intake over HTTP', () => {
  let api: Api;
  let id: string;
  beforeEach(async () => {
    api = await anApi();
    id = await aTechnician(api);
  });
  afterEach(() => api.close());
  const bulk = (bookings: readonly object[], headers: Record<string, string> = {}) =>
    api.ask('POST', '/v1/bookings/bulk', { bookings }, { headers });
  const at = (hour: string, over: object = {}) =>
    aBooking(id, { start: `2027-06-02T${hour}:00:00Z`, end: `2027-06-02T${hour}:50:00Z`, ...over });

  it('answers each item for itself, the first of two that want one time has it', async () => {
    const reply = await bulk([
      at('08', { title: 'First' }),
      at('08', { title: 'Second' }),
      at('09'),
      { ...at('10'), resourceIds: ['res_unknown'] },
      { ...at('10'), resourceIds: null, assign: { kind: 'technician' } },
    ]);
    expect(reply.status, reply.text).to.equal(200);
    expect(reply.body).to.include({ booked: 3, refused: 2 });
    const statuses = reply.body.data.map((d: { status: number }) => d.status);
    expect(statuses).to.deep.equal([201, 409, 201, 404, 201]);
    expect(reply.body.data[0].booking.title).to.equal('First');
    expect(reply.body.data[1].problem.code).to.equal('slot_taken');
  });

  it('books an item with a key once, alone or in another list, and refuses the key for another booking', async () => {
    const one = await bulk([at('08', { key: 'import-1' }), at('09', { key: 'import-2' })]);
    const two = await bulk([
      at('10', { key: 'import-3' }),
      at('08', { key: 'import-1' }),
      at('11', { key: 'import-2' }),
    ]);
    expect(one.body.booked).to.equal(2);
    const [fresh, same, other] = two.body.data;
    expect(fresh.status).to.equal(201);
    expect([same.status, same.booking.id]).to.deep.equal([200, one.body.data[0].booking.id]);
    expect([other.status, other.problem.code]).to.deep.equal([422, 'idempotency_mismatch']);
  });

  it('takes 500 in one request, and no more', async () => {
    const days = (n: number) => new Date(Date.UTC(2027, 5, 7 + n)).toISOString().slice(0, 10);
    const items = Array.from({ length: 500 }, (_, i) => {
      const start = `${days(Math.floor(i / 20))}T${String(i % 20).padStart(2, '0')}:00:00Z`;
      return aBooking(id, { start, end: start.replace(':00:00Z', ':45:00Z') });
    });
    const reply = await bulk(items, { 'Idempotency-Key': 'all' });
    expect(reply.body.booked, JSON.stringify(reply.body.data[0])).to.equal(500);
    expect(new Set(reply.body.data.map((d: { booking: { id: string } }) => d.booking.id)).size).to.equal(500);
    const tooMany = await bulk([...items, items[0]!]);
    expect(code(tooMany)).to.deep.equal([400, 'invalid_request']);
    expect(code(await bulk([{ ...items[0]!, color: 'red' }]))).to.deep.equal([400, 'invalid_request']);
  }).timeout(60_000);
});
