/** The database is lost or restored from an older backup while the calendars are still full of our copies. */
import { expect } from 'chai';
import { memoryConnector } from '../../connectors/memory/index.ts';
import type { Capabilities } from '../../src/domain/connector.ts';
import type { CalendarId, EventId } from '../../src/domain/ids.ts';
import { newId } from '../../src/domain/ids.ts';
import { memoryStore } from '../../src/store/memory.ts';
import { makeVisitor } from '../../src/sync/visit.ts';
import { aCalendar, aConnection, someFields, zoned } from '../kit/builders.ts';
import { callDoctor, shortly } from '../kit/doctor.ts';
import type { Attached, Stage } from '../kit/stage.ts';
import { aStage, linkIn, restOf, settleAll, visitDeps } from '../kit/stage.ts';

const nine = { start: zoned('2027-06-01T09:00'), end: zoned('2027-06-01T10:00') };
const two = { start: zoned('2027-06-02T14:00'), end: zoned('2027-06-02T15:00') };

/** The same technician, account and calendars, attached anew to an empty database. */
async function begunAnew(old: Stage, capabilities: Partial<Capabilities>, calendars: readonly Attached[]) {
  const { clock, world, resource } = old;
  const store = memoryStore({ clock });
  await store.resources.insert(resource);
  const connection = aConnection();
  await store.connections.insert(connection);
  const deps = visitDeps(store, clock, memoryConnector({ world, capabilities }));
  const attached: Attached[] = [];
  for (const { server, owner } of calendars) {
    const id = newId('calendar') as CalendarId;
    const { remoteId, name } = server;
    await store.calendars.insert(
      aCalendar({ id, remoteId, name, connectionId: connection.id, resourceId: resource.id }),
    );
    attached.push({ id, server, owner });
  }
  const visitor = makeVisitor(deps);
  const settle = () => settleAll(store, clock, attached, (calendar) => visitor.visit(calendar.id));
  return { deps, attached, settle, ...restOf(store, clock, resource) };
}

const providers: readonly [string, Partial<Capabilities>][] = [
  ['marks in the feed', {}],
  ['listings', { feed: 'listing', createBy: 'own-href' }],
  ['marks on single reads', { mark: 'on-read', createBy: 'transaction-key' }],
];
for (const [name, capabilities] of providers) {
  describe(`after the database was lost, at a provider with ${name}`, () => {
    async function aLostDatabase() {
      const stage = await aStage({ capabilities });
      const calendars = [await stage.attach('work'), await stage.attach('phone')];
      await stage.book('one', nine);
      await stage.book('two', two);
      calendars[0]!.owner.create(someFields({ ...two, title: 'Dentist' }));
      await stage.settle(...calendars);
      return begunAnew(stage, capabilities, calendars);
    }
    const copiesIn = (calendar: Attached) => calendar.owner.events().map((copy) => copy.remoteId);

    it('the doctor takes the copies in as events under the ids that their marks name, and leaves all of them', async () => {
      const { deps, attached, settle, event, events, rows } = await aLostDatabase();
      const [work, phone] = attached as [Attached, Attached];
      const before = [copiesIn(work), copiesIn(phone)];
      const seen = await callDoctor(deps, work, false);
      expect(shortly(seen)).to.deep.equal(['orphan absorb planned', 'orphan absorb planned', 'unread absorb planned']);
      expect(await events()).to.deep.equal([]);
      await callDoctor(deps, work, true);
      expect(await event('evt_one' as EventId)).to.deep.include({ origin: work.id, booking: null, deletedAt: null });
      expect(await rows()).to.have.length(3);
      await settle();
      for (const calendar of attached) expect(shortly(await callDoctor(deps, calendar, true))).to.deep.equal([]);
      await settle();
      expect([copiesIn(work), copiesIn(phone)]).to.deep.equal(before);
    });

    it('the first visits block the same time again, and neither remove nor double a copy', async () => {
      const { deps, attached, settle, rows } = await aLostDatabase();
      const before = attached.map(copiesIn);
      await settle();
      await settle();
      expect(attached.map(copiesIn)).to.deep.equal(before);
      const taken = new Set((await rows()).map((row) => `${row.start} ${row.end}`));
      expect(taken.size).to.equal(2);
      for (const calendar of attached) expect(shortly(await callDoctor(deps, calendar, false))).to.deep.equal([]);
    });

    it('a wish for copies in the other calendar finds the copies that are there', async () => {
      const { deps, attached, settle } = await aLostDatabase();
      for (const { id } of attached) {
        const calendar = (await deps.store.calendars.find(id))!;
        await deps.store.calendars.saveSettings(id, calendar.version, { ...calendar, mirror: 'full' });
      }
      const bookings = (calendar: Attached) =>
        calendar.owner.events().filter((copy) => copy.fields.title === 'Boiler service').length;
      await settle();
      if (capabilities.mark !== 'on-read') expect(attached.map(bookings)).to.deep.equal([2, 2]);
    });
  });
}

describe('after a backup was restored that is older than the copies', () => {
  it('a booking made since then is an orphan for the doctor and an appointment for a visit; edits since then are merged', async () => {
    for (const isDoctorFirst of [true, false]) {
      const stage = await aStage();
      const work = await stage.attach('work');
      const old = await stage.book('old', nine);
      await stage.settle(work);
      const backup = await stage.event(old.id);
      const cursor = (await stage.store.calendars.find(work.id))!.cursor;
      await stage.change(old.id, (e) => ({ ...e, fields: { ...e.fields, ...two } }));
      await stage.book('new', nine);
      await stage.settle(work);
      const copies = work.owner.events().length;

      const { deps, settle, event, events } = await begunAnew(stage, {}, []);
      const { connectionId, ...calendar } = (await stage.store.calendars.find(work.id))!;
      const connection = aConnection();
      await deps.store.connections.insert(connection);
      void connectionId;
      const lease = { owner: '', fence: 0, until: 0 as never };
      await deps.store.calendars.insert({ ...calendar, connectionId: connection.id, cursor, lease });
      await deps.store.events.insert({ ...backup, rev: 1 });
      const visitor = makeVisitor(deps);
      if (isDoctorFirst) {
        const seen = await callDoctor(deps, work, true);
        expect(shortly(seen)).to.deep.equal(['drift absorb repaired', 'orphan absorb repaired']);
      }
      for (let i = 0; i < 3; i += 1) await visitor.visit(work.id);
      await settle();
      expect((await event(old.id)).fields.start).to.deep.equal(two.start);
      expect(await events()).to.have.length(2);
      expect(work.owner.events()).to.have.length(copies);
      expect(shortly(await callDoctor(deps, work, true))).to.deep.equal([]);
      if (isDoctorFirst) expect(linkIn(await event('evt_new' as EventId), work).remoteId).to.not.equal(null);
    }
  });
});
