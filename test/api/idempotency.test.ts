/** Repeated requests under one `Idempotency-Key`. */
import { expect } from 'chai';
import { fingerprint } from '../../src/api/idempotency.ts';
import { Fault } from '../../src/domain/fault.ts';
import { defaultTenantId } from '../../src/domain/ids.ts';
import { dayMs } from '../../src/domain/time.ts';
import { memoryStore } from '../../src/store/memory.ts';
import type { Store } from '../../src/store/store.ts';
import { type Api, aBooking, anApi, aTechnician, runningClock } from '../kit/api.ts';
import { eventually } from '../kit/eventually.ts';

const code = (r: { status: number; body: { code?: string } }) => [r.status, r.body.code];
const under = (key: string) => ({ headers: { 'Idempotency-Key': key } });

describe('an idempotency key', () => {
  let api: Api;
  let id: string;
  before(async () => {
    api = await anApi();
  });
  after(() => api.close());
  beforeEach(async () => {
    id = await aTechnician(api);
  });

  it('gives the first answer again, word for word, and books once', async () => {
    const first = await api.ask('POST', '/v1/bookings', aBooking(id), under('first'));
    await api.ask('PATCH', `/v1/bookings/${first.body.id}`, { title: 'Changed since' });
    const again = await api.ask('POST', '/v1/bookings', aBooking(id), under('first'));
    expect([again.status, again.text]).to.deep.equal([201, first.text]);
    expect(again.headers.get('idempotent-replayed')).to.equal('true');
    expect(again.headers.get('location')).to.equal(first.headers.get('location'));
    expect(again.headers.get('content-type')).to.equal(first.headers.get('content-type'));
    expect(first.headers.get('idempotent-replayed')).to.equal(null);
    const { body } = await api.ask('GET', `/v1/bookings?resourceId=${id}`);
    expect(body.data).to.have.lengthOf(1);
  });

  it('knows the same body in another order and spelling', async () => {
    const body = aBooking(id);
    const first = await api.ask('POST', '/v1/bookings', body, under('order'));
    const turned = JSON.stringify(Object.fromEntries(Object.entries(body).reverse()), null, 2);
    const again = await api.ask('POST', '/v1/bookings', undefined, { raw: turned, ...under('order') });
    expect(again.text).to.equal(first.text);
  });

  it('refuses another body or another address', async () => {
    await api.ask('POST', '/v1/bookings', aBooking(id), under('taken'));
    const body = await api.ask('POST', '/v1/bookings', aBooking(id, { title: 'Other' }), under('taken'));
    const address = await api.ask(
      'POST',
      '/v1/resources',
      { kind: 'room', name: 'R', timeZone: 'UTC' },
      under('taken'),
    );
    for (const reply of [body, address]) expect(code(reply)).to.deep.equal([422, 'idempotency_mismatch']);
  });

  it('keeps a refusal too, but not a malformed request', async () => {
    await api.ask('POST', '/v1/bookings', aBooking(id));
    const lost = await api.ask('POST', '/v1/bookings', aBooking(id, { title: 'Late' }), under('lost'));
    const again = await api.ask('POST', '/v1/bookings', aBooking(id, { title: 'Late' }), under('lost'));
    expect([again.status, again.text]).to.deep.equal([409, lost.text]);
    expect(again.headers.get('content-type')).to.match(/^application\/problem\+json/);
    const wrong = await api.ask('POST', '/v1/bookings', aBooking(id, { title: '' }), under('wrong'));
    expect(wrong.status).to.equal(400);
    const right = { start: '2027-06-02T12:00:00Z', end: '2027-06-02T13:00:00Z' };
    expect((await api.ask('POST', '/v1/bookings', aBooking(id, right), under('wrong'))).status).to.equal(201);
  });

  it('belongs to its tenant', async () => {
    const key = await api.keyWith();
    const room = { kind: 'room', name: 'R', timeZone: 'UTC' };
    const mine = await api.ask('POST', '/v1/resources', room, under('shared'));
    const theirs = await api.ask('POST', '/v1/resources', room, { key, ...under('shared') });
    expect([theirs.status, theirs.body.id === mine.body.id]).to.deep.equal([201, false]);
  });

  it('lets many at once do the work once', async () => {
    const replies = await Promise.all(
      Array.from({ length: 10 }, () => api.ask('POST', '/v1/bookings', aBooking(id), under('rush'))),
    );
    expect(new Set(replies.map((r) => r.text)).size).to.equal(1);
    expect(replies.filter((r) => r.headers.get('idempotent-replayed') === null)).to.have.lengthOf(1);
  });

  it('answers 409 with the time to wait while the first request is still running', async () => {
    const body = aBooking(id);
    const print = fingerprint('post', '/v1/bookings', body);
    await api.store.idempotency.begin(defaultTenantId, 'running', print, 60_000);
    let isAnswered = false;
    const asked = api.ask('POST', '/v1/bookings', body, under('running')).finally(() => {
      isAnswered = true;
    });
    await eventually(async () => {
      api.clock.advance(1_000);
      return isAnswered;
    });
    const reply = await asked;
    expect([...code(reply), reply.headers.get('retry-after')]).to.deep.equal([409, 'in_flight', '2']);
  });

  it('takes over from a process that died, also when it had booked already', async () => {
    const body = aBooking(id);
    const print = fingerprint('post', '/v1/bookings', body);
    const first = await api.ask('POST', '/v1/bookings', body, under('died'));
    await api.store.idempotency.begin(defaultTenantId, 'died', print, 60_000);
    api.clock.advance(dayMs + 1);
    const start = { start: '2027-06-02T10:00:00Z' };
    expect(first.body).to.include(start);
    const again = await api.ask('POST', '/v1/bookings', body, under('died'));
    expect([again.status, again.body.id]).to.deep.equal([200, first.body.id]);
  });

  it('keeps no secret in the clear', async () => {
    const body = { name: 'once', scopes: ['read'] };
    const first = await api.ask('POST', '/v1/keys', body, under('secret'));
    const again = await api.ask('POST', '/v1/keys', body, under('secret'));
    expect(again.text).to.equal(first.text);
    const kept = await api.store.idempotency.begin(defaultTenantId, 'secret', fingerprint('post', '/v1/keys', body), 1);
    expect(JSON.stringify(kept)).to.not.include(first.body.key);
    expect(JSON.stringify(kept)).to.include('"body":"v1.');
  });

  it('must be 1 to 255 printable characters', async () => {
    for (const key of ['', 'x'.repeat(256), 'caf\u00e9']) {
      const reply = await api.ask('POST', '/v1/bookings', aBooking(id), under(key));
      expect([reply.status, reply.body.errors[0].path]).to.deep.equal([400, 'Idempotency-Key']);
    }
    const longest = under('~'.repeat(255));
    expect((await api.ask('POST', '/v1/bookings', aBooking(id), longest)).status).to.equal(201);
  });
});

describe('a failure of ours under an idempotency key', () => {
  it('is forgotten, so that the next try does the work', async () => {
    const inner = memoryStore({ clock: runningClock() });
    let failures = 0;
    const resources = new Proxy(inner.resources, {
      get(target, name) {
        if (name === 'insert' && failures > 0) {
          failures -= 1;
          return () => Promise.reject(new Fault('unavailable', 'the database is away'));
        }
        return Reflect.get(target, name);
      },
    });
    const store: Store = { ...inner, resources };
    const api = await anApi({ store });
    failures = 1;
    const room = { kind: 'room', name: 'R', timeZone: 'UTC' };
    try {
      expect((await api.ask('POST', '/v1/resources', room, under('again'))).status).to.equal(503);
      const next = await api.ask('POST', '/v1/resources', room, under('again'));
      expect([next.status, next.headers.get('idempotent-replayed')]).to.deep.equal([201, null]);
    } finally {
      await api.close();
    }
  });
});
