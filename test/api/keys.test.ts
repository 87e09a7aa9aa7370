/** Tenants and keys over HTTP, and the first key of an installation. */
import { expect } from 'chai';
import { hashOfKey, makeAuthenticator } from '../../src/api/auth.ts';
import { bootstrapKeys } from '../../src/api/bootstrap.ts';
import { memoryStore } from '../../src/store/memory.ts';
import { type Api, anApi, runningClock } from '../kit/api.ts';

const code = (r: { status: number; body: { code?: string } }) => [r.status, r.body.code];

describe('tenants and keys over HTTP', () => {
  let api: Api;
  before(async () => {
    api = await anApi();
  });
  after(() => api.close());

  it('give a new tenant a key that rules inside it and nowhere else', async () => {
    const made = await api.ask('POST', '/v1/tenants', { name: 'Example Plumbing' });
    expect(made.status).to.equal(201);
    const key: string = made.body.key;
    expect((await api.ask('GET', '/v1/resources', undefined, { key })).body.data).to.deep.equal([]);
    expect((await api.ask('GET', '/v1/keys', undefined, { key })).body.data).to.have.lengthOf(1);
    expect(code(await api.ask('GET', '/v1/tenants', undefined, { key }))).to.deep.equal([403, 'forbidden']);
    const tenants = await api.ask('GET', '/v1/tenants');
    expect(tenants.body.data.map((t: { name: string }) => t.name)).to.deep.equal(['default', 'Example Plumbing']);
  });

  it('show a key once and keep only its hash', async () => {
    const made = await api.ask('POST', '/v1/keys', { name: 'website', scopes: ['read', 'book'] });
    expect(made.body.key).to.match(/^ilk_[A-Za-z0-9_-]{43}$/);
    const listed = await api.ask('GET', '/v1/keys?limit=200');
    expect(listed.text).to.not.include(made.body.key);
    expect(listed.text).to.not.include('hash');
    expect((await api.ask('GET', '/v1/resources', undefined, { key: made.body.key })).status).to.equal(200);
  });

  it('end a key at once when it is revoked here', async () => {
    const { body: made } = await api.ask('POST', '/v1/keys', { name: 'leaver', scopes: ['read'] });
    expect((await api.ask('GET', '/v1/resources', undefined, { key: made.key })).status).to.equal(200);
    expect((await api.ask('DELETE', `/v1/keys/${made.id}`)).status).to.equal(204);
    expect(code(await api.ask('GET', '/v1/resources', undefined, { key: made.key }))).to.deep.equal([
      401,
      'unauthorized',
    ]);
    expect((await api.ask('DELETE', `/v1/keys/${made.id}`)).status).to.equal(404);
    const { body: listed } = await api.ask('GET', '/v1/keys?limit=200');
    expect(listed.data.find((k: { id: string }) => k.id === made.id).revokedAt).to.be.a('string');
  });

  it('end a key by itself when its time is over', async () => {
    const body = { name: 'trial', scopes: ['read'], expiresAt: '2027-06-01T08:00:00Z' };
    const { body: made } = await api.ask('POST', '/v1/keys', body);
    expect((await api.ask('GET', '/v1/resources', undefined, { key: made.key })).status).to.equal(200);
    api.clock.advance(2 * 3_600_000);
    expect((await api.ask('GET', '/v1/resources', undefined, { key: made.key })).status).to.equal(401);
    expect((await api.ask('POST', '/v1/keys', body)).body.errors[0].path).to.equal('expiresAt');
  });

  it('let nobody hand out more than they have', async () => {
    const admin = await api.keyWith(['admin']);
    const more = await api.ask('POST', '/v1/keys', { name: 'x', scopes: ['operator'] }, { key: admin });
    expect(code(more)).to.deep.equal([403, 'forbidden']);
    expect((await api.ask('POST', '/v1/keys', { name: 'x', scopes: ['read'] }, { key: admin })).status).to.equal(201);
    for (const scopes of [[], ['god'], ['read', 'read'], 'read']) {
      const reply = await api.ask('POST', '/v1/keys', { name: 'x', scopes });
      expect(reply.body.errors[0].path).to.match(/^scopes/);
    }
  });
});

