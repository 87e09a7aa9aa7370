/** Many callers at one desk and at several: time is granted once, whoever meets whom. */
import { expect } from 'chai';
import fc from 'fast-check';
import type { Event } from '../../src/domain/event.ts';
import { spanOf } from '../../src/domain/series.ts';
import type { Instant } from '../../src/domain/time.ts';
import { utcZone } from '../../src/domain/time.ts';
import { anOffice, aRequest, deskOver, granted, holdMs, technician, tenant } from '../kit/desk.ts';
import { allBookings, aStep, june, perform, slotAt, staff } from '../kit/desk-steps.ts';
import { failAt } from '../kit/fail-at.ts';
import { jittered } from '../kit/jitter.ts';
import { clean, ledgerOf } from '../kit/ledger.ts';

const hourMs = 3_600_000;

describe('Many bookings of one slot at the same moment', function () {
  this.timeout(600_000);
  it('are granted to exactly as many as there are units; the others hear why', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 12 }),
        fc.nat(),
        async (quantity, callers, seed) => {
          const lift = technician('lift', { kind: 'equipment', quantity });
          const office = await anOffice([lift]);
          const outcomes = await Promise.all(
            Array.from({ length: callers }, (_, i) =>
              deskOver(jittered(office.store, seed + i), office.clock).book(
                tenant,
                aRequest({ resourceIds: [lift.id], span: slotAt(3, 2) }),
              ),
            ),
          );
          const kinds = outcomes.map((o) => o.kind);
          expect(kinds.filter((k) => k === 'booked')).to.have.length(Math.min(quantity, callers));
          expect(kinds.filter((k) => k === 'slot-taken')).to.have.length(Math.max(0, callers - quantity));
          for (const o of outcomes) if (o.kind === 'slot-taken') expect(o.conflicts).to.not.deep.equal([]);
          expect(await ledgerOf(office.store, [lift], await allBookings(office.store), june)).to.deep.equal(clean);
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('Any history of bookings, moves, cancellations and holds by callers who meet', function () {
  this.timeout(600_000);
  it('never takes more than there is, loses no row and leaves none behind', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(aStep, { maxLength: 5 }), { maxLength: 6 }),
        fc.nat(),
        async (rounds, seed) => {
          const office = await anOffice(staff);
          for (const [i, round] of rounds.entries()) {
            await Promise.all(
              round.map((step, j) => perform(office, jittered(office.store, seed + 100 * i + j), step)),
            );
            const ledger = await ledgerOf(office.store, staff, await allBookings(office.store), june);
            expect(ledger).to.deep.equal(clean);
          }
          const conflicts = await office.store.conflicts.list(tenant, {
            limit: 9,
            after: null,
            state: null,
            eventId: null,
          });
          expect(conflicts.data).to.deep.equal([]);
          office.clock.advance(holdMs + 1);
          expect(await office.desk.settleSheets(100)).to.equal(0);
        },
      ),
      { numRuns: 250 },
    );
  });
});

describe('Any such history in which processes die', function () {
  this.timeout(600_000);
  it('never takes more than there is, and whoever asks for time that is free gets it', async () => {
    const aLife = fc.record({ step: aStep, dies: fc.integer({ min: 0, max: 30 }), late: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(aLife, { maxLength: 4 }), { maxLength: 5 }),
        fc.nat(),
        async (rounds, seed) => {
          const office = await anOffice(staff);
          const ledger = async () => ledgerOf(office.store, staff, await allBookings(office.store), june);
          for (const [i, round] of rounds.entries()) {
            const lives = round.map(async ({ step, dies, late }, j) => {
              const crash = failAt(jittered(office.store, seed + 100 * i + j), dies, late ? 'after' : 'before');
              await perform(office, crash.store, step).catch((error: unknown) => {
                if (!crash.hasCrashed()) throw error;
              });
            });
            await Promise.all(lives);
            expect((await ledger()).overbooked).to.deep.equal([]);
          }
          office.clock.advance(holdMs + 60_000);
          await office.desk.settleSheets(100);
          expect(await ledger()).to.deep.include({ overbooked: [], uncovered: [] });
          for (const resource of staff) {
            for (let hour = 0; hour < 13; hour += 1) {
              const time = slotAt(hour, 1);
              const events = (await allBookings(office.store)).filter((e) => e.deletedAt === null);
              const used = events.filter((e) => e.resources.includes(resource.id) && overlapsWith(e, time.start));
              const outcome = await office.desk.book(tenant, aRequest({ resourceIds: [resource.id], span: time }));
              expect(outcome.kind).to.equal(used.length < resource.quantity ? 'booked' : 'slot-taken');
            }
          }
          expect(await ledger()).to.deep.equal(clean);
        },
      ),
      { numRuns: 150 },
    );
  });
});

const overlapsWith = (event: Event, start: Instant): boolean => {
  const own = spanOf(event.fields, utcZone);
  return own.start < start + hourMs && start < own.end;
};

describe('A booking that is made and cancelled', function () {
  this.timeout(600_000);
  it('leaves availability as it was', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(aStep, { maxLength: 8 }), aStep, fc.nat(), async (steps, last, seed) => {
        const office = await anOffice(staff);
        for (const step of steps) await perform(office, jittered(office.store, seed), step);
        const free = async () => {
          const query = {
            window: june,
            durationMs: hourMs,
            requires: null,
            granularityMs: hourMs,
            limit: 9999,
            explain: true,
          };
          return Promise.all(staff.map((r) => office.desk.availability(tenant, { ...query, resourceIds: [r.id] })));
        };
        const before = await free();
        if (!('who' in last)) return;
        const resourceIds = last.who.map((i) => staff[i]!.id);
        const outcome = await office.desk.book(tenant, aRequest({ resourceIds, span: slotAt(last.hour, last.hours) }));
        if (outcome.kind === 'booked') {
          granted(await office.desk.act(tenant, outcome.event.booking!.id, 'cancel', null));
        }
        expect(await free()).to.deep.equal(before);
      }),
      { numRuns: 40 },
    );
  });
});
