import { expect } from 'chai';
import { eventually } from '../kit/eventually.ts';
import { aGoogleScene, ana, type GoogleScene, refusalOf } from '../kit/google-sandbox.ts';

const day = { start: { date: '2027-06-01' }, end: { date: '2027-06-02' } };

describe('the Google simulator, faults', () => {
  let google: GoogleScene;
  beforeEach(async () => {
    google = await aGoogleScene();
  });
  afterEach(() => google.close());

  const list = (calendarId = ana) => google.api.events.list({ calendarId });
  const insert = (id?: string) =>
    google.api.events.insert({ calendarId: ana, requestBody: { ...day, ...(id === undefined ? {} : { id }) } });
  const held = () => google.control.events({ calendarId: ana }).events;
  /** Whether the connection broke before an answer came. */
  const isCut = (call: Promise<unknown>): Promise<boolean> =>
    call.then(
      () => false,
      (fault: { response?: unknown }) => fault.response === undefined,
    );

  it("refuses for quota as often as it was told, with Google's reason and a time to wait", async () => {
    google.control.fault({
      ...{ kind: 'refuse', on: 'events.list', status: 403, reason: 'userRateLimitExceeded' },
      ...{ times: 2, retryAfterSeconds: 3 },
    });
    for (let n = 0; n < 2; n += 1) {
      const refused = await refusalOf(list());
      expect(refused).to.deep.include({ status: 403, reason: 'userRateLimitExceeded', message: 'Rate Limit Exceeded' });
    }
    expect((await list()).status).to.equal(200);
    expect(google.control.faults().faults).to.deep.equal([]);
    expect(google.control.requests().counts['events.list']).to.equal(3);
  });

  it('does nothing when it refuses', async () => {
    google.control.fault({ kind: 'refuse', on: 'write', status: 503, times: 1 });
    expect(await refusalOf(insert())).to.deep.include({ status: 503, reason: 'backendError' });
    expect(held()).to.deep.equal([]);
  });

  it('answers like a gateway in between, without JSON, when told to', async () => {
    google.control.fault({ kind: 'refuse', on: '*', status: 502, html: true, times: 1 });
    expect(await refusalOf(list())).to.deep.equal({ status: 502, reason: undefined, message: '' });
  });

  it('does the work and loses the answer', async () => {
    google.control.fault({ kind: 'lose-answer', on: 'events.insert', times: 1 });
    expect(await isCut(insert('b00king1'))).to.equal(true);
    expect(held().map(({ id }) => id)).to.deep.equal(['b00king1']);
    expect(await refusalOf(insert('b00king1'))).to.deep.include({ status: 409, reason: 'duplicate' });
    expect(google.control.requests().requests.map(({ status }) => status)).to.deep.equal(['cut', 409]);
  });

  it('loses the request before any work', async () => {
    google.control.fault({ kind: 'lose-request', on: 'events.insert', times: 1 });
    expect(await isCut(insert('b00king1'))).to.equal(true);
    expect(held()).to.deep.equal([]);
  });

  it('does the work at once and answers late', async () => {
    google.control.fault({ kind: 'delay', on: 'events.insert', ms: 500, times: 1 });
    let isAnswered = false;
    const call = insert('b00king1').then(() => {
      isAnswered = true;
    });
    await eventually(async () => held().length === 1);
    expect(isAnswered).to.equal(false);
    await call;
  });

  it('hits only the account, the calendar and the calls that are meant', async () => {
    const { calendarId } = google.control.calendar({ owner: ana, name: 'Van 2' });
    const { id } = google.control.fault({ kind: 'refuse', on: 'read', status: 500, calendarId });
    expect(await refusalOf(list(calendarId))).to.deep.include({ status: 500 });
    expect((await list()).status).to.equal(200);
    expect((await google.api.events.insert({ calendarId, requestBody: day })).status).to.equal(200);
    google.control.clearFaults({ id });
    expect((await list(calendarId)).status).to.equal(200);
    google.control.fault({ kind: 'refuse', on: 'events.*', status: 429, account: 'ben@example.com' });
    expect((await list()).status).to.equal(200);
    google.control.fault({ kind: 'refuse', on: 'events.*', status: 429, account: ana });
    expect(await refusalOf(list())).to.deep.include({ status: 429, reason: 'rateLimitExceeded' });
    expect((await google.api.calendarList.list()).status).to.equal(200);
  });

  it('hits by a chance that the seed fixes', async () => {
    const run = async (): Promise<number[]> => {
      google.control.reset({ seed: 5 });
      google.control.account({ email: ana });
      google.control.fault({ kind: 'refuse', on: 'read', status: 500, probability: 0.5 });
      const api = google.as(ana);
      const statuses: number[] = [];
      for (let n = 0; n < 10; n += 1) {
        const status = await api.events.list({ calendarId: ana }).then(
          () => 200,
          (fault: { status: number }) => fault.status,
        );
        statuses.push(status);
      }
      return statuses;
    };
    const first = await run();
    expect(first).to.include(200).and.include(500);
    expect(await run()).to.deep.equal(first);
  });

  it('hits the token endpoint by its name', async () => {
    google.control.fault({ kind: 'refuse', on: 'token', status: 503, times: 1 });
    const ask = () => fetch(`${google.url}/token`, { method: 'POST', body: new URLSearchParams({ grant_type: 'x' }) });
    expect((await ask()).status).to.equal(503);
    expect((await ask()).status).to.equal(401);
  });

  it('caps pages below what was wished', async () => {
    google.control.pageCap({ size: 1 });
    await insert();
    await insert();
    const { data } = await google.api.events.list({ calendarId: ana, maxResults: 2500 });
    expect(data.items).to.have.length(1);
    expect(data.nextPageToken).to.be.a('string');
  });

  it('forgets old tombstones', async () => {
    await insert('b00king1');
    await google.api.events.delete({ calendarId: ana, eventId: 'b00king1' });
    expect(google.control.forgetDeleted({ calendarId: ana }).forgotten).to.equal(1);
    const { data } = await google.api.events.list({ calendarId: ana, showDeleted: true });
    expect(data.items).to.deep.equal([]);
  });

  it('is controlled over HTTP with the same verbs, and says what is wrong with a wish', async () => {
    const ask = async (verb: string, body: unknown = {}) => {
      const response = await fetch(`${google.url}/_control/${verb}`, { method: 'POST', body: JSON.stringify(body) });
      return { status: response.status, body: JSON.parse(await response.text()) };
    };
    const made = await ask('account', { email: 'ben@example.com', timeZone: 'Europe/Paris' });
    expect(made).to.deep.equal({ status: 200, body: { calendarId: 'ben@example.com' } });
    const start = { start: '2027-06-01T09:00:00', end: '2027-06-01T10:00:00' };
    const typed = await ask('phone-create', { calendarId: 'ben@example.com', title: 'Dentist', ...start });
    expect(typed.body.event.start.dateTime).to.equal('2027-06-01T09:00:00+02:00');
    expect((await ask('account', { email: 'ben@example.com' })).status).to.equal(422);
    expect((await ask('account', { mail: 'x' })).status).to.equal(400);
    expect((await ask('phone-create', { calendarId: ana, start: 'soon', end: 'later' })).status).to.equal(422);
    expect((await ask('nothing')).status).to.equal(404);
    const list = JSON.parse(await (await fetch(`${google.url}/_control`)).text());
    expect(list.verbs.map(({ verb }: { verb: string }) => verb)).to.include.members([
      'phone-split',
      'kill-tokens',
      'fault',
    ]);
  });

  it('starts anew after a reset', async () => {
    await insert();
    google.control.latency({ ms: 1 });
    google.control.reset({});
    expect(google.control.accounts().accounts).to.deep.equal([]);
    expect(await refusalOf(list())).to.deep.include({ status: 401 });
  });
});
