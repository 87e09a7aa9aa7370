/** Many callers at one desk and at several: time is granted once, whoever meets whom. */
import { expect } from 'chai';
import fc from 'fast-check';
import type { Event } from '../../src/domain/event.ts';
import type { Instant, Span } from '../../src/domain/time.ts';
import type { Store } from '../../src/store/store.ts';
import type { Office } from '../kit/desk.ts';
import { aChange, anOffice, aRequest, deskOver, granted, holdMs, span, technician, tenant } from '../kit/desk.ts';
import { jittered } from '../kit/jitter.ts';
import { clean, ledgerOf } from '../kit/ledger.ts';

const june = span('2027-05-30T00:00:00Z', '2027-06-30T00:00:00Z');
const everything = { limit: 200, after: null, from: null, to: null, resourceId: null, status: null, externalRef: null };
const all = async (store: Store): Promise<readonly Event[]> => (await store.events.bookings(tenant, everything)).data;

const hourMs = 3_600_000;
/** From 22:00 on, so that half of them reach over midnight. */
const slotAt = (hour: number, hours: number): Span => {
  const start = (span('2027-06-01T20:00:00Z', '2027-06-01T21:00:00Z').start + hour * hourMs) as Instant;
  return { start, end: (start + hours * hourMs) as Instant };
};

describe('Many bookings of one slot at the same moment', () => {
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
          expect(await ledgerOf(office.store, [lift], await all(office.store), june)).to.deep.equal(clean);
        },
      ),
      { numRuns: 60 },
    );
  });
});

type Step =
  | {
      readonly do: 'book' | 'hold' | 'move';
      readonly who: readonly number[];
      readonly hour: number;
      readonly hours: number;
      readonly pick: number;
    }
  | { readonly do: 'cancel' | 'release' | 'accept' | 'wait' | 'settle'; readonly pick: number };

const aStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constantFrom('book' as const, 'book' as const, 'hold' as const, 'move' as const, 'move' as const),
      who: fc.uniqueArray(fc.integer({ min: 0, max: 2 }), { minLength: 1, maxLength: 2 }),
      hour: fc.integer({ min: 0, max: 8 }),
      hours: fc.integer({ min: 1, max: 4 }),
      pick: fc.nat(9),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constantFrom('cancel' as const, 'release' as const, 'accept' as const, 'wait' as const, 'settle' as const),
      pick: fc.nat(9),
    }),
  },
);

const staff = [technician('sam'), technician('tim'), technician('pool', { kind: 'vehicle', quantity: 2 })];

async function perform(office: Office, step: Step, seed: number): Promise<unknown> {
  const store = jittered(office.store, seed);
  const desk = deskOver(store, office.clock);
  const pickedBooking = async () => {
    const events = await all(store);
    return events[step.pick % Math.max(events.length, 1)]?.booking?.id ?? ('bkg_nobody' as never);
  };
  const pickedHold = async () => (await store.holds.inSpan(tenant, june, 0 as Instant))[step.pick];
  switch (step.do) {
    case 'book':
    case 'hold': {
      const resourceIds = step.who.map((i) => staff[i]!.id);
      const time = slotAt(step.hour, step.hours);
      if (step.do === 'book') return desk.book(tenant, aRequest({ resourceIds, span: time }));
      return desk.hold(tenant, { span: time, resourceIds, expiresInMs: 60_000, note: null });
    }
    case 'move': {
      const resourceIds = step.pick % 2 === 0 ? null : step.who.map((i) => staff[i]!.id);
      return desk.change(tenant, await pickedBooking(), aChange({ span: slotAt(step.hour, step.hours), resourceIds }));
    }
    case 'cancel':
      return desk.act(tenant, await pickedBooking(), 'cancel', null);
    case 'release':
    case 'accept': {
      const hold = await pickedHold();
      if (hold === undefined) return null;
      if (step.do === 'release') return desk.release(tenant, hold.id);
      return desk.book(tenant, aRequest({ span: hold.span, holdId: hold.id }));
    }
    case 'wait':
      return office.clock.advance(step.pick * 20_000);
    case 'settle':
      return desk.settleSheets(20);
  }
}

describe('Any history of bookings, moves, cancellations and holds by callers who meet', () => {
  it('never takes more than there is, loses no row and leaves none behind', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(aStep, { maxLength: 5 }), { maxLength: 6 }),
        fc.nat(),
        async (rounds, seed) => {
          const office = await anOffice(staff);
          for (const [i, round] of rounds.entries()) {
            await Promise.all(round.map((step, j) => perform(office, step, seed + 100 * i + j)));
            const ledger = await ledgerOf(office.store, staff, await all(office.store), june);
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

describe('A booking that is made and cancelled', () => {
  it('leaves availability as it was', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(aStep, { maxLength: 8 }), aStep, fc.nat(), async (steps, last, seed) => {
        const office = await anOffice(staff);
        for (const step of steps) await perform(office, step, seed);
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
