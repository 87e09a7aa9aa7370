/** Answers that a caller rarely meets, route by route: together with the other suites every promised answer is met. */
import { expect } from 'chai';
import { addCalendar, makeWorld, memoryConnector } from '../../connectors/memory/index.ts';
import type { Connector } from '../../src/domain/connector.ts';
import { Fault } from '../../src/domain/fault.ts';
import type { CalendarId } from '../../src/domain/ids.ts';
import { utcZone } from '../../src/domain/time.ts';
import { memoryStore } from '../../src/store/memory.ts';
import { type Api, aBooking, aConnectionOf, anApi, aTechnician, type Reply, runningClock } from '../kit/api.ts';
import { eventually } from '../kit/eventually.ts';
import { aFrontDesk, dentist, hours } from '../kit/front-desk.ts';

const code = ({ status, body }: Reply) => [status, body.code];
const outages = [
  [new Fault('transient', 'connection reset'), 502, 'provider_unavailable'],
  [new Fault('throttled', 'slow down'), 503, 'provider_unavailable'],
  [new Fault('consent', 'password changed'), 422, 'provider_refused'],
] as const;
const someId = (prefix: string): string => `${prefix}_0000000000000000`;

describe('a provider that cannot be reached', () => {
  let api: Api;
  before(async () => {
    api = await anApi();
  });
  after(() => api.close());

  it('is named where a calendar is attached, looked at ahead or examined, and nothing is kept', async () => {
    const resourceId = await aTechnician(api);
    const connectionId = await aConnectionOf(api);
    const work = addCalendar(api.world, 'Work', { zone: utcZone });
    const other = addCalendar(api.world, 'Other', { zone: utcZone });
    const wish = { connectionId, resourceId, role: 'two-way' };
    const attached = await api.ask('POST', '/v1/calendars', { ...wish, remoteId: other.remoteId });
    expect((await api.ask('POST', `/v1/calendars/${attached.body.id}/sync?wait=10`)).status).to.equal(200);
    for (const [fault, status, name] of outages) {
      api.world.down = () => fault;
      const body = { ...wish, remoteId: work.remoteId };
      expect(code(await api.ask('POST', '/v1/calendars', body))).to.deep.equal([status, name]);
      expect(code(await api.ask('POST', '/v1/calendars/preview', body))).to.deep.equal([status, name]);
      const doctor = await api.ask('POST', '/v1/doctor', { calendarId: attached.body.id });
      expect(code(doctor)).to.deep.equal([status, name]);
    }
    api.world.down = null;
    expect((await api.ask('GET', '/v1/calendars')).body.data).to.have.lengthOf(1);
  });

  it('asks a new account to wait, too', async () => {
    const connector: Connector = {
      ...memoryConnector({ world: makeWorld() }),
      connect: () => Promise.reject(new Fault('throttled', 'slow down')),
    };
    const other = await anApi({ connectors: new Map([['memory', connector]]) });
    const reply = await other.ask('POST', '/v1/connections', { provider: 'memory', account: 'sam@example.com' });
    expect(code(reply)).to.deep.equal([503, 'provider_unavailable']);
    expect(reply.headers.get('retry-after')).to.equal('30');
    await other.close();
  });

  it('does not keep a calendar from being detached', async () => {
    const desk = await aFrontDesk(api);
    const [plain, purged] = [await desk.attach('Plain'), await desk.attach('Purged')];
    await desk.book();
    api.world.down = () => new Fault('transient', 'connection reset');
    expect((await api.ask('DELETE', `/v1/calendars/${plain.id}`)).status).to.equal(204);
    expect((await api.ask('DELETE', `/v1/calendars/${purged.id}?purge=true`)).status).to.equal(204);
    expect((await api.ask('GET', `/v1/calendars/${plain.id}`)).status).to.equal(404);
    const change = await api.ask('PATCH', `/v1/calendars/${purged.id}`, { share: 'busy' });
    expect([...code(change), change.body.rule]).to.deep.equal([422, 'rule_violation', 'detaching']);
    const doctor = await api.ask('POST', '/v1/doctor', { calendarId: purged.id });
    expect([...code(doctor), doctor.body.rule]).to.deep.equal([422, 'rule_violation', 'detaching']);
    api.world.down = null;
    // Its removal waits for the next try, and so does the calendar: it is not due all the time.
    await api.ask('POST', `/v1/calendars/${purged.id}/sync?wait=10`);
    const waiting = (await api.store.calendars.find(purged.id as CalendarId))!;
    expect(waiting.dueAt).to.be.greaterThan(api.clock.now());
    await eventually(async () => {
      api.clock.advance(60_000);
      await api.ask('POST', `/v1/calendars/${purged.id}/sync?wait=10`);
      return purged.owner.events().length === 0;
    });
  });
});

