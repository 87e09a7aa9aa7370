import { expect } from 'chai';
import { aGoogleScene, ana, type GoogleScene } from '../kit/google-sandbox.ts';

describe('the Google simulator, judging requests', () => {
  let google: GoogleScene;
  let token: string;
  beforeEach(async () => {
    google = await aGoogleScene();
    token = google.control.tokens({ account: ana, scopes: ['calendar'] }).accessToken;
  });
  afterEach(() => google.close());

  const base = `/calendar/v3/calendars/${encodeURIComponent(ana)}`;
  async function ask(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
    const text = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body);
    const response = await fetch(`${google.url}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
      ...(text === undefined ? {} : { body: text }),
    });
    const answer = await response.text();
    return { status: response.status, headers: response.headers, body: answer === '' ? null : JSON.parse(answer) };
  }
  const wrongs = () => google.control.violations().violations.map(({ what }) => what);
  const day = { start: { date: '2027-06-01' }, end: { date: '2027-06-02' } };

  const refused: [situation: string, method: string, path: string, body: unknown, status: number][] = [
    ['an unknown path', 'GET', '/calendar/v3/nothing', undefined, 404],
    ['an unknown version', 'GET', '/calendar/v4/colors', undefined, 404],
    ['a method that the path does not take', 'PUT', `${base}/events`, day, 404],
    ['an unknown query parameter', 'GET', `${base}/events?limit=5`, undefined, 400],
    ['a parameter of another method', 'GET', `${base}/events/abcde?syncToken=x`, undefined, 400],
    ['a number that is none', 'GET', `${base}/events?maxResults=many`, undefined, 400],
    ['a page below one', 'GET', `${base}/events?maxResults=0`, undefined, 400],
    ['a page above the largest', 'GET', `${base}/events?maxResults=2501`, undefined, 400],
    ['a truth that is none', 'GET', `${base}/events?singleEvents=1`, undefined, 400],
    ['a word outside the list', 'GET', `${base}/events?orderBy=title`, undefined, 400],
    ['a time without its offset', 'GET', `${base}/events?timeMin=2027-06-01T00:00:00`, undefined, 400],
    ['a parameter given twice', 'GET', `${base}/events?q=a&q=b`, undefined, 400],
    [
      'a window turned round',
      'GET',
      `${base}/events?timeMin=2027-06-02T00:00:00Z&timeMax=2027-06-01T00:00:00Z`,
      undefined,
      400,
    ],
    ['a required parameter left out', 'POST', `${base}/events/abcde/move`, undefined, 400],
    ['a body that is no JSON', 'POST', `${base}/events`, '{"start"', 400],
    ['a body that is a list', 'POST', `${base}/events`, [], 400],
    ['a missing body', 'POST', `${base}/events`, undefined, 400],
    ['a member of the wrong type', 'POST', `${base}/events`, { ...day, summary: 7 }, 400],
    ['a wrong type deep inside', 'POST', `${base}/events`, { ...day, attendees: [{ email: 7 }] }, 400],
    ['a map with a number', 'POST', `${base}/events`, { ...day, extendedProperties: { private: { a: 1 } } }, 400],
    ['a status that there is not', 'POST', `${base}/events`, { ...day, status: 'done' }, 400],
    ['a transparency that there is not', 'POST', `${base}/events`, { ...day, transparency: 'busy' }, 400],
    [
      'six reminders',
      'POST',
      `${base}/events`,
      { ...day, reminders: { useDefault: false, overrides: Array(6).fill({ method: 'popup', minutes: 5 }) } },
      400,
    ],
    ['a property filter without a value', 'GET', `${base}/events?privateExtendedProperty=a`, undefined, 400],
    ['a zone that there is not', 'GET', `${base}/events?timeZone=Mars/Base`, undefined, 400],
    ['a free/busy question without an end', 'POST', '/calendar/v3/freeBusy', { timeMin: '2027-06-01T00:00:00Z' }, 400],
  ];
  for (const [situation, method, path, body, status] of refused) {
    it(`refuses and records ${situation}`, async () => {
      if (path.includes('privateExtendedProperty')) await ask('POST', `${base}/events`, day);
      const answer = await ask(method, path, body);
      expect(answer.status, JSON.stringify(answer.body)).to.equal(status);
      expect(answer.body.error).to.have.all.keys('code', 'message', 'errors');
      expect(answer.body.error.errors[0]).to.include.keys('domain', 'reason', 'message');
      expect(wrongs()).to.have.length(1);
    });
  }

  it('ignores members that Google ignores, and records them', async () => {
    const made = await ask('POST', `${base}/events`, {
      ...day,
      sendUpdates: 'none',
      start: { ...day.start, zone: 'x' },
    });
    expect(made.status).to.equal(200);
    expect(made.body).to.not.have.property('sendUpdates');
    expect(wrongs()).to.deep.equal([
      'events.insert knows no member start.zone in its body',
      'events.insert knows no member sendUpdates in its body',
    ]);
  });

  it('drops long property keys and cuts long values as quietly as Google, and records it', async () => {
    const properties = { ['k'.repeat(45)]: 'lost', short: 'v'.repeat(1500) };
    const made = await ask('POST', `${base}/events`, { ...day, extendedProperties: { private: properties } });
    expect(made.body.extendedProperties.private).to.deep.equal({ short: 'v'.repeat(1024) });
    expect(wrongs()).to.have.length(2);
  });

  it('ignores conference data without the version parameter', async () => {
    const conferenceData = { createRequest: { requestId: 'r1' } };
    const made = await ask('POST', `${base}/events`, { ...day, conferenceData });
    expect(made.body).to.not.have.property('conferenceData');
    expect(wrongs()).to.have.length(1);
  });

  it('answers 401 without a living token, in words and in the header', async () => {
    const answer = await ask('GET', `${base}/events`, undefined, { authorization: 'Bearer made-up' });
    expect(answer.status).to.equal(401);
    expect(answer.body.error.errors[0].reason).to.equal('authError');
    expect(answer.headers.get('www-authenticate')).to.include('invalid_token');
  });

  it('enforces the scopes that the document lists for each method', async () => {
    const cases: [scopes: string[], method: string, path: string, body: unknown, status: number][] = [
      [['calendar.events'], 'GET', `${base}/events`, undefined, 200],
      [['calendar.events'], 'POST', `${base}/events`, day, 200],
      [['calendar.events'], 'GET', '/calendar/v3/users/me/calendarList', undefined, 403],
      [['calendar.events'], 'GET', base, undefined, 403],
      [['calendar.calendarlist.readonly'], 'GET', '/calendar/v3/users/me/calendarList', undefined, 200],
      [['calendar.calendarlist.readonly'], 'GET', `${base}/events`, undefined, 403],
      [['calendar.readonly'], 'POST', `${base}/events`, day, 403],
      [['calendar.events.freebusy'], 'GET', `${base}/events`, undefined, 200],
    ];
    for (const [scopes, method, path, body, status] of cases) {
      token = google.control.tokens({ account: ana, scopes }).accessToken;
      const answer = await ask(method, path, body);
      expect(answer.status, `${scopes} ${method} ${path}`).to.equal(status);
      if (status === 403) {
        expect(answer.body.error.errors[0].reason).to.equal('insufficientPermissions');
        expect(answer.body.error.details[0].reason).to.equal('ACCESS_TOKEN_SCOPE_INSUFFICIENT');
      }
    }
    expect(wrongs()).to.deep.equal([]);
  });

  it('says 501 for what the document knows and the simulator does not', async () => {
    expect((await ask('GET', `${base}/acl`)).status).to.equal(501);
  });

  it('counts requests by their method and keeps them for looking at', async () => {
    await ask('GET', `${base}/events`);
    await ask('GET', `${base}/events`);
    await ask('GET', `${base}/events/nobody`);
    const { counts, requests } = google.control.requests({});
    expect(counts).to.deep.equal({ 'events.list': 2, 'events.get': 1 });
    expect(requests.at(-1)).to.deep.include({ method: 'events.get', account: ana, status: 404, reason: 'notFound' });
    expect(google.control.requests({ method: 'events.list' }).requests).to.have.length(2);
    google.control.clearRequests();
    expect(google.control.requests().counts).to.deep.equal({});
  });

  it('survives whatever is sent to it', async () => {
    for (const path of [
      '/calendar/v3/calendars/%E0%A4%A/events',
      '/',
      '//x',
      '/_control/nothing',
      '/token',
      '/revoke',
    ]) {
      const response = await fetch(`${google.url}${path}`, { method: 'POST', body: '\u0000{' });
      expect(response.status, path).to.be.within(400, 404);
    }
    expect((await ask('GET', `${base}/events`)).status).to.equal(200);
  });
});
