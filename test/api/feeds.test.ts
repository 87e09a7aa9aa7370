import { expect } from 'chai';
import ICAL from 'ical.js';
import { defaultTenantId, newId } from '../../src/domain/ids.ts';
import { type Api, aBooking, anApi, aTechnician } from '../kit/api.ts';

describe('calendar feeds', () => {
  let api: Api;
  let resourceId: string;
  before(async () => {
    api = await anApi();
    resourceId = await aTechnician(api, { timeZone: 'Europe/Berlin', name: 'Sam, the "plumber"' });
  });
  after(() => api.close());

  const make = async (body?: object, id = resourceId): Promise<string> => {
    const reply = await api.ask('POST', `/v1/resources/${id}/feed`, body);
    expect(reply.status, reply.text).to.equal(201);
    const url = new URL(String(reply.body.url));
    expect(url.origin).to.equal('http://gateway.example.com');
    return url.pathname;
  };
  const read = (path: string, headers: Readonly<Record<string, string>> = {}) => fetch(api.url + path, { headers });

  it('show the bookings of a resource to another library', async () => {
    const path = await make();
    const booked = await api.ask('POST', '/v1/bookings', aBooking(resourceId, { title: 'Boiler; service, 1' }));
    const gone = { start: '2027-06-03T10:00:00Z', end: '2027-06-03T11:00:00Z' };
    const cancelled = await api.ask('POST', '/v1/bookings', aBooking(resourceId, gone));
    await api.ask('POST', `/v1/bookings/${cancelled.body.id}/cancel`);
    const response = await read(path);
    expect(response.headers.get('content-type')).to.equal('text/calendar; charset=utf-8');
    const text = await response.text();
    // The library does not know NAME (RFC 7986) and leaves its value as it stands.
    expect(text).to.contain('\r\nNAME:Sam\\, the "plumber"\r\n');
    const calendar = new ICAL.Component(ICAL.parse(text));
    expect(calendar.getFirstPropertyValue('method')).to.equal('PUBLISH');
    const events = calendar.getAllSubcomponents('vevent').map((component) => new ICAL.Event(component));
    expect(events).to.have.length(1);
    expect(events[0]!.summary).to.contain('Boiler; service, 1');
    expect(events[0]!.uid).to.equal(`${booked.body.eventId}@feed.interlock`);
    expect(events[0]!.startDate.toJSDate().toISOString()).to.equal('2027-06-02T10:00:00.000Z');
    expect(calendar.getAllSubcomponents('vtimezone').length).to.be.at.most(1);
  });

  it('keep their address when the request for it is repeated, and change it for a new one', async () => {
    const ask = (key: string) =>
      api.ask('POST', `/v1/resources/${resourceId}/feed`, undefined, { headers: { 'Idempotency-Key': key } });
    const [first, again] = [await ask('feed-1'), await ask('feed-1')];
    expect(again.body).to.deep.equal(first.body);
    expect(again.headers.get('idempotent-replayed')).to.equal('true');
    const path = new URL(String(first.body.url)).pathname;
    expect((await read(path)).status).to.equal(200);
    await ask('feed-2');
    expect((await read(path)).status).to.equal(404);
  });

  it('show what their address was made for: everything, the words of the templates, or time alone', async () => {
    const id = await aTechnician(api, { name: 'Kim' });
    const customer = { name: 'Ada Example', phone: '+49 30 901820' };
    const booked = await api.ask(
      'POST',
      '/v1/bookings',
      aBooking(id, { title: 'Boiler', notes: 'Ring twice.', customer }),
    );
    const event = (await api.store.events.get(defaultTenantId, booked.body.eventId))!;
    const appointment = { ...event.fields, title: 'Dentist', description: 'Molar', location: 'Room 3' };
    await api.store.events.insert({
      ...{ ...event, id: newId('event'), rev: 1, booking: null, links: [], fields: appointment },
    });
    const copies = { title: 'Job for {{customer.name}}', description: '{{notes}}' };
    expect((await api.ask('PATCH', '/v1/policy', { copies })).status).to.equal(200);
    const shown = async (body?: object) => {
      const calendar = new ICAL.Component(ICAL.parse(await (await read(await make(body, id))).text()));
      const all = calendar.getAllSubcomponents('vevent').map((component) => new ICAL.Event(component));
      const words = all.map((e) => [e.summary, e.description ?? '', e.location ?? ''].join(' | '));
      return words.sort().map((line) => line.replace(/\s+/g, ' '));
    };
    const full = await shown();
    expect(full[0]).to.match(/^Boiler \| .*901820.*Ring twice\./);
    expect([full, await shown({ detail: 'full' })]).to.deep.equal([[full[0], 'Dentist | Molar | Room 3'], full]);
    const place = booked.body.location?.address ?? '';
    const template = [`Busy | | `, `Job for Ada Example | Ring twice. | ${place}`];
    expect(await shown({ detail: 'template' })).to.deep.equal(template);
    expect(await shown({ detail: 'busy' })).to.deep.equal(['Busy | | ', 'Busy | | ']);
    await api.ask('PATCH', '/v1/policy', { copies: { title: null, description: null } });
    expect((await shown({ detail: 'template' }))[0]).to.match(/^Boiler \| .*901820/);
    const refused = await api.ask('POST', `/v1/resources/${id}/feed`, { detail: 'all' });
    expect([refused.status, refused.body.errors[0].path]).to.deep.equal([400, 'detail']);
  });

  it('are answered with 304 while nothing changed', async () => {
    const path = await make();
    const first = await read(path);
    const etag = first.headers.get('etag') ?? '';
    expect((await read(path, { 'if-none-match': etag })).status).to.equal(304);
    const next = { start: '2027-06-04T10:00:00Z', end: '2027-06-04T11:00:00Z' };
    await api.ask('POST', '/v1/bookings', aBooking(resourceId, next));
    expect((await read(path, { 'if-none-match': etag })).status).to.equal(200);
  });

  it('move to a new address when asked again, and end when asked to', async () => {
    const old = await make();
    const fresh = await make();
    expect((await read(old)).status).to.equal(404);
    expect((await read(fresh)).status).to.equal(200);
    expect((await api.ask('DELETE', `/v1/resources/${resourceId}/feed`)).status).to.equal(204);
    expect((await read(fresh)).status).to.equal(404);
    expect((await api.ask('DELETE', `/v1/resources/${resourceId}/feed`)).status).to.equal(404);
  });

  it('exist only for a resource of the tenant, and tell a stranger nothing', async () => {
    const key = await api.keyWith();
    expect((await api.ask('POST', `/v1/resources/${resourceId}/feed`, undefined, { key })).status).to.equal(404);
    const reader = await api.keyWith(['read']);
    expect((await api.ask('POST', `/v1/resources/${resourceId}/feed`, undefined, { key: reader })).status).to.equal(
      403,
    );
    for (const path of ['/feeds/x.ics', '/feeds/.ics', `/feeds/${'a'.repeat(32)}.ics`, '/feeds/..%2f..%2fetc']) {
      expect((await read(path)).status, path).to.equal(404);
    }
  });
});
