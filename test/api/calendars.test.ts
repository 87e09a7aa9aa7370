/** Connections and calendars over HTTP, with the calendar server in memory behind them. */
import { expect } from 'chai';
import { addCalendar, ownerOf } from '../../connectors/memory/index.ts';
import { Fault } from '../../src/domain/fault.ts';
import type { CalendarId, ConnectionId } from '../../src/domain/ids.ts';
import { defaultTenantId } from '../../src/domain/ids.ts';
import { utcZone } from '../../src/domain/time.ts';
import { type Api, aBooking, aConnectionOf, anApi, aTechnician } from '../kit/api.ts';
import { someFields, zoned } from '../kit/builders.ts';
import { eventually } from '../kit/eventually.ts';

const code = (r: { status: number; body: { code?: string } }) => [r.status, r.body.code];

describe('connections over HTTP', () => {
  let api: Api;
  beforeEach(async () => {
    api = await anApi();
  });
  afterEach(() => api.close());

  it('are checked, kept with the secret sealed, and shown without it', async () => {
    const made = await api.ask('POST', '/v1/connections', { provider: 'memory', account: 'sam', password: 'hunter2' });
    expect([made.status, made.body.account, made.body.state]).to.deep.equal([201, 'sam', 'ok']);
    const kept = await api.store.connections.get(defaultTenantId, made.body.id as ConnectionId);
    expect(kept?.secret).to.match(/^v1\./);
    for (const path of ['/v1/connections', `/v1/connections/${made.body.id}`]) {
      const shown = await api.ask('GET', path);
      expect(shown.text).to.not.include('hunter2').and.not.include('v1.').and.not.include('secret');
    }
  });

  it('heal when the same account is connected again', async () => {
    const id = await aConnectionOf(api);
    const before = (await api.store.connections.get(defaultTenantId, id as ConnectionId))!;
    const broken = { ...before, version: 2, state: 'needs_consent', lastFault: 'password changed' } as const;
    expect(await api.store.connections.save(broken)).to.equal(true);
    const again = await api.ask('POST', '/v1/connections', { provider: 'memory', account: 'sam@example.com' });
    expect([again.status, again.body.id, again.body.state, again.body.lastFault]).to.deep.equal([200, id, 'ok', null]);
  });

  it('refuse what the provider refuses, in its words, and keep nothing', async () => {
    const refused = await api.ask('POST', '/v1/connections', { provider: 'memory' });
    expect(code(refused)).to.deep.equal([422, 'provider_refused']);
    expect(refused.body.detail).to.equal('an account name is expected under "account"');
    expect((await api.ask('GET', '/v1/connections')).body.data).to.deep.equal([]);
  });

  it('refuse providers that are not spoken here', async () => {
    for (const body of [{ provider: 'abacus' }, {}, { provider: 7 }]) {
      const reply = await api.ask('POST', '/v1/connections', body);
      expect([...code(reply), reply.body.errors[0].path]).to.deep.equal([400, 'invalid_request', 'provider']);
    }
  });

  it('list what the account offers, and say when the provider does not answer', async () => {
    const id = await aConnectionOf(api);
    const work = addCalendar(api.world, 'Work', { zone: utcZone });
    const offered = await api.ask('GET', `/v1/connections/${id}/calendars`);
    const row = { remoteId: work.remoteId, name: 'Work', timeZone: 'UTC', canWrite: true, attachedAs: null };
    expect(offered.body.data).to.deep.equal([row]);
    const answers = [
      [new Fault('transient', 'connection reset'), 502, 'provider_unavailable'],
      [new Fault('throttled', 'slow down'), 503, 'provider_unavailable'],
      [new Fault('consent', 'password changed'), 422, 'provider_refused'],
    ] as const;
    for (const [fault, status, name] of answers) {
      api.world.down = () => fault;
      expect(code(await api.ask('GET', `/v1/connections/${id}/calendars`))).to.deep.equal([status, name]);
    }
  });

  it('go with all their calendars', async () => {
    const id = await aConnectionOf(api);
    const resourceId = await aTechnician(api);
    const { remoteId } = addCalendar(api.world, 'Work', { zone: utcZone });
    await api.ask('POST', '/v1/calendars', { connectionId: id, remoteId, resourceId, role: 'two-way' });
    expect((await api.ask('DELETE', `/v1/connections/${id}`)).status).to.equal(204);
    expect((await api.ask('GET', '/v1/calendars')).body.data).to.deep.equal([]);
    expect((await api.ask('GET', `/v1/connections/${id}`)).status).to.equal(404);
    expect((await api.ask('DELETE', `/v1/connections/${id}`)).status).to.equal(404);
  });
});

