/** How Graph is spoken to: wishes on every call, one retry layer, four at once, links that lead elsewhere. */
import { expect } from 'chai';
import { graphClient } from '../../../connectors/outlook/client.ts';
import { makeLanes } from '../../../connectors/outlook/lanes.ts';
import type { Fault } from '../../../src/domain/fault.ts';
import { asRemoteId } from '../../../src/domain/ids.ts';
import { silentLog } from '../../../src/domain/ports.ts';
import { contractWindow } from '../../contract/connector.ts';
import { eagerClock } from '../../kit/google-account.ts';
import { type CannedGraph, cannedGraph, type GraphReply } from '../../kit/outlook-canned.ts';

const calendar = { remoteId: asRemoteId('AQMk=-_x/+'), name: 'Work', zone: null, canWrite: true };
const delta = 'https://graph.microsoft.com/v1.0/me/calendars/x/calendarView/delta?$deltatoken=';
const settings: GraphReply = [200, { timeZone: 'UTC' }];
const refusal = (status: number, code: string, message = 'No.', headers = {}): GraphReply => [
  status,
  { error: { code, message } },
  headers,
];
const faultOf = (call: Promise<unknown>): Promise<Fault> =>
  call.then(
    () => {
      throw new Error('no fault came');
    },
    (fault: Fault) => fault,
  );

