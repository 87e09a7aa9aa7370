/** Webhooks by REST: making, changing, testing, looking at what was sent, sending again; bad input. */
import { expect } from 'chai';
import { type Api, aBooking, anApi, aTechnician } from '../kit/api.ts';
import { eventually } from '../kit/eventually.ts';
import { aReceiver, type Receiver, withStatus } from '../kit/receiver.ts';

const events = ['booking.created', 'booking.moved', 'booking.cancelled', 'booking.completed', 'booking.changed'];
const given = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';

describe('webhooks by REST', () => {
  let api: Api;
  let receiver: Receiver;
  beforeEach(async () => {
    api = await anApi();
    receiver = await aReceiver();
  });
  afterEach(async () => {
    await api.close();
    await receiver.close();
  });
  const make = async (over: object = {}) => {
    const reply = await api.ask('POST', '/v1/webhooks', { url: receiver.url, events, ...over });
    expect(reply.status, reply.text).to.equal(201);
    return reply.body;
  };

  it('are made with a secret that is shown once, listed, changed and removed', async () => {
    const made = await make();
    expect(made.secret).to.match(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect(made.id).to.match(/^whk_/);
    const read = await api.ask('GET', `/v1/webhooks/${made.id}`);
    expect(read.text).to.not.contain('whsec_');
    expect((await api.ask('GET', '/v1/webhooks')).text).to.not.contain('whsec_');
    const off = await api.ask('PATCH', `/v1/webhooks/${made.id}`, { state: 'off' }, { headers: { 'If-Match': '"1"' } });
    expect([off.status, off.body.state, off.body.version]).to.deep.equal([200, 'off', 2]);
    const late = await api.ask('PATCH', `/v1/webhooks/${made.id}`, { state: 'on' }, { headers: { 'If-Match': '"1"' } });
    expect(late.status).to.equal(412);
    expect((await api.ask('DELETE', `/v1/webhooks/${made.id}`)).status).to.equal(204);
    expect((await api.ask('DELETE', `/v1/webhooks/${made.id}`)).status).to.equal(404);
    for (const path of ['', '/deliveries']) {
      expect((await api.ask('GET', `/v1/webhooks/${made.id}${path}`)).status).to.equal(404);
    }
    expect((await api.ask('PATCH', `/v1/webhooks/${made.id}`, {})).status).to.equal(404);
    expect((await api.ask('POST', `/v1/webhooks/${made.id}/test`)).status).to.equal(404);
    expect(
      (await api.ask('POST', `/v1/webhooks/${made.id}/replay`, { after: '2027-01-01T00:00:00Z' })).status,
    ).to.equal(404);
  });

  it('keep the secret of a repeated request the same, and out of what is kept for it', async () => {
    const headers = { 'Idempotency-Key': 'one' };
    const body = { url: receiver.url, events };
    const [first, again] = [
      await api.ask('POST', '/v1/webhooks', body, { headers }),
      await api.ask('POST', '/v1/webhooks', body, { headers }),
    ];
    expect(again.body).to.deep.equal(first.body);
    expect(again.headers.get('idempotent-replayed')).to.equal('true');
    const other = await api.ask('POST', '/v1/webhooks', { ...body, events: ['booking.moved'] }, { headers });
    expect(other.status).to.equal(422);
  });

  it('refuse what they cannot be', async () => {
    const wrong: readonly [object, string][] = [
      [{ url: 'ftp://crm.example.com/' }, 'url'],
      [{ url: 'nothing' }, 'url'],
      [{ url: 'https://user:word@crm.example.com/' }, 'url'],
      [{ events: [] }, 'events'],
      [{ events: ['booking.created', 'booking.created'] }, 'events'],
      [{ events: ['hold.changed'] }, 'events[0]'],
      [{ secret: 'short' }, 'secret'],
      [{ secret: 'whsec_c2hvcnQ=' }, 'secret'],
      [{ more: 1 }, 'more'],
    ];
    for (const [over, path] of wrong) {
      const reply = await api.ask('POST', '/v1/webhooks', { url: receiver.url, events, ...over });
      expect([reply.status, reply.body.errors?.[0]?.path], reply.text).to.deep.equal([400, path]);
    }
    const { id } = await make();
    for (const body of [{ secret: given, rotateSecret: true }, { state: 'gone' }, { url: 'x' }]) {
      expect((await api.ask('PATCH', `/v1/webhooks/${id}`, body)).status).to.equal(400);
    }
    for (const after of ['yesterday', 7, null]) {
      expect((await api.ask('POST', `/v1/webhooks/${id}/replay`, { after })).status).to.equal(400);
    }
    expect((await api.ask('POST', `/v1/webhooks/${id}/replay`, { after: 'msg_nothing' })).status).to.equal(404);
    expect((await api.ask('GET', `/v1/webhooks/${id}/deliveries?state=lost`)).status).to.equal(400);
  });

  it('are at most fifty for a tenant, of which others see and do nothing', async () => {
    const { id } = await make();
    for (let n = 1; n < 50; n += 1) await make();
    const one = await api.ask('POST', '/v1/webhooks', { url: receiver.url, events });
    expect([one.status, one.body.code]).to.deep.equal([422, 'rule_violation']);
    const key = await api.keyWith();
    expect((await api.ask('GET', `/v1/webhooks/${id}`, undefined, { key })).status).to.equal(404);
    expect((await api.ask('DELETE', `/v1/webhooks/${id}`, undefined, { key })).status).to.equal(404);
    const reader = await api.keyWith(['read', 'book']);
    expect((await api.ask('GET', '/v1/webhooks', undefined, { key: reader })).status).to.equal(403);
    expect((await api.ask('GET', '/v1/webhooks', undefined, { key: null })).status).to.equal(401);
  });

  it('test a receiver at once and tell what came back', async () => {
    const { id } = await make();
    const good = await api.ask('POST', `/v1/webhooks/${id}/test`);
    expect([good.status, good.body.delivered, good.body.status]).to.deep.equal([200, true, 204]);
    expect(receiver.got[0]!.message.type).to.equal('webhook.test');
    receiver.answer(withStatus(500));
    const bad = await api.ask('POST', `/v1/webhooks/${id}/test`);
    expect(bad.body).to.include({ delivered: false, status: 500, error: 'answered 500', body: 'so it is' });
    receiver.answer(withStatus(302, { location: 'http://127.0.0.1:1/' }));
    const moved = await api.ask('POST', `/v1/webhooks/${id}/test`);
    expect(moved.body.error).to.equal('answered 302; redirects are not followed');
    await receiver.close();
    const none = await api.ask('POST', `/v1/webhooks/${id}/test`);
    expect(none.body).to.include({ delivered: false, status: null, error: 'the connection was refused' });
  });

  it('log each attempt, and send again what came after a time or a delivery under the same id', async () => {
    const { id } = await make();
    const technician = await aTechnician(api);
    const booked = await api.ask('POST', '/v1/bookings', aBooking(technician));
    await eventually(async () => receiver.got.length === 1);
    await api.ask('POST', `/v1/bookings/${booked.body.id}/cancel`);
    await eventually(async () => receiver.got.length === 2);
    const log = () => api.ask('GET', `/v1/webhooks/${id}/deliveries?state=delivered`);
    await eventually(async () => (await log()).body.data.length === 2);
    const { data } = (await log()).body;
    expect(data.map((d: { event: string }) => d.event)).to.deep.equal(['booking.cancelled', 'booking.created']);
    expect(data[0].attempts[0]).to.include({ status: 204, error: null });
    const first = await api.ask('GET', `/v1/webhooks/${id}/deliveries?limit=1`);
    const rest = await api.ask('GET', `/v1/webhooks/${id}/deliveries?limit=1&after=${first.body.next}`);
    expect(rest.body.data[0].id).to.equal(data[1].id);
    const one = await api.ask('POST', `/v1/webhooks/${id}/replay`, { after: data[1].id });
    expect([one.status, one.body]).to.deep.equal([202, { replayed: 1 }]);
    await eventually(async () => receiver.got.length === 3);
    expect(receiver.got[2]!.id).to.equal(data[0].id);
    const all = await api.ask('POST', `/v1/webhooks/${id}/replay`, { after: '2027-05-01T00:00:00Z' });
    expect(all.body.replayed).to.be.within(1, 2);
    const dead = await api.ask('POST', `/v1/webhooks/${id}/replay`, { after: '2027-05-01T00:00:00Z', onlyDead: true });
    expect(dead.body).to.deep.equal({ replayed: 0 });
  });
});
