/** Cuts every journey of the desk at every call to the store, before and after its effect, and looks at what is left. */
import { expect } from 'chai';
import type { Event } from '../../src/domain/event.ts';
import type { BookingDesk } from '../../src/scheduling/desk.ts';
import type { Store } from '../../src/store/store.ts';
import { aCalendar } from '../kit/builders.ts';
import type { Office } from '../kit/desk.ts';
import { aChange, anOffice, aRequest, deskOver, granted, holdMs, span, technician, tenant } from '../kit/desk.ts';
import { failAt } from '../kit/fail-at.ts';
import { clean, ledgerOf } from '../kit/ledger.ts';
import { anAcceptance, anOfferRequest } from '../kit/offers.ts';

const [sam, tim, ann] = [technician('sam'), technician('tim'), technician('ann')];
const lift = technician('lift', { kind: 'equipment', quantity: 3 });
const staff = [sam, tim, ann, lift];
const june = span('2027-05-30T00:00:00Z', '2027-06-30T00:00:00Z');
/** Over midnight, so that each resource has two sheets. */
const night = span('2027-06-02T22:00:00Z', '2027-06-03T02:00:00Z');
const later = span('2027-06-05T22:00:00Z', '2027-06-06T02:00:00Z');
const everything = { limit: 50, after: null, from: null, to: null, resourceId: null, status: null, externalRef: null };
const request = aRequest({ span: night, resourceIds: [sam.id, tim.id], idempotencyKey: 'one', externalRef: 'J-1' });

/** With pads that reach over midnight on both sides, and two of three units. */
const takes = { beforeMs: 3_600_000, afterMs: 1_800_000, units: { [lift.id]: 2 } };
const evening = span('2027-06-02T00:30:00Z', '2027-06-02T23:45:00Z');
const padded = aRequest({ span: evening, resourceIds: [sam.id, lift.id], takes, idempotencyKey: 'padded' });
const offerOf = (desk: BookingDesk) =>
  desk.offer(tenant, anOfferRequest({ resourceIds: [sam.id], count: 2, expiresInMs: 60_000 }, { idempotencyKey: 'o' }));
const dawn = span('08:00', '09:00');

interface Journey {
  readonly name: string;
  /** What was there before, made without a crash. */
  before(desk: BookingDesk): Promise<unknown>;
  run(desk: BookingDesk, store: Store): Promise<unknown>;
  /** Where the bookings may be afterwards: one of these sets of starts. */
  readonly ends: readonly (readonly number[])[];
}

const idOf = async (store: Store) => (await liveBookings(store))[0]!.booking!.id;
const journeys: readonly Journey[] = [
  {
    name: 'a booking',
    before: async () => {},
    run: (desk) => desk.book(tenant, request),
    ends: [[], [night.start]],
  },
  {
    name: 'a booking from a hold',
    before: (desk) =>
      desk.hold(tenant, { span: night, resourceIds: [sam.id, tim.id], expiresInMs: 60_000, note: null }),
    run: async (desk, store) => {
      const [hold] = await store.holds.inSpan(tenant, night, store.now());
      return desk.book(tenant, { ...request, holdId: hold!.id });
    },
    ends: [[], [night.start]],
  },
  {
    name: 'a move in time and to somebody else',
    before: (desk) => desk.book(tenant, request),
    run: async (desk, store) =>
      desk.change(tenant, await idOf(store), aChange({ span: later, resourceIds: [tim.id, ann.id] })),
    ends: [[night.start], [later.start]],
  },
  {
    name: 'a cancellation',
    before: (desk) => desk.book(tenant, request),
    run: async (desk, store) => desk.act(tenant, await idOf(store), 'cancel', null),
    ends: [[night.start], []],
  },
  {
    name: 'a hold',
    before: async () => {},
    run: (desk) => desk.hold(tenant, { span: night, resourceIds: [sam.id, tim.id], expiresInMs: 60_000, note: null }),
    ends: [[]],
  },
  {
    name: 'a booking of equipment with pads',
    before: async () => {},
    run: (desk) => desk.book(tenant, padded),
    ends: [[], [evening.start - takes.beforeMs]],
  },
  {
    name: 'a move of equipment with pads',
    before: (desk) => desk.book(tenant, padded),
    run: async (desk, store) =>
      desk.change(tenant, await idOf(store), aChange({ span: later, resourceIds: [lift.id, ann.id] })),
    ends: [[evening.start - takes.beforeMs], [later.start - takes.beforeMs]],
  },
  {
    name: 'an offer',
    before: async () => {},
    run: (desk) => offerOf(desk),
    ends: [[]],
  },
  {
    name: 'an acceptance',
    before: (desk) => offerOf(desk),
    run: async (desk) => {
      const made = await offerOf(desk);
      if (made.kind !== 'offered') throw new Error(made.kind);
      return desk.accept(tenant, made.offer.id, anAcceptance(made.offer.options[0]!.id, { idempotencyKey: 'a' }));
    },
    ends: [[], [dawn.start]],
  },
];

