import { createHash } from 'node:crypto';
import { expect } from 'chai';
import { ana, anEvent, anOutlookScene, graphAt, type OutlookScene, refusalOf } from '../kit/outlook-sandbox.ts';

const back = 'https://crm.example.com/back';
const scope = 'offline_access Calendars.ReadWrite MailboxSettings.Read';
const own = { client_id: 'sandbox-client', client_secret: 'sandbox-secret' };
const seg = encodeURIComponent;

describe('sign-in of the Outlook simulator', () => {
  let outlook: OutlookScene;
  beforeEach(async () => {
    outlook = await anOutlookScene();
  });
  afterEach(() => outlook.close());

  async function token(form: Record<string, string>, tenant = 'common') {
    const body = new URLSearchParams({ ...own, ...form });
    const answer = await fetch(`${outlook.url}/${tenant}/oauth2/v2.0/token`, { method: 'POST', body });
    return { status: answer.status, body: (await answer.json()) as Record<string, string> };
  }
  async function codeFor(verifier: string): Promise<URL> {
    outlook.control.consent({ mode: 'grant', account: ana });
    const challenge = createHash('sha256').update(verifier).digest('base64url');
    const query = new URLSearchParams({
      ...{ client_id: own.client_id, redirect_uri: back, response_type: 'code', scope, state: 's1' },
      ...{ code_challenge: challenge, code_challenge_method: 'S256' },
    });
    const answer = await fetch(`${outlook.url}/common/oauth2/v2.0/authorize?${query}`, { redirect: 'manual' });
    return new URL(answer.headers.get('location')!);
  }
  const refresh = (refreshToken: string, more: Record<string, string> = {}) =>
    token({ grant_type: 'refresh_token', refresh_token: refreshToken, scope, ...more });
  const lasting = () => outlook.control.tokens({ account: ana }).refreshToken;

  it('takes a code once, with its proof, and names permissions with the address of the resource', async () => {
    const there = await codeFor('v'.repeat(50));
    expect(there.searchParams.get('state')).to.equal('s1');
    const form = { grant_type: 'authorization_code', redirect_uri: back, code: there.searchParams.get('code')! };
    const first = await token({ ...form, code_verifier: 'v'.repeat(50) });
    expect(first.status).to.equal(200);
    expect(first.body.scope).to.equal(
      'https://graph.microsoft.com/Calendars.ReadWrite https://graph.microsoft.com/MailboxSettings.Read',
    );
    expect((await graphAt(outlook.url, first.body.access_token!).get('/me/calendar')).owner.address).to.equal(ana);
    expect((await token({ ...form, code_verifier: 'v'.repeat(50) })).body.error).to.equal('invalid_grant');
    const other = (await codeFor('w'.repeat(50))).searchParams.get('code')!;
    expect((await token({ ...form, code: other, code_verifier: 'x'.repeat(50) })).body.error).to.equal('invalid_grant');
  });

  it('rotates refresh tokens and refuses the old one, or goes on with it when lenient', async () => {
    const first = lasting();
    const next = await refresh(first);
    expect(next.body.refresh_token).to.be.a('string').and.not.to.equal(first);
    expect(await refresh(first)).to.deep.include({ status: 400 });
    expect((await refresh(next.body.refresh_token!)).status).to.equal(200);
    outlook.control.rotation({ mode: 'lenient' });
    const kept = lasting();
    await refresh(kept);
    expect((await refresh(kept)).status).to.equal(200);
  });

  it('gives no lasting access without offline_access', async () => {
    const { refreshToken } = outlook.control.tokens({ account: ana, scopes: ['Calendars.ReadWrite'] });
    const { body } = await token({
      grant_type: 'refresh_token',
      refresh_token: refreshToken,
      scope: 'Calendars.ReadWrite',
    });
    expect(body).not.to.have.property('refresh_token');
  });

  it('answers as it is told to: final and passing troubles', async () => {
    const kept = lasting();
    outlook.control.loginTrouble({ error: 'temporarily_unavailable', account: ana, times: 1 });
    expect(await refresh(kept)).to.deep.include({ status: 503 });
    outlook.control.loginTrouble({ error: 'interaction_required', account: ana });
    expect((await refresh(kept)).body.error).to.equal('interaction_required');
    outlook.control.clearLoginTroubles();
    expect((await refresh(kept)).status).to.equal(200);
  });

  it('kills tokens: 401 at Graph, invalid_grant at the token endpoint', async () => {
    const { accessToken, refreshToken } = outlook.control.tokens({ account: ana });
    outlook.control.killTokens({ account: ana });
    const refusal = await refusalOf(graphAt(outlook.url, accessToken).get('/me/calendar'));
    expect(refusal).to.include({ status: 401, code: 'InvalidAuthenticationToken' });
    expect((await refresh(refreshToken)).body.error).to.equal('invalid_grant');
  });

  it('demands claims only of clients that can answer, and takes a token that meets them', async () => {
    const silent = outlook.control.tokens({ account: ana });
    const able = outlook.control.tokens({ account: ana, canAnswer: true });
    outlook.control.challenge({ account: ana });
    await graphAt(outlook.url, silent.accessToken).get('/me/calendar');
    const refusal = await refusalOf(graphAt(outlook.url, able.accessToken).get('/me/calendar'));
    const encoded = /error="insufficient_claims", claims="([^"]+)"/.exec(
      refusal.headers.get('www-authenticate') ?? '',
    )![1]!;
    const claims = Buffer.from(encoded, 'base64').toString('utf8');
    const fresh = await refresh(able.refreshToken, { claims });
    await graphAt(outlook.url, fresh.body.access_token!).get('/me/calendar');
    outlook.control.challenge({ account: ana, interactive: true, all: true });
    expect((await refusalOf(graphAt(outlook.url, silent.accessToken).get('/me/calendar'))).status).to.equal(401);
    expect((await refresh(fresh.body.refresh_token!, { claims })).body.error).to.equal('interaction_required');
  });

  it('lets an application into the mailboxes of its tenant and of no other, and knows no /me for it', async () => {
    const { tenantId } = outlook.control.account({ email: 'ben@example.com' });
    outlook.control.account({ email: 'eve@elsewhere.test', tenantId: 'other-tenant' });
    const form = { grant_type: 'client_credentials', scope: 'https://graph.microsoft.com/.default' };
    const granted = await token(form, tenantId);
    expect(granted.body).not.to.have.property('refresh_token');
    const graph = graphAt(outlook.url, granted.body.access_token!);
    expect((await graph.get(`/users/${seg(ana)}/calendar`)).owner.address).to.equal(ana);
    expect((await refusalOf(graph.get('/me/calendar'))).status).to.equal(400);
    expect((await refusalOf(graph.get('/users/eve@elsewhere.test/calendar'))).status).to.equal(404);
    outlook.control.application({ mailboxes: [ana] });
    expect((await refusalOf(graph.get('/users/ben@example.com/calendar'))).status).to.equal(403);
    expect((await token(form, 'nowhere')).body.error).to.equal('unauthorized_client');
    expect((await token({ ...form, scope: 'Calendars.ReadWrite' }, tenantId)).body.error).to.equal('invalid_scope');
  });

  it('keeps to permissions: no reading without one, no writing with one to read, nothing of others without Shared', async () => {
    expect((await refusalOf(outlook.as(ana, ['User.Read']).get('/me/events'))).status).to.equal(403);
    const reader = outlook.as(ana, ['Calendars.Read']);
    expect((await refusalOf(reader.post('/me/events', anEvent('No', '09:00', '10:00')))).status).to.equal(403);
    outlook.control.account({ email: 'ben@example.com' });
    outlook.control.share({ calendarId: outlook.calendarId, account: 'ben@example.com', role: 'reader' });
    const path = `/me/calendars/${seg(outlook.calendarId)}/events`;
    const title = { calendarId: outlook.calendarId, title: 'Therapy', start: '2027-06-01', end: '2027-06-02' };
    outlook.control.phoneCreate({ ...title, fields: { sensitivity: 'private' } });
    expect((await refusalOf(outlook.as('ben@example.com').get(path))).status).to.equal(403);
    const ben = outlook.as('ben@example.com', ['Calendars.ReadWrite.Shared']);
    expect((await ben.get(path)).value[0].subject).not.to.equal('Therapy');
    expect((await refusalOf(ben.post(path, anEvent('No', '09:00', '10:00')))).status).to.equal(403);
  });

  it('shows a page on which a person chooses', async () => {
    const query = new URLSearchParams({ client_id: own.client_id, redirect_uri: back, response_type: 'code', scope });
    const page = await (await fetch(`${outlook.url}/common/oauth2/v2.0/authorize?${query}`)).text();
    const request = /name="request" value="([0-9a-f]+)"/.exec(page)![1]!;
    const body = new URLSearchParams({ request, account: ana, decision: 'refuse' });
    const answer = await fetch(`${outlook.url}/_login/decision`, { method: 'POST', body, redirect: 'manual' });
    expect(answer.headers.get('location')).to.contain('error=access_denied');
  });
});