describe('a calendar in other hands', () => {
  let api: Api;
  before(async () => {
    api = await anApi();
  });
  after(() => api.close());

  it('is neither listed anew nor mended nor approved meanwhile: the caller tries again', async () => {
    const desk = await aFrontDesk(api);
    const work = await desk.attach('Work');
    const ids = Array.from({ length: 30 }, () => work.owner.create(dentist(10, 11)));
    await desk.quiet();
    for (const id of ids) work.owner.edit(id, hours(14, 15));
    await api.ask('POST', `/v1/calendars/${work.id}/sync?wait=10`);
    const { alarm } = (await api.ask('GET', `/v1/calendars/${work.id}`)).body.sync;
    const { body: one } = await api.ask('GET', `/v1/calendars/${work.id}`);
    const held = await api.store.calendars.claim(one.id, 'somebody else', 60_000);
    const approve = (query = '') => api.ask('POST', `/v1/calendars/${work.id}/approve${query}`, { alarmId: alarm.id });
    const busy = await Promise.all([
      api.ask('POST', `/v1/calendars/${work.id}/sync?full=true`),
      api.ask('POST', '/v1/doctor', { calendarId: work.id, apply: true }),
      approve(),
    ]);
    for (const reply of busy) {
      expect(code(reply)).to.deep.equal([503, 'busy']);
      expect(reply.headers.get('retry-after')).to.match(/^\d+$/);
    }
    await api.store.calendars.abandon(one.id, held!.lease.fence, api.clock.now(), null);
    expect((await approve('?wait=0')).status).to.equal(202);
  });
});

