/** Resources over HTTP. */
import { expect } from 'chai';
import { type Api, aBooking, anApi, aTechnician } from '../kit/api.ts';

describe('resources over HTTP', () => {
  let api: Api;
  before(async () => {
    api = await anApi();
  });
  after(() => api.close());

  it('are made with sane defaults and read back', async () => {
    const made = await api.ask('POST', '/v1/resources', { kind: 'technician', name: 'Sam', timeZone: 'Europe/Berlin' });
    expect(made.status).to.equal(201);
    expect(made.headers.get('location')).to.equal(`/v1/resources/${made.body.id}`);
    expect(made.body).to.include({
      kind: 'technician',
      quantity: 1,
      version: 1,
      timeZone: 'Europe/Berlin',
      email: null,
    });
    const read = await api.ask('GET', `/v1/resources/${made.body.id}`);
    expect(read.body).to.deep.equal(made.body);
    expect(read.headers.get('etag')).to.equal('"1"');
    expect(read.headers.get('cache-control')).to.equal('no-store');
  });

  it('keep every field that was given', async () => {
    const body = {
      kind: 'technician',
      name: 'Ada Example',
      timeZone: 'America/New_York',
      skills: [{ skill: 'gas', level: 3, validUntil: '2028-01-31' }],
      territoryIds: ['ter_north'],
      home: { lat: 40.7, lng: -74, address: '1 Example Street' },
      workingHours: [{ days: ['mon', 'sat'], from: '22:00', to: '30:00' }],
      overrides: [{ date: '2027-12-24', spans: [] }],
      limits: { jobsPerDay: 6 },
      email: 'ada@example.com',
      phone: '+1 212 555 0100',
      externalRef: 'emp-7',
    };
    const { body: made } = await api.ask('POST', '/v1/resources', body);
    expect(made).to.deep.include(body);
  });

  it('are listed page by page, each once', async () => {
    const key = await api.keyWith();
    for (const name of ['a', 'b', 'c', 'd', 'e']) await aTechnician(api, { name }, { key });
    const names: string[] = [];
    let after: string | null = null;
    do {
      const query: string = after === null ? '' : `&after=${after}`;
      const page = await api.ask('GET', `/v1/resources?limit=2${query}`, undefined, { key });
      names.push(...page.body.data.map((r: { name: string }) => r.name));
      after = page.body.next;
    } while (after !== null);
    expect(names.toSorted()).to.deep.equal(['a', 'b', 'c', 'd', 'e']);
  });

  it('change only where asked, and only when the version still fits', async () => {
    const id = await aTechnician(api, { email: 'sam@example.com' });
    const changed = await api.ask(
      'PATCH',
      `/v1/resources/${id}`,
      { name: 'Samuel' },
      { headers: { 'If-Match': '"1"' } },
    );
    expect(changed.body).to.include({ name: 'Samuel', email: 'sam@example.com', version: 2 });
    const late = await api.ask('PATCH', `/v1/resources/${id}`, { name: 'X' }, { headers: { 'If-Match': '"1"' } });
    expect([late.status, late.body.code, late.body.version]).to.deep.equal([412, 'version_mismatch', 2]);
    const cleared = await api.ask('PATCH', `/v1/resources/${id}`, { email: null });
    expect(cleared.body.email).to.equal(null);
  });

  it('lose no change when two are made at once', async () => {
    const id = await aTechnician(api);
    const replies = await Promise.all([
      api.ask('PATCH', `/v1/resources/${id}`, { name: 'New name' }),
      api.ask('PATCH', `/v1/resources/${id}`, { phone: '+49 30 123456' }),
    ]);
    expect(replies.map((r) => r.status)).to.deep.equal([200, 200]);
    const { body } = await api.ask('GET', `/v1/resources/${id}`);
    expect(body).to.include({ name: 'New name', phone: '+49 30 123456', version: 3 });
  });

  it('cannot be removed while bookings are to come, and afterwards they are gone', async () => {
    const id = await aTechnician(api);
    const booking = await api.ask('POST', '/v1/bookings', aBooking(id));
    const refused = await api.ask('DELETE', `/v1/resources/${id}`);
    expect([refused.status, refused.body.code]).to.deep.equal([409, 'in_use']);
    expect(refused.body.bookingId).to.equal(booking.body.id);
    await api.ask('POST', `/v1/bookings/${booking.body.id}/cancel`);
    expect((await api.ask('DELETE', `/v1/resources/${id}`)).status).to.equal(204);
    expect((await api.ask('GET', `/v1/resources/${id}`)).status).to.equal(404);
    expect((await api.ask('DELETE', `/v1/resources/${id}`)).status).to.equal(404);
  });

  const wrong: readonly (readonly [what: string, body: Record<string, unknown>, path: string])[] = [
    ['an unknown kind', { kind: 'robot' }, 'kind'],
    ['an unknown field', { colour: 'red' }, 'colour'],
    ['an unknown field deep inside', { home: { lat: 1, lng: 2, planet: 'Mars' } }, 'home.planet'],
    ['a zone that does not exist', { timeZone: 'Europe/Atlantis' }, 'timeZone'],
    ['a blank name', { name: '  ' }, 'name'],
    ['a control character', { name: 'a\u0000b' }, 'name'],
    ['half a character', { name: 'a\ud800' }, 'name'],
    ['two technicians in one', { quantity: 2 }, 'quantity'],
    [
      'hours that end before they begin',
      { workingHours: [{ days: ['mon'], from: '17:00', to: '08:00' }] },
      'workingHours[0].to',
    ],
    ['a day that does not exist', { overrides: [{ date: '2027-02-30', spans: [] }] }, 'overrides[0].date'],
    ['a latitude beyond the pole', { home: { lat: 91, lng: 0 } }, 'home.lat'],
    ['a wrong skill', { skills: [{ skill: 'gas', level: 'high' }] }, 'skills[0].level'],
  ];
  for (const [what, over, path] of wrong) {
    it(`refuse ${what} and name the place`, async () => {
      const body = { kind: 'technician', name: 'Sam', timeZone: 'UTC', ...over };
      const reply = await api.ask('POST', '/v1/resources', body);
      expect([reply.status, reply.body.code]).to.deep.equal([400, 'invalid_request']);
      expect(reply.body.errors.map((e: { path: string }) => e.path)).to.include(path);
      expect(reply.body.detail).to.include(path);
    });
  }

  it('refuse a technician who would become two by a change', async () => {
    const id = await aTechnician(api);
    const reply = await api.ask('PATCH', `/v1/resources/${id}`, { quantity: 2 });
    expect([reply.status, reply.body.errors[0].path]).to.deep.equal([400, 'quantity']);
  });

  it('refuse wrong pages', async () => {
    for (const query of ['limit=0', 'limit=201', 'limit=x', 'after=%20', 'colour=red', 'limit=1&limit=2']) {
      const reply = await api.ask('GET', `/v1/resources?${query}`);
      expect([query, reply.status, reply.body.code]).to.deep.equal([query, 400, 'invalid_request']);
    }
    const foreign = await api.ask('GET', '/v1/resources?after=nonsense');
    expect(foreign.status).to.equal(400);
  });
});
