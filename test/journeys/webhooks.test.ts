/** Webhooks over the whole gateway: booking to verified message, an ill receiver, a restart's backlog, two processes. */
import { expect } from 'chai';
import { Webhook as Verifier } from 'standardwebhooks';
import { eventually } from '../kit/eventually.ts';
import { aGateway, type RunningGateway } from '../kit/gateway.ts';
import { aReceiver, type Receiver, withStatus } from '../kit/receiver.ts';
import { mustSucceed, type Rest } from '../kit/rest.ts';
import { afterTwo, type TwoGateways, twoGateways } from '../kit/two-gateways.ts';

const events = ['booking.created', 'booking.moved', 'booking.cancelled'];
const aWorker = async (rest: Rest): Promise<string> =>
  (await mustSucceed(rest)('POST', '/v1/resources', { kind: 'technician', name: 'Sam', timeZone: 'UTC' })).id;
const aJob = (resourceId: string, day = 1) => ({
  ...{ resourceIds: [resourceId], title: 'Boiler service', customer: { name: 'Ada Example' } },
  ...{ start: `2027-06-0${day}T10:00:00Z`, end: `2027-06-0${day}T11:00:00Z` },
});
const types = (receiver: Receiver) => receiver.got.map((one) => one.message.type);

describe('webhooks of a running gateway', () => {
  let gateway: RunningGateway;
  let receiver: Receiver;
  before(async () => {
    gateway = await aGateway();
  });
  after(() => gateway.stop());
  beforeEach(async () => {
    receiver = await aReceiver();
  });
  afterEach(() => receiver.close());
  const subscribe = (over: object = {}) =>
    mustSucceed(gateway.rest)('POST', '/v1/webhooks', { url: receiver.url, events, ...over });

  it('tell a booking in a message that its receiver can verify, and nobody else can forge', async () => {
    const hook = await subscribe();
    const worker = await aWorker(gateway.rest);
    const booking = await mustSucceed(gateway.rest)('POST', '/v1/bookings', aJob(worker));
    await eventually(async () => receiver.got.length > 0);
    const { headers, body, message } = receiver.got[0]!;
    expect(new Verifier(hook.secret).verify(body, { ...headers })).to.deep.equal(message);
    expect(() => new Verifier(hook.secret).verify(`${body} `, { ...headers })).to.throw();
    expect(message.type).to.equal('booking.created');
    expect(message.data).to.include({ bookingId: booking.id, version: 1, start: '2027-06-01T10:00:00Z' });
    expect(message.data.booking).to.include({ id: booking.id, title: 'Boiler service' });
    expect(message.data.booking.customer.name).to.equal('Ada Example');
  });

  it('sign with both secrets for a day after an exchange', async () => {
    const hook = await subscribe();
    const { secret } = await mustSucceed(gateway.rest)('PATCH', `/v1/webhooks/${hook.id}`, { rotateSecret: true });
    expect(secret).to.not.equal(hook.secret);
    await mustSucceed(gateway.rest)('POST', `/v1/webhooks/${hook.id}/test`);
    const { body, headers } = receiver.got[0]!;
    for (const key of [secret, hook.secret]) new Verifier(key).verify(body, { ...headers });
    expect(headers['webhook-signature']!.split(' ')).to.have.length(2);
  });

  it('send again what a receiver refused, in the order of the booking, while others go on', async () => {
    let isIll = true;
    const worker = await aWorker(gateway.rest);
    const ill = await mustSucceed(gateway.rest)('POST', '/v1/bookings', aJob(worker));
    await subscribe();
    receiver.answer(({ message }, response) => {
      const refuses = isIll && message.data.bookingId === ill.id;
      response.writeHead(refuses ? 503 : 200).end();
    });
    await mustSucceed(gateway.rest)('PATCH', `/v1/bookings/${ill.id}`, {
      ...{ start: '2027-06-02T10:00:00Z', end: '2027-06-02T11:00:00Z' },
    });
    await eventually(async () => receiver.got.length === 1);
    await mustSucceed(gateway.rest)('POST', `/v1/bookings/${ill.id}/cancel`);
    await mustSucceed(gateway.rest)('POST', '/v1/bookings', aJob(worker, 3));
    await eventually(async () => types(receiver).includes('booking.created'));
    expect(types(receiver)).to.not.include('booking.cancelled');
    isIll = false;
    await eventually(async () => types(receiver).includes('booking.cancelled'), 20_000);
    const mine = receiver.got.filter((one) => one.message.data.bookingId === ill.id);
    expect(mine.map((one) => one.message.type)).to.deep.equal(['booking.moved', 'booking.moved', 'booking.cancelled']);
    expect(mine[0]!.id).to.equal(mine[1]!.id);
  }).timeout(30_000);

  it('end at a receiver that is gone for good, until somebody turns them on again', async () => {
    const hook = await subscribe();
    receiver.answer(withStatus(410));
    const worker = await aWorker(gateway.rest);
    await mustSucceed(gateway.rest)('POST', '/v1/bookings', aJob(worker));
    const read = () => mustSucceed(gateway.rest)('GET', `/v1/webhooks/${hook.id}`);
    await eventually(async () => (await read()).state === 'gone');
    await mustSucceed(gateway.rest)('POST', '/v1/bookings', aJob(worker, 2));
    const dead = await mustSucceed(gateway.rest)('GET', `/v1/webhooks/${hook.id}/deliveries`);
    expect(dead.data.map((d: { state: string }) => d.state)).to.deep.equal(['dead']);
    receiver.answer(withStatus(200));
    await mustSucceed(gateway.rest)('PATCH', `/v1/webhooks/${hook.id}`, { state: 'on' });
    const again = { after: '2020-01-01T00:00:00Z', onlyDead: true };
    expect(await mustSucceed(gateway.rest)('POST', `/v1/webhooks/${hook.id}/replay`, again)).to.deep.equal({
      replayed: 1,
    });
    await eventually(async () => receiver.got.length === 2);
    expect(receiver.got[1]!.id).to.equal(receiver.got[0]!.id);
  });

  it('are counted by what came of them, and those that wait by their age', async () => {
    const number = async (name: string) => {
      const { text } = await gateway.rest('GET', '/metrics');
      return Number(
        text
          .split('\n')
          .find((line) => line.startsWith(`${name} `))
          ?.split(' ')[1] ?? 0,
      );
    };
    const outcome = (name: string) => number(`interlock_webhook_deliveries_total{outcome="${name}"}`);
    const known = await Promise.all(['delivered', 'failed', 'dead'].map(outcome));
    receiver.answer(withStatus(503));
    const hook = await subscribe();
    const worker = await aWorker(gateway.rest);
    await mustSucceed(gateway.rest)('POST', '/v1/bookings', aJob(worker));
    await eventually(async () => (await outcome('failed')) > known[1]!);
    const backlog = await number('interlock_webhook_backlog');
    expect(backlog).to.be.above(0);
    expect(await number('interlock_webhook_oldest_seconds')).to.be.above(0);
    await mustSucceed(gateway.rest)('PATCH', `/v1/webhooks/${hook.id}`, { state: 'off' });
    expect(await number('interlock_webhook_backlog')).to.equal(backlog - 1);
    receiver.answer(withStatus(410));
    await mustSucceed(gateway.rest)('PATCH', `/v1/webhooks/${hook.id}`, { state: 'on' });
    await eventually(async () => (await outcome('dead')) > known[2]!, 20_000);
    await eventually(async () => (await mustSucceed(gateway.rest)('GET', `/v1/webhooks/${hook.id}`)).state === 'gone');
    receiver.answer(withStatus(200));
    const dead = await number('interlock_webhook_dead_letters');
    await mustSucceed(gateway.rest)('PATCH', `/v1/webhooks/${hook.id}`, { state: 'on' });
    expect(await number('interlock_webhook_dead_letters')).to.equal(dead + 1);
    await mustSucceed(gateway.rest)('POST', `/v1/webhooks/${hook.id}/replay`, { after: '2020-01-01T00:00:00Z' });
    await eventually(async () => (await outcome('delivered')) > known[0]!);
    expect(await number('interlock_webhook_dead_letters')).to.equal(dead);
  }).timeout(40_000);

  it('go on to others while one receiver never answers', async () => {
    const silent = await aReceiver();
    silent.answer(() => {});
    await subscribe({ url: silent.url });
    await subscribe();
    const worker = await aWorker(gateway.rest);
    await mustSucceed(gateway.rest)('POST', '/v1/bookings', aJob(worker));
    await eventually(async () => silent.got.length === 1 && receiver.got.length === 1);
    await silent.close();
  });
});