describe('a rule of booking', () => {
  let api: Api;
  let id: string;
  before(async () => {
    api = await anApi();
    id = await aTechnician(api);
  });
  after(() => api.close());

  it('keeps a booking from what its state does not allow', async () => {
    const made = (await api.ask('POST', '/v1/bookings', aBooking(id))).body;
    const path = `/v1/bookings/${made.id}`;
    for (const act of ['start', 'complete', 'no-show', 'cancel']) {
      expect(code(await api.ask('POST', `/v1/bookings/${someId('bkg')}/${act}`))).to.deep.equal([404, 'not_found']);
      const late = await api.ask('POST', `${path}/${act}`, undefined, { headers: { 'If-Match': '"99"' } });
      expect(code(late)).to.deep.equal([412, 'version_mismatch']);
    }
    expect((await api.ask('POST', `${path}/complete`)).body.status).to.equal('completed');
    for (const act of ['start', 'no-show', 'cancel']) {
      const reply = await api.ask('POST', `${path}/${act}`);
      expect([...code(reply), reply.body.rule]).to.deep.equal([422, 'rule_violation', 'booking-state']);
    }
    const move = { start: '2027-06-02T13:00:00Z', end: '2027-06-02T14:00:00Z' };
    expect((await api.ask('PATCH', path, move)).body.rule).to.equal('booking-over');
    const other = (await api.ask('POST', '/v1/bookings', aBooking(id, move))).body;
    await api.ask('POST', `/v1/bookings/${other.id}/cancel`);
    const complete = await api.ask('POST', `/v1/bookings/${other.id}/complete`);
    expect([...code(complete), complete.body.rule]).to.deep.equal([422, 'rule_violation', 'booking-state']);
  });

  it('keeps a hold from more than there is', async () => {
    const body = { kind: 'equipment', name: 'Ladders', timeZone: 'UTC', quantity: 2 };
    const ladders = (await api.ask('POST', '/v1/resources', body)).body.id;
    const span = { start: '2027-06-03T10:00:00Z', end: '2027-06-03T11:00:00Z' };
    const hold = await api.ask('POST', '/v1/holds', { ...span, resourceIds: [ladders], quantities: { [ladders]: 3 } });
    expect([...code(hold), hold.body.rule]).to.deep.equal([422, 'rule_violation', 'quantity']);
  });

  it('closes the door where a calendar is ill and the caller wants it closed', async () => {
    const desk = await aFrontDesk(api);
    await desk.attach('Work');
    api.clock.advance(120_000);
    api.world.down = () => new Fault('transient', 'connection reset');
    const wish = aBooking(desk.resourceId, { maxStaleness: 'PT30S', whenIll: 'closed' });
    const reply = await api.ask('POST', '/v1/bookings', wish);
    expect(code(reply)).to.deep.equal([503, 'calendar_unread']);
    expect([reply.headers.get('retry-after'), reply.body.freshness.length]).to.deep.equal(['10', 1]);
    api.world.down = null;
  });

  it('lets an acceptance be repeated, even where its answer was lost', async () => {
    const wish = {
      ...{ from: '2027-06-04T08:00:00Z', to: '2027-06-04T17:00:00Z' },
      ...{ duration: 'PT1H', resourceIds: [id], count: 2 },
    };
    const offer = (await api.ask('POST', '/v1/offers', wish)).body;
    const body = { option: offer.options[0].id, title: 'Boiler service' };
    const accept = (o = {}) => api.ask('POST', `/v1/offers/${offer.id}/accept`, body, o);
    const key = { headers: { 'Idempotency-Key': 'accept-1' } };
    const [first, again] = [await accept(key), await accept(key)];
    expect([first.status, again.status]).to.deep.equal([201, 201]);
    expect([again.body.id, again.headers.get('idempotent-replayed')]).to.deep.equal([first.body.id, 'true']);
    expect(code(await accept())).to.deep.equal([409, 'offer_accepted']);
  });

  it('lets an acceptance be known again although its answer was never kept', async () => {
    const clock = runningClock();
    const inner = memoryStore({ clock });
    const idempotency = { ...inner.idempotency, finish: () => Promise.reject(new Error('the process died here')) };
    const other = await anApi({ store: { ...inner, idempotency }, clock });
    const leaver = await aTechnician(other);
    const wish = { from: '2027-06-04T08:00:00Z', to: '2027-06-04T17:00:00Z', duration: 'PT1H', count: 2 };
    const offer = (await other.ask('POST', '/v1/offers', { ...wish, resourceIds: [leaver] })).body;
    const accept = () =>
      other.ask(
        'POST',
        `/v1/offers/${offer.id}/accept`,
        { option: offer.options[0].id, title: 'Boiler service' },
        { headers: { 'Idempotency-Key': 'accept-2' } },
      );
    const first = await accept();
    clock.advance(121_000);
    const known = await accept();
    expect([first.status, known.status, known.body.id]).to.deep.equal([201, 200, first.body.id]);
    await other.close();
  });

  it('refuses an offer of somebody who left', async () => {
    const leaver = await aTechnician(api);
    const span = { from: '2027-06-04T08:00:00Z', to: '2027-06-04T17:00:00Z' };
    const offer = await api.ask('POST', '/v1/offers', { ...span, duration: 'PT1H', resourceIds: [leaver], count: 1 });
    expect((await api.ask('DELETE', `/v1/resources/${leaver}`)).status).to.equal(204);
    const body = { option: offer.body.options[0].id, title: 'Boiler service' };
    const reply = await api.ask('POST', `/v1/offers/${offer.body.id}/accept`, body);
    expect([...code(reply), reply.body.rule]).to.deep.equal([422, 'rule_violation', 'resource-deleted']);
  });

  it('lets a resource be deleted only in the version that was read', async () => {
    const reply = await api.ask('DELETE', `/v1/resources/${await aTechnician(api)}`, undefined, {
      headers: { 'If-Match': '"7"' },
    });
    expect(code(reply)).to.deep.equal([412, 'version_mismatch']);
  });
});
