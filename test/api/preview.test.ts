/** Looking ahead over HTTP: the preview says what then happens, and leaves database and provider as they were. */
import { expect } from 'chai';
import mongoose from 'mongoose';
import { addCalendar, ownerOf } from '../../connectors/memory/index.ts';
import { systemClock } from '../../src/clock.ts';
import { defaultTenantId } from '../../src/domain/ids.ts';
import { silentLog } from '../../src/domain/ports.ts';
import { utcZone } from '../../src/domain/time.ts';
import { connectMongo } from '../../src/store/mongo/connect.ts';
import { type Api, aConnectionOf, anApi } from '../kit/api.ts';
import { eventually } from '../kit/eventually.ts';
import { aFrontDesk, dentist, type FrontDesk, hours, restHours } from '../kit/front-desk.ts';
import { withMongo } from '../kit/mongo.ts';

const counts = (body: Record<string, { count: number }>) =>
  ['blocked', 'freed', 'overlapping', 'created', 'changed', 'deleted'].map((name) => body[name]!.count);

describe('a preview', () => {
  let api: Api;
  let desk: FrontDesk;
  beforeEach(async () => {
    api = await anApi();
    desk = await aFrontDesk(api);
  });
  afterEach(() => api.close());
  const preview = (body: object, o = {}) => api.ask('POST', '/v1/calendars/preview', body, o);
  const offered = async (name: string, over = {}) => {
    const server = addCalendar(api.world, name, { zone: utcZone });
    const connectionId = await aConnectionOf(api);
    const body = { connectionId, remoteId: server.remoteId, resourceId: desk.resourceId, role: 'two-way', ...over };
    return { owner: ownerOf(server), body, server };
  };

  it('of attaching says what would block, what lies on a booking, and what would be written', async () => {
    await desk.book();
    const { owner, body } = await offered('Work', { busyRules: { tentative: false } });
    for (let i = 0; i < 14; i += 1) owner.create(dentist(12, 13));
    owner.create(dentist(10, 11));
    owner.create({ ...dentist(15, 16), busy: 'tentative' });
    owner.create({ ...dentist(15, 16), busy: 'free' });
    owner.litter();
    const { status, body: told } = await preview(body);
    expect([status, ...counts(told)]).to.deep.equal([200, 15, 0, 1, 1, 0, 0]);
    expect(told).to.include({ looked: 17, unreadable: 1 });
    expect(told.sentence).to.equal(
      '15 events would block time, 1 of them on a booking; 1 copy would be written; 1 event cannot be read.',
    );
    expect(told.blocked.first[0]).to.deep.equal({ title: 'Dentist', ...restHours(10, 11) });
    const attached = await api.ask('POST', '/v1/calendars', body);
    await api.ask('POST', `/v1/calendars/${attached.body.id}/sync?wait=10`);
    const query = 'from=2027-06-02T00:00:00Z&to=2027-06-03T00:00:00Z';
    const schedule = await api.ask('GET', `/v1/schedule?${query}&resourceIds=${desk.resourceId}`);
    expect(schedule.body.data[0].busy.length).to.equal(told.blocked.count);
    expect((await desk.open()).length).to.equal(told.overlapping.count);
    expect((await preview(body)).status).to.equal(409);
  });

  it('of attaching shows no titles over a border that shares time only', async () => {
    const { owner, body } = await offered('Work', { share: 'busy' });
    owner.create(dentist(12, 13));
    expect((await preview(body)).text).to.not.include('Dentist');
  });

  it('of attaching again recognises our own copies instead of doubling them', async () => {
    const work = await desk.attach('Work');
    await desk.book();
    expect((await api.ask('DELETE', `/v1/calendars/${work.id}`)).status).to.equal(204);
    const connectionId = await aConnectionOf(api);
    const body = { connectionId, remoteId: work.server.remoteId, resourceId: desk.resourceId, role: 'two-way' };
    expect(counts((await preview(body)).body)).to.deep.equal([0, 0, 0, 0, 0, 0]);
  });

  it('of a change of settings says what would be freed, blocked, written, worded anew and taken out', async () => {
    const home = await desk.attach('Home');
    const work = await desk.attach('Work', { mirror: 'busy' });
    home.owner.create(dentist(12, 13));
    home.owner.create({ ...dentist(10, 11), busy: 'free' });
    await desk.book();
    const calendarId = home.id;
    const cases = [
      [{ calendarId, busyRules: { free: true } }, [1, 0, 1, 0, 0, 0]],
      [{ calendarId, busyRules: { tentative: false } }, [0, 0, 0, 0, 0, 0]],
      [{ calendarId, mirror: 'full' }, [0, 0, 0, 0, 0, 0]],
      [{ calendarId: work.id, mirror: 'full' }, [0, 0, 0, 1, 1, 0]],
      [{ calendarId: work.id, mirror: 'none' }, [0, 0, 0, 0, 0, 1]],
      [{ calendarId: work.id, share: 'busy' }, [0, 0, 0, 0, 1, 0]],
      [{ calendarId: work.id, role: 'read' }, [0, 0, 0, 0, 0, 0]],
    ] as const;
    for (const [body, wanted] of cases) {
      const { body: told } = await preview(body);
      expect(counts(told), JSON.stringify(body)).to.deep.equal(wanted);
    }
    expect((await preview({ calendarId, busyRules: { tentative: false } })).body.sentence).to.equal(
      'Nothing would change.',
    );
    await api.ask('PATCH', `/v1/calendars/${work.id}`, { mirror: 'none' });
    await desk.quiet();
    expect(work.owner.events().map((item) => item.fields.title)).to.deep.equal(['Boiler service']);
  });

  it('refuses what attaching and changing would refuse', async () => {
    const { body } = await offered('Work');
    const cases: [object, number][] = [
      [{ ...body, remoteId: '/nowhere/' }, 422],
      [{ ...body, resourceId: 'res_00000000000000000000' }, 404],
      [{ calendarId: 'cal_00000000000000000000', share: 'busy' }, 404],
      [{ ...body, share: 'some' }, 400],
      [{}, 400],
    ];
    for (const [wrong, status] of cases) expect((await preview(wrong)).status, JSON.stringify(wrong)).to.equal(status);
    expect((await preview(body, { key: await api.keyWith(['book']) })).status).to.equal(403);
  });
});