describe('a call to Graph', () => {
  let g: CannedGraph;
  const given = (...graph: GraphReply[]) => {
    g = cannedGraph({ graph, limits: { page: 7 } });
    return g.connection;
  };
  afterEach(() => g.stop());

  async function pulled(from: string | null) {
    const cursor =
      from === null ? null : ({ kind: 'delta', value: JSON.stringify([from]), window: contractWindow } as const);
    const pages = [];
    const known = async () => new Map();
    for await (const page of g.connection.pull({ calendar, from: cursor, window: contractWindow, known }))
      pages.push(page);
    return pages;
  }

  it('wishes for ids that stay, times in UTC and plain text, every time', async () => {
    given([200, { value: [], '@odata.nextLink': `${delta}a` }], [200, { value: [], '@odata.deltaLink': `${delta}b` }]);
    await pulled(null);
    const prefers = g.asked.map((a) => a.headers.prefer);
    const all = 'IdType="ImmutableId", outlook.timezone="UTC", outlook.body-content-type="text", odata.maxpagesize=7';
    expect(prefers).to.deep.equal([all, all]);
    expect(g.asked[0]).to.deep.include({
      path: '/me/calendars/AQMk=-_x/+/calendarView/delta',
      query: { startDateTime: '2027-05-01T00:00:00Z', endDateTime: '2028-06-01T00:00:00Z' },
    });
    expect(g.asked[1]!.query).to.deep.equal({ $deltatoken: 'a' });
  });

  it('follows a link only to Graph itself, since our token goes with it', async () => {
    given([200, { value: [], '@odata.nextLink': 'https://evil.example/v1.0/me/x?$skiptoken=1' }]);
    expect((await faultOf(pulled(null))).kind).to.equal('cursor-lost');
    expect(g.asked).to.have.length(1);
  });

  it('does not go round in circles with a page that names itself', async () => {
    const round: GraphReply = [200, { value: [], '@odata.nextLink': `${delta}a` }];
    given(round, round, round, round);
    expect((await faultOf(pulled(null))).kind).to.equal('transient');
    expect(g.asked).to.have.length(2);
  });

  for (const [name, reply] of [
    ['410 Gone', refusal(410, 'SyncStateNotFound')],
    ['a 404 with syncStateNotFound', refusal(404, 'syncStateNotFound')],
    ['resyncRequired', refusal(409, 'resyncRequired')],
    ['a bad request', refusal(400, 'ErrorInvalidUrlQuery')],
  ] as const) {
    it(`takes ${name} for a place in the feed that is lost`, async () => {
      given(reply);
      expect((await faultOf(pulled(`${delta}old`))).kind).to.equal('cursor-lost');
    });
  }

  it('goes back to the beginning of a round whose middle is lost', async () => {
    given(refusal(410, 'SyncStateNotFound'), [200, { value: [], '@odata.deltaLink': `${delta}c` }]);
    const value = JSON.stringify([`${delta}a`, `${delta}b`]);
    const from = { kind: 'delta', value, window: contractWindow } as const;
    const known = async () => new Map();
    for await (const page of g.connection.pull({ calendar, from, window: contractWindow, known })) {
      expect(page.next?.value).to.equal(JSON.stringify([`${delta}c`]));
    }
    expect(g.asked.map((a) => a.query.$deltatoken)).to.deep.equal(['b', 'a']);
  });

  for (const [name, reply] of [
    ['429', refusal(429, 'ApplicationThrottled', 'Application is over its MailboxConcurrency limit.')],
    ['503 of too many at once', refusal(503, '', 'MailboxConcurrency')],
    ['an answer that is no JSON', [502, '<html>Bad gateway</html>']],
    ['a transient error of Exchange', refusal(500, 'ErrorInternalServerTransientError')],
    ['a read whose precondition failed', refusal(412, 'ErrorIrresolvableConflict')],
  ] as [string, GraphReply][]) {
    it(`comes again after ${name}`, async () => {
      given(settings, reply, [200, { value: [{ id: 'c', name: 'Work', canEdit: true }] }]);
      expect(await g.connection.calendars()).to.have.length(1);
    });
  }

  it('waits as long as Microsoft says, and leaves the account alone when that is long', async () => {
    given(settings, refusal(429, 'x', 'Slow.', { 'retry-after': '5' }), [200, { value: [] }]);
    const start = g.clock.now();
    await g.connection.calendars();
    expect(g.clock.now() - start).to.be.at.least(5000);
    await g.stop();
    given(settings, refusal(429, 'x', 'Slow.', { 'retry-after': '300' }));
    const fault = await faultOf(g.connection.calendars());
    expect(fault.kind).to.equal('throttled');
    expect(fault.retryAt! - g.clock.now()).to.be.at.least(300_000);
  });

  it('reads a date as well as seconds', async () => {
    given(settings, refusal(503, 'x', 'Slow.', { 'retry-after': 'Thu, 20 May 2027 08:20:00 GMT' }));
    const fault = await faultOf(g.connection.calendars());
    expect(fault.kind).to.equal('transient');
    expect(fault.retryAt).to.be.at.least(Date.parse('2027-05-20T08:20:00Z'));
  });

  it('gives up after four attempts', async () => {
    given(settings, ...[1, 2, 3, 4, 5].map(() => refusal(429, 'x')));
    expect((await faultOf(g.connection.calendars())).kind).to.equal('throttled');
    expect(g.asked).to.have.length(5);
  });

  it('tells a lost permission from a lost calendar', async () => {
    given(refusal(403, 'ErrorAccessDenied'), refusal(403, 'ErrorAccessDenied'));
    expect((await faultOf(pulled(null))).kind).to.equal('consent');
    await g.stop();
    given(refusal(404, 'ErrorItemNotFound'), refusal(404, 'ErrorItemNotFound'));
    expect((await faultOf(pulled(null))).kind).to.equal('calendar-gone');
    await g.stop();
    given(refusal(404, 'ErrorItemNotFound'), [200, { id: calendar.remoteId }]);
    expect((await faultOf(pulled(null))).kind).to.equal('transient');
  });

  it('says in words that an account has no mailbox', async () => {
    given(settings, refusal(404, 'MailboxNotEnabledForRESTAPI'));
    expect((await faultOf(g.connection.calendars())).message).to.include('no mailbox in the cloud');
  });

  it('lists all pages of calendars with the zone of the mailbox', async () => {
    given(
      [200, { timeZone: 'W. Europe Standard Time' }],
      [200, { value: [{ id: 'a', name: 'Work', canEdit: true }], '@odata.nextLink': `${delta}n` }],
      [200, { value: [{ id: 'b', name: ' ', canEdit: false }, { name: 'no id' }] }],
    );
    expect(await g.connection.calendars()).to.deep.equal([
      { remoteId: 'a', name: 'Work', zone: 'Europe/Berlin', canWrite: true },
      { remoteId: 'b', name: 'b', zone: 'Europe/Berlin', canWrite: false },
    ]);
  });

  it('leaves whole days to the zone of the resource where the mailbox has a home-made one', async () => {
    given([200, { timeZone: 'Customized Time Zone' }], [200, { value: [{ id: 'a', name: 'Work' }] }]);
    expect((await g.connection.calendars())[0]!.zone).to.equal(null);
  });
});

