import { createHash } from 'node:crypto';
import { expect } from 'chai';
import { makeWorld, memoryConnector } from '../../connectors/memory/index.ts';
import type { ConsentDesk } from '../../src/domain/connector.ts';
import { Fault } from '../../src/domain/fault.ts';
import type { Instant } from '../../src/domain/time.ts';
import { type Api, anApi } from '../kit/api.ts';
import { aCalendar } from '../kit/builders.ts';

interface Exchange {
  readonly code: string;
  readonly verifier: string;
  readonly redirectUri: string;
}

async function aConsentApi(consent?: ConsentDesk | null) {
  const exchanged: Exchange[] = [];
  const desk: ConsentDesk = {
    address: ({ redirectUri, state, challenge }) =>
      `https://accounts.example.com/auth?${new URLSearchParams({ redirect_uri: redirectUri, state, challenge })}`,
    async exchange(o) {
      exchanged.push(o);
      if (o.code === 'refused') throw new Fault('consent', 'the code was used before');
      if (o.code === 'offline') throw new Fault('transient', 'no answer');
      return { account: o.code, settings: {}, secret: { refresh: 'token' } };
    },
  };
  const connector = {
    ...memoryConnector({ world: makeWorld() }),
    ...(consent === undefined ? { consent: desk } : { consent }),
  };
  const api = await anApi({ connectors: new Map([['memory', connector]]) });
  return { api, exchanged };
}

/** A browser with one cookie jar that follows nothing by itself. */
function aBrowser(api: Api) {
  let cookie = '';
  return async (address: string) => {
    const { pathname, search } = new URL(address, api.url);
    const response = await fetch(api.url + pathname + search, { redirect: 'manual', headers: { cookie } });
    cookie = response.headers.get('set-cookie')?.split(';')[0] ?? cookie;
    return {
      status: response.status,
      text: await response.text(),
      to: response.headers.get('location') ?? '',
      response,
    };
  };
}
type Browser = ReturnType<typeof aBrowser>;

const start = async (api: Api, body: object = {}, key?: string) => {
  const reply = await api.ask('POST', '/v1/connect/memory', body, key === undefined ? {} : { key });
  expect(reply.status, reply.text).to.equal(201);
  return String(reply.body.url);
};
const back = (state: string, over: Readonly<Record<string, string>> = {}): string =>
  `/oauth/memory/callback?${new URLSearchParams({ state, code: 'sam@example.com', ...over })}`;
const stateOf = (to: string): string => new URL(to).searchParams.get('state') ?? '';

async function consented(api: Api, browser: Browser, body: object = {}, over: Readonly<Record<string, string>> = {}) {
  const left = await browser(await start(api, body));
  return browser(back(stateOf(left.to), over));
}

