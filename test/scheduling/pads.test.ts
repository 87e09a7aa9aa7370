/** Pads and units: decided when time is won, kept over moves, and counted to the minute. */
import { expect } from 'chai';
import fc from 'fast-check';
import type { ResourceId } from '../../src/domain/ids.ts';
import { collide } from '../../src/domain/sheet-row.ts';
import { overlaps } from '../../src/domain/span.ts';
import type { Takes } from '../../src/domain/takes.ts';
import { plainTakes } from '../../src/domain/takes.ts';
import type { Instant } from '../../src/domain/time.ts';
import type { Requirement } from '../../src/scheduling/desk.ts';
import { aChange, anOffice, aRequest, granted, type Office, span, technician, tenant } from '../kit/desk.ts';
import { allBookings, june } from '../kit/desk-steps.ts';
import { clean, ledgerOf } from '../kit/ledger.ts';

const sam = technician('sam');
const ladders = technician('ladders', { kind: 'equipment', quantity: 5 });
const minutes = (before: number, after: number, units: Takes['units'] = {}): Takes => ({
  beforeMs: before * 60_000,
  afterMs: after * 60_000,
  units,
});
const book = (office: Office, from: string, to: string, takes?: Takes, ids: readonly ResourceId[] = [sam.id]) =>
  office.desk.book(
    tenant,
    aRequest({ span: span(from, to), resourceIds: ids, ...(takes === undefined ? {} : { takes }) }),
  );
const inOrder = async (office: Office) =>
  expect(await ledgerOf(office.store, [sam, ladders], await allBookings(office.store), june)).to.deep.equal(clean);

describe('Pads of a booking', () => {
  it('keep the longer of the two between jobs of one person, not their sum', async () => {
    const office = await anOffice([sam]);
    granted(await book(office, '10:00', '11:00', minutes(30, 30)));
    expect((await book(office, '11:20', '12:00', minutes(20, 0))).kind).to.equal('slot-taken');
    expect((await book(office, '11:00', '11:30')).kind).to.equal('slot-taken');
    granted(await book(office, '11:30', '12:00', minutes(30, 0)));
    granted(await book(office, '08:30', '09:30', minutes(0, 30)));
    await inOrder(office);
  });

  it('are in the receipt, over midnight on both days, and follow a move', async () => {
    const office = await anOffice([sam]);
    const made = granted(await book(office, '2027-06-01T23:00:00Z', '2027-06-01T23:50:00Z', minutes(0, 30)));
    expect(made.booking!.receipt.rows).to.have.length(2);
    expect(made.booking!.receipt.rows[0]!.span).to.deep.equal(span('2027-06-01T23:00:00Z', '2027-06-02T00:20:00Z'));
    expect((await book(office, '2027-06-02T00:10:00Z', '2027-06-02T01:00:00Z')).kind).to.equal('slot-taken');
    const moved = granted(
      await office.desk.change(tenant, made.booking!.id, aChange({ span: span('12:00', '13:00') })),
    );
    expect(moved.booking!.receipt.rows.map((r) => r.span)).to.deep.equal([span('12:00', '13:30')]);
    granted(await book(office, '2027-06-02T00:10:00Z', '2027-06-02T01:00:00Z'));
    expect((await book(office, '13:00', '14:00')).kind).to.equal('slot-taken');
    await inOrder(office);
  });

  it('that are held are those of the booking that uses the hold', async () => {
    const office = await anOffice([sam]);
    const takes = minutes(15, 45);
    const held = await office.desk.hold(tenant, {
      ...{ span: span('10:00', '11:00'), resourceIds: [sam.id], expiresInMs: 60_000, note: null, takes },
    });
    if (held.kind !== 'held') throw new Error(held.kind);
    expect((await book(office, '11:30', '12:00')).kind).to.equal('slot-taken');
    const made = granted(
      await office.desk.book(tenant, aRequest({ span: span('10:00', '11:00'), holdId: held.hold.id })),
    );
    expect(made.booking!.takes).to.deep.equal(takes);
    expect((await book(office, '11:30', '12:00')).kind).to.equal('slot-taken');
    await inOrder(office);
  });

  it('make availability offer exactly what can be booked', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ at: fc.nat(40), before: fc.nat(3), after: fc.nat(3) }), { maxLength: 4 }),
        fc.record({ before: fc.nat(3), after: fc.nat(3) }),
        fc.constantFrom(1, 2),
        async (jobs, wish, quantity) => {
          const one = technician('one', { kind: 'vehicle', quantity });
          const office = await anOffice([one]);
          const at = (n: number) => (span('08:00', '09:00').start + n * 900_000) as Instant;
          for (const job of jobs) {
            const takes = minutes(job.before * 15, job.after * 15);
            const time = { start: at(job.at), end: at(job.at + 2) };
            await office.desk.book(tenant, aRequest({ span: time, resourceIds: [one.id], takes }));
          }
          const takes = minutes(wish.before * 15, wish.after * 15);
          const { slots } = await office.desk.availability(tenant, {
            ...{ window: { start: at(0), end: at(44) }, durationMs: 1_800_000, resourceIds: [one.id], requires: null },
            ...{ granularityMs: 900_000, limit: 500, explain: false, takes },
          });
          const offered = new Set(slots.map((slot) => slot.start));
          for (let n = 0; n <= 42; n += 1) {
            const outcome = await office.desk.book(
              tenant,
              aRequest({ span: { start: at(n), end: at(n + 2) }, resourceIds: [one.id], takes }),
            );
            expect(outcome.kind, `${n}`).to.equal(offered.has(at(n)) ? 'booked' : 'slot-taken');
            if (outcome.kind === 'booked') await office.desk.act(tenant, outcome.event.booking!.id, 'cancel', null);
          }
        },
      ),
      { numRuns: 30 },
    );
  });
});