describe('webhooks where private hosts are closed', () => {
  it('are refused without https, and reach no private address', async () => {
    const gateway = await aGateway({ allowPrivateHosts: false });
    const receiver = await aReceiver();
    const refused = [receiver.url, 'https://127.0.0.1/hook', 'https://[::1]/hook', 'https://169.254.1.1/'];
    for (const url of refused) {
      const reply = await gateway.rest('POST', '/v1/webhooks', { url, events });
      expect([reply.status, reply.body.errors[0].path]).to.deep.equal([400, 'url']);
    }
    const port = new URL(receiver.url).port;
    const hook = await mustSucceed(gateway.rest)('POST', '/v1/webhooks', { url: `https://localhost:${port}/`, events });
    const { error } = await mustSucceed(gateway.rest)('POST', `/v1/webhooks/${hook.id}/test`);
    expect(error).to.equal('the address leads to a private or reserved network');
    expect(receiver.got).to.deep.equal([]);
    await receiver.close();
    await gateway.stop();
  });
});

describe('webhooks of two gateways over one database', () => {
  let two: TwoGateways;
  before(async () => {
    two = await twoGateways({ ALLOW_PRIVATE_HOSTS: 'true' });
  });
  after(() => afterTwo(two));

  it('send each message once, in the order of each booking, whichever of them was asked', async () => {
    const receiver = await aReceiver();
    const rest: Rest = (...request) => two.ask(0, ...request);
    await mustSucceed(rest)('POST', '/v1/webhooks', { url: receiver.url, events });
    const workers = await Promise.all(Array.from({ length: 12 }, () => aWorker(rest)));
    await Promise.all(
      workers.map(async (worker, i) => {
        const booked = await two.ask(i, 'POST', '/v1/bookings', aJob(worker));
        const move = { start: '2027-06-02T10:00:00Z', end: '2027-06-02T11:00:00Z' };
        expect((await two.ask(i + 1, 'PATCH', `/v1/bookings/${booked.body.id}`, move)).status).to.equal(200);
        expect((await two.ask(i, 'POST', `/v1/bookings/${booked.body.id}/cancel`)).status).to.equal(200);
      }),
    );
    await eventually(async () => receiver.got.length >= 36, 20_000);
    expect(new Set(receiver.got.map((one) => one.id)).size).to.equal(36);
    for (const id of new Set(receiver.got.map((one) => one.message.data.bookingId))) {
      const lane = receiver.got.filter((one) => one.message.data.bookingId === id);
      expect(lane.map((one) => one.message.type)).to.deep.equal(events);
    }
    await receiver.close();
  }).timeout(40_000);
});
