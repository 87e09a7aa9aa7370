/** How a Google account comes to us and goes again: consent, refresh token, service account, calendars, push. */
import { createHash, randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { googleConnector } from '../../../connectors/google/index.ts';
import type { Fault } from '../../../src/domain/fault.ts';
import { asRemoteId } from '../../../src/domain/ids.ts';
import { silentLog } from '../../../src/domain/ports.ts';
import { aGoogleAccount, type GoogleAccount, owner } from '../../kit/google-account.ts';

const redirectUri = 'http://localhost:8080/oauth/google/callback';
const faultOf = (call: Promise<unknown>): Promise<Fault> =>
  call.then(
    () => {
      throw new Error('no fault came');
    },
    (fault: Fault) => fault,
  );

describe('a Google account', () => {
  let a: GoogleAccount;
  beforeEach(async () => {
    a = await aGoogleAccount();
  });
  afterEach(() => a.stop());
  const deps = () => ({ clock: a.clock, log: silentLog });

  async function consented(o: { scopes?: string[]; mode?: 'grant' | 'refuse' } = {}) {
    a.google.control.consent({ mode: o.mode ?? 'grant', account: owner, ...(o.scopes && { scopes: o.scopes }) });
    const verifier = randomBytes(32).toString('base64url');
    const challenge = createHash('sha256').update(verifier).digest('base64url');
    const address = a.connector.consent!.address({ redirectUri, state: 'st4te', challenge });
    const answer = await fetch(address, { redirect: 'manual' });
    const back = new URL(answer.headers.get('location') ?? 'about:blank');
    return { verifier, code: back.searchParams.get('code') ?? '', back };
  }

  it('is connected in the browser: least scopes, PKCE, lasting access, and its address as the name', async () => {
    const { code, verifier, back } = await consented();
    expect(back.searchParams.get('state')).to.equal('st4te');
    const made = await a.connector.consent!.exchange({ redirectUri, code, verifier }, deps());
    expect(made.account).to.equal(owner);
    expect(made.secret).to.deep.include({ kind: 'consent' });
    expect(a.violations()).to.deep.equal([]);
  });

  it('asks for offline access and shows the consent page again, so that a refresh token comes', () => {
    const query = new URL(a.connector.consent!.address({ redirectUri, state: 's', challenge: 'c' })).searchParams;
    expect(Object.fromEntries(query)).to.include({
      access_type: 'offline',
      prompt: 'consent',
      include_granted_scopes: 'true',
      code_challenge_method: 'S256',
    });
    expect(query.get('scope')?.split(' ')).to.deep.equal([
      'https://www.googleapis.com/auth/calendar.events',
      'https://www.googleapis.com/auth/calendar.calendarlist.readonly',
    ]);
  });

  it('is not connected with a code that was used, a wrong verifier, or less than the needed scopes', async () => {
    const first = await consented();
    await a.connector.consent!.exchange({ redirectUri, ...first }, deps());
    const used = await faultOf(a.connector.consent!.exchange({ redirectUri, ...first }, deps()));
    expect([used.kind, used.message]).to.deep.equal([
      'consent',
      'Google does not take this consent any more: it was used before or is too old. Start again.',
    ]);
    const second = await consented();
    expect(
      (await faultOf(a.connector.consent!.exchange({ redirectUri, ...second, verifier: 'wrong' }, deps()))).kind,
    ).to.equal('consent');
    const third = await consented({ scopes: ['calendar.calendarlist.readonly'] });
    const less = await faultOf(a.connector.consent!.exchange({ redirectUri, ...third }, deps()));
    expect(less.kind).to.equal('consent');
  });

  it('has no browser flow where the gateway has no client id', () => {
    const config = { client: null, apiUrl: a.google.url, authUrl: a.google.url, tokenUrl: a.google.url };
    expect(googleConnector({ google: config }).consent).to.equal(null);
  });

  it('is connected by a refresh token, and refused with a dead one', async () => {
    const { refreshToken } = a.google.control.tokens({ account: owner });
    expect((await a.connector.connect({ refreshToken }, deps())).account).to.equal(owner);
    expect((await faultOf(a.connector.connect({ refreshToken: 'dead' }, deps()))).kind).to.equal('consent');
  });

  it('is connected by a service account that may act for the user, given as an object or as text', async () => {
    const scopes = ['calendar.events', 'calendar.calendarlist.readonly'];
    const serviceAccount = a.google.control.serviceAccount({ delegatedScopes: scopes });
    for (const given of [serviceAccount, JSON.stringify(serviceAccount)]) {
      const made = await a.connector.connect({ serviceAccount: given, subject: owner }, deps());
      expect(made).to.deep.include({ account: owner, settings: { kind: 'service' } });
    }
    expect(a.violations()).to.deep.equal([]);
  });

  it('says that an administrator has to allow a service account that may not act for users', async () => {
    const serviceAccount = a.google.control.serviceAccount({});
    const fault = await faultOf(a.connector.connect({ serviceAccount, subject: owner }, deps()));
    expect(fault.kind).to.equal('consent');
    expect(fault.message).to.match(/domain-wide delegation/);
  });

  it('refuses bodies that name no credentials', async () => {
    const key = { client_email: 'r@x.iam.gserviceaccount.com', private_key: '-----BEGIN PRIVATE KEY-----' };
    for (const input of [
      null,
      {},
      { refreshToken: 7 },
      { refreshToken: 'a b' },
      { refreshToken: 'a', serviceAccount: key },
      { serviceAccount: key },
      { serviceAccount: {}, subject: owner },
      { serviceAccount: key, subject: 'nobody' },
    ]) {
      expect((await faultOf(a.connector.connect(input, deps()))).kind, JSON.stringify(input)).to.equal('invalid');
    }
    const broken = { serviceAccount: { ...key, private_key: '-----BEGIN PRIVATE KEY-----\nAAAA\n' }, subject: owner };
    expect((await faultOf(a.connector.connect(broken, deps()))).kind).to.equal('consent');
  });

  it('offers its calendars with their zones and whether they can be written', async () => {
    a.google.control.account({ email: 'bob@example.com' });
    const { calendarId: shared } = a.google.control.calendar({
      owner: 'bob@example.com',
      name: 'Team',
      timeZone: 'Asia/Tokyo',
    });
    a.google.control.share({ calendarId: shared, account: owner, role: 'reader' });
    const offered = await a.connection.calendars();
    expect(offered.map(({ remoteId, zone, canWrite }) => ({ remoteId, zone, canWrite }))).to.have.deep.members([
      { remoteId: owner, zone: 'Europe/Berlin', canWrite: true },
      { remoteId: shared, zone: 'Asia/Tokyo', canWrite: false },
    ]);
  });

  it('gives its authorisation back, once or twice', async () => {
    await a.connection.calendars();
    await a.connection.revoke!();
    expect((await faultOf(a.reopen().calendars())).kind).to.equal('consent');
    await a.connection.revoke!();
  });

  const addresses = {
    notify: 'https://gate.example.com/hooks/google',
    lifecycle: 'https://gate.example.com/hooks/google/lifecycle',
  };

  it('opens a channel that lasts a week at most, and closes it, once or twice', async () => {
    const grant = await a.connection.channels!.open(a.calendar, { id: 'channel-1', secret: 's3cret', addresses });
    expect(grant.endsAt - a.clock.now()).to.equal(a.connector.capabilities.push!.maxLifeMs);
    expect(a.google.control.channels().channels).to.deep.include.members([
      { ...a.google.control.channels().channels[0]!, id: 'channel-1', token: 's3cret', address: addresses.notify },
    ]);
    const channel = { id: 'channel-1', remoteId: grant.remoteId };
    await a.connection.channels!.close(channel);
    expect(a.google.control.channels().channels).to.deep.equal([]);
    await a.connection.channels!.close(channel);
  });

  it('says why a calendar cannot be watched', async () => {
    const { calendarId } = a.google.control.calendar({ owner, name: 'Holidays', watchable: false });
    const calendar = { ...a.calendar, remoteId: asRemoteId(calendarId) };
    const fault = await faultOf(a.connection.channels!.open(calendar, { id: 'c', secret: 's', addresses }));
    expect(fault.kind).to.equal('invalid');
    expect(fault.message).to.match(/does not push for this calendar/);
    a.google.control.pushes({ httpsOnly: true });
    const plain = { ...addresses, notify: 'http://gate.example.com/hooks/google' };
    const refused = await faultOf(a.connection.channels!.open(a.calendar, { id: 'd', secret: 's', addresses: plain }));
    expect(refused.message).to.match(/https addresses only/);
  });

  const hook = (headers: Record<string, string>) =>
    a.connector.readHook!({ kind: 'notify', headers, query: {}, body: null });
  const given = { 'x-goog-channel-id': 'c1', 'x-goog-channel-token': 's', 'x-goog-message-number': '9' };

  it('understands the messages of its channels', () => {
    const hint = (kind: string) => ({ kind: 'hints', hints: [{ kind, channelId: 'c1', secret: 's' }] });
    expect(hook({ ...given, 'x-goog-resource-state': 'sync' })).to.deep.equal(hint('opened'));
    expect(hook({ ...given, 'x-goog-resource-state': 'exists' })).to.deep.equal(hint('changed'));
    expect(hook({ ...given, 'x-goog-resource-state': 'not_exists' })).to.deep.equal(hint('changed'));
  });

  it('finds no sense in what is no message of Google Calendar', () => {
    for (const headers of [
      {},
      given,
      { ...given, 'x-goog-resource-state': 'update' },
      { 'x-goog-resource-state': 'exists' },
    ]) {
      expect(hook(headers).kind).to.equal('nonsense');
    }
  });
});
