/** What every route does alike: keys, scopes, content types, limits, unknown addresses, outages. */
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { Fault } from '../../src/domain/fault.ts';
import type { Log } from '../../src/domain/ports.ts';
import { memoryStore } from '../../src/store/memory.ts';
import type { Store } from '../../src/store/store.ts';
import { type Api, aBooking, anApi, aTechnician, runningClock } from '../kit/api.ts';

const code = (r: { status: number; body: { code?: string } }) => [r.status, r.body.code];

describe('every route', () => {
  let api: Api;
  before(async () => {
    api = await anApi();
  });
  after(() => api.close());

  it('asks for a known key', async () => {
    for (const headers of [
      {},
      { Authorization: 'Bearer nobody' },
      { Authorization: `Basic ${api.key}` },
      { Authorization: 'Bearer ' },
    ]) {
      const reply = await api.ask('GET', '/v1/resources', undefined, { key: null, headers });
      expect(code(reply)).to.deep.equal([401, 'unauthorized']);
      expect(reply.headers.get('www-authenticate')).to.equal('Bearer');
    }
    const lower = { key: null, headers: { Authorization: `bearer ${api.key}` } };
    expect((await api.ask('GET', '/v1/resources', undefined, lower)).status).to.equal(200);
  });

  it('asks for a key before it looks at the body', async () => {
    const reply = await api.ask('POST', '/v1/bookings', undefined, { key: null, raw: '{' });
    expect(code(reply)).to.deep.equal([401, 'unauthorized']);
  });

  it('asks for its scope and says which', async () => {
    const reader = await api.keyWith(['read']);
    const id = 'res_00000000000000000000';
    for (const [method, path, body, scope] of [
      ['POST', '/v1/bookings', aBooking(id), 'book'],
      ['POST', '/v1/resources', {}, 'admin'],
      ['POST', '/v1/tenants', {}, 'operator'],
      ['GET', '/v1/keys', undefined, 'admin'],
    ] as const) {
      const reply = await api.ask(method, path, body, { key: reader });
      expect([...code(reply), reply.body.scope]).to.deep.equal([403, 'forbidden', scope]);
    }
    const booker = await api.keyWith(['book']);
    expect((await api.ask('GET', '/v1/resources', undefined, { key: booker })).status).to.equal(403);
  });

  it('hides what belongs to another tenant', async () => {
    const id = await aTechnician(api);
    const { body: booking } = await api.ask('POST', '/v1/bookings', aBooking(id));
    const span = { start: '2027-06-03T10:00:00Z', end: '2027-06-03T11:00:00Z' };
    const { body: hold } = await api.ask('POST', '/v1/holds', { ...span, resourceIds: [id] });
    const { body: made } = await api.ask('POST', '/v1/keys', { name: 'x', scopes: ['read'] });
    const key = await api.keyWith();
    const window = 'from=2027-06-02T00:00:00Z&to=2027-06-03T00:00:00Z';
    for (const [method, path, body] of [
      ['GET', `/v1/resources/${id}`],
      ['PATCH', `/v1/resources/${id}`, { name: 'Mine' }],
      ['DELETE', `/v1/resources/${id}`],
      ['GET', `/v1/bookings/${booking.id}`],
      ['PATCH', `/v1/bookings/${booking.id}`, { title: 'Mine' }],
      ['POST', `/v1/bookings/${booking.id}/cancel`],
      ['GET', `/v1/bookings/${booking.id}/story`],
      ['GET', `/v1/events/${booking.eventId}/story`],
      ['POST', '/v1/bookings', aBooking(id, { start: '2027-06-02T13:00:00Z', end: '2027-06-02T14:00:00Z' })],
      ['POST', '/v1/bookings', { ...span, title: 'X', holdId: hold.id }],
      ['DELETE', `/v1/holds/${hold.id}`],
      ['GET', `/v1/schedule?${window}&resourceIds=${id}`],
      ['DELETE', `/v1/keys/${made.id}`],
    ] as const) {
      const reply = await api.ask(method, path, body, { key });
      expect([method, path, ...code(reply)]).to.deep.equal([method, path, 404, 'not_found']);
    }
    for (const list of ['resources', 'bookings', 'calendars', 'connections', 'conflicts']) {
      expect((await api.ask('GET', `/v1/${list}`, undefined, { key })).body.data).to.deep.equal([]);
    }
    expect((await api.ask('GET', `/v1/schedule?${window}`, undefined, { key })).body.data).to.deep.equal([]);
  });

  it('takes JSON only, well-formed and not too large', async () => {
    const form = { raw: 'name=x', headers: { 'Content-Type': 'application/x-www-form-urlencoded' } };
    expect(code(await api.ask('POST', '/v1/resources', undefined, form))).to.deep.equal([
      415,
      'unsupported_media_type',
    ]);
    const latin = { raw: '{}', headers: { 'Content-Type': 'application/json; charset=latin1' } };
    expect(code(await api.ask('POST', '/v1/resources', undefined, latin))).to.deep.equal([
      415,
      'unsupported_media_type',
    ]);
    for (const raw of ['{', '{"a":1}}', '\u0000']) {
      expect(code(await api.ask('POST', '/v1/resources', undefined, { raw }))).to.deep.equal([400, 'invalid_request']);
    }
    for (const raw of ['null', '[]', '1', '"x"', '']) {
      expect(code(await api.ask('POST', '/v1/resources', undefined, { raw }))).to.deep.equal([400, 'invalid_request']);
    }
    const large = { raw: JSON.stringify({ name: 'x'.repeat(1_048_576) }) };
    expect(code(await api.ask('POST', '/v1/resources', undefined, large))).to.deep.equal([413, 'payload_too_large']);
    const bomb = { raw: gzipSync('x'.repeat(5_000_000)), headers: { 'Content-Encoding': 'gzip' } };
    expect(code(await api.ask('POST', '/v1/resources', undefined, bomb))).to.deep.equal([413, 'payload_too_large']);
    const type = { raw: '{}', headers: { 'Content-Type': 'application/json;charset=utf-8' } };
    expect((await api.ask('POST', '/v1/availability', undefined, type)).body.errors[0].path).to.equal('from');
  });

  it('names the unknown field however it is called', async () => {
    const raw = '{"kind":"room","name":"R","timeZone":"UTC","__proto__":{"a":1}}';
    const reply = await api.ask('POST', '/v1/resources', undefined, { raw });
    expect([reply.status, reply.body.errors[0].path]).to.deep.equal([400, '__proto__']);
    const long = await api.ask('POST', '/v1/resources', { ['k'.repeat(100_000)]: 1 });
    expect([long.status, long.text.length < 3_000]).to.deep.equal([400, true]);
  });

  it('answers problem documents for unknown addresses, other methods and broken addresses', async () => {
    for (const path of ['/v1/nothing', '/nothing', '/v1', '/v1/resources/a/b', '/v1/nothing', '/v1/job-types']) {
      expect([path, ...code(await api.ask('GET', path))]).to.deep.equal([path, 404, 'not_found']);
    }
    const other = await api.ask('PUT', '/v1/resources', {});
    expect([...code(other), other.headers.get('allow')]).to.deep.equal([405, 'method_not_allowed', 'POST, GET']);
    expect(code(await api.ask('GET', '/v1/resources/%E0%A4%A'))).to.deep.equal([400, 'invalid_request']);
    expect(code(await api.ask('GET', '/v1/resources/res_%00'))).to.deep.equal([404, 'not_found']);
  });

  it('says what it is about in headers and gives nothing else away', async () => {
    const reply = await api.ask('GET', '/v1/resources');
    expect(reply.headers.get('x-powered-by')).to.equal(null);
    expect(reply.headers.get('x-content-type-options')).to.equal('nosniff');
    expect(reply.headers.get('content-security-policy')).to.include("default-src 'none'");
    expect(reply.headers.get('content-security-policy')).to.not.include('upgrade-insecure-requests');
    expect(reply.headers.get('strict-transport-security')).to.equal(null);
    expect(reply.headers.get('ratelimit')).to.match(/r=\d+/);
    expect(reply.headers.get('ratelimit-policy')).to.match(/w=60/);
  });

  it('survives a caller who hangs up in the middle of a body', async () => {
    const { port } = new URL(api.url);
    await new Promise<void>((resolve, reject) => {
      const socket = connect(Number(port), '127.0.0.1', () => {
        const head = ['POST /v1/bookings HTTP/1.1', 'Host: x', `Authorization: Bearer ${api.key}`];
        socket.write([...head, 'Content-Type: application/json', 'Content-Length: 500', '', '{"title":'].join('\r\n'));
        socket.destroy();
      });
      socket.once('close', () => resolve());
      socket.once('error', reject);
    });
    expect((await api.ask('GET', '/healthz')).body.status).to.equal('ok');
  });
});

