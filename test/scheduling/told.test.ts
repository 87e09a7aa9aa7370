/** At least once: a process that dies at any call to the store leaves nothing untold, and tells it as the same delivery. */
import { expect } from 'chai';
import { newId } from '../../src/domain/ids.ts';
import { webhookEvents } from '../../src/domain/webhook.ts';
import { telling } from '../../src/notify/webhooks-fan-out.ts';
import type { BookingDesk } from '../../src/scheduling/desk.ts';
import { aResource } from '../kit/builders.ts';
import {
  aChange,
  anOffice,
  aRequest,
  deskOver,
  granted,
  lateDeskOver,
  type Office,
  span,
  tenant,
} from '../kit/desk.ts';
import { failAt } from '../kit/fail-at.ts';

const sam = aResource();
const request = aRequest({ resourceIds: [sam.id], idempotencyKey: 'one' });
const move = (desk: BookingDesk, id: Parameters<BookingDesk['change']>[1]) =>
  desk.change(tenant, id, aChange({ span: span('14:00', '15:00') }));

async function aHook({ store }: Office): Promise<void> {
  await store.webhooks.insert({
    ...{ id: newId('webhook'), tenantId: tenant, version: 1, url: 'https://crm.example.com/', events: webhookEvents },
    ...{ state: 'on', secret: '', oldSecret: null, quietUntil: null, createdAt: store.now(), updatedAt: store.now() },
  });
}

const steps: readonly [name: string, event: string, run: (desk: BookingDesk) => Promise<unknown>][] = [
  ['a booking', 'booking.created', (desk) => desk.book(tenant, request)],
  ['a move', 'booking.moved', async (desk) => move(desk, (await made(desk)).booking!.id)],
  ['new notes', 'booking.changed', async (desk) => change(desk)],
  [
    'a completion',
    'booking.completed',
    async (desk) => desk.act(tenant, (await made(desk)).booking!.id, 'complete', null),
  ],
  [
    'a cancellation',
    'booking.cancelled',
    async (desk) => desk.act(tenant, (await made(desk)).booking!.id, 'cancel', null),
  ],
];
const made = async (desk: BookingDesk) => granted(await desk.book(tenant, request));
const change = async (desk: BookingDesk) =>
  desk.change(tenant, (await made(desk)).booking!.id, aChange({ context: { notes: 'ring twice' } }));

describe('what happens to a booking is told though the process dies', () => {
  for (const [name, event, run] of steps) {
    for (const when of ['before', 'after'] as const) {
      it(`${name}, ${when} any of its calls`, async () => {
        for (let n = 1; ; n += 1) {
          const office = await anOffice([sam]);
          await aHook(office);
          const known = telling(office.store, () => {});
          const base = deskOver(known, office.clock);
          if (event !== 'booking.created') await made(base);
          const crash = failAt(office.store, n, when);
          await run(
            deskOver(
              telling(crash.store, () => {}),
              office.clock,
            ),
          ).catch(() => {});
          await base.settleSheets(100);
          // Whoever heard nothing asks again.
          const id = (await office.store.events.bookings(tenant, all)).data[0]?.id;
          const lines = id === undefined ? [] : await office.store.journal.ofEvent(tenant, id, 50);
          const hook = (await office.store.webhooks.list(tenant, { limit: 1, after: null })).data[0]!;
          const sent = await office.store.deliveries.list(hook.id, { limit: 50, after: null, state: null });
          const stored = id === undefined ? null : await office.store.events.get(tenant, id);
          const version = event === 'booking.created' ? 1 : 2;
          const isDone = (stored?.version ?? 0) >= version;
          const told = sent.data.filter((one) => one.event === event);
          expect(told.length, `call ${n}`).to.equal(isDone ? 1 : 0);
          expect(lines.filter((line) => line.kind === event).length, `call ${n}`).to.equal(isDone ? 1 : 0);
          expect(stored?.untold, `call ${n}`).to.equal(undefined);
          if (!crash.hasCrashed()) return;
        }
      });
    }
  }

  it('a booking whose answer was given before it was confirmed', async () => {
    for (let n = 1; ; n += 1) {
      const office = await anOffice([sam]);
      await aHook(office);
      const crash = failAt(office.store, n, 'before');
      const { desk, later } = lateDeskOver(
        telling(crash.store, () => {}),
        office.clock,
      );
      await desk.book(tenant, request).catch(() => {});
      await later.idle();
      await deskOver(
        telling(office.store, () => {}),
        office.clock,
      ).settleSheets(100);
      const booked = (await office.store.events.bookings(tenant, all)).data.length;
      const hook = (await office.store.webhooks.list(tenant, { limit: 1, after: null })).data[0]!;
      const sent = await office.store.deliveries.list(hook.id, { limit: 50, after: null, state: null });
      expect(sent.data.length, `call ${n}`).to.equal(booked);
      if (!crash.hasCrashed()) return;
    }
  });

  it('twice told, it is one delivery', async () => {
    const office = await anOffice([sam]);
    await aHook(office);
    const event = await made(deskOver(office.store, office.clock));
    const news = { tenantId: tenant, eventId: event.id, calendarId: null, resourceIds: [], text: 'Booked.' };
    const store = telling(office.store, () => {});
    for (let n = 0; n < 2; n += 1) await store.journal.append([{ ...news, kind: 'booking.created', version: 1 }]);
    const hook = (await office.store.webhooks.list(tenant, { limit: 1, after: null })).data[0]!;
    expect((await store.deliveries.list(hook.id, { limit: 9, after: null, state: null })).data).to.have.length(1);
  });
});

const all = { limit: 10, after: null, from: null, to: null, resourceId: null, status: null, externalRef: null };
