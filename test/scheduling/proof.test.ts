/** The proof of the ledger: what is wrong in the store is named, what is right or under way is not. */
import { expect } from 'chai';
import fc from 'fast-check';
import type { ClaimId, HoldId, ResourceId } from '../../src/domain/ids.ts';
import { claimOfEvent, claimOfHold, newId } from '../../src/domain/ids.ts';
import type { Resource } from '../../src/domain/resource.ts';
import type { CalendarDay } from '../../src/domain/time.ts';
import { dayMs } from '../../src/domain/time.ts';
import { overlapConflicts } from '../../src/scheduling/overlap.ts';
import type { Proof } from '../../src/scheduling/proof.ts';
import { prove } from '../../src/scheduling/proof.ts';
import type { Store } from '../../src/store/store.ts';
import { anEvent, aRow, at, someFields, zoned } from '../kit/builders.ts';
import { anOffice, aRequest, deskOver, granted, type Office, span, technician, tenant } from '../kit/desk.ts';
import { aStep, june, perform, staff } from '../kit/desk-steps.ts';
import { jittered } from '../kit/jitter.ts';

const sam = technician('sam');
const day = '2027-06-01' as CalendarDay;
const clean = { overlaps: [], uncovered: [], phantom: [], conflicts: [], isCut: false };
const theDay = span('2027-06-01T00:00:00Z', '2027-06-02T00:00:00Z');

function proofOf(office: Office, o: { resources?: readonly Resource[]; store?: Store; of?: typeof theDay } = {}) {
  const settings = { windowPastMs: 30 * dayMs, windowAheadMs: 60 * dayMs };
  const { clock } = office;
  const deps = { store: o.store ?? office.store, settings, clock: { now: clock.now, sleep: async () => {} } };
  return prove(deps, tenant, o.resources ?? [sam], o.of ?? theDay);
}
const without = ({ checked, ...rest }: Proof) => rest;
const put = (store: Store, row: ReturnType<typeof aRow>, resourceId: ResourceId = sam.id) =>
  store.sheets.put(tenant, resourceId, day, row.claim, [row]);
describe('The proof of a ledger in order', () => {
  it('finds nothing, and says how many day sheets it recomputed', async () => {
    const office = await anOffice([sam]);
    await office.desk.book(tenant, aRequest({ resourceIds: [sam.id] }));
    await office.desk.hold(tenant, {
      span: span('12:00', '13:00'),
      resourceIds: [sam.id],
      expiresInMs: 60_000,
      note: null,
    });
    expect(await proofOf(office, { of: june })).to.deep.equal({ ...clean, checked: 31 });
  });

  it('knows series only as far as their rows are written, and whole days by the zone of the calendar', async () => {
    const office = await anOffice([sam]);
    const daily = { series: { rules: ['FREQ=DAILY'], extraDates: [] } };
    const series = anEvent({ resources: [sam.id], fields: someFields(daily), sheetVersion: 0 });
    await office.store.events.insert(series);
    const allDay = { start: { kind: 'date', day }, end: { kind: 'date', day: '2027-06-02' as CalendarDay } } as const;
    await office.store.events.insert(anEvent({ resources: [sam.id], fields: someFields(allDay), sheetVersion: 0 }));
    await office.desk.settleSheets(10);
    const far = { start: at('2027-07-25T00:00:00Z'), end: at('2027-08-20T00:00:00Z') };
    expect(without(await proofOf(office, { of: june }))).to.deep.equal(clean);
    expect(without(await proofOf(office, { of: far }))).to.deep.equal(clean);
  });
});

