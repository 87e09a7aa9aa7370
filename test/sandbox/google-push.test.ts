import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { eventually } from '../kit/eventually.ts';
import { aGoogleScene, ana, type GoogleScene, refusalOf } from '../kit/google-sandbox.ts';

interface Receiver {
  readonly url: string;
  readonly got: { readonly headers: IncomingHttpHeaders; readonly body: string }[];
  /** Statuses of the next answers; 204 afterwards. */
  readonly answers: number[];
  close(): Promise<void>;
}

async function receiver(): Promise<Receiver> {
  const got: Receiver['got'] = [];
  const answers: number[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => {
      body += chunk.toString();
    });
    request.on('end', () => {
      got.push({ headers: request.headers, body });
      response.writeHead(answers.shift() ?? 204).end();
    });
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  return {
    ...{ got, answers, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks/google` },
    close: () => new Promise((done) => server.close(() => done())),
  };
}

describe('the Google simulator, push', () => {
  let google: GoogleScene;
  let hook: Receiver;
  beforeEach(async () => {
    google = await aGoogleScene();
    hook = await receiver();
  });
  afterEach(async () => {
    await google.close();
    await hook.close();
  });

  const watch = async (over: Record<string, unknown> = {}, calendarId = ana) => {
    const requestBody = { id: 'ch-1', type: 'web_hook', address: hook.url, token: 'secret', ...over };
    return (await google.api.events.watch({ calendarId, requestBody })).data;
  };
  const type = (title: string, calendarId = ana) =>
    google.control.phoneCreate({ calendarId, title, start: '2027-06-01T09:00:00', end: '2027-06-01T10:00:00' });
  const states = () => hook.got.map(({ headers }) => headers['x-goog-resource-state']);
  const numbers = () => hook.got.map(({ headers }) => Number(headers['x-goog-message-number']));

  it('confirms a channel, tells every kind of change and never what it was', async () => {
    const channel = await watch();
    expect(channel).to.deep.include({ kind: 'api#channel', id: 'ch-1', token: 'secret' });
    const { id } = type('Dentist');
    google.control.phoneEdit({ calendarId: ana, eventId: id, title: 'Dentist!' });
    google.control.phoneDelete({ calendarId: ana, eventId: id });
    await google.pushesSettled();
    expect(states().sort()).to.deep.equal(['exists', 'exists', 'exists', 'sync']);
    expect(hook.got.map(({ body }) => body).join('')).to.equal('');
    const first = hook.got.find(({ headers }) => headers['x-goog-resource-state'] === 'sync')!.headers;
    expect(first).to.deep.include({ 'x-goog-channel-id': 'ch-1', 'x-goog-channel-token': 'secret' });
    expect(first['x-goog-message-number']).to.equal('1');
    expect(first['x-goog-resource-id']).to.equal(channel.resourceId);
    expect(first['x-goog-resource-uri']).to.include('/events?alt=json');
    expect(Date.parse(String(first['x-goog-channel-expiration']))).to.be.closeTo(Number(channel.expiration), 1000);
    expect(new Set(numbers()).size).to.equal(4);
  });

  it('tells own writes of the client too, and nothing of other calendars', async () => {
    const { calendarId } = google.control.calendar({ owner: ana, name: 'Van 2' });
    await watch();
    type('elsewhere', calendarId);
    const requestBody = { start: { date: '2027-06-01' }, end: { date: '2027-06-02' } };
    await google.api.events.insert({ calendarId: ana, requestBody });
    await google.pushesSettled();
    expect(states().sort()).to.deep.equal(['exists', 'sync']);
  });

  it('watches the list of calendars', async () => {
    const requestBody = { id: 'list-1', type: 'web_hook', address: hook.url };
    await google.api.calendarList.watch({ requestBody });
    google.control.calendar({ owner: ana, name: 'Van 2' });
    await google.pushesSettled();
    expect(states().sort()).to.deep.equal(['exists', 'sync']);
  });

  it('runs for a week at most, or as short as was wished, and falls silent then', async () => {
    const now = google.control.clock({}).now;
    const long = await watch({ expiration: String(Date.parse(now) + 30 * 86_400_000) });
    expect(Number(long.expiration)).to.be.closeTo(Date.parse(now) + 7 * 86_400_000, 60_000);
    const short = await watch({ id: 'ch-2', params: { ttl: '3600' } });
    expect(Number(short.expiration)).to.be.closeTo(Date.parse(now) + 3_600_000, 60_000);
    google.control.clock({ advanceSeconds: 3601 });
    expect(google.control.channels().channels.map(({ id }) => id)).to.deep.equal(['ch-1']);
    type('Dentist');
    await google.pushesSettled();
    expect(states().filter((state) => state === 'exists')).to.have.length(1);
  });

  it('stops a channel for its owner, and only once', async () => {
    const { resourceId } = await watch();
    google.control.account({ email: 'ben@example.com' });
    const stop = (api = google.api, over = {}) =>
      api.channels.stop({ requestBody: { id: 'ch-1', resourceId: resourceId!, ...over } });
    expect(await refusalOf(stop(google.as('ben@example.com')))).to.deep.include({ status: 404 });
    expect(await refusalOf(stop(google.api, { resourceId: 'other' }))).to.deep.include({ status: 404 });
    expect((await stop()).status).to.equal(204);
    expect(await refusalOf(stop())).to.deep.include({ status: 404 });
    await google.pushesSettled();
    hook.got.length = 0;
    type('Dentist');
    await google.pushesSettled();
    expect(hook.got).to.deep.equal([]);
  });

  it('refuses channels that Google would refuse', async () => {
    await watch();
    expect(await refusalOf(watch())).to.deep.include({ status: 400, reason: 'channelIdNotUnique' });
    for (const over of [
      { id: 'x'.repeat(65) },
      { id: 'a b' },
      { type: 'email' },
      { address: 'nowhere' },
      { token: 'x'.repeat(257) },
    ]) {
      expect(await refusalOf(watch({ id: 'ch-2', ...over })), JSON.stringify(over)).to.deep.include({ status: 400 });
    }
    const { calendarId } = google.control.calendar({ owner: ana, name: 'Holidays', watchable: false });
    const holidays = await refusalOf(watch({ id: 'ch-2' }, calendarId));
    expect(holidays.reason).to.equal('pushNotSupportedForRequestedResource');
    google.control.pushes({ httpsOnly: true });
    expect((await refusalOf(watch({ id: 'ch-2' }))).reason).to.equal('webhookUrlNotHttps');
  });

  it('tries again after 503 and gives up on 404', async () => {
    google.control.pushes({ retryMs: 1 });
    hook.answers.push(503, 503, 204, 404);
    await watch();
    await google.pushesSettled();
    expect(states()).to.deep.equal(['sync', 'sync', 'sync']);
    type('Dentist');
    await google.pushesSettled();
    const log = google.control.deliveries().deliveries;
    expect(log.map(({ outcome, status, attempts }) => [outcome, status, attempts])).to.deep.equal([
      ['delivered', 204, 3],
      ['failed', 404, 1],
    ]);
  });

  it('drops, doubles, holds and turns round what it is told to', async () => {
    await watch();
    await google.pushesSettled();
    hook.got.length = 0;
    google.control.pushes({ dropNext: 2 });
    for (const title of ['a', 'b', 'c']) type(title);
    await google.pushesSettled();
    expect(hook.got).to.have.length(1);
    google.control.pushes({ double: 1 });
    type('d');
    await google.pushesSettled();
    expect(hook.got).to.have.length(3);
    google.control.pushes({ double: 0, hold: true });
    hook.got.length = 0;
    for (const title of ['e', 'f', 'g']) type(title);
    await google.pushesSettled();
    expect(hook.got).to.deep.equal([]);
    expect(google.control.releasePushes({ order: 'reversed' }).released).to.equal(3);
    await google.pushesSettled();
    expect(hook.got).to.have.length(3);
  });

  it('drops by a chance that its seed fixes', async () => {
    const run = async (seed: number): Promise<string[]> => {
      google.control.reset({ seed });
      google.control.account({ email: ana });
      const { accessToken } = google.control.tokens({ account: ana, scopes: ['calendar'] });
      await fetch(`${google.url}/calendar/v3/calendars/primary/events/watch`, {
        method: 'POST',
        headers: { authorization: `Bearer ${accessToken}`, 'content-type': 'application/json' },
        body: JSON.stringify({ id: 'ch-1', type: 'web_hook', address: hook.url }),
      });
      google.control.pushes({ drop: 0.5 });
      for (let n = 0; n < 12; n += 1) type(`job ${n}`);
      await google.pushesSettled();
      return google.control.deliveries().deliveries.map(({ outcome }) => outcome);
    };
    const first = await run(7);
    expect(first).to.include('dropped').and.include('delivered');
    expect(await run(7)).to.deep.equal(first);
  });

  it('delivers late when told to, while answers go on', async () => {
    google.control.pushes({ delayMs: 30, spreadMs: 20 });
    await watch();
    expect(hook.got).to.deep.equal([]);
    await eventually(async () => hook.got.length === 1);
    await google.pushesSettled();
  });

  it('lets channels die unnoticed with the grant, or when told to', async () => {
    await watch();
    google.control.killTokens({ account: ana });
    expect(google.control.channels().channels).to.deep.equal([]);
    const { accessToken } = google.control.tokens({ account: ana });
    expect(accessToken).to.be.a('string');
    expect(google.control.silenceChannels({}).silenced).to.equal(0);
  });
});
