/** Store contract: looking events up by time, link and page. */

import { expect } from 'chai';
import { asRemoteId, asRemoteStamp, newId } from '../../src/domain/ids.ts';
import type { Span } from '../../src/domain/time.ts';
import type { LinkRow, Page, Store } from '../../src/store/store.ts';
import { aLink, anEvent, at, someFields, zoned } from '../kit/builders.ts';
import { aBooked } from './store-events.ts';

const span = (from: string, to: string): Span => ({ start: at(from), end: at(to) });
const hours = (from: string, to: string) =>
  someFields({ start: zoned(`2027-06-01T${from}`), end: zoned(`2027-06-01T${to}`) });
const everything = { from: null, to: null, resourceId: null, status: null, externalRef: null, after: null };

export function eventQueryContract(given: () => Store): void {
  describe('event queries', () => {
    it('finds live events of the tenant that touch a span, by start and with half-open edges', async () => {
      const tenantId = newId('tenant');
      const resources = [newId('resource')];
      const make = (from: string, to: string) => anEvent({ tenantId, resources, fields: hours(from, to) });
      const before = make('08:00', '09:00');
      const first = make('08:30', '09:01');
      const last = make('09:59', '11:00');
      const after = make('10:00', '11:00');
      const deleted = { ...make('09:00', '10:00'), deletedAt: at('2027-05-02T00:00:00Z') };
      const elsewhere = { ...make('09:15', '09:30'), resources: [newId('resource')] };
      const foreign = { ...make('09:00', '10:00'), tenantId: newId('tenant') };
      await given().events.saveMany([after, last, first, before, deleted, elsewhere, foreign]);
      const nine = span('2027-06-01T09:00:00Z', '2027-06-01T10:00:00Z');
      const ids = async (of: typeof resources | null, limit = 10) =>
        (await given().events.inSpan(tenantId, of, nine, limit)).map((e) => e.id);
      expect(await ids(resources)).to.deep.equal([first.id, last.id]);
      expect(await ids(null)).to.deep.equal([first.id, elsewhere.id, last.id]);
      expect(await ids(null, 1)).to.deep.equal([first.id]);
      expect(await ids([])).to.deep.equal([]);
    });

    it('finds a series anywhere in its extent, and one without an end for ever', async () => {
      const tenantId = newId('tenant');
      const weekly = (rule: string) =>
        anEvent({ tenantId, fields: someFields({ series: { rules: [rule], extraDates: [] } }) });
      const ending = weekly('FREQ=WEEKLY;COUNT=3');
      const endless = weekly('FREQ=WEEKLY');
      await given().events.saveMany([ending, endless]);
      const find = async (from: string, to: string) =>
        (await given().events.inSpan(tenantId, null, span(from, to), 10)).map((e) => e.id).sort();
      expect(await find('2027-06-12T00:00:00Z', '2027-06-13T00:00:00Z')).to.deep.equal([ending.id, endless.id].sort());
      expect(await find('2029-06-12T00:00:00Z', '2029-06-13T00:00:00Z')).to.deep.equal([endless.id]);
      expect(await find('2027-05-12T00:00:00Z', '2027-05-13T00:00:00Z')).to.deep.equal([]);
    });

    it('finds a whole day from every zone in which it could be read', async () => {
      const tenantId = newId('tenant');
      const fields = someFields({
        start: { kind: 'date', day: '2027-06-10' as never },
        end: { kind: 'date', day: '2027-06-11' as never },
      });
      await given().events.insert(anEvent({ tenantId, fields }));
      const count = async (from: string, to: string) =>
        (await given().events.inSpan(tenantId, null, span(from, to), 10)).length;
      expect(await count('2027-06-09T10:00:00Z', '2027-06-09T10:30:00Z')).to.equal(1);
      expect(await count('2027-06-11T11:30:00Z', '2027-06-11T12:00:00Z')).to.equal(1);
      expect(await count('2027-06-11T12:00:00Z', '2027-06-11T13:00:00Z')).to.equal(0);
    });

    it('lists bookings only, by start, filtered by everything it offers', async () => {
      const tenantId = newId('tenant');
      const mine = newId('resource');
      const late = aBooked({ tenantId, fields: hours('15:00', '16:00') }, { status: 'completed' });
      const early = aBooked({ tenantId, fields: hours('09:00', '10:00'), resources: [mine] }, { externalRef: 'A' });
      const dead = aBooked({ tenantId, deletedAt: at('2027-05-02T00:00:00Z') }, { status: 'cancelled' });
      await given().events.saveMany([late, early, dead, anEvent({ tenantId }), aBooked({ tenantId: newId('tenant') })]);
      const list = async (over: object) =>
        (await given().events.bookings(tenantId, { ...everything, limit: 10, ...over })).data.map((e) => e.id);
      expect(await list({})).to.deep.equal([early.id, dead.id, late.id]);
      expect(await list({ from: at('2027-06-01T10:00:00Z') })).to.deep.equal([dead.id, late.id]);
      expect(await list({ to: at('2027-06-01T15:00:00Z') })).to.deep.equal([early.id, dead.id]);
      expect(await list({ resourceId: mine })).to.deep.equal([early.id]);
      expect(await list({ status: 'cancelled' })).to.deep.equal([dead.id]);
      expect(await list({ externalRef: 'A' })).to.deep.equal([early.id]);
      expect(await list({ externalRef: 'B' })).to.deep.equal([]);
    });

    it('pages through bookings without gaps or repeats while others are inserted', async () => {
      const tenantId = newId('tenant');
      const booked = Array.from({ length: 7 }, () => aBooked({ tenantId }));
      await given().events.saveMany(booked);
      const seen: string[] = [];
      let after: string | null = null;
      do {
        const page: Page<(typeof booked)[number]> = await given().events.bookings(tenantId, {
          ...everything,
          limit: 3,
          after,
        });
        seen.push(...page.data.map((e) => e.id));
        after = page.next;
        await given().events.insert(aBooked({ tenantId, fields: hours('01:00', '02:00') }));
      } while (after !== null);
      expect(seen).to.deep.equal(booked.map((e) => e.id).sort());
    });

    it('refuses a cursor that is not its own', async () => {
      const query = { ...everything, limit: 3, after: 'no such place' };
      const error = await given()
        .events.bookings(newId('tenant'), query)
        .then(
          () => null,
          (e: unknown) => e,
        );
      expect(error).to.include({ name: 'Fault', kind: 'invalid' });
    });

    it('pages through the live links of a calendar in a stable order', async () => {
      const calendarId = newId('calendar');
      const tenantId = newId('tenant');
      const linked = (over: Parameters<typeof aLink>[0] = {}) =>
        anEvent({ tenantId, links: [aLink(), aLink({ calendarId, ...over })] });
      const live = Array.from({ length: 5 }, () => linked());
      const removing = { ...linked(), deletedAt: at('2027-05-02T00:00:00Z'), version: 2 };
      const others = [
        linked({ remoteId: null }),
        linked({ state: 'unlinked' }),
        linked({ state: 'refused', stamp: null }),
        { ...linked(), deletedAt: at('2027-05-02T00:00:00Z') },
      ];
      // A refused write leaves its copy standing; without a stamp it is known to be gone.
      const refused = linked({ state: 'refused' });
      await given().events.saveMany([...others, ...live, removing, refused]);
      const rows: LinkRow[] = [];
      let after: string | null = null;
      do {
        const page: Page<LinkRow> = await given().events.linksOf(calendarId, { limit: 2, after });
        expect(page.data.length).to.be.at.most(2);
        rows.push(...page.data);
        after = page.next;
      } while (after !== null);
      expect(rows.map((r) => r.eventId)).to.deep.equal([...live, removing, refused].map((e) => e.id).sort());
      expect(rows.find((r) => r.eventId === live[0]!.id)).to.deep.equal({
        eventId: live[0]!.id,
        tenantId,
        remoteId: live[0]!.links[1]!.remoteId,
        spanStart: at('2027-06-01T10:00:00Z'),
        spanEnd: at('2027-06-01T11:00:00Z'),
      });
    });

    it('gives a whole day in a link only the stretch that it covers in every zone', async () => {
      const calendarId = newId('calendar');
      const fields = someFields({
        start: { kind: 'date', day: '2027-06-10' as never },
        end: { kind: 'date', day: '2027-06-13' as never },
      });
      await given().events.insert(anEvent({ fields, links: [aLink({ calendarId })] }));
      const [row] = (await given().events.linksOf(calendarId, { limit: 2, after: null })).data;
      expect(row?.spanStart).to.equal(at('2027-06-10T12:00:00Z'));
      expect(row?.spanEnd).to.equal(at('2027-06-12T10:00:00Z'));
    });

    it('tells the stamps it holds for the ids of a listing', async () => {
      const calendarId = newId('calendar');
      const link = (id: string, stamp: string | null) =>
        aLink({ calendarId, remoteId: asRemoteId(id), stamp: stamp === null ? null : asRemoteStamp(stamp) });
      await given().events.saveMany([anEvent({ links: [link('a', '1')] }), anEvent({ links: [link('b', null)] })]);
      const stamps = await given().events.stampsOf(calendarId, ['a', 'b', 'c'].map(asRemoteId));
      expect([...stamps]).to.deep.equal([['a', '1']]);
      expect((await given().events.stampsOf(newId('calendar'), [asRemoteId('a')])).size).to.equal(0);
    });

    it('finds events whose rows are behind and series whose rows end too early', async () => {
      const horizon = at('2028-01-01T00:00:00Z');
      const weekly = (rule: string, covered: string | null) =>
        anEvent({
          fields: someFields({ series: { rules: [rule], extraDates: [] } }),
          coveredUntil: covered === null ? null : at(covered),
        });
      const behind = anEvent({ version: 3, sheetVersion: 2 });
      const never = weekly('FREQ=WEEKLY', null);
      const short = weekly('FREQ=WEEKLY', '2027-12-31T00:00:00Z');
      const removedRows = anEvent({ version: 3, sheetVersion: 2, deletedAt: at('2027-05-02T00:00:00Z') });
      const settled = [
        anEvent(),
        weekly('FREQ=WEEKLY', '2028-01-01T00:00:00Z'),
        weekly('FREQ=WEEKLY;COUNT=2', '2027-07-01T00:00:00Z'),
        { ...weekly('FREQ=WEEKLY', null), deletedAt: at('2027-05-02T00:00:00Z') },
      ];
      const all = [behind, never, short, removedRows, ...settled];
      await given().events.saveMany(all);
      const own = new Set(all.map((e) => e.id));
      const found = (await given().events.sheetDebts(horizon, 1000)).map((e) => e.id).filter((id) => own.has(id));
      expect(found.sort()).to.deep.equal([behind.id, never.id, short.id, removedRows.id].sort());
      expect(await given().events.sheetDebts(horizon, 1)).to.have.length(1);
    });
  });
}
