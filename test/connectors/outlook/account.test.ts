/** How a Microsoft account comes to us and is kept: consent, rotation, refusals of the login, claims, app permission. */
import { expect } from 'chai';
import { outlookConnector } from '../../../connectors/outlook/index.ts';
import type { Fault } from '../../../src/domain/fault.ts';
import { silentLog } from '../../../src/domain/ports.ts';
import { type CannedGraph, type CannedOptions, cannedGraph, type GraphReply } from '../../kit/outlook-canned.ts';

const redirectUri = 'http://localhost:8080/oauth/outlook/callback';
const scope = 'https://graph.microsoft.com/Calendars.ReadWrite https://graph.microsoft.com/MailboxSettings.Read';
const granted = (n: number, more: object = {}): GraphReply => [
  200,
  { access_token: `token${n}`, expires_in: 3600, refresh_token: `r${n}`, scope, ...more },
];
const refusedBy = (error: string, status = 400): GraphReply => [
  status,
  { error, error_description: `AADSTS70000: No. Trace ID: 1234\r\nTimestamp: now` },
];
const mailbox: GraphReply = [200, { id: 'c', owner: { name: 'Ana', address: 'ana@example.com' } }];
const noCalendars: readonly GraphReply[] = [
  [200, { timeZone: 'W. Europe Standard Time' }],
  [200, { value: [] }],
];
const expired: GraphReply = [401, { error: { code: 'InvalidAuthenticationToken', message: 'Lifetime.' } }];

const faultOf = (call: Promise<unknown>): Promise<Fault> =>
  call.then(
    () => {
      throw new Error('no fault came');
    },
    (fault: Fault) => fault,
  );