describe('consent in a browser', () => {
  let api: Api;
  let exchanged: Exchange[];
  before(async () => {
    ({ api, exchanged } = await aConsentApi());
  });
  after(() => api.close());

  it('leads to the provider with a challenge and comes back as a connection', async () => {
    const browser = aBrowser(api);
    const left = await browser(await start(api));
    expect(left.status).to.equal(302);
    expect(left.response.headers.get('set-cookie'))
      .to.match(/HttpOnly/i)
      .and.match(/SameSite=Lax/i);
    const arrived = await browser(back(stateOf(left.to)));
    expect([arrived.status, arrived.text]).to.satisfy(() => arrived.text.includes('sam@example.com is connected'));
    const { verifier, redirectUri } = exchanged.at(-1)!;
    expect(redirectUri).to.equal('http://gateway.example.com/oauth/memory/callback');
    const challenge = createHash('sha256').update(verifier).digest('base64url');
    expect(new URL(left.to).searchParams.get('challenge')).to.equal(challenge);
    const { body } = await api.ask('GET', '/v1/connections');
    expect(body.data[0]).to.include({ account: 'sam@example.com', state: 'ok' });
  });

  it('heals the connection of the same account', async () => {
    const { body } = await api.ask('GET', '/v1/connections');
    const known = (await api.store.connections.list((await tenant(api)).id as never, { limit: 1, after: null }))
      .data[0]!;
    await api.store.connections.save({ ...known, version: known.version + 1, state: 'needs_consent' });
    const channel = { id: 'chn_old', remoteId: 'sub', secretHash: 'x', lastHintAt: null, missedAt: null } as const;
    const times = { openedAt: 1 as Instant, endsAt: 1e15 as Instant, renewAt: 1e15 as Instant };
    const calendar = aCalendar({ connectionId: known.id, channels: [{ ...channel, ...times, state: 'live' }] });
    await api.store.calendars.insert(calendar);
    await consented(api, aBrowser(api));
    const after = (await api.ask('GET', '/v1/connections')).body;
    expect(after.data).to.have.length(body.data.length);
    expect(after.data[0]).to.include({ id: known.id, state: 'ok' });
    // Channels that were opened under the old authorisation may be dead.
    expect((await api.store.calendars.find(calendar.id))?.channels[0]?.renewAt).to.equal(0);
  });

  it('returns to an allowed address with the connection or the reason, and to no other', async () => {
    const returnTo = 'https://office.example.com/done?x=1';
    const done = await consented(api, aBrowser(api), { returnTo });
    expect(done.status).to.equal(303);
    expect(done.to).to.match(/^https:\/\/office\.example\.com\/done\?x=1&connection=con_/);
    const refused = await consented(api, aBrowser(api), { returnTo }, { error: 'access_denied' });
    expect(decodeURIComponent(refused.to)).to.contain('error=').and.contain('access_denied');
    for (const wrong of [
      'https://evil.example.com/',
      'javascript:alert(1)',
      '//evil.example.com',
      'https://office.example.com@evil.example.com/',
    ]) {
      const reply = await api.ask('POST', '/v1/connect/memory', { returnTo: wrong });
      expect([reply.status, reply.body?.errors?.[0]?.path], wrong).to.deep.equal([400, 'returnTo']);
    }
  });

  it('gives the same address to a request that is repeated', async () => {
    const ask = () => api.ask('POST', '/v1/connect/memory', {}, { headers: { 'Idempotency-Key': 'connect-1' } });
    const [first, again] = [await ask(), await ask()];
    expect([again.status, again.body]).to.deep.equal([201, first.body]);
    expect(again.headers.get('idempotent-replayed')).to.equal('true');
    expect((await ask()).body.url).to.not.equal(await start(api));
  });

  it('works once: the address, the answer, and nobody else with it', async () => {
    const browser = aBrowser(api);
    const url = await start(api);
    const left = await browser(url);
    expect((await aBrowser(api)(url)).status).to.equal(410);
    const stranger = aBrowser(api);
    expect((await stranger(back(stateOf(left.to)))).text).to.contain('another browser');
    expect((await browser(back(stateOf(left.to)))).status).to.equal(410);
  });

  it('ends after ten minutes', async () => {
    const [url, other] = [await start(api), await start(api)];
    const browser = aBrowser(api);
    const left = await browser(other);
    api.clock.advance(10 * 60_000 + 1);
    expect((await aBrowser(api)(url)).text).to.contain('expired');
    expect((await browser(back(stateOf(left.to)))).text).to.contain('too late');
  });

  it('says in plain words what went wrong', async () => {
    const said = async (over: Readonly<Record<string, string>>) => consented(api, aBrowser(api), {}, over);
    expect((await said({ error: 'access_denied' })).text).to.contain('No access was given (access_denied)');
    expect((await said({ code: '' })).text).to.contain('sent no code');
    expect((await said({ code: 'refused' })).text).to.contain('the code was used before');
    expect((await said({ code: 'offline' })).status).to.equal(502);
    const xss = await said({ error: '<script>alert(1)</script>' });
    expect(xss.text).to.not.contain('<script>');
    for (const state of ['', 'nonsense', 'v1.a.b.c', 'x'.repeat(5_000)]) {
      expect((await aBrowser(api)(back(state))).status, state.slice(0, 20)).to.equal(410);
    }
  });

  it('refuses an account that another business has connected', async () => {
    const key = await api.keyWith();
    const browser = aBrowser(api);
    const left = await browser(await start(api, {}, key));
    const arrived = await browser(back(stateOf(left.to), { code: 'sam@example.com' }));
    expect([arrived.status, arrived.text.includes('another business')]).to.deep.equal([409, true]);
    expect((await api.ask('GET', '/v1/connections', undefined, { key })).body.data).to.deep.equal([]);
  });

  it('goes straight to the provider with a key in the header', async () => {
    const response = await api.ask('GET', '/v1/connect/memory');
    expect(response.status).to.equal(302);
    expect((await api.ask('GET', '/v1/connect/abacus')).status).to.equal(404);
    const arrived = await aBrowser(api)(back(stateOf(response.headers.get('location')!), { code: 'kim@example.com' }));
    expect(arrived.text).to.contain('kim@example.com is connected');
  });

  it('is refused with the reason where the provider has none or is not configured', async () => {
    const bare = await aConsentApi(null);
    const reply = await bare.api.ask('POST', '/v1/connect/memory', {});
    expect((await bare.api.ask('GET', '/v1/connect/memory')).body.rule).to.equal('not_configured');
    expect([reply.status, reply.body.rule]).to.deep.equal([422, 'not_configured']);
    expect((await bare.api.ask('POST', '/v1/connect/nobody', {})).status).to.equal(404);
    const book = await bare.api.keyWith(['book', 'read']);
    expect((await bare.api.ask('POST', '/v1/connect/memory', {}, { key: book })).status).to.equal(403);
    await bare.api.close();
  });
});

const tenant = async (api: Api) => (await api.store.tenants.list({ limit: 1, after: null })).data[0]!;
