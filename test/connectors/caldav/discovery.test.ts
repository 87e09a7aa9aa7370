import { expect } from 'chai';
import { DavClient, defaultLimits, type Secret } from '../../../connectors/caldav/client.ts';
import { connectAccount } from '../../../connectors/caldav/connect.ts';
import { parseServer, type ServiceRecords } from '../../../connectors/caldav/discovery.ts';
import { systemClock } from '../../../src/clock.ts';
import { Fault } from '../../../src/domain/fault.ts';
import { networkGuard } from '../../../src/net/guard.ts';
import { CaldavDouble } from '../../doubles/caldav-server.ts';

const noRecords: ServiceRecords = { srv: async () => [], txt: async () => [] };

function connect(input: unknown, o: { allowPrivateHosts?: boolean; dns?: ServiceRecords } = {}) {
  const guard = networkGuard({ allowPrivateHosts: o.allowPrivateHosts ?? true });
  const clientFor = (secret: Secret) =>
    new DavClient({
      secret,
      guard,
      limits: { ...defaultLimits, connectMs: 1000 },
      clock: systemClock,
      firstContact: true,
    });
  return connectAccount(input, clientFor, o.dns ?? noRecords);
}

async function faultOf(promise: Promise<unknown>): Promise<Fault> {
  const error = await promise.then(
    () => null,
    (e: unknown) => e,
  );
  expect(error, 'a fault').to.be.instanceOf(Fault);
  return error as Fault;
}

describe('finding a CalDAV account', () => {
  let server: CaldavDouble;
  beforeEach(async () => {
    server = await new CaldavDouble().start();
  });
  afterEach(() => server.stop());

  it('walks from a bare host over the well-known address to the principal and its home', async () => {
    const made = await connect({ serverUrl: server.origin, ...server.user });
    expect(made.account).to.equal('tech@example.com');
    expect(made.settings).to.deep.include({
      homes: `${server.origin}${server.home}`,
      principal: `${server.origin}${server.principal}`,
      addresses: 'tech@example.com',
    });
    expect(made.secret).to.deep.equal(server.user);
  });

  it('takes a token instead of a password and names the account by its address', async () => {
    const made = await connect({ serverUrl: server.origin, token: server.token });
    expect(made).to.deep.include({ account: 'tech@example.com', secret: { token: server.token } });
  });

  it('takes the address of the home, of the principal or of one calendar', async () => {
    for (const path of [server.home, server.principal, `${server.home}work/`]) {
      const made = await connect({ serverUrl: server.origin + path, ...server.user });
      expect(made.settings.homes, path).to.equal(`${server.origin}${server.home}`);
    }
  });

  it('asks for consent when the password is wrong, and never repeats it', async () => {
    const fault = await faultOf(connect({ serverUrl: server.origin, username: 'tech', password: 'wr0ng-secret' }));
    expect(fault.kind).to.equal('consent');
    expect(JSON.stringify([fault.message, fault.context, String(fault.cause)])).to.not.include('wr0ng');
  });

  it('says that only Digest is offered instead of blaming the password', async () => {
    for (let i = 0; i < 3; i += 1)
      server.next('PROPFIND', { status: 401, headers: { 'www-authenticate': 'Digest realm="x", qop="auth"' } });
    const fault = await faultOf(connect({ serverUrl: server.origin, ...server.user }));
    expect(fault).to.deep.include({ kind: 'invalid' });
    expect(fault.message).to.include('Digest');
  });

  it('calls a web site that is no CalDAV server by its name', async () => {
    const page = { status: 200, headers: { 'content-type': 'text/html' }, body: '<html><body>Welcome</body></html>' };
    for (let i = 0; i < 3; i += 1) server.next('PROPFIND', page);
    const fault = await faultOf(connect({ serverUrl: `${server.origin}/blog`, ...server.user }));
    expect(fault.kind).to.equal('invalid');
    expect(fault.message).to.include('offers no CalDAV service');
  });

  it('refuses a private address without calling it', async () => {
    const fault = await faultOf(connect({ serverUrl: server.origin, ...server.user }, { allowPrivateHosts: false }));
    expect(fault.kind).to.equal('invalid');
    expect(fault.message).to.include('private or reserved');
    expect(
      (await faultOf(connect({ serverUrl: 'http://localhost:1/', ...server.user }, { allowPrivateHosts: false })))
        .message,
    ).to.include('private or reserved');
    expect(server.requests).to.deep.equal([]);
  });

  it('tells TLS trouble, refused connections and bad input apart', async () => {
    const tls = await faultOf(connect({ serverUrl: server.origin.replace('http', 'https'), ...server.user }));
    expect(tls).to.deep.include({ kind: 'invalid' });
    expect(tls.message).to.include('TLS');
    const refused = await faultOf(connect({ serverUrl: 'http://127.0.0.1:1/', ...server.user }));
    expect(refused).to.deep.include({ kind: 'transient' });
    const inputs = [
      null,
      [],
      'text',
      {},
      { serverUrl: 5 },
      { serverUrl: ' ' },
      { serverUrl: 'http://x' },
      { serverUrl: 'ftp://x', username: 'a', password: 'b' },
      { serverUrl: 'http://a:b@x/', username: 'a', password: 'b' },
      { serverUrl: 'http://x', username: 'a:b', password: 'c' },
      { serverUrl: 'http://x', username: 'a', password: 'line\nbreak' },
      { serverUrl: 'http://x', token: 'spa ce' },
      { serverUrl: 'http://x', token: 't', password: 'p' },
      { serverUrl: 'x'.repeat(3000), username: 'a', password: 'b' },
    ]; // prettier-ignore
    for (const input of inputs) expect((await faultOf(connect(input))).kind, JSON.stringify(input)).to.equal('invalid');
  });

  it('follows the SRV record of a mail domain, and its path', async () => {
    const asked: string[] = [];
    const dns: ServiceRecords = {
      srv: async (name) => {
        asked.push(name);
        return [
          { name: 'b.example.com', port: 443, priority: 20 },
          { name: '127.0.0.1', port: 1, priority: 10 },
        ];
      },
      txt: async () => [['txtvers=1'], ['path=/dav']],
    };
    const fault = await faultOf(connect({ serverUrl: 'tech@example.com', ...server.user }, { dns }));
    expect(asked).to.deep.equal(['_caldavs._tcp.example.com']);
    expect(fault.message).to.include('127.0.0.1:1');
  });
});

describe('an address typed by a person', () => {
  const cases: readonly (readonly [string, string | null])[] = [
    ['cal.example.com', 'https://cal.example.com/'],
    [' cal.example.com:8443/dav/ ', 'https://cal.example.com:8443/dav/'],
    ['http://cal.example.com/x?y#z', 'http://cal.example.com/x'],
    ['Tech@Example.com', 'domain example.com'],
    ['mailto:tech@example.com', 'domain example.com'],
    ['https://cal.example.com/tech@example.com/', 'https://cal.example.com/tech@example.com/'],
    ['file:///etc/passwd', null],
    ['javascript:alert(1)', null],
    ['', null],
    ['http://', null],
  ];
  for (const [text, wanted] of cases) {
    it(`"${text}" is understood as ${wanted ?? 'nothing'}`, () => {
      const parsed = parseServer(text);
      const got = parsed === null ? null : 'url' in parsed ? parsed.url.href : `domain ${parsed.domain}`;
      expect(got).to.equal(wanted);
    });
  }
});
