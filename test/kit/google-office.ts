/** A business whose technician lives on the Google simulator: gateway, consent in a browser, attached calendar, push. */
import { expect } from 'chai';
import { type GoogleSimulator, sandboxClient, startGoogleSimulator } from '../../sandbox/google/server.ts';
import { eventually } from './eventually.ts';
import { aGateway, type RunningGateway } from './gateway.ts';
import { freePort } from './programs.ts';
import { mustSucceed } from './rest.ts';

// biome-ignore lint/suspicious/noExplicitAny: answers from outside whose shapes each test names
type Body = any;

export const technician = 'sam@example.com';

export interface GoogleOffice {
  readonly google: GoogleSimulator;
  readonly gateway: RunningGateway;
  readonly resourceId: string;
  readonly connectionId: string;
  readonly calendarId: string;
  must(
    method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<Body>;
  book(from: string, to: string, over?: object): Promise<Body>;
  /** Goes through the consent page as the technician. */
  consent(): Promise<Response>;
  /** Events of the calendar at Google that are not deleted. */
  copies(): readonly Body[];
  /** Whether REST refuses the span because it is taken; nothing stays held. */
  blocked(start: string, end: string): Promise<boolean>;
  stop(): Promise<void>;
}

export async function aGoogleOffice(): Promise<GoogleOffice> {
  const google = await startGoogleSimulator();
  google.control.account({ email: technician, name: 'Sam', timeZone: 'Europe/Berlin' });
  google.control.consent({ mode: 'grant', account: technician });
  const port = String(await freePort());
  const url = `http://127.0.0.1:${port}`;
  const gateway = await aGateway({
    env: {
      ...{ PORT: port, PUBLIC_URL: url, PUSH_OVER_HTTP: 'true' },
      ...{ GOOGLE_CLIENT_ID: sandboxClient.id, GOOGLE_CLIENT_SECRET: sandboxClient.secret },
      ...{ GOOGLE_API_URL: google.url, GOOGLE_AUTH_URL: google.url, GOOGLE_TOKEN_URL: google.url },
    },
  });
  const must = mustSucceed(gateway.rest);
  const consent = async () => browse((await must('POST', '/v1/connect/google', {})).url, url);
  expect((await consent()).status).to.equal(200);
  const connectionId: string = (await must('GET', '/v1/connections')).data[0].id;
  const body = { kind: 'technician', name: 'Sam Example', timeZone: 'Europe/Berlin' };
  const resourceId: string = (await must('POST', '/v1/resources', body)).id;
  const wish = { connectionId, remoteId: technician, resourceId, role: 'two-way' };
  const calendarId: string = (await must('POST', '/v1/calendars', wish)).id;
  await eventually(async () => google.control.channels().channels.length > 0, 20_000, 20);
  return {
    ...{ google, gateway, resourceId, connectionId, calendarId, must, consent },
    book: (start, end, over = {}) =>
      must(
        'POST',
        '/v1/bookings',
        { start, end, resourceIds: [resourceId], title: 'Boiler service', ...over },
        { Prefer: 'wait=10' },
      ),
    copies: () => google.control.events({ calendarId: technician }).events.filter((e) => e.status !== 'cancelled'),
    async blocked(start, end) {
      const reply = await gateway.rest('POST', '/v1/holds', { start, end, resourceIds: [resourceId] });
      if (reply.status === 201) await must('DELETE', `/v1/holds/${reply.body.id}`);
      else expect(reply.body.code, reply.text).to.equal('slot_taken');
      return reply.status === 409;
    },
    async stop() {
      await gateway.stop();
      await google.close();
    },
  };
}

/** A browser with a jar for the gateway's cookie: follows redirects to their end. */
async function browse(address: string, home: string): Promise<Response> {
  let cookie = '';
  let next = address;
  for (let hop = 0; hop < 10; hop += 1) {
    const isHome = next.startsWith(home);
    const answer = await fetch(next, { redirect: 'manual', headers: isHome ? { cookie } : {} });
    if (isHome) cookie = answer.headers.get('set-cookie')?.split(';')[0] ?? cookie;
    const to = answer.headers.get('location');
    if (to === null) return answer;
    next = new URL(to, next).href;
  }
  throw new Error('the browser was sent round in circles');
}
