/** Two gateways at one database: one slot is won once, one key runs once, one offer becomes one booking, whoever is asked. */
import { expect } from 'chai';
import { systemClock } from '../../src/clock.ts';
import { dayMs } from '../../src/domain/time.ts';
import type { RestReply } from '../kit/rest.ts';
import { afterTwo, type TwoGateways, twoGateways } from '../kit/two-gateways.ts';

/** A month from now, inside the window in which series have rows. */
const monthMs = 30 * dayMs;
const first = Math.ceil((systemClock.now() + monthMs) / dayMs) * dayMs;
const moment = (day: number, hour: number, minute = 0) =>
  new Date(first + day * dayMs + (hour * 60 + minute) * 60_000).toISOString().replace('.000', '');
const at = (day: number, hour: number) => ({ start: moment(day, hour), end: moment(day, hour, 50) });

describe('two gateways at one database', function () {
  this.timeout(120_000);
  let two: TwoGateways;
  let id: string;
  before(async () => {
    two = await twoGateways();
    const body = { kind: 'technician', name: 'Sam Example', timeZone: 'UTC' };
    id = (await two.ask(0, 'POST', '/v1/resources', body)).body.id;
  });
  after(() => afterTwo(two));
  const statuses = (replies: readonly RestReply[]) => replies.map((r) => r.status).sort();
  const job = { title: 'Boiler service' };

  it('grant each of twenty slots once to two hundred callers, the others hear what is free', async () => {
    const replies = await Promise.all(
      Array.from({ length: 200 }, (_, i) => {
        const slot = i % 20;
        const time = at(2 + Math.floor(slot / 10), 8 + (slot % 10));
        return two.ask(i, 'POST', '/v1/bookings', { ...time, ...job, resourceIds: [id] });
      }),
    );
    expect(statuses(replies)).to.deep.equal([...Array(20).fill(201), ...Array(180).fill(409)]);
    for (const { status, body } of replies) if (status === 409) expect(body.alternatives).to.have.lengthOf(3);
    expect((await two.ask(0, 'GET', `/v1/bookings?limit=200&from=${moment(2, 0)}`)).body.data).to.have.lengthOf(20);
  });

  it('run a request once under one key: the others wait for its answer or hear that it still runs', async () => {
    const headers = { 'Idempotency-Key': 'once' };
    const body = { ...at(5, 9), ...job, resourceIds: [id] };
    const replies = await Promise.all(
      Array.from({ length: 12 }, (_, i) => two.ask(i, 'POST', '/v1/bookings', body, headers)),
    );
    const answered = replies.filter((r) => r.status === 201);
    for (const r of replies.filter((other) => other.status !== 201)) {
      expect([r.status, r.body.code]).to.deep.equal([409, 'in_flight']);
      expect(r.headers.get('retry-after')).to.not.equal(null);
    }
    expect(new Set(answered.map((r) => r.body.id)).size).to.equal(1);
    const again = await two.ask(1, 'POST', '/v1/bookings', body, headers);
    expect([again.status, again.body.id]).to.deep.equal([201, answered[0]!.body.id]);
  });

  it('make one booking of one offer, whoever accepts which option where', async () => {
    const wish = { from: at(10, 8).start, to: at(14, 18).start, duration: 'PT1H', resourceIds: [id] };
    const offer = await two.ask(0, 'POST', '/v1/offers', wish);
    expect(offer.status).to.equal(201);
    const replies = await Promise.all(
      Array.from({ length: 12 }, (_, i) => {
        const option = offer.body.options[i % 3].id;
        return two.ask(i, 'POST', `/v1/offers/${offer.body.id}/accept`, { option, title: `Caller ${i}` });
      }),
    );
    expect(statuses(replies)).to.deep.equal([201, ...Array(11).fill(409)]);
    const won = replies.find((r) => r.status === 201)!;
    for (const r of replies.filter((other) => other.status === 409)) {
      expect(['offer_accepted', 'slot_taken']).to.include(r.body.code);
      if (r.body.code === 'offer_accepted') expect(r.body.bookingId).to.equal(won.body.id);
    }
    const found = await two.ask(1, 'GET', `/v1/bookings?from=${wish.from}&to=${wish.to}`);
    expect(found.body.data.map((b: { id: string }) => b.id)).to.deep.equal([won.body.id]);
  });

  it('agree that nothing overlaps and nothing is uncovered', async () => {
    const proof = await two.ask(0, 'POST', '/v1/proof', { from: moment(1, 0), to: moment(20, 0) });
    expect(proof.status, JSON.stringify(proof.body)).to.equal(200);
    expect(proof.body).to.deep.include({ overlaps: [], uncovered: [] });
  });
});
