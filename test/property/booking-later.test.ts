/** Bookings confirmed behind their answers: what was answered stands, wherever the process dies afterwards. */
import { expect } from 'chai';
import type { BookingDesk } from '../../src/scheduling/desk.ts';
import type { Later } from '../../src/scheduling/parts.ts';
import type { Store } from '../../src/store/store.ts';
import { aCalendar } from '../kit/builders.ts';
import type { Office } from '../kit/desk.ts';
import {
  aChange,
  anOffice,
  aRequest,
  deskOver,
  granted,
  holdMs,
  lateDeskOver,
  span,
  technician,
  tenant,
} from '../kit/desk.ts';
import { allBookings, june } from '../kit/desk-steps.ts';
import { failAt } from '../kit/fail-at.ts';
import { jittered } from '../kit/jitter.ts';
import { clean, ledgerOf } from '../kit/ledger.ts';
import { anAcceptance, anOfferRequest } from '../kit/offers.ts';

const [sam, tim] = [technician('sam'), technician('tim')];
const staff = [sam, tim];
const night = span('2027-06-02T22:00:00Z', '2027-06-03T02:00:00Z');
const request = aRequest({ span: night, resourceIds: [sam.id, tim.id] });

const journeys: Readonly<Record<string, (desk: BookingDesk) => Promise<{ readonly kind: string }>>> = {
  'a booking': (desk) => desk.book(tenant, request),
  'a booking from a hold': async (desk) => {
    const held = await desk.hold(tenant, { span: night, resourceIds: [sam.id], expiresInMs: 60_000, note: null });
    if (held.kind !== 'held') return held;
    return desk.book(tenant, { ...request, resourceIds: [sam.id], holdId: held.hold.id });
  },
  'an acceptance': async (desk) => {
    const made = await desk.offer(
      tenant,
      anOfferRequest({ window: { ...night, end: june.end }, resourceIds: [sam.id] }),
    );
    if (made.kind !== 'offered') return made;
    return desk.accept(tenant, made.offer.id, anAcceptance(made.offer.options[0]!.id));
  },
};

async function prepared(): Promise<Office> {
  const office = await anOffice(staff);
  for (const { id } of staff) await office.store.calendars.insert(aCalendar({ resourceId: id }));
  return office;
}

/** Every place at which the journey can be cut, those behind its answer included. */
async function eachCut(
  run: (desk: BookingDesk) => Promise<{ readonly kind: string }>,
  check: (office: Office, isAnswered: boolean, place: string) => Promise<void>,
): Promise<void> {
  for (let n = 1; ; n += 1) {
    for (const when of ['before', 'after'] as const) {
      const office = await prepared();
      const crash = failAt(office.store, n, when);
      const { desk, later } = lateDesk(crash.store, office);
      const outcome = await run(desk).catch(() => null);
      await later.idle();
      if (!crash.hasCrashed()) {
        expect(n).to.be.greaterThan(8);
        return;
      }
      await check(office, outcome?.kind === 'booked', `${when} call ${n}`);
    }
  }
}
const lateDesk = (store: Store, office: Office): { readonly desk: BookingDesk; readonly later: Later } =>
  lateDeskOver(store, office.clock);

describe('A process that dies around the answer of', function () {
  this.timeout(600_000);
  for (const [name, run] of Object.entries(journeys)) {
    it(`${name} takes no answered booking with it, even when nobody sweeps until the rows have lapsed`, async () => {
      await eachCut(run, async (office, isAnswered, place) => {
        office.clock.advance(holdMs + 300_001);
        const desk = deskOver(office.store, office.clock);
        const rival = await desk.book(tenant, aRequest({ span: night, resourceIds: [sam.id] }));
        if (isAnswered) expect(rival.kind, place).to.equal('slot-taken');
        await desk.settleSheets(50);
        const events = (await allBookings(office.store)).filter((e) => e.deletedAt === null);
        expect(await ledgerOf(office.store, staff, events, june), place).to.deep.equal(clean);
        expect(events, place).to.have.length(1);
      });
    });
  }
});

describe('Bookings that are confirmed together', function () {
  this.timeout(600_000);
  it('are all firm and settled when the desk is idle, whoever met whom', async () => {
    for (let seed = 0; seed < 15; seed += 1) {
      const office = await prepared();
      const desks = [0, 1].map((i) => lateDesk(jittered(office.store, seed * 10 + i), office));
      const outcomes = await Promise.all(
        Array.from({ length: 24 }, (_, i) => {
          const hour = String(i % 12).padStart(2, '0');
          const time = span(`2027-06-02T${hour}:00:00Z`, `2027-06-02T${hour}:50:00Z`);
          return desks[i % 2]!.desk.book(tenant, aRequest({ span: time, resourceIds: [sam.id] }));
        }),
      );
      expect(outcomes.filter((o) => o.kind === 'booked')).to.have.length(12);
      await Promise.all(desks.map(({ later }) => later.idle()));
      expect(await office.desk.settleSheets(50)).to.equal(0);
      const [sheet] = await office.store.sheets.load(tenant, [sam.id], ['2027-06-02' as never]);
      expect(sheet!.rows.every((row) => row.firm)).to.equal(true);
      expect(await ledgerOf(office.store, staff, await allBookings(office.store), june)).to.deep.equal(clean);
    }
  });

  it('may be moved and cancelled at once', async () => {
    const office = await prepared();
    const { desk, later } = lateDesk(jittered(office.store, 7), office);
    const first = granted(await desk.book(tenant, request));
    const moved = desk.change(tenant, first.booking!.id, aChange({ span: span('10:00', '11:00') }));
    const second = granted(await desk.book(tenant, aRequest({ span: span('13:00', '14:00'), resourceIds: [sam.id] })));
    const cancelled = desk.act(tenant, second.booking!.id, 'cancel', null);
    granted(await moved);
    granted(await cancelled);
    await later.idle();
    expect(await office.desk.settleSheets(50)).to.equal(0);
    expect(await ledgerOf(office.store, staff, await allBookings(office.store), june)).to.deep.equal(clean);
  });
});