describe('the quota of requests', () => {
  it('is per key, told in advance, and refused with the time to wait', async () => {
    const base = await anApi();
    const api = await anApi({ config: { ...configOf(), rateLimitPerMinute: 3 } });
    const other = await api.keyWith();
    for (let n = 0; n < 3; n += 1) expect((await api.ask('GET', '/v1/resources')).status).to.equal(200);
    const refused = await api.ask('GET', '/v1/resources');
    expect(code(refused)).to.deep.equal([429, 'rate_limited']);
    expect(Number(refused.headers.get('retry-after'))).to.be.within(1, 60);
    expect((await api.ask('GET', '/v1/resources', undefined, { key: other })).status).to.equal(200);
    for (let n = 0; n < 3; n += 1) await api.ask('GET', '/v1/resources', undefined, { key: 'guess' });
    expect((await api.ask('GET', '/v1/resources', undefined, { key: 'guess-again' })).status).to.equal(429);
    await Promise.all([api.close(), base.close()]);
  });
});

const configOf = () => ({
  ...{
    publicUrl: 'https://gateway.example.com',
    windowPastDays: 30,
    returnToOrigins: [],
    windowAheadDays: 60,
    allowPrivateHosts: false,
  },
  ...{ rateLimitPerMinute: 100_000, version: '1.2.3' },
});

