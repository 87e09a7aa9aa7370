import { expect } from 'chai';
import { CodeChallengeMethod, JWT, OAuth2Client } from 'google-auth-library';
import { calendar_v3 } from 'googleapis/build/src/apis/calendar/v3.js';
import { sandboxClient } from '../../sandbox/google/server.ts';
import { aGoogleScene, ana, type GoogleScene, refusalOf } from '../kit/google-sandbox.ts';

const redirectUri = 'http://127.0.0.1:9/oauth/google/callback';
const scope = [
  'https://www.googleapis.com/auth/calendar.events',
  'https://www.googleapis.com/auth/calendar.calendarlist.readonly',
];

describe('the Google simulator, OAuth', () => {
  let google: GoogleScene;
  beforeEach(async () => {
    google = await aGoogleScene();
    google.control.consent({ mode: 'grant' });
  });
  afterEach(() => google.close());

  const oauth = (): OAuth2Client =>
    new OAuth2Client({
      ...{ clientId: sandboxClient.id, clientSecret: sandboxClient.secret, redirectUri },
      endpoints: {
        oauth2AuthBaseUrl: `${google.url}/o/oauth2/v2/auth`,
        oauth2TokenUrl: `${google.url}/token`,
        oauth2RevokeUrl: `${google.url}/revoke`,
      },
    });
  const calendarOf = (auth: OAuth2Client) =>
    new calendar_v3.Calendar({ auth, rootUrl: `${google.url}/`, retry: false });

  /** Follows the address that the client made up to the redirect. */
  async function consent(auth: OAuth2Client, over: Record<string, unknown> = {}): Promise<URL> {
    const url = auth.generateAuthUrl({ access_type: 'offline', scope, state: 'st', ...over });
    const response = await fetch(url, { redirect: 'manual' });
    expect(response.status).to.equal(302);
    return new URL(response.headers.get('location')!);
  }
  async function connect(auth: OAuth2Client, over: Record<string, unknown> = {}) {
    const { codeVerifier, codeChallenge } = await auth.generateCodeVerifierAsync();
    const pkce = { code_challenge: codeChallenge, code_challenge_method: CodeChallengeMethod.S256 };
    const back = await consent(auth, { ...pkce, ...over });
    const code = back.searchParams.get('code')!;
    const { tokens } = await auth.getToken({ code, codeVerifier: codeVerifier });
    auth.setCredentials(tokens);
    return tokens;
  }
  const textOf = async (call: Promise<unknown>): Promise<string> => {
    const fault = await call.then(
      () => null,
      (error: unknown) => error as { response?: { status: number; data?: { error?: string } } },
    );
    expect(fault).to.not.equal(null);
    return `${fault!.response?.status} ${fault!.response?.data?.error}`;
  };

  it('grants, exchanges with PKCE and lets the official client work', async () => {
    const auth = oauth();
    const tokens = await connect(auth);
    expect(tokens.refresh_token).to.be.a('string');
    expect(tokens.scope).to.equal(scope.join(' '));
    const { data } = await calendarOf(auth).calendarList.list();
    expect(data.items?.map((c) => c.id)).to.deep.equal([ana]);
    expect(google.control.violations().violations).to.deep.equal([]);
  });

  it('gives the state back, and the refusal when the person says no', async () => {
    expect((await consent(oauth())).searchParams.get('state')).to.equal('st');
    google.control.consent({ mode: 'refuse' });
    const back = await consent(oauth());
    expect(Object.fromEntries(back.searchParams)).to.deep.equal({ error: 'access_denied', state: 'st' });
  });

  it('takes a code once, for ten minutes, with its own verifier and redirect address', async () => {
    const auth = oauth();
    const verifier = await auth.generateCodeVerifierAsync();
    const over = { code_challenge: verifier.codeChallenge, code_challenge_method: CodeChallengeMethod.S256 };
    const codeOf = async () => (await consent(auth, over)).searchParams.get('code')!;
    const good = { codeVerifier: verifier.codeVerifier };
    const once = await codeOf();
    await auth.getToken({ code: once, ...good });
    expect(await textOf(auth.getToken({ code: once, ...good }))).to.equal('400 invalid_grant');
    const wrongVerifier = { codeVerifier: 'x'.repeat(50) };
    expect(await textOf(auth.getToken({ code: await codeOf(), ...wrongVerifier }))).to.equal('400 invalid_grant');
    expect(await textOf(auth.getToken({ code: await codeOf() }))).to.equal('400 invalid_grant');
    const elsewhere = { ...good, redirect_uri: 'http://127.0.0.1:9/other' };
    expect(await textOf(auth.getToken({ code: await codeOf(), ...elsewhere }))).to.equal('400 redirect_uri_mismatch');
    const late = await codeOf();
    google.control.clock({ advanceSeconds: 601 });
    expect(await textOf(auth.getToken({ code: late, ...good }))).to.equal('400 invalid_grant');
  });

  it('refuses unknown clients, wrong secrets and unregistered addresses', async () => {
    google.control.client({ id: 'crm', secret: 's', redirectUris: ['https://crm.example.com/back'] });
    const ask = (query: string) => fetch(`${google.url}/o/oauth2/v2/auth?${query}`, { redirect: 'manual' });
    const rest = `response_type=code&scope=openid&redirect_uri=${encodeURIComponent(redirectUri)}`;
    for (const query of [
      `client_id=nobody&${rest}`,
      `client_id=crm&${rest}`,
      `client_id=${sandboxClient.id}&scope=x`,
    ]) {
      expect((await ask(query)).status, query).to.equal(400);
    }
    const auth = new OAuth2Client({
      clientId: sandboxClient.id,
      clientSecret: 'wrong',
      endpoints: { oauth2TokenUrl: `${google.url}/token` },
    });
    expect(await textOf(auth.getToken('4/x'))).to.equal('401 invalid_client');
  });

  it('gives a refresh token only for offline access, and a second time only after the page', async () => {
    expect(await connect(oauth(), { access_type: 'online' })).to.not.have.property('refresh_token');
    google.control.killTokens();
    expect(await connect(oauth())).to.have.property('refresh_token');
    expect(await connect(oauth())).to.not.have.property('refresh_token');
    expect(await connect(oauth(), { prompt: 'consent' })).to.have.property('refresh_token');
  });

  it('may grant less than was asked, and says so', async () => {
    google.control.consent({ mode: 'grant', scopes: ['calendar.calendarlist.readonly'] });
    const auth = oauth();
    const tokens = await connect(auth);
    expect(tokens.scope).to.equal(scope[1]);
    const list = calendarOf(auth).events.list({ calendarId: ana });
    expect(await refusalOf(list)).to.deep.include({ status: 403, reason: 'insufficientPermissions' });
  });

  it('refreshes an expired access token with the same refresh token', async () => {
    const auth = oauth();
    const tokens = await connect(auth);
    google.control.expireAccess({ account: ana });
    expect(await refusalOf(calendarOf(auth).events.list({ calendarId: ana }))).to.deep.include({ status: 401 });
    auth.setCredentials({ refresh_token: tokens.refresh_token! });
    expect((await calendarOf(auth).events.list({ calendarId: ana })).status).to.equal(200);
    expect(auth.credentials.access_token).to.not.equal(tokens.access_token);
  });

  it('lets access tokens end after the life that was set', async () => {
    google.control.accessLife({ seconds: 60 });
    const auth = oauth();
    await connect(auth);
    google.control.clock({ advanceSeconds: 61 });
    auth.setCredentials({ ...auth.credentials, expiry_date: Date.now() + 3_000_000 });
    expect(await refusalOf(calendarOf(auth).events.list({ calendarId: ana }))).to.deep.include({ status: 401 });
  });

  it('answers invalid_grant when the grant is dead: killed by the owner or revoked by the client', async () => {
    for (const kill of ['control', 'client']) {
      const auth = oauth();
      const tokens = await connect(auth, { prompt: 'consent' });
      if (kill === 'control') google.control.killTokens({ account: ana });
      else await auth.revokeToken(tokens.refresh_token!);
      expect(await refusalOf(calendarOf(auth).events.list({ calendarId: ana })), kill).to.deep.include({ status: 401 });
      auth.setCredentials({ refresh_token: tokens.refresh_token! });
      expect(await textOf(auth.getAccessToken()), kill).to.equal('400 invalid_grant');
    }
    expect(await textOf(oauth().revokeToken('1//unknown'))).to.equal('400 invalid_token');
  });

  it('tells whose account it is to who asked for that', async () => {
    const ask = async (scopes: string[]) => {
      const { accessToken } = google.control.tokens({ account: ana, scopes });
      const headers = { authorization: `Bearer ${accessToken}` };
      return (await fetch(`${google.url}/oauth2/v3/userinfo`, { headers })).json();
    };
    expect(await ask(['openid', 'userinfo.email'])).to.deep.include({ email: ana });
    expect(await ask(['openid'])).to.not.have.property('email');
  });

  describe('service accounts', () => {
    const scopes = ['https://www.googleapis.com/auth/calendar.events'];
    /** The official client knows one token address only; its transport is led to the simulator. */
    function robot(o: { subject?: string; key: string; email?: string; scopes?: string[] }): JWT {
      const jwt = new JWT({ email: 'robot@sandbox.iam.gserviceaccount.com', scopes, ...o });
      jwt.transporter.interceptors.request.add({
        resolved: async (options) => {
          if (options.url.href === 'https://oauth2.googleapis.com/token') options.url = new URL(`${google.url}/token`);
          return options;
        },
      });
      return jwt;
    }

    it('acts for the accounts of its domain when the scopes were delegated', async () => {
      const { private_key: key } = google.control.serviceAccount({ delegatedScopes: scopes });
      const { token } = await robot({ subject: ana, key }).getAccessToken();
      const headers = { authorization: `Bearer ${token}` };
      const list = await fetch(`${google.url}/calendar/v3/calendars/primary/events`, { headers });
      expect(await list.json()).to.deep.include({ summary: ana });
      expect(google.control.violations().violations).to.deep.equal([]);
    });

    it('is refused without delegation, with more scopes, with a strange key and for strangers', async () => {
      const { private_key: key } = google.control.serviceAccount({});
      expect(await textOf(robot({ subject: ana, key }).getAccessToken())).to.equal('401 unauthorized_client');
      const other = google.control.serviceAccount({ email: 'two@sandbox.iam', delegatedScopes: scopes });
      const wide = { scopes: ['https://www.googleapis.com/auth/calendar'], email: 'two@sandbox.iam' };
      const mine = other.private_key;
      expect(await textOf(robot({ subject: ana, key: mine, ...wide }).getAccessToken())).to.equal(
        '401 unauthorized_client',
      );
      expect(await textOf(robot({ subject: ana, key: mine }).getAccessToken())).to.equal('400 invalid_grant');
      const stranger = { subject: 'nobody@example.com', key: mine, email: 'two@sandbox.iam' };
      expect(await textOf(robot(stranger).getAccessToken())).to.equal('400 invalid_grant');
      google.control.account({ email: 'robot@sandbox.iam.gserviceaccount.com' });
      const { token } = await robot({ key }).getAccessToken();
      expect(token).to.be.a('string');
    });
  });
});