describe('What is wrong in the store', () => {
  it('is named: two firm rows of bookings at one time', async () => {
    const office = await anOffice([sam]);
    const event = granted(await office.desk.book(tenant, aRequest({ resourceIds: [sam.id] })));
    const other = anEvent({
      ...{ resources: [sam.id], booking: { ...event.booking!, externalRef: null } },
      fields: someFields({ start: zoned('2027-06-01T10:30'), end: zoned('2027-06-01T11:30') }),
    });
    await office.store.events.insert(other);
    const row = { start: at('2027-06-01T10:30:00Z'), end: at('2027-06-01T11:30:00Z') };
    await put(office.store, aRow({ ...row, eventId: other.id, claim: claimOfEvent(other.id) }));
    const { overlaps, ...rest } = await proofOf(office);
    expect(rest).to.deep.equal({ uncovered: [], phantom: [], conflicts: [], checked: 1, isCut: false });
    expect(overlaps).to.deep.equal([
      {
        ...{ resourceId: sam.id, start: row.start, end: at('2027-06-01T11:00:00Z') },
        ...{ capacity: 1, inUse: 2, eventIds: [event.id, other.id].sort() },
      },
    ]);
  });

  it('is named: a booking, an appointment and a hold whose time lies bare, by the minute', async () => {
    const office = await anOffice([sam]);
    const event = granted(await office.desk.book(tenant, aRequest({ resourceIds: [sam.id] })));
    const short = aRow({ eventId: event.id, claim: claimOfEvent(event.id), end: at('2027-06-01T10:20:00Z') });
    await put(office.store, short);
    const later = { start: zoned('2027-06-01T14:00'), end: zoned('2027-06-01T15:00') };
    const appointment = anEvent({ resources: [sam.id], fields: someFields(later) });
    await office.store.events.insert(appointment);
    const held = { start: at('2027-06-01T16:00:00Z'), end: at('2027-06-01T17:00:00Z') };
    const id = newId('hold') as HoldId;
    await office.store.holds.insert({
      ...{ id, tenantId: tenant, span: held, resourceIds: [sam.id], note: null, createdAt: office.store.now() },
      expiresAt: at('2027-06-01T07:00:00Z'),
    });
    const { uncovered, ...rest } = await proofOf(office);
    expect(rest).to.deep.equal({ overlaps: [], phantom: [], conflicts: [], checked: 1, isCut: false });
    const shown = uncovered.map((u) => [u.kind, u.claim, u.end - u.start]);
    expect(shown).to.deep.equal([
      ['booking', event.id, 40 * 60_000],
      ['calendar', appointment.id, 3_600_000],
      ['hold', id, 3_600_000],
    ]);
  });

  it('is named: rows of an event or a hold that does not exist, or not at that time', async () => {
    const office = await anOffice([sam]);
    const event = granted(await office.desk.book(tenant, aRequest({ resourceIds: [sam.id] })));
    const nobody = aRow({ start: at('2027-06-01T14:00:00Z'), end: at('2027-06-01T15:00:00Z') });
    await put(office.store, nobody);
    const ghostHold = newId('hold');
    const lost = { kind: 'hold', eventId: null, firm: false, until: at('2027-06-01T07:00:00Z'), version: 0 } as const;
    const held = { start: at('2027-06-01T16:00:00Z'), end: at('2027-06-01T17:00:00Z') };
    await put(office.store, aRow({ ...lost, ...held, claim: claimOfHold(ghostHold) }));
    const long = aRow({ eventId: event.id, claim: claimOfEvent(event.id), end: at('2027-06-01T12:00:00Z') });
    await put(office.store, long);
    const { phantom, ...rest } = await proofOf(office);
    expect(rest).to.deep.equal({ overlaps: [], uncovered: [], conflicts: [], checked: 1, isCut: false });
    const claims: ClaimId[] = [claimOfEvent(event.id), nobody.claim, claimOfHold(ghostHold)];
    expect(phantom.map((p) => p.claim)).to.have.members(claims);
    expect(phantom.every((p) => p.end - p.start === 3_600_000)).to.equal(true);
  });

  it('does not count as double booking where it is on record: the open conflict is named, both let stand is done with', async () => {
    for (const state of ['open', 'resolved'] as const) {
      const office = await anOffice([sam]);
      const event = granted(await office.desk.book(tenant, aRequest({ resourceIds: [sam.id] })));
      const appointment = anEvent({ resources: [sam.id] });
      await office.store.events.insert(appointment);
      const row = aRow({ eventId: appointment.id, claim: claimOfEvent(appointment.id), kind: 'calendar' });
      await put(office.store, row);
      const untold = await proofOf(office);
      expect(untold.overlaps.map((o) => o.eventIds)).to.deep.equal([[event.id, appointment.id].sort()]);
      const sheets = await office.store.sheets.load(tenant, [sam.id], [day]);
      const cases = overlapConflicts(appointment, sheets, [sam], { now: office.store.now(), alternatives: [] });
      const [id] = cases.map((conflict) => conflict.id);
      const choice = state === 'open' ? null : ('both' as const);
      await office.store.conflicts.open(cases.map((conflict) => ({ ...conflict, state, choice })));
      const told = await proofOf(office);
      expect(told.overlaps).to.deep.equal([]);
      expect(told.conflicts.map((c) => c.conflictId)).to.deep.equal(state === 'open' ? [id] : []);
    }
  });

  it('is told once it waits too long to be written, and not while it is being written', async () => {
    const office = await anOffice([sam]);
    const updatedAt = office.clock.now();
    await office.store.events.insert(anEvent({ resources: [sam.id], sheetVersion: 0, updatedAt }));
    expect(without(await proofOf(office))).to.deep.equal(clean);
    office.clock.advance(3 * 60_000);
    expect((await proofOf(office)).uncovered).to.have.length(1);
  });

  it('is looked at again: what is set right meanwhile is not told', async () => {
    const office = await anOffice([sam]);
    await put(office.store, aRow());
    const settings = { windowPastMs: 30 * dayMs, windowAheadMs: 60 * dayMs };
    const { store } = office;
    const mend = async () => {
      const [sheet] = await store.sheets.load(tenant, [sam.id], [day]);
      await store.sheets.put(tenant, sam.id, day, sheet!.rows[0]?.claim ?? claimOfEvent(newId('event')), []);
    };
    const deps = { store, settings, clock: { now: office.clock.now, sleep: mend } };
    expect(without(await prove(deps, tenant, [sam], theDay))).to.deep.equal(clean);
  });
});