describe('the lanes of a mailbox', () => {
  const never = new AbortController().signal;
  const gate = () => {
    let open = (): void => {};
    const opened = new Promise<void>((resolve) => {
      open = resolve;
    });
    return { open, opened };
  };

  it('let four requests through at once and the fifth after one of them, whoever opened the account', async () => {
    const lanes = makeLanes(4);
    const gates = [1, 2, 3, 4, 5].map(gate);
    const begun: number[] = [];
    const runs = gates.map(({ opened }, i) =>
      lanes.run(i % 2 === 0 ? 'ana@example.com' : 'Ana@Example.com', never, async () => {
        begun.push(i);
        await opened;
      }),
    );
    await lanes.run('ben@example.com', never, async () => {});
    expect(begun).to.deep.equal([0, 1, 2, 3]);
    gates[2]!.open();
    await runs[2];
    await lanes.run('ben@example.com', never, async () => {});
    expect(begun).to.deep.equal([0, 1, 2, 3, 4]);
    for (const { open } of gates) open();
    await Promise.all(runs);
  });

  it('free a lane after a failure, and let who is closed meanwhile go without one', async () => {
    const lanes = makeLanes(1);
    const { open, opened } = gate();
    const first = lanes.run('a', never, () => opened);
    const ending = new AbortController();
    const second = lanes.run('a', ending.signal, async () => 'ran');
    ending.abort(new Error('closed'));
    expect((await faultOf(second)).message).to.equal('closed');
    open();
    await first;
    expect((await faultOf(lanes.run('a', never, () => Promise.reject(new Error('failed'))))).message).to.equal(
      'failed',
    );
    expect(await lanes.run('a', never, async () => 'free')).to.equal('free');
  });
});

describe('the client on an address that is not Microsoft’s', () => {
  it('sends its token to plain http as well, since a simulator stands there', async () => {
    const { createServer } = await import('node:http');
    const seen: (string | undefined)[] = [];
    const server = createServer((request, response) => {
      seen.push(`${request.method} ${request.url} ${request.headers.authorization} ${request.headers['if-match']}`);
      response.setHeader('content-type', 'application/json').end('{"ok":true}');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const client = graphClient({
      ...{
        graphUrl: `http://127.0.0.1:${port}/sim/v1.0`,
        base: '/me',
        clock: eagerClock(),
        log: silentLog,
        mailbox: 'a',
      },
      ...{ limits: { parallel: 4, requestMs: 5000, answerBytes: 1000, page: 5 }, lanes: makeLanes(4) },
      tokens: { current: async () => 'secret', refuse: () => {} },
    });
    const body = { subject: 'x' };
    expect(
      await client.call({ doing: 'it', method: 'PATCH', path: '/me/events/a%3D', body, ifMatch: 'W/"1"' }),
    ).to.deep.equal({
      ok: true,
    });
    await client.call({ doing: 'it', link: `http://127.0.0.1:${port}/sim/v1.0/me/x?b=2&a=1&$skiptoken=Z%3D` });
    expect(seen).to.deep.equal([
      'PATCH /sim/v1.0/me/events/a%3D Bearer secret W/"1"',
      'GET /sim/v1.0/me/x?b=2&a=1&$skiptoken=Z%3D Bearer secret undefined',
    ]);
    client.close();
    await new Promise((resolve) => server.close(resolve));
  });
});