describe('Two rows of one unit', () => {
  it('collide exactly when work meets work or the longer pad does not fit between', () => {
    const row = fc
      .record({ at: fc.nat(20), length: fc.integer({ min: 1, max: 6 }), before: fc.nat(4), after: fc.nat(4) })
      .map(({ at, length, before, after }) => ({
        ...{ start: (at - before) as Instant, end: (at + length + after) as Instant },
        core: { start: at as Instant, end: (at + length) as Instant },
      }));
    fc.assert(
      fc.property(row, row, (a, b) => {
        const [first, second] = a.core.start <= b.core.start ? [a, b] : [b, a];
        const gap = second.core.start - first.core.end;
        const needed = Math.max(first.end - first.core.end, second.core.start - second.start);
        expect(collide(a, b)).to.equal(overlaps(a.core, b.core) || gap < needed);
      }),
    );
  });
});

describe('Units of a resource', () => {
  const ladder = (quantity: number): Requirement => ({ kind: 'equipment', skills: [], territoryId: null, quantity });

  it('are taken as many as asked, and never more than there are', async () => {
    const office = await anOffice([sam, ladders]);
    granted(await book(office, '10:00', '11:00', minutes(0, 0, { [ladders.id]: 3 }), [sam.id, ladders.id]));
    const more = minutes(0, 0, { [ladders.id]: 3 });
    expect((await book(office, '10:30', '11:30', more, [ladders.id])).kind).to.equal('slot-taken');
    granted(await book(office, '10:30', '11:30', minutes(0, 0, { [ladders.id]: 2 }), [ladders.id]));
    granted(await book(office, '11:00', '12:00', more, [ladders.id]));
    expect(await book(office, '15:00', '16:00', minutes(0, 0, { [ladders.id]: 6 }), [ladders.id])).to.include({
      kind: 'rule-violation',
      rule: 'quantity',
    });
    await inOrder(office);
  });

  it('may come from one thing or several when only the kind is named', async () => {
    const office = await anOffice([ladders, technician('pump', { kind: 'equipment' })]);
    const made = granted(await office.desk.book(tenant, aRequest({ assign: [ladder(6)] })));
    expect(made.resources).to.have.members([ladders.id, 'res_pump']);
    expect(made.booking!.takes).to.deep.equal({ ...plainTakes, units: { [ladders.id]: 5 } });
    expect((await office.desk.book(tenant, aRequest({ assign: [ladder(1)] }))).kind).to.equal('slot-taken');
    expect(await office.desk.book(tenant, aRequest({ assign: [ladder(7)] }))).to.include({ rule: 'no-match' });
  });

  it('are free again at once after a cancellation', async () => {
    const office = await anOffice([ladders]);
    const made = granted(await office.desk.book(tenant, aRequest({ assign: [ladder(5)] })));
    await office.desk.act(tenant, made.booking!.id, 'cancel', null);
    granted(await office.desk.book(tenant, aRequest({ assign: [ladder(5)] })));
  });
});
