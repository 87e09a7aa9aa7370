/** Bookings, holds and availability over HTTP. */
import { expect } from 'chai';
import { type Api, aBooking, anApi, aTechnician } from '../kit/api.ts';

describe('bookings over HTTP', () => {
  let api: Api;
  before(async () => {
    api = await anApi();
  });
  after(() => api.close());
  const code = (r: { status: number; body: { code?: string } }) => [r.status, r.body.code];

  it('are made, with the time blocked before the answer', async () => {
    const id = await aTechnician(api);
    const made = await api.ask('POST', '/v1/bookings', {
      ...aBooking(id),
      start: '2027-06-02T12:00:00+02:00',
      end: '2027-06-02T13:00:00+02:00',
      timeZone: 'Europe/Berlin',
      customer: { name: 'Kim Example', phone: '+49 30 901820', email: 'kim@example.com' },
      location: { address: '1 Example Street', lat: 52.5, lng: 13.4 },
      notes: 'Key under the mat.\nBeware of the dog.',
      metadata: { order: '42' },
      source: 'phone',
    });
    expect(made.status).to.equal(201);
    expect(made.headers.get('location')).to.equal(`/v1/bookings/${made.body.id}`);
    expect(made.headers.get('etag')).to.equal(`"${made.body.version}"`);
    expect(made.body).to.include({
      status: 'confirmed',
      start: '2027-06-02T10:00:00Z',
      end: '2027-06-02T11:00:00Z',
      timeZone: 'Europe/Berlin',
      source: 'phone',
      notes: 'Key under the mat.\nBeware of the dog.',
    });
    expect(made.body.calendars).to.deep.equal([]);
    expect(made.body.receipt.rows).to.have.lengthOf(1);
    expect((await api.ask('GET', `/v1/bookings/${made.body.id}`)).body).to.deep.equal(made.body);
    const free = await api.ask('POST', '/v1/availability', {
      ...{
        from: '2027-06-02T10:00:00Z',
        to: '2027-06-02T11:00:00Z',
        duration: 'PT30M',
        resourceIds: [id],
        explain: true,
      },
    });
    expect(free.body.slots).to.deep.equal([]);
    expect(Object.keys(free.body.why)).to.not.deep.equal([]);
  });

  it('refuse a taken time with what is in the way and what is free instead', async () => {
    const id = await aTechnician(api);
    await api.ask('POST', '/v1/bookings', aBooking(id, { title: 'Secret affair' }));
    const lost = await api.ask('POST', '/v1/bookings', aBooking(id));
    expect(code(lost)).to.deep.equal([409, 'slot_taken']);
    const row = { resourceId: id, start: '2027-06-02T10:00:00Z', end: '2027-06-02T11:00:00Z', kind: 'booking' };
    expect(lost.body.conflicts).to.deep.equal([row]);
    expect(lost.body.alternatives.length).to.be.within(1, 3);
    expect(lost.text).to.not.include('Secret');
    const [slot] = lost.body.alternatives;
    expect((await api.ask('POST', '/v1/bookings', aBooking(id, slot))).status).to.equal(201);
  });

  it('let exactly one of many win a time', async () => {
    const id = await aTechnician(api);
    const replies = await Promise.all(Array.from({ length: 12 }, () => api.ask('POST', '/v1/bookings', aBooking(id))));
    expect(replies.filter((r) => r.status === 201)).to.have.lengthOf(1);
    expect(replies.filter((r) => r.body.code === 'slot_taken')).to.have.lengthOf(11);
  });

  it('find a technician by what is needed, in a list or alone', async () => {
    const key = await api.keyWith();
    const id = await aTechnician(api, { skills: [{ skill: 'gas', level: 2 }] }, { key });
    const { resourceIds: _, ...body } = aBooking(id);
    const made = await api.ask(
      'POST',
      '/v1/bookings',
      { ...body, assign: { kind: 'technician', skills: ['gas'] } },
      { key },
    );
    expect([made.status, made.body.resourceIds]).to.deep.equal([201, [id]]);
    const need = [{ kind: 'technician', skills: [{ skill: 'gas', level: 5 }] }];
    const none = await api.ask('POST', '/v1/bookings', { ...body, assign: need }, { key });
    expect([...code(none), none.body.rule]).to.deep.equal([422, 'rule_violation', 'no-match']);
  });

  it('are one under one external reference', async () => {
    const id = await aTechnician(api);
    const first = await api.ask('POST', '/v1/bookings', aBooking(id, { externalRef: 'job-1' }));
    const again = await api.ask('POST', '/v1/bookings', aBooking(id, { externalRef: 'job-1' }));
    expect([again.status, again.body.id]).to.deep.equal([200, first.body.id]);
    const other = { start: '2027-06-02T13:00:00Z', end: '2027-06-02T14:00:00Z', externalRef: 'job-1' };
    const refused = await api.ask('POST', '/v1/bookings', aBooking(id, other));
    expect([...code(refused), refused.body.bookingId]).to.deep.equal([409, 'external_ref_taken', first.body.id]);
  });

  it('move, reassign and change their words; a taken time leaves everything as it was', async () => {
    const [id, other] = [await aTechnician(api), await aTechnician(api)];
    const { body: made } = await api.ask('POST', '/v1/bookings', aBooking(id));
    const path = `/v1/bookings/${made.id}`;
    const moved = await api.ask('PATCH', path, { start: '2027-06-02T13:00:00Z' });
    expect(moved.body).to.include({ start: '2027-06-02T13:00:00Z', end: '2027-06-02T14:00:00Z' });
    const longer = await api.ask('PATCH', path, { end: '2027-06-02T15:00:00Z' });
    expect(longer.body).to.include({ start: '2027-06-02T13:00:00Z', end: '2027-06-02T15:00:00Z' });
    await api.ask('POST', '/v1/bookings', aBooking(other));
    const lost = await api.ask('PATCH', path, { ...aBooking(other), title: 'No' });
    expect(code(lost)).to.deep.equal([409, 'slot_taken']);
    const words = await api.ask('PATCH', path, { title: 'New title', notes: null, customer: { name: 'Lee Example' } });
    expect(words.body).to.include({ title: 'New title', notes: null, start: '2027-06-02T13:00:00Z' });
    const reassigned = await api.ask('PATCH', path, { resourceIds: [other] });
    expect(reassigned.body.resourceIds).to.deep.equal([other]);
    expect(reassigned.body.version).to.be.greaterThan(made.version);
  });

  it('keep to If-Match', async () => {
    const id = await aTechnician(api);
    const { body: made } = await api.ask('POST', '/v1/bookings', aBooking(id));
    const path = `/v1/bookings/${made.id}`;
    const wrong = { headers: { 'If-Match': `"${made.version + 7}"` } };
    for (const reply of [
      await api.ask('PATCH', path, { title: 'X' }, wrong),
      await api.ask('PATCH', path, { start: '2027-06-02T13:00:00Z' }, wrong),
      await api.ask('POST', `${path}/cancel`, undefined, wrong),
    ]) {
      expect([...code(reply), reply.body.version]).to.deep.equal([412, 'version_mismatch', made.version]);
    }
    const malformed = await api.ask('PATCH', path, { title: 'X' }, { headers: { 'If-Match': 'three' } });
    expect([malformed.status, malformed.body.errors[0].path]).to.deep.equal([400, 'If-Match']);
    const right = await api.ask('PATCH', path, { title: 'X' }, { headers: { 'If-Match': `"${made.version}"` } });
    expect(right.status).to.equal(200);
  });

  it('start, complete, are missed or cancelled, and are over then', async () => {
    const id = await aTechnician(api);
    const steps = [
      ['cancel', 'cancelled', '08'],
      ['complete', 'completed', '10'],
      ['no-show', 'no_show', '12'],
    ] as const;
    for (const [action, status, hour] of steps) {
      const span = { start: `2027-06-02T${hour}:00:00Z`, end: `2027-06-02T${hour}:30:00Z` };
      const { body: made } = await api.ask('POST', '/v1/bookings', aBooking(id, span));
      expect((await api.ask('POST', `/v1/bookings/${made.id}/start`, {})).body.status).to.equal('in_progress');
      expect((await api.ask('POST', `/v1/bookings/${made.id}/${action}`)).body.status).to.equal(status);
      const late = await api.ask('POST', `/v1/bookings/${made.id}/start`);
      expect(code(late)).to.deep.equal([422, 'rule_violation']);
      expect((await api.ask('GET', `/v1/bookings/${made.id}`)).body.status).to.equal(status);
      const listed = await api.ask('GET', `/v1/bookings?resourceId=${id}&status=${status}`);
      expect(listed.body.data.map((b: { id: string }) => b.id)).to.deep.equal([made.id]);
    }
  });

  it('are listed by time, resource, state and reference', async () => {
    const key = await api.keyWith();
    const id = await aTechnician(api, {}, { key });
    for (const hour of ['08', '10', '12', '14']) {
      const span = { start: `2027-06-02T${hour}:00:00Z`, end: `2027-06-02T${hour}:30:00Z`, externalRef: `ref-${hour}` };
      expect((await api.ask('POST', '/v1/bookings', aBooking(id, span), { key })).status).to.equal(201);
    }
    const list = async (query: string) => {
      const { body } = await api.ask('GET', `/v1/bookings?${query}`, undefined, { key });
      return body.data.map((b: { externalRef: string }) => b.externalRef);
    };
    expect(await list('from=2027-06-02T10:00:00Z&to=2027-06-02T12:30:00Z')).to.deep.equal(['ref-10', 'ref-12']);
    expect(await list('externalRef=ref-14')).to.deep.equal(['ref-14']);
    expect(await list('status=cancelled')).to.deep.equal([]);
    expect(await list('limit=1&from=2027-06-02T10:30:00%2B00:00')).to.deep.equal(['ref-12']);
  });

  it('take over a hold, also when only the hold is named', async () => {
    const id = await aTechnician(api);
    const span = { start: '2027-06-02T10:00:00Z', end: '2027-06-02T11:00:00Z' };
    const hold = await api.ask('POST', '/v1/holds', {
      ...span,
      resourceIds: [id],
      expiresIn: 'PT10M',
      note: 'on the phone',
    });
    expect([hold.status, hold.body.note]).to.deep.equal([201, 'on the phone']);
    const lost = await api.ask('POST', '/v1/bookings', aBooking(id));
    expect(lost.body.conflicts[0].kind).to.equal('hold');
    expect(code(await api.ask('POST', '/v1/holds', { ...span, resourceIds: [id] }))).to.deep.equal([409, 'slot_taken']);
    const made = await api.ask('POST', '/v1/bookings', { ...span, holdId: hold.body.id, title: 'Held' });
    expect([made.status, made.body.resourceIds]).to.deep.equal([201, [id]]);
    expect((await api.ask('DELETE', `/v1/holds/${hold.body.id}`)).status).to.equal(404);
  });

  it('refuse a hold that has ended, and a released one is nobody’s', async () => {
    const id = await aTechnician(api);
    const span = { start: '2027-06-02T10:00:00Z', end: '2027-06-02T11:00:00Z' };
    const hold = await api.ask('POST', '/v1/holds', { ...span, resourceIds: [id], expiresIn: 'PT30S' });
    api.clock.advance(31_000);
    const late = await api.ask('POST', '/v1/bookings', aBooking(id, { holdId: hold.body.id }));
    expect(code(late)).to.deep.equal([409, 'hold_expired']);
    const next = await api.ask('POST', '/v1/holds', { ...span, resourceIds: [id] });
    expect((await api.ask('DELETE', `/v1/holds/${next.body.id}`)).status).to.equal(204);
    const gone = await api.ask('POST', '/v1/bookings', aBooking(id, { holdId: next.body.id }));
    expect(code(gone)).to.deep.equal([404, 'not_found']);
  });

  it('tell their story', async () => {
    const id = await aTechnician(api);
    const { body: made } = await api.ask('POST', '/v1/bookings', aBooking(id));
    await api.ask('PATCH', `/v1/bookings/${made.id}`, { start: '2027-06-02T13:00:00Z' });
    await api.ask('POST', `/v1/bookings/${made.id}/cancel`);
    const story = await api.ask('GET', `/v1/bookings/${made.id}/story`);
    const kinds = story.body.data.map((s: { kind: string }) => s.kind);
    const steps = kinds.filter((kind: string) => /created|moved|cancelled/.test(kind));
    expect(steps).to.deep.equal(['booking.created', 'booking.moved', 'booking.cancelled']);
    expect((await api.ask('GET', `/v1/events/${made.eventId}/story`)).body).to.deep.equal(story.body);
  });

  const wrong: readonly (readonly [what: string, over: Record<string, unknown>, path: string])[] = [
    ['a time without an offset', { start: '2027-06-02T10:00:00' }, 'start'],
    ['a day that does not exist', { start: '2027-02-30T10:00:00Z' }, 'start'],
    ['an end before the start', { end: '2027-06-02T09:00:00Z' }, 'end'],
    ['no length at all', { end: '2027-06-02T10:00:00Z' }, 'end'],
    ['more than 31 days', { end: '2027-07-04T10:00:00Z' }, 'end'],
    ['a year before 1970', { start: '1969-12-31T23:00:00Z' }, 'start'],
    ['a year after 2100', { end: '2100-01-01T00:00:00Z' }, 'end'],
    ['no resource', { resourceIds: [] }, 'resourceIds'],
    ['an id of another kind', { resourceIds: ['bkg_1'] }, 'resourceIds[0]'],
    ['neither resources nor needs', { resourceIds: null }, 'resourceIds'],
    ['both resources and needs', { assign: { kind: 'technician' } }, 'assign'],
    ['a need of an unknown kind', { resourceIds: null, assign: [{ kind: 'wizard' }] }, 'assign[0].kind'],
    ['an unknown field', { holdID: 'hld_1' }, 'holdID'],
    ['a customer without a name', { customer: { phone: '1234' } }, 'customer.name'],
    ['half a coordinate', { location: { lat: 1 } }, 'location.lng'],
    ['a number in the metadata', { metadata: { order: 42 } }, 'metadata.order'],
    ['a metadata key that databases misread', { metadata: { 'a.b': 'x' } }, 'metadata'],
    ['a title of 301 characters', { title: 'x'.repeat(301) }, 'title'],
  ];
  for (const [what, over, path] of wrong) {
    it(`refuse ${what} and name the place`, async () => {
      const body = aBooking('res_00000000000000000000', over);
      const reply = await api.ask('POST', '/v1/bookings', body);
      expect(code(reply)).to.deep.equal([400, 'invalid_request']);
      const paths: string[] = reply.body.errors.map((e: { path: string }) => e.path);
      expect(
        paths.some((p) => p.startsWith(path)),
        paths.join(),
      ).to.equal(true);
    });
  }

  it('refuse availability and holds with wrong durations and windows', async () => {
    const id = await aTechnician(api);
    const query = { from: '2027-06-02T08:00:00Z', to: '2027-06-02T17:00:00Z', duration: 'PT1H', resourceIds: [id] };
    for (const over of [
      { duration: '1h' },
      { duration: 'PT0S' },
      { to: query.from },
      { to: '2027-07-30T00:00:00Z' },
      { granularity: 'PT1S' },
      { limit: 0 },
      { explain: 'yes' },
      { jobTypeId: 'job_1' },
    ]) {
      const reply = await api.ask('POST', '/v1/availability', { ...query, ...over });
      expect([JSON.stringify(over), ...code(reply)]).to.deep.equal([JSON.stringify(over), 400, 'invalid_request']);
    }
    const found = await api.ask('POST', '/v1/availability', { ...query, granularity: 'PT1H', limit: 3 });
    expect(found.body.slots).to.have.lengthOf(3);
    expect(found.body.slots[0].start).to.equal('2027-06-02T08:00:00Z');
    const span = { start: query.from, end: query.to, resourceIds: [id] };
    const endless = await api.ask('POST', '/v1/holds', { ...span, expiresIn: 'P2D' });
    expect(endless.body.errors[0].path).to.equal('expiresIn');
  });

  it('answer 404 for what is not there', async () => {
    const unknown = 'res_00000000000000000000';
    const span = { start: '2027-06-02T10:00:00Z', end: '2027-06-02T11:00:00Z' };
    const query = { from: span.start, to: span.end, duration: 'PT1H', resourceIds: [unknown] };
    for (const reply of [
      await api.ask('POST', '/v1/bookings', aBooking(unknown)),
      await api.ask('POST', '/v1/holds', { ...span, resourceIds: [unknown] }),
      await api.ask('POST', '/v1/availability', query),
      await api.ask('GET', '/v1/bookings/bkg_00000000000000000000'),
      await api.ask('GET', '/v1/bookings/nonsense'),
      await api.ask('PATCH', '/v1/bookings/bkg_00000000000000000000', { title: 'X' }),
      await api.ask('POST', '/v1/bookings/bkg_00000000000000000000/cancel'),
      await api.ask('GET', '/v1/bookings/bkg_00000000000000000000/story'),
      await api.ask('GET', '/v1/events/evt_00000000000000000000/story'),
      await api.ask('DELETE', '/v1/holds/hld_00000000000000000000'),
    ]) {
      expect(code(reply)).to.deep.equal([404, 'not_found']);
    }
  });
});
