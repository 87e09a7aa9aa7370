/** Random things that people do at a desk, and how one of them is done: for histories in which callers meet and die. */
import fc from 'fast-check';
import type { Event } from '../../src/domain/event.ts';
import type { Instant, Span } from '../../src/domain/time.ts';
import type { Store } from '../../src/store/store.ts';
import type { Office } from './desk.ts';
import { aChange, aRequest, deskOver, span, technician, tenant } from './desk.ts';

export const june = span('2027-05-30T00:00:00Z', '2027-06-30T00:00:00Z');
const everything = { limit: 200, after: null, from: null, to: null, resourceId: null, status: null, externalRef: null };
/** Every booking that was ever made. */
export const allBookings = async (store: Store): Promise<readonly Event[]> =>
  (await store.events.bookings(tenant, everything)).data;

const hourMs = 3_600_000;
/** From 22:00 on, so that half of them reach over midnight. */
export const slotAt = (hour: number, hours: number): Span => {
  const start = (span('2027-06-01T20:00:00Z', '2027-06-01T21:00:00Z').start + hour * hourMs) as Instant;
  return { start, end: (start + hours * hourMs) as Instant };
};

export type Step =
  | {
      readonly do: 'book' | 'hold' | 'move';
      readonly who: readonly number[];
      readonly hour: number;
      readonly hours: number;
      readonly pick: number;
    }
  | { readonly do: 'cancel' | 'release' | 'accept' | 'wait' | 'settle'; readonly pick: number };

export const aStep: fc.Arbitrary<Step> = fc.oneof(
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

export const staff = [technician('sam'), technician('tim'), technician('pool', { kind: 'vehicle', quantity: 2 })];

/** `store` is the office's own, as this caller sees it. */
export async function perform(office: Office, store: Store, step: Step): Promise<unknown> {
  const desk = deskOver(store, office.clock);
  const pickedBooking = async () => {
    const events = await allBookings(store);
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