async function allBookings(store: Store): Promise<readonly Event[]> {
  return (await store.events.bookings(tenant, everything)).data;
}
async function liveBookings(store: Store): Promise<readonly Event[]> {
  return (await allBookings(store)).filter((event) => event.deletedAt === null);
}

async function prepared(journey: Journey): Promise<Office> {
  const office = await anOffice(staff);
  for (const { id } of staff) await office.store.calendars.insert(aCalendar({ resourceId: id }));
  await journey.before(office.desk);
  return office;
}

/** Runs the journey once for every place where it can be cut. */
async function eachCut(journey: Journey, check: (office: Office, place: string) => Promise<void>): Promise<number> {
  for (let n = 1; ; n += 1) {
    for (const when of ['before', 'after'] as const) {
      const office = await prepared(journey);
      const crash = failAt(office.store, n, when);
      const outcome = journey.run(deskOver(crash.store, office.clock), crash.store);
      await outcome.catch(() => null);
      if (!crash.hasCrashed()) return n - 1;
      await check(office, `${journey.name}, ${when} call ${n}`);
    }
  }
}

async function inOrder(office: Office, place: string, journey: Journey | null): Promise<void> {
  expect(await ledgerOf(office.store, staff, await allBookings(office.store), june), place).to.deep.equal(clean);
  const starts = (await liveBookings(office.store)).map((e) => e.booking!.receipt.rows[0]!.span.start as number);
  if (journey !== null) expect(journey.ends, place).to.deep.include(starts);
}

describe('A crash in the middle of', function () {
  this.timeout(600_000);
  for (const journey of journeys) {
    it(`${journey.name} leaves all of it or nothing, once its rows have lapsed and debts are settled`, async () => {
      const cuts = await eachCut(journey, async (office, place) => {
        office.clock.advance(holdMs + 1);
        const desk = deskOver(office.store, office.clock);
        await desk.settleSheets(100);
        expect(await desk.settleSheets(100), place).to.equal(0);
        await inOrder(office, place, journey);
      });
      expect(cuts).to.be.greaterThan(3);
    });

    it(`${journey.name} never lets a competitor have time that is still promised, swept or not`, async () => {
      await eachCut(journey, async (office, place) => {
        office.clock.advance(holdMs + 1);
        const desk = deskOver(office.store, office.clock);
        for (const time of [night, later, evening, dawn]) {
          for (const { id } of staff) await desk.book(tenant, aRequest({ span: time, resourceIds: [id] }));
        }
        const conflicts = await office.store.conflicts.list(tenant, {
          limit: 9,
          after: null,
          state: null,
          eventId: null,
        });
        await desk.settleSheets(100);
        expect(conflicts.data, place).to.deep.equal([]);
        await inOrder(office, place, null);
      });
    });

    it(`${journey.name} is finished by asking again`, async () => {
      await eachCut(journey, async (office, place) => {
        const desk = deskOver(office.store, office.clock);
        const outcome = await journey.run(desk, office.store).catch((error: unknown) => error);
        // A hold that was taken over and dropped is gone; the same request without it finds the booking.
        if (journey.name === 'a booking from a hold') granted(await desk.book(tenant, request));
        else if (outcome instanceof Error)
          expect(journey.name, `${place}: ${outcome.message}`).to.equal('a cancellation');
        office.clock.advance(holdMs + 1);
        await desk.settleSheets(100);
        await inOrder(office, place, journey);
        const starts = (await liveBookings(office.store)).map((e) => e.booking!.receipt.rows[0]!.span.start as number);
        expect(starts, place).to.deep.equal(journey.ends.at(-1));
      });
    });
  }
});
