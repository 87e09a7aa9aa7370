/** Store contract: saving events, their keys and their debts. */

import { expect } from 'chai';
import type { Booking } from '../../src/domain/booking.ts';
import type { Event } from '../../src/domain/event.ts';
import { asRemoteId, bookingIdOf, claimOfEvent, linkKey, newId, ownKey } from '../../src/domain/ids.ts';
import type { WallTime } from '../../src/domain/time.ts';
import type { Store } from '../../src/store/store.ts';
import { aCalendar, aLink, anEvent, at, someFields, zoned } from '../kit/builders.ts';

export function aBooking(event: Event, over: Partial<Booking> = {}): Booking {
  return {
    id: bookingIdOf(event.id),
    status: 'confirmed',
    title: 'Boiler service',
    customer: { name: 'Ann Example', phone: null, email: 'ann@example.com', timeZone: null },
    location: null,
    notes: null,
    externalRef: null,
    jobTypeId: null,
    metadata: {},
    source: 'crm',
    receipt: { claim: claimOfEvent(event.id), claimedAt: at('2027-05-01T00:00:00Z'), rows: [] },
    ...over,
  };
}

export function aBooked(over: Partial<Event> = {}, booking: Partial<Booking> = {}): Event {
  const event = anEvent(over);
  return { ...event, booking: aBooking(event, booking) };
}

const bump = (event: Event, over: Partial<Event> = {}): Event => ({ ...event, rev: event.rev + 1, ...over });