describe('calendars over HTTP', () => {
  let api: Api;
  let resourceId: string;
  let connectionId: string;
  beforeEach(async () => {
    api = await anApi();
    resourceId = await aTechnician(api);
    connectionId = await aConnectionOf(api);
  });
  afterEach(() => api.close());

  const attach = async (name: string, over: Record<string, unknown> = {}) => {
    const server = addCalendar(api.world, name, { zone: utcZone });
    const body = { connectionId, remoteId: server.remoteId, resourceId, role: 'two-way', ...over };
    const reply = await api.ask('POST', '/v1/calendars', body);
    expect(reply.status, reply.text).to.equal(201);
    return { server, owner: ownerOf(server), reply, path: `/v1/calendars/${reply.body.id}`, id: reply.body.id };
  };
  const meeting = someFields({ title: 'Dentist', start: zoned('2027-06-02T10:00'), end: zoned('2027-06-02T11:00') });

  it('are attached at once, with defaults, and read soon after', async () => {
    const { reply, path } = await attach('Work', {
      policy: { authority: { when: 'ask' } },
      busyRules: { tentative: false },
    });
    expect(reply.body).to.include({ name: 'Work', role: 'two-way', share: 'full', mirror: 'none', timeZone: 'UTC' });
    expect(reply.body.sync.state).to.equal('listing');
    expect(reply.body.policy.authority).to.include({ when: 'ask', busy: 'theirs' });
    expect(reply.body.busyRules).to.include({ tentative: false, away: true });
    const live = await eventually(async () => {
      const { body } = await api.ask('GET', path);
      return body.sync.state === 'polling' && body;
    });
    expect(live.sync.staleForMs).to.be.a('number');
    expect((await api.ask('GET', `/v1/connections/${connectionId}/calendars`)).body.data[0].attachedAs).to.equal(
      reply.body.id,
    );
    expect((await api.ask('GET', `/v1/calendars?connectionId=${connectionId}`)).body.data).to.have.lengthOf(1);
  });

  it('attach once, only where they exist and may be written', async () => {
    const { server, id } = await attach('Work');
    const body = { connectionId, remoteId: server.remoteId, resourceId, role: 'read' };
    const twice = await api.ask('POST', '/v1/calendars', body);
    expect([...code(twice), twice.body.calendarId]).to.deep.equal([409, 'already_attached', id]);
    const unknown = await api.ask('POST', '/v1/calendars', { ...body, remoteId: '/nowhere/' });
    expect([...code(unknown), unknown.body.rule]).to.deep.equal([422, 'rule_violation', 'no-such-calendar']);
    const { remoteId } = addCalendar(api.world, 'Holidays', { zone: utcZone, canWrite: false });
    const readOnly = await api.ask('POST', '/v1/calendars', { ...body, remoteId, role: 'two-way' });
    expect([...code(readOnly), readOnly.body.rule]).to.deep.equal([422, 'rule_violation', 'read-only']);
    expect((await api.ask('POST', '/v1/calendars', { ...body, remoteId })).status).to.equal(201);
    for (const missing of [{ connectionId: 'con_00000000000000000000' }, { resourceId: 'res_00000000000000000000' }]) {
      expect(code(await api.ask('POST', '/v1/calendars', { ...body, ...missing }))).to.deep.equal([404, 'not_found']);
    }
    expect((await api.ask('POST', '/v1/calendars', { ...body, role: 'owner' })).body.errors[0].path).to.equal('role');
  });

  it('get the bookings that were there before', async () => {
    const { body: booking } = await api.ask('POST', '/v1/bookings', aBooking(resourceId));
    const { path, owner } = await attach('Work');
    await api.ask('POST', `${path}/sync?wait=10`);
    expect(owner.events().map((item) => item.fields.title)).to.deep.equal(['Boiler service']);
    const shown = await api.ask('GET', `/v1/bookings/${booking.id}`);
    expect(shown.body.calendars[0].state).to.equal('written');
  });

  it('show a booking as a job card, written before the answer where the caller prefers to wait', async () => {
    const { id, owner } = await attach('Work');
    const body = {
      ...aBooking(resourceId),
      customer: { name: 'Kim Example', phone: '+49 30 901820' },
      notes: 'Ring twice',
    };
    const made = await api.ask('POST', '/v1/bookings', body, { headers: { Prefer: 'respond-async, wait=10' } });
    expect(made.headers.get('preference-applied')).to.equal('wait=10');
    const [copy] = made.body.calendars;
    expect(copy).to.include({ calendarId: id, state: 'written', reason: null });
    expect(copy.remoteId).to.be.a('string');
    expect(copy.writtenAt).to.be.a('string');
    const [item] = owner.events();
    expect(item?.fields.description).to.equal(
      `Customer: Kim Example\nPhone: +49 30 901820\n\nRing twice\n\nBooking: ${made.body.id}`,
    );
    const moved = await api.ask(
      'PATCH',
      `/v1/bookings/${made.body.id}`,
      { start: '2027-06-02T13:00:00Z' },
      {
        headers: { Prefer: 'wait=10' },
      },
    );
    expect(moved.body.calendars[0].state).to.equal('written');
    expect(owner.events()[0]?.fields.start).to.deep.include({ wall: '2027-06-02T13:00:00' });
    await api.ask('POST', `/v1/bookings/${made.body.id}/cancel`, {}, { headers: { Prefer: 'wait=10' } });
    expect(owner.events()).to.deep.equal([]);
  });

  it('do not hold the answer longer than the caller prefers, and say what failed', async () => {
    const { server } = await attach('Work');
    server.knobs.refuse = { times: 1, why: 'quota of events exceeded' };
    const made = await api.ask('POST', '/v1/bookings', aBooking(resourceId), { headers: { Prefer: 'wait=10' } });
    expect(made.status).to.equal(201);
    expect(made.body.calendars[0]).to.include({ state: 'failed', reason: 'quota of events exceeded' });
    let open = () => {};
    server.knobs.gate = () => new Promise((resolve) => (open = resolve));
    const span = { start: '2027-06-02T13:00:00Z', end: '2027-06-02T14:00:00Z' };
    const slow = await api.ask('POST', '/v1/bookings', aBooking(resourceId, span), { headers: { Prefer: 'wait=1' } });
    expect([slow.status, slow.body.calendars[0].state]).to.deep.equal([201, 'pending']);
    server.knobs.gate = async () => {};
    open();
  });

  it('block time by their events, and the schedule shows why', async () => {
    const { path, owner, id } = await attach('Work');
    await api.ask('POST', `${path}/sync?wait=10`);
    owner.create(meeting);
    const privately = {
      title: 'Secret',
      privacy: 'private',
      start: zoned('2027-06-02T13:00'),
      end: zoned('2027-06-02T14:00'),
    };
    owner.create(someFields(privately as Partial<typeof meeting>));
    const report = await api.ask('POST', `${path}/sync?wait=10`);
    expect([report.status, report.body.outcome, report.body.counts.created]).to.deep.equal([200, 'done', 2]);
    const lost = await api.ask('POST', '/v1/bookings', aBooking(resourceId));
    expect(lost.body.conflicts[0].kind).to.equal('calendar');
    expect(lost.text).to.not.include('Dentist');
    await api.ask(
      'POST',
      '/v1/bookings',
      aBooking(resourceId, { start: '2027-06-02T15:00:00Z', end: '2027-06-02T16:00:00Z' }),
    );
    await api.ask('POST', '/v1/holds', {
      start: '2027-06-02T16:00:00Z',
      end: '2027-06-02T17:00:00Z',
      resourceIds: [resourceId],
    });
    const window = 'from=2027-06-02T00:00:00Z&to=2027-06-03T00:00:00Z';
    const { body } = await api.ask('GET', `/v1/schedule?${window}&resourceIds=${resourceId}`);
    const [row] = body.data;
    expect(row.working).to.deep.equal([{ start: '2027-06-02T08:00:00Z', end: '2027-06-02T17:00:00Z' }]);
    expect(row.busy.map((b: { title: string }) => b.title)).to.deep.equal(['Dentist', null]);
    expect(row.busy[0]).to.include({ calendarId: id, start: '2027-06-02T10:00:00Z', end: '2027-06-02T11:00:00Z' });
    expect([row.bookings.length, row.holds.length, row.conflicts.length]).to.deep.equal([1, 1, 0]);
  });

  it('share time only where the border is closed', async () => {
    const { path, owner } = await attach('Private', { share: 'busy' });
    owner.create(meeting);
    await api.ask('POST', `${path}/sync?wait=10`);
    const { body } = await api.ask('GET', '/v1/schedule?from=2027-06-02T00:00:00Z&to=2027-06-03T00:00:00Z');
    expect(body.data[0].busy[0].title).to.equal(null);
    expect(JSON.stringify(body)).to.not.include('Dentist');
  });

  it('open a conflict when an event lands on a booking', async () => {
    const { path, owner } = await attach('Work');
    const { body: booking } = await api.ask('POST', '/v1/bookings', aBooking(resourceId), {
      headers: { Prefer: 'wait=10' },
    });
    owner.create(meeting);
    await api.ask('POST', `${path}/sync?wait=10`);
    const { body } = await api.ask('GET', '/v1/conflicts?state=open');
    expect(body.data).to.have.lengthOf(1);
    expect(body.data[0]).to.include({ kind: 'overlap', state: 'open', resourceId });
    expect((await api.ask('GET', `/v1/conflicts/${body.data[0].id}`)).body).to.deep.equal(body.data[0]);
    expect((await api.ask('GET', '/v1/conflicts/cnf_00000000000000000000')).status).to.equal(404);
    const story = await api.ask('GET', `/v1/bookings/${booking.id}/story`);
    expect(story.body.data.length).to.be.greaterThan(1);
    const { body: schedule } = await api.ask('GET', '/v1/schedule?from=2027-06-02T00:00:00Z&to=2027-06-03T00:00:00Z');
    expect(schedule.data[0].conflicts).to.have.lengthOf(1);
  });

  it('are read first where an answer must not be older than asked', async () => {
    const { path, owner, id } = await attach('Work');
    await api.ask('POST', `${path}/sync?wait=10`);
    owner.create(meeting);
    api.clock.advance(40_000);
    const query = {
      from: '2027-06-02T10:00:00Z',
      to: '2027-06-02T11:00:00Z',
      duration: 'PT1H',
      resourceIds: [resourceId],
    };
    const old = await api.ask('POST', '/v1/availability', query);
    expect(old.body.slots).to.have.lengthOf(1);
    expect(old.body.freshness[0]).to.include({ calendarId: id, problem: null });
    const lost = await api.ask('POST', '/v1/bookings', aBooking(resourceId, { maxStaleness: 'PT30S' }));
    expect(code(lost)).to.deep.equal([409, 'slot_taken']);
    api.clock.advance(40_000);
    api.world.down = () => new Fault('transient', 'connection reset');
    const down = await api.ask('POST', '/v1/availability', { ...query, maxStaleness: 'PT30S' });
    expect(down.body.slots).to.deep.equal([]);
    expect(down.body.freshness[0].problem).to.include('connection reset');
  });

  it('change their settings, with effect on what is there', async () => {
    const { path, owner, id } = await attach('Work');
    owner.create({ ...meeting, busy: 'tentative' });
    await api.ask('POST', `${path}/sync?wait=10`);
    const query = {
      from: '2027-06-02T10:00:00Z',
      to: '2027-06-02T11:00:00Z',
      duration: 'PT1H',
      resourceIds: [resourceId],
    };
    expect((await api.ask('POST', '/v1/availability', query)).body.slots).to.deep.equal([]);
    const changed = await api.ask(
      'PATCH',
      path,
      { name: 'Van', busyRules: { tentative: false } },
      { headers: { 'If-Match': '"1"' } },
    );
    expect([changed.status, changed.body.name, changed.body.version]).to.deep.equal([200, 'Van', 2]);
    expect((await api.ask('POST', '/v1/availability', query)).body.slots).to.have.lengthOf(1);
    const late = await api.ask('PATCH', path, { share: 'busy' }, { headers: { 'If-Match': '"1"' } });
    expect(code(late)).to.deep.equal([412, 'version_mismatch']);
    expect((await api.ask('PATCH', path, { resourceId })).body.errors[0].path).to.equal('resourceId');
    expect(code(await api.ask('PATCH', `/v1/calendars/${id}x`, {}))).to.deep.equal([404, 'not_found']);
  });

  it('take words back from copies that were written, when the border closes', async () => {
    const { path, owner } = await attach('Work');
    const body = aBooking(resourceId, { customer: { name: 'Kim Example' } });
    const { body: made } = await api.ask('POST', '/v1/bookings', body, { headers: { Prefer: 'wait=10' } });
    expect(owner.events()[0]?.fields.description).to.include('Kim Example');
    await api.ask('PATCH', path, { share: 'busy' });
    await api.ask('POST', `${path}/sync?wait=10`);
    expect(owner.events()[0]?.fields).to.deep.include({ title: 'Busy', description: '' });
    await api.ask('PATCH', path, { share: 'full' });
    await api.ask('POST', `${path}/sync?wait=10`);
    expect(owner.events()[0]?.fields).to.deep.include({ title: 'Boiler service' });
    expect((await api.ask('GET', `/v1/bookings/${made.id}`)).body.version).to.equal(made.version);
  });

  it('copy the events of each other when asked to, and take the copies back when not any more', async () => {
    const work = await attach('Work');
    const family = await attach('Family');
    family.owner.create(meeting);
    await api.ask('POST', `${family.path}/sync?wait=10`);
    const copies = async () => {
      await api.ask('POST', `${work.path}/sync?wait=10`);
      return work.owner.events().map((item) => item.fields.title);
    };
    expect(await copies()).to.deep.equal([]);
    await api.ask('PATCH', work.path, { mirror: 'full' });
    expect(await copies()).to.deep.equal(['Dentist']);
    await api.ask('PATCH', work.path, { mirror: 'busy' });
    expect(await copies()).to.deep.equal(['Busy']);
    await api.ask('PATCH', work.path, { mirror: 'none' });
    expect(await copies()).to.deep.equal([]);
  });

  it('say what a visit did, was, or could not do', async () => {
    const { path, owner, server } = await attach('Work');
    await api.ask('POST', `${path}/sync?wait=10`);
    owner.create(meeting);
    const asked = await api.ask('POST', `${path}/sync`);
    expect([asked.status, asked.body.outcome]).to.deep.equal([202, 'requested']);
    await eventually(
      async () =>
        (await api.ask('GET', '/v1/schedule?from=2027-06-02T00:00:00Z&to=2027-06-03T00:00:00Z')).body.data[0].busy
          .length === 1,
    );
    const pulls = server.calls.pull;
    const full = await api.ask('POST', `${path}/sync?full=true&wait=10`);
    expect([full.status, full.body.outcome]).to.deep.equal([200, 'done']);
    expect(server.calls.pull).to.be.greaterThan(pulls);
    api.world.down = () => new Fault('transient', 'connection reset');
    const failed = await api.ask('POST', `${path}/sync?wait=10`);
    expect([failed.status, failed.body.outcome, failed.body.detail]).to.deep.equal([200, 'fault', 'connection reset']);
    const { body } = await api.ask('GET', path);
    expect([body.sync.state, body.sync.lastFault]).to.deep.equal(['degraded', 'connection reset']);
    expect((await api.ask('POST', `${path}/sync?wait=31`)).body.errors[0].path).to.equal('wait');
    expect((await api.ask('POST', `${path}/sync?full=maybe`)).body.errors[0].path).to.equal('full');
  });

  it('are detached with or without their copies', async () => {
    for (const purge of [false, true]) {
      const { path, owner, id } = await attach(`Work ${purge}`);
      const hour = purge ? '13' : '10';
      const span = { start: `2027-06-02T${hour}:00:00Z`, end: `2027-06-02T${hour}:30:00Z` };
      await api.ask('POST', '/v1/bookings', aBooking(resourceId, span), { headers: { Prefer: 'wait=10' } });
      expect(owner.events().length).to.be.greaterThan(0);
      expect((await api.ask('DELETE', `${path}?purge=${purge}`)).status).to.equal(204);
      await eventually(async () => (await api.store.calendars.find(id as CalendarId)) === null);
      expect(owner.events().length > 0).to.equal(!purge);
      expect((await api.ask('GET', path)).status).to.equal(404);
    }
  });

  it('keep their resource from being removed', async () => {
    const { path, id } = await attach('Work');
    const refused = await api.ask('DELETE', `/v1/resources/${resourceId}`);
    expect([...code(refused), refused.body.calendarId]).to.deep.equal([409, 'in_use', id]);
    await api.ask('DELETE', path);
    expect((await api.ask('DELETE', `/v1/resources/${resourceId}`)).status).to.equal(204);
  });

  it('of another tenant are not there', async () => {
    const { path, server } = await attach('Work');
    const key = await api.keyWith();
    const mine = await aConnectionOf(api, 'other', { key });
    const body = { connectionId, remoteId: server.remoteId, resourceId, role: 'read' };
    for (const [method, where, what] of [
      ['GET', path],
      ['PATCH', path, { share: 'busy' }],
      ['DELETE', path],
      ['POST', `${path}/sync`],
      ['GET', `/v1/connections/${connectionId}`],
      ['GET', `/v1/connections/${connectionId}/calendars`],
      ['DELETE', `/v1/connections/${connectionId}`],
      ['POST', '/v1/calendars', body],
      ['POST', '/v1/calendars', { ...body, connectionId: mine }],
    ] as const) {
      expect([where, ...code(await api.ask(method, where, what, { key }))]).to.deep.equal([where, 404, 'not_found']);
    }
  });

  it('are counted by state in the metrics, without names', async () => {
    const { path } = await attach('Work');
    await api.ask('POST', `${path}/sync?wait=10`);
    const { text } = await api.ask('GET', '/metrics');
    expect(text).to.match(/interlock_calendars\{state="polling"\} 1/);
    expect(text).to.match(/interlock_visits_total\{outcome="done"\} [1-9]/);
    expect(text).to.match(
      /interlock_http_request_duration_seconds_count\{method="POST",route="\/v1\/calendars",status="201"\} 1/,
    );
    expect(text).to.match(/interlock_debts 0/);
    expect(text).to.not.include('Work').and.not.include('sam@').and.not.include('cal_');
  });
});
