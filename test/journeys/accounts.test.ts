/** Accounts that cannot be connected, lose their password, or lead where nobody may go. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { CaldavDouble } from '../doubles/caldav-server.ts';
import { berlin, someWednesday } from '../kit/days.ts';
import { accountOf, aDoubleScene, copiesOf } from '../kit/double-scene.ts';
import { eventually } from '../kit/eventually.ts';
import { aGateway, type RunningGateway } from '../kit/gateway.ts';
import { freePort } from '../kit/programs.ts';

const day = someWednesday(2);
const at = (from: string, to: string) => ({ start: berlin(day, from), end: berlin(day, to) });

describe('an account', function () {
  this.timeout(30_000);
  let gateway: RunningGateway;
  let double: CaldavDouble;
  before(async () => {
    gateway = await aGateway();
    double = await new CaldavDouble().start();
  });
  after(async () => {
    await gateway?.stop();
    await double?.stop();
  });

  const connect = (over: Readonly<Record<string, string>>) =>
    gateway.rest('POST', '/v1/connections', { provider: 'caldav', ...accountOf(double), ...over });
  const refused = async (over: Readonly<Record<string, string>>, status: number, reason: RegExp) => {
    const reply = await connect(over);
    expect(reply.status, reply.text).to.equal(status);
    expect(reply.body.detail).to.match(reason);
    expect((await gateway.rest('GET', '/v1/connections')).body.data).to.deep.equal([]);
    return reply;
  };

  it('with a wrong password is refused, nothing is stored, and the password is told to nobody', async () => {
    const reply = await refused({ password: 'not-the-secret-one' }, 422, /password|refused|credentials/i);
    expect(reply.body.code).to.equal('provider_refused');
    expect(reply.text + gateway.errors.join()).to.not.include('not-the-secret-one');
  });

  it('at an address that is no CalDAV server is refused, and nothing is stored', async () => {
    const site: Server = createServer((_, response) => response.end('<html>a web site</html>')).listen(0, '127.0.0.1');
    await once(site, 'listening');
    const serverUrl = `http://127.0.0.1:${(site.address() as AddressInfo).port}/`;
    await refused({ serverUrl }, 422, /CalDAV|calendar/i);
    site.closeAllConnections();
    site.close();
  });

  it('at an address where nobody listens is refused for now, and nothing is stored', async () => {
    const serverUrl = `http://127.0.0.1:${await freePort()}/`;
    const reply = await refused({ serverUrl }, 502, /./);
    expect(reply.body.code).to.equal('provider_unavailable');
  });

  it('at an address that is no address is a mistake in the request', async () => {
    for (const serverUrl of ['ftp://example.com/', 'http://', 'http://127.0.0.1:99999/', 'javascript:alert(1)']) {
      const reply = await connect({ serverUrl });
      expect(reply.status, `${serverUrl}: ${reply.text}`).to.be.oneOf([400, 422]);
    }
    expect((await gateway.rest('GET', '/v1/connections')).body.data).to.deep.equal([]);
  });

  it('on a private address is refused unless the installation allows private hosts', async () => {
    const strict = await aGateway({ allowPrivateHosts: false });
    try {
      const seen = double.requests.length;
      const { port } = new URL(double.origin);
      for (const host of ['127.0.0.1', 'localhost', '[::1]', '10.0.0.1', '169.254.169.254', '[::ffff:127.0.0.1]']) {
        const account = { provider: 'caldav', ...accountOf(double), serverUrl: `http://${host}:${port}/` };
        const reply = await strict.rest('POST', '/v1/connections', account);
        expect(reply.status, `${host}: ${reply.text}`).to.equal(422);
        expect(reply.body.detail).to.match(/private|reserved/);
      }
      expect(double.requests.length).to.equal(seen);
      expect((await strict.rest('GET', '/v1/connections')).body.data).to.deep.equal([]);
    } finally {
      await strict.stop();
    }
  });

  it('whose password was changed stops and asks for the new one, which heals it; nothing is lost meanwhile', async () => {
    const scene = await aDoubleScene(gateway);
    const { office } = scene;
    const old = scene.double.user.password;
    Object.assign(scene.double.user, { password: 'a new one' });
    const { body: booking } = await office.tryBook(scene.resourceId, at('10:00', '11:00'));
    expect(booking.calendars[0].state).to.equal('pending');
    const sick = await gateway.rest('GET', `/v1/connections/${office.connectionId}`);
    expect(sick.body.state).to.equal('needs_consent');
    expect((await office.calendar(scene.calendarId)).sync.state).to.equal('stopped');
    expect((await connectAgain(old)).status).to.equal(422);
    expect((await connectAgain('a new one')).status).to.equal(200);
    await eventually(async () => {
      await office.visit(scene.calendarId);
      return (await office.booking(booking.id)).calendars[0].state === 'written';
    }, 20_000);
    expect(copiesOf(scene.work, booking.id)).to.have.length(1);
    expect((await office.calendar(scene.calendarId)).sync.state).to.equal('polling');
    await scene.end();

    function connectAgain(password: string) {
      return gateway.rest('POST', '/v1/connections', { provider: 'caldav', ...accountOf(scene.double), password });
    }
  });

  it('offers a read-only calendar for reading only', async () => {
    const scene = await aDoubleScene(gateway, {});
    scene.double.set({ readOnly: true });
    scene.double.addCollection('shared');
    const { data } = (await gateway.rest('GET', `/v1/connections/${scene.office.connectionId}/calendars`)).body;
    const shared = data.find((c: { remoteId: string }) => c.remoteId.endsWith('/shared/'));
    expect(shared).to.deep.include({ canWrite: false, attachedAs: null });
    const wish = { connectionId: scene.office.connectionId, remoteId: shared.remoteId, resourceId: scene.resourceId };
    const reply = await gateway.rest('POST', '/v1/calendars', { ...wish, role: 'two-way' });
    expect(reply.status, reply.text).to.equal(422);
    await scene.office.attach(scene.resourceId, '/shared/', { role: 'read' });
    const booking = await scene.office.book(scene.resourceId, at('10:00', '11:00'));
    expect(booking.calendars.map((c: { calendarId: string }) => c.calendarId)).to.deep.equal([scene.calendarId]);
    await scene.end();
  });
});
