/** A sweep of notices reads only what waits for a look, and nothing that is owed is forgotten for that, whatever dies. */
import { expect } from 'chai';
import { newId } from '../../src/domain/ids.ts';
import type { Store } from '../../src/store/store.ts';
import { aBookingRecord } from '../kit/booking-record.ts';
import { anEvent, someFields, zoned } from '../kit/builders.ts';
import { aTellingTenant, rounds, type TellingTenant } from '../kit/notices.ts';

const hour = 3_600_000;

/** Counts the bookings that sweeps are given. */
function counting(store: Store): { readonly store: Store; readonly looks: () => number } {
  let looks = 0;
  const events: Store['events'] = {
    ...store.events,
    async noticesDue(...query) {
      const page = await store.events.noticesDue(...query);
      looks += page.data.length;
      return page;
    },
  };
  return { store: { ...store, events }, looks: () => looks };
}

describe('a sweep of notices', () => {
  it('reads what waits for a look, and not all that is to come', async () => {
    const scene = await aTellingTenant();
    const mailless = aBookingRecord({ customer: null });
    for (let n = 0; n < 700; n += 1) {
      const booking = { ...mailless, id: newId('booking') };
      await scene.store.events.insert(
        anEvent({ booking, fields: someFields({ start: zoned('2027-06-08T10:00'), end: zoned('2027-06-08T11:00') }) }),
      );
    }
    await rounds(scene);
    const { store, looks } = counting(scene.store);
    await scene.sweep(store);
    expect(looks()).to.equal(0);
    await scene.move(3, 14);
    await scene.sweep(store);
    expect(looks()).to.equal(1);
  });

  it('finds what new settings and a new address make owed for bookings that nobody touched', async () => {
    const scene = await aTellingTenant();
    await rounds(scene);
    await scene.set({ technicians: true });
    await rounds(scene);
    expect(scene.accepted.map(({ address }) => address)).to.deep.equal(['kim@example.com', 'sam@example.com']);
    await scene.readdress('sam@new.example.com');
    await rounds(scene);
    expect(scene.accepted.at(-1)!.address).to.equal('sam@new.example.com');
    await scene.set({ reminderLeadsMs: [hour] });
    await rounds(scene);
    scene.pass(48 * hour - 40 * 60_000);
    await rounds(scene);
    expect(scene.subjects()).to.deep.equal(['Confirmed', 'Confirmed', 'Confirmed', 'Reminder']);
  });

  it('is not ended by a look that began before the settings changed', async () => {
    const scene = await aTellingTenant();
    await rounds(scene);
    await scene.move(3, 14);
    const late: Store = {
      ...scene.store,
      events: {
        ...scene.store.events,
        async noticesLooked(looks) {
          // Another process takes over new settings between this look and its end.
          await scene.set({ technicians: true });
          await scene.store.events.askNotices(scene.event.tenantId, null, scene.clock.now());
          await scene.store.events.noticesLooked(looks);
        },
      },
    };
    await scene.sweep(late);
    await scene.store.notices.spreadAsked({ tenantId: scene.event.tenantId, version: 2 });
    await rounds(scene);
    expect(scene.accepted.map(({ address }) => address)).to.include('sam@example.com');
  });
});

const steps: readonly ((scene: TellingTenant) => Promise<void> | void)[] = [
  () => {},
  (scene) => scene.set({ technicians: true, reminderLeadsMs: [24 * hour] }),
  (scene) => scene.readdress('sam@new.example.com'),
  (scene) => scene.move(3, 14),
  (scene) => scene.pass(29 * hour),
  (scene) => scene.cancel(),
];

/** The story with one process that dies at the n-th call of the sweep after a step. Null: it had fewer calls. */
async function played(dyingStep: number, n: number, when: 'before' | 'after') {
  const scene = await aTellingTenant();
  let hasDied = n === 0;
  for (const [i, step] of steps.entries()) {
    await step(scene);
    // Past the minute in which a change may still be overtaken, so that the first sweep has something to send.
    for (let k = 0; k < 2; k += 1) {
      scene.pass(61_000);
      if (i === dyingStep && n > 0 && !hasDied) hasDied = (await scene.dyingSweep(n, when)).hasDied;
      else await scene.sweep();
    }
    await rounds(scene, 3);
  }
  if (!hasDied) return null;
  const { accepted } = scene;
  const told = new Map(accepted.map(({ id, address, subject }) => [id, `${address} ${subject}`]));
  return { told: [...told.values()].sort(), doubles: accepted.length - told.size };
}

describe('a process that dies at any call to the store while it tells people', () => {
  for (const when of ['before', 'after'] as const) {
    it(`${when} the call: the rest is told by the next, and at most the one message under way twice`, async () => {
      const whole = await played(0, 0, when);
      expect(whole!.told).to.have.length(8);
      let cuts = 0;
      for (const step of steps.keys()) {
        for (let n = 1; ; n += 1) {
          const cut = await played(step, n, when);
          if (cut === null) break;
          cuts += 1;
          expect(cut.told, `step ${step}, call ${n}`).to.deep.equal(whole!.told);
          expect(cut.doubles, `step ${step}, call ${n}`).to.be.at.most(1);
        }
      }
      expect(cuts).to.be.above(60);
    });
  }
});