describe('A thing of several units', () => {
  it('is overbooked by the third of two, and not by two', async () => {
    const pool = technician('pool', { kind: 'vehicle', quantity: 2 });
    const office = await anOffice([pool]);
    const events = [];
    for (const title of ['a', 'b']) {
      events.push(granted(await office.desk.book(tenant, aRequest({ resourceIds: [pool.id], title }))));
    }
    expect(without(await proofOf(office, { resources: [pool] }))).to.deep.equal(clean);
    const third = anEvent({ resources: [pool.id], booking: events[0]!.booking });
    await office.store.events.insert({ ...third, booking: { ...third.booking!, externalRef: null } });
    await put(office.store, aRow({ eventId: third.id, claim: claimOfEvent(third.id) }), pool.id);
    const { overlaps } = await proofOf(office, { resources: [pool] });
    expect(overlaps.map((o) => [o.capacity, o.inUse, o.eventIds.length])).to.deep.equal([[2, 3, 3]]);
  });
});

describe('A proof while people book, move, cancel and hold', () => {
  it('finds nothing, whoever meets whom', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(aStep, { maxLength: 5 }), { maxLength: 4 }),
        fc.nat(),
        async (rounds, seed) => {
          const office = await anOffice(staff);
          for (const [i, round] of rounds.entries()) {
            const steps = round.map((step, j) => perform(office, jittered(office.store, seed + 100 * i + j), step));
            const store = jittered(office.store, seed + 7, 40);
            const [proof] = await Promise.all([proofOf(office, { resources: staff, store, of: june }), ...steps]);
            expect(without(proof)).to.deep.equal(clean);
          }
          expect(without(await proofOf(office, { resources: staff, of: june }))).to.deep.equal(clean);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('finds nothing while two race for one slot', async () => {
    for (let seed = 0; seed < 40; seed += 1) {
      const office = await anOffice([sam]);
      const race = [1, 2].map((n) =>
        deskOver(jittered(office.store, seed * 10 + n), office.clock).book(tenant, aRequest({ resourceIds: [sam.id] })),
      );
      const [proof] = await Promise.all([proofOf(office, { store: jittered(office.store, seed, 30) }), ...race]);
      expect(without(proof)).to.deep.equal(clean);
    }
  });
});

describe('A span in which much is wrong', () => {
  it('is cut short, and says so', async () => {
    const many = Array.from({ length: 20 }, (_, i) => technician(`nr${i}`));
    const office = await anOffice(many);
    for (const { id } of many) {
      for (let d = 1; d <= 28; d += 1) {
        const text = `2027-06-${String(d).padStart(2, '0')}`;
        const row = aRow({ start: at(`${text}T10:00:00Z`), end: at(`${text}T11:00:00Z`) });
        await office.store.sheets.put(tenant, id, text as CalendarDay, row.claim, [row]);
      }
    }
    const of = span('2027-06-01T00:00:00Z', '2027-06-29T00:00:00Z');
    const proof = await proofOf(office, { resources: many, of });
    expect([proof.isCut, proof.phantom.length, proof.checked]).to.deep.equal([false, 560, 560]);
    const longer = await proofOf(office, { resources: many, of: { ...of, end: at('2027-07-01T00:00:00Z') } });
    expect([longer.isCut, longer.phantom.length, longer.checked]).to.deep.equal([true, 560, 560]);
  });
});