describe('a preview on MongoDB', function () {
  this.timeout(60_000);

  it('leaves every document of the database and the provider byte for byte as they were', async () => {
    const database = await withMongo();
    const store = await connectMongo({ uri: database.uri, log: silentLog, clock: systemClock });
    const client = await new mongoose.mongo.MongoClient(database.uri).connect();
    const dump = async (): Promise<string> => {
      const db = client.db();
      const names = (await db.listCollections().toArray()).map((c) => c.name).sort();
      const all = await Promise.all(names.map((name) => db.collection(name).find().sort({ _id: 1 }).toArray()));
      return JSON.stringify(names.map((name, i) => [name, all[i]]));
    };
    const api = await anApi({ store });
    try {
      const desk = await aFrontDesk(api);
      const work = await desk.attach('Work', { mirror: 'busy' });
      await desk.book();
      work.owner.create(dentist(12, 13));
      await desk.quiet();
      const server = addCalendar(api.world, 'Second', { zone: utcZone });
      for (let i = 0; i < 5; i += 1) ownerOf(server).create({ ...dentist(10, 11), ...hours(14, 15) });
      const connectionId = await aConnectionOf(api);
      const attach = { connectionId, remoteId: server.remoteId, resourceId: desk.resourceId, role: 'two-way' };
      const provider = () =>
        JSON.stringify([work.server, server].map(({ items, seq, calls }) => [[...items], seq, calls.write]));
      // A visit that was asked for meanwhile still writes; nothing may move any more when the picture is taken.
      await eventually(async () => {
        const { data } = await store.calendars.list(defaultTenantId, { limit: 10, after: null, connectionId: null });
        const isAtRest = data.every((c) => c.lease.owner === '' && c.requestedSeq === c.servedSeq);
        const picture = await dump();
        return isAtRest && (await dump()) === picture;
      });
      const before = [await dump(), provider()];
      for (const body of [attach, { calendarId: work.id, mirror: 'full', busyRules: { free: true } }]) {
        const reply = await api.ask('POST', '/v1/calendars/preview', body);
        expect(reply.status, reply.text).to.equal(200);
        expect(reply.body.sentence).to.not.equal('');
      }
      expect([await dump(), provider()]).to.deep.equal(before);
      expect(before[0]).to.include('Boiler service');
    } finally {
      await api.close();
      await client.close();
      await store.close();
      await database.stop();
    }
  });
});