/** The store with a switch: while it is off every call fails as it does without a database. */
function storeWithSwitch(
  inner: Store,
  failure: () => unknown,
): { readonly store: Store; readonly set: (on: boolean) => void } {
  let isOn = true;
  const guarded = <T extends object>(part: T): T =>
    new Proxy(part, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name);
        if (typeof value === 'function') {
          return (...args: unknown[]) => {
            if (!isOn && name !== 'now') throw failure();
            return value.apply(target, args);
          };
        }
        return typeof value === 'object' && value !== null ? guarded(value) : value;
      },
    });
  return {
    store: guarded(inner),
    set(on) {
      isOn = on;
    },
  };
}

describe('an outage', () => {
  const logged: string[] = [];
  const log: Log = {
    error: (message, details) => void logged.push(`${message} ${JSON.stringify(details)}`),
    info: (message, details) => void logged.push(`${message} ${JSON.stringify(details)}`),
    debug: () => {},
  };

  it('of the database is 503 with the time to wait, and over by itself', async () => {
    const inner = memoryStore({ clock: runningClock() });
    const { store, set } = storeWithSwitch(inner, () => new Fault('unavailable', 'connect ECONNREFUSED 10.0.0.7'));
    const api = await anApi({ store, log });
    const id = await aTechnician(api);
    set(false);
    api.clock.advance(6_000);
    for (const reply of [await api.ask('GET', '/v1/resources'), await api.ask('POST', '/v1/bookings', aBooking(id))]) {
      expect([...code(reply), reply.headers.get('retry-after')]).to.deep.equal([503, 'unavailable', '5']);
      expect(reply.text).to.not.include('10.0.0.7');
      expect(logged.some((text) => text.includes(reply.body.requestId))).to.equal(true);
    }
    const ready = await api.ask('GET', '/readyz');
    expect([ready.status, ready.body.checks.database]).to.deep.equal([503, 'failed']);
    expect((await api.ask('GET', '/healthz')).status).to.equal(200);
    set(true);
    expect((await api.ask('POST', '/v1/bookings', aBooking(id))).status).to.equal(201);
    expect((await api.ask('GET', '/readyz')).body).to.deep.equal({ status: 'ready', checks: { database: 'ok' } });
    await api.close();
  });

  it('of ours is 500 without a word of what went wrong, which stands in the log under the same requestId', async () => {
    const inner = memoryStore({ clock: runningClock() });
    const { store, set } = storeWithSwitch(inner, () => new TypeError('secret detail of line 7'));
    const api = await anApi({ store, log });
    await api.ask('GET', '/v1/resources');
    set(false);
    const reply = await api.ask('GET', '/v1/resources');
    expect(code(reply)).to.deep.equal([500, 'internal_error']);
    expect(reply.text).to.not.include('secret');
    const entry = logged.find((text) => text.includes(reply.body.requestId));
    expect(entry).to.include('secret detail of line 7');
    await api.close();
  });
});
