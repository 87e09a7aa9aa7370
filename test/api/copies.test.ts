/** Templates of calendar copies over HTTP: who sees which words, what an edit does to them, and what is refused. */
import { expect } from 'chai';
import { type Api, anApi } from '../kit/api.ts';
import { aFrontDesk, type DeskCalendar, type FrontDesk, restHours } from '../kit/front-desk.ts';

const customer = { name: 'Kim Example', phone: '+49 30 901820' };
const job = {
  customer,
  location: { address: '1 Example Street' },
  notes: 'The key is under the mat.',
  externalRef: 'J-1',
};
const short = { title: '{{job.type}} {{title}}', description: 'Call {{customer.phone}}\nRef {{ref}}' };

describe('templates of calendar copies', () => {
  let api: Api;
  let desk: FrontDesk;
  beforeEach(async () => {
    api = await anApi();
    desk = await aFrontDesk(api);
  });
  afterEach(() => api.close());

  const patch = async (path: string, copies: object) => {
    const reply = await api.ask('PATCH', path, { copies });
    expect(reply.status, reply.text).to.equal(200);
    await desk.quiet();
    return reply.body;
  };
  const words = (calendar: DeskCalendar) => {
    const { title, description, location } = desk.copy(calendar).fields;
    return { title, description, location };
  };
  const usual =
    'Customer: Kim Example\nPhone: +49 30 901820\nAddress: 1 Example Street\n\nThe key is under the mat.\n\nBooking: ';

  it('word what is there anew, in the tenant’s calendars and over it in one of them, and can be taken back', async () => {
    const [work, home] = [await desk.attach('Work'), await desk.attach('Home')];
    const { id } = await desk.book(job);
    await patch('/v1/policy', { title: 'Job {{ref}}' });
    await patch(`/v1/calendars/${home.id}`, short);
    expect(words(work)).to.deep.equal({ title: 'Job J-1', description: usual + id, location: '1 Example Street' });
    expect(words(home)).to.include({ title: 'Boiler service', description: 'Call +49 30 901820\nRef J-1' });
    await patch(`/v1/calendars/${home.id}`, { title: null, description: null });
    await patch('/v1/policy', { title: null });
    for (const calendar of [work, home])
      expect(words(calendar)).to.include({ title: 'Boiler service', description: usual + id });
    const writes = work.server.calls.write;
    await desk.quiet();
    expect(work.server.calls.write).to.equal(writes);
  });

  it('follow a change of the booking, and a calendar attached later has them at once', async () => {
    await patch('/v1/policy', short);
    const work = await desk.attach('Work');
    const { id } = await desk.book(job);
    await api.ask('PATCH', `/v1/bookings/${id}`, { customer: { ...customer, phone: '+49 40 1' } });
    await desk.quiet();
    expect(words(work).description).to.equal('Call +49 40 1\nRef J-1');
  });

  it('leave what a technician wrote, in every calendar that shows all, and word only the rest', async () => {
    const work = await desk.attach('Work', { copies: short });
    const home = await desk.attach('Home');
    const { id } = await desk.book(job);
    const copy = desk.copy(work);
    work.owner.edit(copy.id, { ...copy.fields, title: 'Boiler, mine' });
    await desk.quiet();
    expect(words(work)).to.include({ title: 'Boiler, mine', description: 'Call +49 30 901820\nRef J-1' });
    expect(words(home)).to.include({ title: 'Boiler, mine', description: usual + id });
    await patch(`/v1/calendars/${work.id}`, { title: 'New {{title}}', description: 'New {{ref}}' });
    expect(words(work)).to.include({ title: 'Boiler, mine', description: 'New J-1' });
    expect(await desk.open()).to.deep.equal([]);
  });

  it('show never more than they say where a calendar asks for that, whatever is written elsewhere or into it', async () => {
    const work = await desk.attach('Work');
    const family = await desk.attach('Family', {
      copies: { title: 'At work', description: '', location: '', detail: 'template' },
    });
    const shared = await desk.attach('Shared', { share: 'busy', copies: short });
    await desk.book(job);
    const copy = desk.copy(work);
    work.owner.edit(copy.id, { ...copy.fields, description: 'Her phone is +49 30 901820' });
    await desk.quiet();
    const bare = { title: 'At work', description: '', location: '' };
    expect(words(family)).to.deep.equal(bare);
    expect(words(shared)).to.deep.equal({ ...bare, title: 'Busy' });
    const own = desk.copy(family);
    family.owner.edit(own.id, { ...own.fields, title: 'Mine', location: 'Here' });
    await desk.quiet();
    expect(words(family)).to.deep.equal(bare);
    expect(words(work)).to.include({ title: 'Boiler service', description: 'Her phone is +49 30 901820' });
  });

  it('move with the booking and its copies without touching the words', async () => {
    const work = await desk.attach('Work', { copies: short });
    const { id } = await desk.book(job);
    const before = words(work);
    await api.ask('PATCH', `/v1/bookings/${id}`, restHours(14, 15));
    await desk.quiet();
    expect(words(work)).to.deep.equal(before);
  });

  it('that are bad are refused with the part and the place in it', async () => {
    const work = await desk.attach('Work');
    const cases: [object, string][] = [
      [{ description: 'a\n{{fone}}' }, 'line 2, column 1: there is nothing called "fone"'],
      [{ description: '{{#notes}}' }, 'line 1, column 1: {{#notes}} is never closed'],
      [{ descriptionHtml: '<script>' }, 'line 1, column 1: may only use'],
    ];
    for (const path of ['/v1/policy', `/v1/calendars/${work.id}`]) {
      for (const [copies, message] of cases) {
        const { status, body } = await api.ask('PATCH', path, { copies });
        expect(status).to.equal(400);
        expect(body.errors[0].path).to.equal(`copies.${Object.keys(copies)[0]}`);
        expect(body.errors[0].message).to.include(message);
      }
      expect((await api.ask('PATCH', path, { copies: { subject: 'x' } })).status).to.equal(400);
    }
  });

  it('can be tried on a booking before anybody sees them', async () => {
    const work = await desk.attach('Work');
    const shared = await desk.attach('Shared', { share: 'busy' });
    const { id } = await desk.book(job);
    const look = (body: object, at = id) => api.ask('POST', `/v1/bookings/${at}/copy-preview`, body);
    const writes = work.server.calls.write;
    expect((await look({})).body).to.deep.include({ title: 'Boiler service', description: usual + id, isHtml: false });
    const tried = await look({ calendarId: work.id, copies: short });
    expect(tried.body).to.deep.include({ title: 'Boiler service', description: 'Call +49 30 901820\nRef J-1' });
    const html = await look({ provider: 'google', copies: { descriptionHtml: '<b>{{notes}}</b>' } });
    expect(html.body).to.deep.include({ description: '<b>The key is under the mat.</b>', isHtml: true });
    const busy = await look({ calendarId: shared.id, copies: short });
    expect(busy.body).to.deep.equal({ title: 'Busy', description: '', location: '', isHtml: false, isTimeOnly: true });
    await desk.quiet();
    expect(work.server.calls.write).to.equal(writes);
    expect((await look({ copies: { title: '{{x}}' } })).status).to.equal(400);
    expect((await look({}, 'bkg_00000000000000000000')).status).to.equal(404);
    expect((await look({ calendarId: 'cal_00000000000000000000' })).status).to.equal(404);
    const key = await api.keyWith(['read', 'book', 'admin']);
    expect((await api.ask('POST', `/v1/bookings/${id}/copy-preview`, {}, { key })).status).to.equal(404);
  });
});
