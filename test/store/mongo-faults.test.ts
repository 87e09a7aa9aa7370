import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { EmbeddedServer } from '../../embedded/server.ts';
import { systemClock } from '../../src/clock.ts';
import { silentLog } from '../../src/domain/ports.ts';
import { connectMongo } from '../../src/store/mongo/connect.ts';
import type { Store } from '../../src/store/store.ts';
import { aCalendar, anEvent, aResource } from '../kit/builders.ts';
import { eventually } from '../kit/eventually.ts';

const open = (uri: string) => connectMongo({ uri, log: silentLog, clock: systemClock });
const faultOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => null,
    (error: unknown) => error,
  );

describe('the store on MongoDB and its database', () => {
  let folder: string;
  const servers: EmbeddedServer[] = [];
  const stores: Store[] = [];
  const start = async (clock?: () => number) => {
    const server = new EmbeddedServer({ dataDir: folder, warn: () => {}, ...(clock === undefined ? {} : { clock }) });
    servers.push(server);
    return server.start();
  };
  const connect = async (uri: string) => {
    const store = await open(uri);
    stores.push(store);
    return store;
  };

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'interlock-store-'));
  });
  afterEach(async () => {
    await Promise.all(stores.splice(0).map((store) => store.close()));
    await Promise.all(servers.splice(0).map((server) => server.stop()));
    await rm(folder, { recursive: true, force: true });
  });

  it('says that nobody is there instead of waiting for ever', async () => {
    const nowhere = encodeURIComponent(join(folder, 'nobody.sock'));
    const fault = await faultOf(open(`mongodb://${nowhere}/interlock?serverSelectionTimeoutMS=100`));
    expect(fault).to.include({ name: 'Fault', kind: 'unavailable' });
  });

  it('answers `unavailable` while the database is away and goes on by itself when it is back', async () => {
    const { uri } = await start();
    const store = await connect(`${uri}?serverSelectionTimeoutMS=200`);
    const event = anEvent();
    await store.events.insert(event);
    await servers.pop()!.stop();
    const calls = [
      store.ping(),
      store.events.get(event.tenantId, event.id),
      store.events.save({ ...event, rev: 2 }),
      store.events.saveMany([anEvent(), { ...event, rev: 2 }]),
      store.resources.insert(aResource()),
    ];
    for (const fault of await Promise.all(calls.map(faultOf))) {
      expect(fault).to.include({ name: 'Fault', kind: 'unavailable' });
    }
    // A lost journal line is a lost hint, never the caller's failure.
    const line = { tenantId: event.tenantId, kind: 'calendar.synced', eventId: null, calendarId: null } as const;
    await store.journal.append([{ ...line, resourceIds: [], version: null, text: 'lost' }]);
    await start();
    await eventually(async () => (await faultOf(store.ping())) === null);
    expect(await store.events.get(event.tenantId, event.id)).to.deep.equal(event);
  });

  it('finds everything again after a restart, with its unique keys', async () => {
    const { uri } = await start();
    const first = await connect(uri);
    const calendar = aCalendar();
    await first.calendars.insert(calendar);
    const second = await connect(uri);
    expect(await second.calendars.find(calendar.id)).to.deep.equal(calendar);
    const { tenantId, connectionId, remoteId } = calendar;
    expect(await second.calendars.insert(aCalendar({ tenantId, connectionId, remoteId }))).to.equal('duplicate');
  });

  it("judges leases and holds by the database's clock, however wrong the own one is", async () => {
    const ahead = 3_600_000;
    const { uri } = await start(() => systemClock.now() + ahead);
    const store = await connect(uri);
    expect(store.now() - systemClock.now()).to.be.within(ahead - 2_000, ahead + 2_000);
    const calendar = aCalendar();
    await store.calendars.insert(calendar);
    const claimed = await store.calendars.claim(calendar.id, 'worker', 60_000);
    expect(claimed!.lease.until - store.now()).to.be.within(50_000, 61_000);
    await store.calendars.request([calendar.id]);
    expect(await store.calendars.claim(calendar.id, 'other', 60_000)).to.equal(null);
  });

  it('refuses an owner that the database would read as a field', async () => {
    const { uri } = await start();
    const store = await connect(uri);
    const fault = await faultOf(store.calendars.claim(aCalendar().id, '$name', 1000));
    expect(fault).to.include({ name: 'Fault', kind: 'bug' });
  });
});