describe('a Microsoft account', () => {
  let g: CannedGraph;
  const given = (o: CannedOptions) => {
    g = cannedGraph(o);
    return g;
  };
  afterEach(() => g.stop());
  const deps = () => ({ clock: g.clock, log: silentLog });
  const exchange = () => g.connector.consent!.exchange({ redirectUri, code: 'c0de', verifier: 'v' }, deps());

  it('is sent to the login of its tenant with PKCE, for the least that does the work', () => {
    given({});
    const url = new URL(g.connector.consent!.address({ redirectUri, state: 's', challenge: 'c' }));
    expect(`${url.origin}${url.pathname}`).to.equal('https://login.microsoftonline.com/common/oauth2/v2.0/authorize');
    expect(Object.fromEntries(url.searchParams)).to.deep.include({
      ...{ client_id: 'app', redirect_uri: redirectUri, response_type: 'code', state: 's' },
      ...{ code_challenge: 'c', code_challenge_method: 'S256' },
      scope: 'offline_access Calendars.ReadWrite MailboxSettings.Read',
    });
  });

  it('is named by the owner of its calendar, since personal accounts have no address in their profile', async () => {
    given({ login: [granted(1)], graph: [mailbox] });
    const made = await exchange();
    expect(made).to.deep.include({ account: 'ana@example.com', settings: { kind: 'consent' } });
    expect(made.secret).to.deep.include({ kind: 'consent', refreshToken: 'r1' });
    expect(g.forms[0]).to.include({ grant_type: 'authorization_code', code: 'c0de', code_verifier: 'v' });
    expect(g.asked[0]).to.deep.include({ path: '/me/calendar' });
    expect(g.asked[0]!.headers.authorization).to.equal('Bearer token1');
  });

  it('is not taken without lasting access or with less than the needed permissions', async () => {
    given({ login: [granted(1, { refresh_token: undefined }), granted(1, { scope: 'Calendars.Read openid' })] });
    expect((await faultOf(exchange())).message).to.equal(
      'Microsoft gave no lasting access: offline_access was not granted.',
    );
    const less = await faultOf(exchange());
    expect([less.kind, less.message]).to.deep.equal([
      'consent',
      'The account did not grant everything that is needed: Calendars.ReadWrite and MailboxSettings.Read is missing.',
    ]);
  });

  it('takes permissions by their names, with or without the address of Graph before them', async () => {
    given({ login: [granted(1, { scope: 'calendars.readwrite.shared MailboxSettings.ReadWrite' })], graph: [mailbox] });
    expect((await exchange()).account).to.equal('ana@example.com');
  });

  it('keeps the refresh token that comes with each renewal, before the access token is used', async () => {
    given({ secret: { kind: 'consent', refreshToken: 'r0', access: null }, login: [granted(1)], graph: noCalendars });
    await g.connection.calendars();
    expect(g.forms[0]).to.include({ grant_type: 'refresh_token', refresh_token: 'r0' });
    expect(g.secret()).to.deep.include({ refreshToken: 'r1' });
    expect(g.asked[0]!.headers.authorization).to.equal('Bearer token1');
  });

  it('keeps its refresh token when a renewal brings no new one', async () => {
    const login = [granted(1, { refresh_token: undefined })];
    given({ secret: { kind: 'consent', refreshToken: 'r0', access: null }, login, graph: noCalendars });
    await g.connection.calendars();
    expect(g.secret()).to.deep.include({ refreshToken: 'r0' });
  });

  for (const error of ['invalid_grant', 'interaction_required', 'consent_required']) {
    it(`needs its owner when the login says ${error}`, async () => {
      given({ secret: { kind: 'consent', refreshToken: 'r0', access: null }, login: [refusedBy(error)] });
      const fault = await faultOf(g.connection.calendars());
      expect(fault.kind).to.equal('consent');
      expect(fault.message).to.match(/\(AADSTS70000: No\)\.$/);
      expect(g.secret()).to.deep.include({ refreshToken: 'r0' });
    });
  }

  it('is never given up for what passes by itself', async () => {
    const login = [refusedBy('temporarily_unavailable'), refusedBy('', 503), refusedBy('', 429)];
    given({ secret: { kind: 'consent', refreshToken: 'r0', access: null }, login });
    const kinds = [];
    for (const _ of login) kinds.push((await faultOf(g.connection.calendars())).kind);
    expect(kinds).to.deep.equal(['transient', 'transient', 'throttled']);
  });

  it('gets a fresh token once when Graph refuses the one that it has, and needs consent when that is refused, too', async () => {
    given({ login: [granted(2)], graph: [expired, ...noCalendars] });
    await g.connection.calendars();
    expect(g.asked.map((a) => a.headers.authorization)).to.deep.equal([
      'Bearer token',
      'Bearer token2',
      'Bearer token2',
    ]);
    await g.stop();
    given({ login: [granted(2)], graph: [expired, expired] });
    expect((await faultOf(g.connection.calendars())).kind).to.equal('consent');
  });

  it('answers a claims challenge with a token that meets the claims, and needs consent when that takes a person', async () => {
    const claims = '{"access_token":{"nbf":{"essential":true,"value":"1604106651"}}}';
    const encoded = Buffer.from(claims).toString('base64');
    const challenge: GraphReply = [
      401,
      '',
      { 'www-authenticate': `Bearer realm="", error="insufficient_claims", claims="${encoded}"` },
    ];
    given({ login: [granted(2)], graph: [challenge, ...noCalendars] });
    await g.connection.calendars();
    expect(g.forms[0]).to.include({ grant_type: 'refresh_token', claims });
    await g.stop();
    given({ login: [refusedBy('interaction_required')], graph: [challenge] });
    expect((await faultOf(g.connection.calendars())).kind).to.equal('consent');
  });

  it('may be a mailbox that the app itself is allowed to use', async () => {
    given({ login: [granted(1, { refresh_token: undefined, scope: undefined })], graph: [mailbox] });
    const body = { provider: 'outlook', tenantId: 'contoso.example', mailbox: 'Ana@contoso.example' };
    const made = await g.connector.connect(body, deps());
    expect(made.account).to.equal('Ana@contoso.example');
    expect(made.secret).to.deep.include({ kind: 'app', tenantId: 'contoso.example', mailbox: 'Ana@contoso.example' });
    expect(g.forms[0]).to.include({
      path: '/contoso.example/oauth2/v2.0/token',
      grant_type: 'client_credentials',
      scope: 'https://graph.microsoft.com/.default',
    });
    expect(g.asked[0]!.path).to.equal('/users/Ana@contoso.example/calendar');
  });

  it('comes with a refresh token that was granted elsewhere', async () => {
    given({ login: [granted(5)], graph: [mailbox] });
    const made = await g.connector.connect({ provider: 'outlook', refreshToken: 'r4' }, deps());
    expect(g.forms[0]).to.include({ refresh_token: 'r4' });
    expect(made.secret).to.deep.include({ refreshToken: 'r5' });
  });

  it('is refused in words when what is given is of another form', async () => {
    given({});
    const wrongs = [
      {},
      { refreshToken: 'r', tenantId: 't' },
      { refreshToken: 'with space' },
      { tenantId: 'common', mailbox: 'a@b.example' },
      { tenantId: '../evil', mailbox: 'a@b.example' },
      { tenantId: 'contoso.example' },
      { tenantId: 'contoso.example', mailbox: 'a@b/../me' },
    ];
    for (const wrong of wrongs) {
      const fault = await faultOf(g.connector.connect(wrong, deps()));
      expect(fault.kind, JSON.stringify(wrong)).to.equal('invalid');
    }
    expect(g.forms).to.deep.equal([]);
  });

  it('has no browser flow where the gateway has no app registration, and says which settings are missing', async () => {
    given({});
    const outlook = {
      client: null,
      tenant: 'common',
      loginUrl: 'https://l.example',
      graphUrl: 'https://g.example/v1.0',
    };
    const bare = outlookConnector({ outlook });
    expect(bare.consent).to.equal(null);
    expect((await faultOf(bare.connect({ refreshToken: 'r' }, deps()))).message).to.include('MICROSOFT_CLIENT_ID');
  });
});
