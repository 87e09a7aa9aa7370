/** A business whose technician lives on the Outlook simulator: gateway, consent in a browser, attached calendar, push. */
import { expect } from 'chai';
import { type OutlookSimulator, sandboxClient, startOutlookSimulator } from '../../sandbox/outlook/server.ts';
import { browse } from './browse.ts';
import { eventually } from './eventually.ts';
import { aGateway, type RunningGateway } from './gateway.ts';
import { freePort } from './programs.ts';
import { mustSucceed } from './rest.ts';

// biome-ignore lint/suspicious/noExplicitAny: answers from outside whose shapes each test names
type Body = any;

export const outlookTechnician = 'sam@example.com';

export interface OutlookOffice {
  readonly outlook: OutlookSimulator;
  readonly gateway: RunningGateway;
  readonly resourceId: string;
  readonly connectionId: string;
  readonly calendarId: string;
  /** The calendar's id at Microsoft. */
  readonly remoteId: string;
  must(
    method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<Body>;
  book(from: string, to: string, over?: object): Promise<Body>;
  /** Goes through the sign-in page as the technician. */
  consent(): Promise<Response>;
  /** Events of the calendar at Microsoft. */
  copies(): readonly Body[];
  /** Whether REST refuses the span because it is taken; nothing stays held. */
  blocked(start: string, end: string): Promise<boolean>;
  stop(): Promise<void>;
}

export async function anOutlookOffice(): Promise<OutlookOffice> {
  const outlook = await startOutlookSimulator();
  const { control } = outlook;
  const account = outlookTechnician;
  const { calendarId: remoteId } = control.account({ email: account, name: 'Sam', timeZone: 'Europe/Berlin' });
  control.consent({ mode: 'grant', account });
  const port = String(await freePort());
  const url = `http://127.0.0.1:${port}`;
  const gateway = await aGateway({
    env: {
      ...{ PORT: port, PUBLIC_URL: url, PUSH_OVER_HTTP: 'true' },
      ...{ MICROSOFT_CLIENT_ID: sandboxClient.id, MICROSOFT_CLIENT_SECRET: sandboxClient.secret },
      ...{ MICROSOFT_LOGIN_URL: outlook.url, GRAPH_API_URL: `${outlook.url}/v1.0` },
    },
  });
  const must = mustSucceed(gateway.rest);
  const consent = async () => browse((await must('POST', '/v1/connect/outlook', {})).url, url);
  expect((await consent()).status).to.equal(200);
  const connectionId: string = (await must('GET', '/v1/connections')).data[0].id;
  const body = { kind: 'technician', name: 'Sam Example', timeZone: 'Europe/Berlin' };
  const resourceId: string = (await must('POST', '/v1/resources', body)).id;
  const wish = { connectionId, remoteId, resourceId, role: 'two-way' };
  const calendarId: string = (await must('POST', '/v1/calendars', wish)).id;
  await eventually(async () => control.subscriptions({}).subscriptions.length > 0, 20_000, 20);
  return {
    ...{ outlook, gateway, resourceId, connectionId, calendarId, remoteId, must, consent },
    book: (start, end, over = {}) =>
      must(
        'POST',
        '/v1/bookings',
        { start, end, resourceIds: [resourceId], title: 'Boiler service', ...over },
        { Prefer: 'wait=10' },
      ),
    copies: () => control.events({ calendarId: remoteId }).events,
    async blocked(start, end) {
      const reply = await gateway.rest('POST', '/v1/holds', { start, end, resourceIds: [resourceId] });
      if (reply.status === 201) await must('DELETE', `/v1/holds/${reply.body.id}`);
      else expect(reply.body.code, reply.text).to.equal('slot_taken');
      return reply.status === 409;
    },
    async stop() {
      await gateway.stop();
      await outlook.close();
    },
  };
}
