import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import {
  type ClientOptions,
  DavClient,
  type DavRequest,
  defaultLimits,
  mayCarryCredentials,
} from '../../../connectors/caldav/client.ts';
import { Fault } from '../../../src/domain/fault.ts';
import { networkGuard } from '../../../src/net/guard.ts';
import { at } from '../../kit/builders.ts';
import { fakeClock } from '../../kit/clock.ts';

const start = at('2027-06-01T00:00:00Z');

describe('the HTTP client of the CalDAV connector', () => {
  const servers: Server[] = [];
  const clients: DavClient[] = [];
  const listen = async (handler: RequestListener): Promise<string> => {
    const server = createServer(handler);
    servers.push(server);
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  };
  const client = (o: { limits?: Partial<ClientOptions['limits']>; firstContact?: boolean } = {}): DavClient => {
    const made = new DavClient({
      secret: { username: 'tech', password: 'the-pass-word' },
      guard: networkGuard({ allowPrivateHosts: true }),
      limits: { ...defaultLimits, ...o.limits },
      clock: fakeClock(start),
      firstContact: o.firstContact ?? false,
    });
    clients.push(made);
    return made;
  };
  afterEach(async () => {
    await Promise.all(clients.splice(0).map((c) => c.close()));
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      server.close();
    }
  });
  const propfind = (origin: string, path = '/a'): DavRequest => ({
    method: 'PROPFIND',
    url: new URL(path, origin),
    headers: { depth: '0', 'content-type': 'application/xml' },
    body: '<x/>',
  });
  const faultOf = async (promise: Promise<unknown>): Promise<Fault> => {
    const error = await promise.then(
      () => null,
      (e: unknown) => e,
    );
    expect(error).to.be.instanceOf(Fault);
    return error as Fault;
  };

  it('repeats method, body and headers at each kind of redirect, and tells where it ended', async () => {
    for (const status of [301, 302, 303, 307, 308]) {
      const seen: string[] = [];
      const origin = await listen(async (req, res) => {
        let body = '';
        for await (const part of req) body += String(part);
        seen.push([req.method, req.url, req.headers.depth, req.headers.authorization !== undefined, body].join(' '));
        if (req.url === '/a') res.writeHead(status, { location: 'b/../c' }).end();
        else res.writeHead(207).end();
      });
      const answer = await client().send(propfind(origin));
      expect(answer.url.pathname).to.equal('/c');
      expect(seen).to.deep.equal(['PROPFIND /a 0 true <x/>', 'PROPFIND /c 0 true <x/>']);
    }
  });

  it('gives up on a circle of redirects', async () => {
    const origin = await listen((_req, res) => res.writeHead(302, { location: '/a' }).end());
    expect(await faultOf(client().send(propfind(origin)))).to.deep.include({ kind: 'invalid' });
  });

  it('never carries credentials to another host or out of encryption', async () => {
    let reached = false;
    const other = await listen((_req, res) => {
      reached = true;
      res.end();
    });
    const origin = await listen((_req, res) => res.writeHead(302, { location: `${other}/x` }).end());
    const fault = await faultOf(client().send(propfind(origin)));
    expect(fault.kind).to.equal('invalid');
    expect(fault.message).to.include(new URL(other).host);
    expect(reached).to.equal(false);
    const pairs: readonly (readonly [string, string, boolean])[] = [
      ['https://a.example/x', 'https://a.example/y', true],
      ['http://a.example/', 'https://a.example/', true],
      ['https://a.example/', 'https://b.a.example/', false],
      ['https://a.example/', 'https://a.example:8443/', false],
      ['http://a.example:8080/', 'https://a.example/', false],
      ['https://caldav.icloud.com/', 'https://p07-caldav.icloud.com/', true],
      ['https://caldav.icloud.com/', 'https://icloud.com.example/', false],
      ['https://a.example/', 'https://p07-caldav.icloud.com/', false],
    ];
    for (const [from, to, allowed] of pairs)
      expect(mayCarryCredentials(new URL(from), new URL(to)), to).to.equal(allowed);
  });

  it('stops reading an answer that is larger than its limit', async () => {
    const origin = await listen((_req, res) => {
      res.writeHead(200);
      const more = (): void => {
        while (res.write('x'.repeat(65_536)));
        res.once('drain', more);
      };
      more();
    });
    const c = client({ limits: { answerBytes: 1_000_000 } });
    const fault = await faultOf(c.text(await c.send({ method: 'GET', url: new URL(origin) })));
    expect(fault.message).to.include('1000000 bytes');
  });

  it('waits no longer than its limit, for the start of an answer and for the rest of it', async () => {
    const silent = await listen(() => {});
    const c = client({ limits: { requestMs: 150 } });
    expect(await faultOf(c.send(propfind(silent)))).to.deep.include({ kind: 'transient' });
    const dripping = await listen((_req, res) => {
      res.writeHead(200);
      res.write('first');
    });
    const answer = await c.send({ method: 'GET', url: new URL(dripping) });
    expect(await faultOf(c.text(answer))).to.deep.include({ kind: 'transient' });
  });

  it('asks at most as many things at once as it is allowed to', async () => {
    let [now, most] = [0, 0];
    const waiting: (() => void)[] = [];
    const origin = await listen((_req, res) => {
      now += 1;
      most = Math.max(most, now);
      waiting.push(() => {
        now -= 1;
        res.writeHead(204).end();
      });
      if (waiting.length === 3 || most < 3) for (const go of waiting.splice(0)) setImmediate(go);
    });
    const c = client({ limits: { parallel: 3 } });
    await Promise.all(Array.from({ length: 12 }, () => c.send(propfind(origin)).then((a) => c.text(a))));
    expect(most).to.be.at.most(3);
  });

  it('repeats a read once when a kept socket was closed under it, but never a write', async () => {
    let count = 0;
    const origin = await listen((req, res) => {
      count += 1;
      if (count === 1) req.socket.destroy();
      else res.writeHead(207).end();
    });
    const c = client();
    expect((await c.send(propfind(origin))).status).to.equal(207);
    count = 0;
    const put: DavRequest = { method: 'PUT', url: new URL(origin), headers: {}, body: 'x' };
    expect(await faultOf(c.send(put))).to.deep.include({ kind: 'transient' });
    expect(count).to.equal(1);
  });

  it('reads Retry-After in seconds and as a date, within a day', async () => {
    const cases: readonly (readonly [string, string | null])[] = [
      ['120', '2027-06-01T00:02:00Z'],
      ['Tue, 01 Jun 2027 00:05:00 GMT', '2027-06-01T00:05:00Z'],
      ['999999', '2027-06-02T00:00:00Z'],
      ['Mon, 31 May 2027 00:00:00 GMT', '2027-06-01T00:00:00Z'],
      ['soon', null],
    ];
    for (const [header, wanted] of cases) {
      for (const status of [429, 503]) {
        const origin = await listen((_req, res) => res.writeHead(status, { 'retry-after': header }).end());
        const c = client();
        const fault = await faultOf(c.multistatus(propfind(origin), () => {}));
        expect(fault).to.deep.include({ kind: 'throttled', retryAt: wanted === null ? null : at(wanted) });
      }
    }
  });

  it('gives the reason in the words of the server, in one line and without the password', async () => {
    const sabre =
      '<?xml version="1.0"?><d:error xmlns:d="DAV:" xmlns:s="http://sabredav.org/ns"><s:message>Not\n here</s:message><d:need-privileges/></d:error>';
    const bodies: readonly (readonly [string, string])[] = [
      [sabre, 'status 403, message, need-privileges, Not here'],
      ['<html><p>Too <b>bad</b>', 'status 403, Too bad'],
      ['your password the-pass-word is wrong', 'status 403'],
      ['', 'status 403'],
    ];
    for (const [body, wanted] of bodies) {
      const origin = await listen((_req, res) => res.writeHead(403).end(body));
      const fault = await faultOf(client().multistatus(propfind(origin), () => {}));
      expect(fault).to.deep.include({ kind: 'invalid', message: `The server refused PROPFIND: ${wanted}.` });
    }
  });

  it('takes a quota of Google hidden in a 403 for throttling', async () => {
    const origin = await listen((_req, res) => res.writeHead(403).end('{"reason": "rateLimitExceeded"}'));
    expect(await faultOf(client().multistatus(propfind(origin), () => {}))).to.deep.include({ kind: 'throttled' });
  });
});