describe('a revocation by another process', () => {
  it('takes effect within five seconds', async () => {
    const clock = runningClock();
    const store = memoryStore({ clock });
    const key = (await bootstrapKeys(store, { bootstrapKey: null, clock }))!;
    const here = makeAuthenticator(store, clock);
    const caller = (await here.authenticate(key))!;
    await store.tenants.revokeKey(caller.tenantId, caller.keyId, clock.now());
    clock.advance(5_001);
    expect(await here.authenticate(key)).to.equal(null);
    expect(await here.stillCounts(caller)).to.equal(false);
  });
});

describe('the first key', () => {
  const fresh = () => {
    const clock = runningClock();
    return { clock, store: memoryStore({ clock }) };
  };

  it('is made once and told once', async () => {
    const { clock, store } = fresh();
    const key = await bootstrapKeys(store, { bootstrapKey: null, clock });
    expect(key).to.match(/^ilk_/);
    expect(await bootstrapKeys(store, { bootstrapKey: null, clock })).to.equal(null);
    expect((await makeAuthenticator(store, clock).authenticate(key!))?.scopes).to.include('operator');
  });

  it('is the given one where one is given, also later, and is never told', async () => {
    const { clock, store } = fresh();
    await bootstrapKeys(store, { bootstrapKey: null, clock });
    const given = { bootstrapKey: 'a-key-of-my-own-choice', clock };
    expect(await bootstrapKeys(store, given)).to.equal(null);
    expect(await bootstrapKeys(store, given)).to.equal(null);
    expect(await store.tenants.countKeys()).to.equal(2);
    expect(await makeAuthenticator(store, clock).authenticate(given.bootstrapKey)).to.not.equal(null);
  });

  it('does not come back after it was revoked', async () => {
    const { clock, store } = fresh();
    const given = { bootstrapKey: 'a-key-of-my-own-choice', clock };
    await bootstrapKeys(store, given);
    const auth = makeAuthenticator(store, clock);
    const caller = (await auth.authenticate(given.bootstrapKey))!;
    await store.tenants.revokeKey(caller.tenantId, caller.keyId, clock.now());
    auth.forget(caller.keyId);
    await bootstrapKeys(store, given);
    expect(await auth.authenticate(given.bootstrapKey)).to.equal(null);
  });

  it('is looked up once for requests that come together, and anew once it is forgotten', async () => {
    const { clock, store } = fresh();
    const key = (await bootstrapKeys(store, { bootstrapKey: null, clock }))!;
    const { id, tenantId } = (await store.tenants.keyByHash(hashOfKey(key)))!;
    let looks = 0;
    const keyByHash = (hash: string) => {
      looks += 1;
      return store.tenants.keyByHash(hash);
    };
    const auth = makeAuthenticator({ ...store, tenants: { ...store.tenants, keyByHash } }, clock);
    const together = [1, 2, 3].map(() => auth.authenticate(key));
    expect(looks).to.equal(1);
    await store.tenants.revokeKey(tenantId, id, clock.now());
    auth.forget(id);
    const after = auth.authenticate(key);
    expect(looks).to.equal(2);
    await Promise.all(together);
    expect(await after).to.equal(null);
  });

  it('is not remembered by a request that began before it was revoked', async () => {
    const { clock, store } = fresh();
    const key = (await bootstrapKeys(store, { bootstrapKey: null, clock }))!;
    const { id, tenantId } = (await store.tenants.keyByHash(hashOfKey(key)))!;
    const auth = makeAuthenticator(store, clock);
    const early = auth.authenticate(key);
    auth.forget(id);
    await early;
    await store.tenants.revokeKey(tenantId, id, clock.now());
    expect(await auth.authenticate(key)).to.equal(null);
  });
});