export function eventContract(given: () => Store): void {
  describe('events', () => {
    it('gives back every value of an event as it was saved', async () => {
      const rich = anEvent({
        tenantId: newId('tenant'),
        fields: someFields({
          description: 'tabs\tand\nlines $set a.b \u0000 \u{1F527}',
          series: { rules: ['FREQ=WEEKLY;COUNT=4'], extraDates: [zoned('2027-06-02T10:00', 'Europe/Berlin')] },
          instances: { ['2027-06-08T10:00:00' as WallTime]: 'cancelled' },
        }),
        links: [aLink({ sent: { kind: 'put', version: 1, fields: someFields(), key: 'k' as never } }), aLink()],
      });
      const metadata = { 'a.b': '1', $where: '2', ['__proto__']: '3', '': '4' };
      const event = { ...rich, booking: aBooking(rich, { metadata, externalRef: 'CRM-1' }) };
      expect(await given().events.insert(event)).to.equal('inserted');
      expect(await given().events.get(event.tenantId, event.id)).to.deep.equal(event);
    });

    it('gives values that nobody can change for anybody else', async () => {
      const event = anEvent({ links: [aLink()] });
      await given().events.insert(event);
      (event.links as unknown as unknown[]).length = 0;
      const first = await given().events.get(event.tenantId, event.id);
      expect(first?.links).to.have.length(1);
      try {
        (first!.resources as unknown as string[]).push('other');
      } catch {
        // A frozen value is as good as a copy.
      }
      expect((await given().events.get(event.tenantId, event.id))?.resources).to.have.length(1);
    });

    it('refuses a second event with the same id, link key or external reference and writes nothing', async () => {
      const tenantId = newId('tenant');
      const link = aLink();
      const first = aBooked({ tenantId, links: [link] }, { externalRef: 'CRM-7' });
      const { events } = given();
      expect(await events.insert(first)).to.equal('inserted');
      const others = [
        anEvent({ tenantId, id: first.id }),
        anEvent({ tenantId, links: [aLink(), link] }),
        aBooked({ tenantId }, { externalRef: 'CRM-7' }),
      ];
      for (const other of others) expect(await events.insert(other)).to.equal('duplicate');
      expect((await events.get(tenantId, first.id))?.links).to.deep.equal([link]);
      expect(await events.get(tenantId, others[1]!.id)).to.equal(null);
      expect(await events.get(tenantId, others[2]!.id)).to.equal(null);
    });

    it('lets two tenants use the same external reference', async () => {
      const one = aBooked({ tenantId: newId('tenant') }, { externalRef: 'CRM-8' });
      const two = aBooked({ tenantId: newId('tenant') }, { externalRef: 'CRM-8' });
      expect(await given().events.insert(one)).to.equal('inserted');
      expect(await given().events.insert(two)).to.equal('inserted');
      expect((await given().events.byExternalRef(two.tenantId, 'CRM-8'))?.id).to.equal(two.id);
      expect(await given().events.byExternalRef(newId('tenant'), 'CRM-8')).to.equal(null);
    });

    it('lets exactly one of many concurrent saves of the same revision win', async () => {
      const event = anEvent();
      await given().events.insert(event);
      const tries = Array.from({ length: 16 }, (_, i) => bump(event, { fields: someFields({ title: `try ${i}` }) }));
      const won = await Promise.all(tries.map((next) => given().events.save(next)));
      expect(won.filter(Boolean)).to.have.length(1);
      const stored = await given().events.get(event.tenantId, event.id);
      expect(stored).to.deep.equal(tries[won.indexOf(true)]);
    });

    it('misses a save of a skipped or old revision, of another tenant and of an event that is gone', async () => {
      const event = anEvent({ rev: 3 });
      const { events } = given();
      await events.insert(event);
      expect(await events.save({ ...event, rev: 3 })).to.equal(false);
      expect(await events.save({ ...event, rev: 5 })).to.equal(false);
      expect(await events.save(bump(event, { tenantId: newId('tenant') }))).to.equal(false);
      expect(await events.save(bump(anEvent()))).to.equal(false);
      expect(await events.get(event.tenantId, event.id)).to.deep.equal(event);
    });

    it('misses a save that would take the link key of another event', async () => {
      const owner = anEvent({ links: [aLink()] });
      const thief = anEvent();
      const { events } = given();
      await events.insert(owner);
      await events.insert(thief);
      expect(await events.save(bump(thief, { links: owner.links }))).to.equal(false);
      expect((await events.get(thief.tenantId, thief.id))?.rev).to.equal(1);
      expect(await events.saveMany([bump(thief, { links: owner.links })])).to.deep.equal([false]);
    });

    it('saves many at once and names exactly those that missed', async () => {
      const { events } = given();
      const old = Array.from({ length: 6 }, () => anEvent({ links: [aLink()] }));
      await events.saveMany(old);
      await events.save(bump(old[1]!, { version: 2 }));
      const fresh = anEvent();
      const batch = [
        bump(old[0]!, { version: 9 }),
        bump(old[1]!, { version: 9 }),
        fresh,
        anEvent({ id: old[2]!.id }),
        bump(old[3]!, { version: 9 }),
        anEvent({ links: old[4]!.links }),
        bump(anEvent()),
      ];
      expect(await events.saveMany(batch)).to.deep.equal([true, false, true, false, true, false, false]);
      const read = await events.getMany(fresh.tenantId, [...old.map((e) => e.id), fresh.id]);
      const versions = new Map(read.map((e) => [e.id, e.version]));
      expect(old.map((e) => versions.get(e.id))).to.deep.equal([9, 2, 1, 9, 1, 1]);
      expect(versions.get(fresh.id)).to.equal(1);
    });

    it('settles rows of exactly the version that was read, whoever saves links meanwhile, and changes nothing else', async () => {
      const { events } = given();
      const owing = Array.from({ length: 5 }, () => anEvent({ version: 2, sheetVersion: 1, links: [aLink()] }));
      await events.saveMany(owing);
      await events.save(bump(owing[1]!, { version: 3 }));
      const foreign = { ...owing[3]!, tenantId: newId('tenant') };
      const marks = [owing[0]!, owing[1]!, { ...owing[2]!, version: 1 }, foreign, anEvent(), owing[4]!];
      expect(await events.settleRows(marks)).to.deep.equal([true, false, false, false, false, true]);
      const read = await events.getMany(
        owing[0]!.tenantId,
        owing.map((e) => e.id),
      );
      const stored = new Map(read.map((e) => [e.id, e]));
      for (const i of [0, 4]) expect(stored.get(owing[i]!.id)).to.deep.equal({ ...owing[i]!, sheetVersion: 2 });
      const others = owing.slice(1, 4).map((e) => stored.get(e.id)?.sheetVersion);
      expect(others).to.deep.equal([1, 1, 1]);
      const debts = (await events.sheetDebts(at('2000-01-01T00:00:00Z'), 1000)).map((e) => e.id);
      expect(owing.map((e) => debts.includes(e.id))).to.deep.equal([false, true, true, true, false]);
      expect(await events.settleRows(owing.slice(3, 4))).to.deep.equal([true]);
    });

    it('saves links against the revision and leaves rows that were settled meanwhile settled', async () => {
      const { events } = given();
      const link = aLink({ settledVersion: 1 });
      const [read, late] = [1, 2].map(() =>
        anEvent({ version: 2, sheetVersion: 1, links: [{ ...link, calendarId: newId('calendar') }] }),
      ) as [Event, Event];
      await events.saveMany([read, late]);
      await events.save(bump(late));
      await events.settleRows([read]);
      const settled = read.links.map((own) => ({ ...own, settledVersion: 2, remoteId: asRemoteId(`new ${read.id}`) }));
      const next = bump(read, { links: settled });
      expect(await events.saveLinks([next, bump(late, { links: [] })])).to.deep.equal([true, false]);
      expect(await events.get(read.tenantId, read.id)).to.deep.equal({ ...next, sheetVersion: 2 });
      expect(await events.get(late.tenantId, late.id)).to.deep.equal(bump(late));
      const key = linkKey(settled[0]!.calendarId, settled[0]!.remoteId);
      expect((await events.byLinkKeys(read.tenantId, [key])).map((e) => e.id)).to.deep.equal([read.id]);
      const [calendarId] = settled.map((own) => own.calendarId);
      expect(await events.owing(calendarId!, at('2099-01-01T00:00:00Z'), 10)).to.deep.equal([]);
      await events.saveLinks([bump(next, { links: read.links })]);
      expect((await events.owing(calendarId!, at('2099-01-01T00:00:00Z'), 10)).map((e) => e.id)).to.deep.equal([
        read.id,
      ]);
      expect(await events.saveLinks([])).to.deep.equal([]);
    });

    it('answers an empty bulk and an empty read without asking', async () => {
      expect(await given().events.saveMany([])).to.deep.equal([]);
      expect(await given().events.settleRows([])).to.deep.equal([]);
      expect(await given().events.getMany(newId('tenant'), [])).to.deep.equal([]);
      expect(await given().events.byLinkKeys(newId('tenant'), [])).to.deep.equal([]);
    });

    it('finds events by link key, and by own key until the remote id is known', async () => {
      const calendarId = newId('calendar');
      const known = aLink({ calendarId, remoteId: asRemoteId('r1') });
      const unknown = aLink({ calendarId, remoteId: null, stamp: null, base: null, settledVersion: 0 });
      const one = anEvent({ links: [known], deletedAt: at('2027-05-02T00:00:00Z') });
      const two = anEvent({ links: [unknown] });
      const { events } = given();
      await events.saveMany([one, two]);
      const own = ownKey(calendarId, unknown.createId);
      const find = async (...keys: string[]) => (await events.byLinkKeys(one.tenantId, keys)).map((e) => e.id).sort();
      expect(await find(linkKey(calendarId, known.remoteId!), own, 'none')).to.deep.equal([one.id, two.id].sort());
      expect(await find(ownKey(calendarId, known.createId))).to.deep.equal([]);
      await events.save(bump(two, { links: [{ ...unknown, remoteId: asRemoteId('r2') }] }));
      expect(await find(own)).to.deep.equal([]);
      expect(await find(linkKey(calendarId, asRemoteId('r2')))).to.deep.equal([two.id]);
      expect(await events.byLinkKeys(newId('tenant'), [own, linkKey(calendarId, known.remoteId!)])).to.deep.equal([]);
    });

    it('frees a link key when its link goes', async () => {
      const first = anEvent({ links: [aLink()] });
      const { events } = given();
      await events.insert(first);
      await events.save(bump(first, { links: [] }));
      expect(await events.insert(anEvent({ links: first.links }))).to.equal('inserted');
    });

    it('lists what is owed to a calendar, soonest first, without those that must wait', async () => {
      const calendarId = newId('calendar');
      const now = at('2027-05-10T12:00:00Z');
      const owing = (hour: number, over: Parameters<typeof aLink>[0] = {}) =>
        anEvent({
          version: 2,
          fields: someFields({ start: zoned(`2027-06-01T${hour}:00`), end: zoned(`2027-06-01T${hour}:30`) }),
          links: [aLink({ calendarId, ...over }), aLink()],
        });
      const late = owing(15);
      const soon = owing(11);
      const waiting = owing(10, { retryAt: at('2027-05-10T12:00:01Z') });
      const ready = owing(12, { retryAt: now });
      const removed = { ...owing(13), deletedAt: at('2027-05-09T00:00:00Z') };
      const none = [
        owing(14, { settledVersion: 2 }),
        owing(16, { state: 'refused' }),
        owing(17, { state: 'unlinked' }),
      ];
      const { events } = given();
      await events.saveMany([late, soon, waiting, ready, removed, ...none]);
      const ids = async (limit: number) => (await events.owing(calendarId, now, limit)).map((e) => e.id);
      expect(await ids(10)).to.deep.equal([soon.id, ready.id, removed.id, late.id]);
      expect(await ids(2)).to.deep.equal([soon.id, ready.id]);
      expect(await events.countOwing(calendarId)).to.equal(5);
      await events.save(bump(soon, { links: [aLink({ ...soon.links[0]!, settledVersion: 2 })] }));
      expect(await ids(1)).to.deep.equal([ready.id]);
      expect(await events.countOwing(calendarId)).to.equal(4);
    });

    it('names calendars that are owed to although nobody asked for a visit', async () => {
      const { events, calendars } = given();
      const tenantId = newId('tenant');
      const quiet = aCalendar({ tenantId });
      const asked = aCalendar({ tenantId });
      const waiting = aCalendar({ tenantId });
      for (const calendar of [quiet, asked, waiting]) await calendars.insert(calendar);
      await calendars.request([asked.id]);
      const now = at('2027-05-10T12:00:00Z');
      const owing = (calendarId: typeof quiet.id, retryAt = at('2027-05-10T11:00:00Z')) =>
        anEvent({ tenantId, version: 2, links: [aLink({ calendarId, retryAt })] });
      await events.saveMany([owing(quiet.id), owing(quiet.id), owing(asked.id), owing(newId('calendar'))]);
      await events.insert(owing(waiting.id, at('2027-05-10T13:00:00Z')));
      const own = new Set([quiet.id, asked.id, waiting.id]);
      const named = (await events.calendarsOwed(now, 1000)).filter((id) => own.has(id));
      expect(named).to.deep.equal([quiet.id]);
    });

    it('purges old tombstones only when they owe nothing, and never a booking', async () => {
      const { events } = given();
      const deletedAt = at('2020-01-01T00:00:00Z');
      const gone = anEvent({ deletedAt, links: [aLink()] });
      const owing = anEvent({ deletedAt, version: 2, links: [aLink()] });
      const rowsLeft = anEvent({ deletedAt, version: 2, sheetVersion: 1 });
      const young = anEvent({ deletedAt: at('2020-01-03T00:00:00Z') });
      const alive = anEvent();
      const booked = aBooked({ tenantId: alive.tenantId, deletedAt }, { status: 'cancelled' });
      const all = [gone, owing, rowsLeft, young, alive, booked];
      await events.saveMany(all);
      expect(await events.purge(at('2020-01-02T00:00:00Z'), 0)).to.equal(0);
      expect(await events.purge(at('2020-01-02T00:00:00Z'), 10)).to.equal(1);
      const left = (
        await events.getMany(
          gone.tenantId,
          all.map((e) => e.id),
        )
      ).map((e) => e.id);
      expect(left.sort()).to.deep.equal([owing.id, rowsLeft.id, young.id, alive.id, booked.id].sort());
      expect(await events.insert(anEvent({ links: gone.links }))).to.equal('inserted');
    });
  });
}
