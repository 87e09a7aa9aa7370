/** Webhooks under their lease, and deliveries with their lanes. */
import { expect } from 'chai';
import { newId, partitionOf, type WebhookId } from '../../src/domain/ids.ts';
import type { Instant } from '../../src/domain/time.ts';
import type { Delivery, Webhook } from '../../src/domain/webhook.ts';
import type { Store } from '../../src/store/store.ts';

export function webhookContract(open: () => Store): void {
  const later = (ms: number) => (open().now() + ms) as Instant;
  const aWebhook = (over: Partial<Webhook> = {}): Webhook => ({
    ...{ id: newId('webhook'), tenantId: newId('tenant'), version: 1, url: 'https://crm.example.com/' },
    ...{ events: ['booking.created'], state: 'on', secret: 'v1.sealed', oldSecret: null, quietUntil: null },
    ...{ createdAt: open().now(), updatedAt: open().now(), ...over },
  });
  const aDelivery = (webhookId: WebhookId, over: Partial<Delivery> = {}): Delivery => ({
    ...{ id: newId('delivery'), tenantId: newId('tenant'), webhookId, event: 'booking.created', lane: 'evt_1' },
    ...{ order: 1, body: '{}', createdAt: later(0), rev: 1, state: 'pending', nextAt: later(-1000) },
    ...{ startedAt: later(0), tries: 0, attempts: [], ...over },
  });

  describe('webhooks', () => {
    it('are kept whole, listed, heard while they are on, and removed, each by its tenant alone', async () => {
      const { webhooks } = open();
      const one = aWebhook({ oldSecret: { secret: 'v1.old', until: later(1000) } });
      const off = aWebhook({ tenantId: one.tenantId, state: 'off', createdAt: later(1) });
      for (const webhook of [one, off]) await webhooks.insert(webhook);
      expect(await webhooks.get(one.tenantId, one.id)).to.deep.equal(one);
      expect(await webhooks.get(newId('tenant'), one.id)).to.equal(null);
      expect((await webhooks.list(one.tenantId, { limit: 9, after: null })).data).to.deep.equal([one, off]);
      expect(await webhooks.count(one.tenantId)).to.equal(2);
      expect(await webhooks.listening([one.tenantId, newId('tenant')])).to.deep.equal([one]);
      expect(await webhooks.delete(newId('tenant'), one.id)).to.equal(false);
      expect(await webhooks.delete(one.tenantId, one.id)).to.equal(true);
      expect(await webhooks.get(one.tenantId, one.id)).to.equal(null);
    });

    it('are saved by one of those who read the same version, and keep the silence that the sender was asked for', async () => {
      const { webhooks } = open();
      const one = aWebhook();
      await webhooks.insert(one);
      await webhooks.quiet(one.id, later(5000));
      const quiet = (await webhooks.get(one.tenantId, one.id))!;
      const next: Webhook = { ...one, version: 2, state: 'off' };
      expect((await Promise.all([webhooks.save(next), webhooks.save(next)])).sort()).to.deep.equal([false, true]);
      expect(await webhooks.get(one.tenantId, one.id)).to.deep.equal({ ...next, quietUntil: quiet.quietUntil });
    });

    it('have one sender at a time, until it gives the lease back or dies', async () => {
      const { webhooks } = open();
      expect(await webhooks.claim(newId('webhook'), 'a', 60_000)).to.equal('missing');
      const one = aWebhook();
      await webhooks.insert(one);
      const first = await webhooks.claim(one.id, 'a', 60_000);
      if (typeof first === 'string') throw new Error(first);
      expect(first.webhook).to.deep.equal(one);
      expect(await webhooks.claim(one.id, 'b', 60_000)).to.equal('held');
      expect(await webhooks.renew(one.id, first.fence, 1)).to.equal(true);
      let second = await webhooks.claim(one.id, 'b', 60_000);
      while (second === 'held') second = await webhooks.claim(one.id, 'b', 60_000);
      if (typeof second === 'string') throw new Error(second);
      expect(second.fence).to.be.greaterThan(first.fence);
      expect(await webhooks.renew(one.id, first.fence, 60_000)).to.equal(false);
      await webhooks.release(one.id, first.fence);
      expect(await webhooks.claim(one.id, 'a', 60_000)).to.equal('held');
      await webhooks.release(one.id, second.fence);
      expect(await webhooks.claim(one.id, 'a', 60_000)).to.not.be.a('string');
    });
  });

  describe('deliveries', () => {
    it('are added once; one that is there stays as it is', async () => {
      const { deliveries } = open();
      const hook = newId('webhook');
      const one = aDelivery(hook);
      const two = aDelivery(hook, { createdAt: later(1) });
      await deliveries.insert([one]);
      await deliveries.insert([{ ...one, body: 'other' }, two]);
      expect(await deliveries.get(hook, one.id)).to.deep.equal(one);
      expect(await deliveries.get(newId('webhook'), one.id)).to.equal(null);
      const page = await deliveries.list(hook, { limit: 1, after: null, state: 'pending' });
      expect(page.data).to.deep.equal([two]);
      expect((await deliveries.list(hook, { limit: 1, after: page.next, state: null })).data).to.deep.equal([one]);
      const saves = await Promise.all([1, 2].map(() => deliveries.save({ ...one, rev: 2, state: 'delivered' })));
      expect(saves.sort()).to.deep.equal([false, true]);
    });

    it('wait in their lane behind the first, and come again together', async () => {
      const { deliveries, now } = open();
      const hook = newId('webhook');
      const late = aDelivery(hook, { order: 2 });
      const first = aDelivery(hook, { order: 1, createdAt: later(5) });
      const other = aDelivery(hook, { lane: 'evt_2', createdAt: later(9) });
      await deliveries.insert([late, first, other]);
      expect(await deliveries.dueLanes(hook, now(), [], 9)).to.deep.equal(['evt_1', 'evt_2']);
      expect(await deliveries.dueLanes(hook, now(), ['evt_1'], 9)).to.deep.equal(['evt_2']);
      const heads = await deliveries.heads(hook, ['evt_1', 'evt_2']);
      expect(new Set(heads.map((head) => head.id))).to.deep.equal(new Set([first.id, other.id]));
      await deliveries.postpone(hook, 'evt_1', later(60_000));
      expect(await deliveries.dueLanes(hook, now(), [], 9)).to.deep.equal(['evt_2']);
      expect(await deliveries.owed([partitionOf(hook)], now())).to.include(hook);
      await deliveries.postpone(hook, 'evt_2', later(50_000));
      expect(await deliveries.owed([partitionOf(hook)], now())).to.not.include(hook);
      expect(await deliveries.nextDue(hook)).to.be.greaterThan(now());
      await deliveries.wake(hook, 'evt_1', now());
      expect(await deliveries.dueLanes(hook, now(), [], 9)).to.deep.equal(['evt_1']);
      await deliveries.wake(hook, null, now());
      expect(await deliveries.dueLanes(hook, now(), [], 9)).to.deep.equal(['evt_1', 'evt_2']);
      await deliveries.deleteOf(hook);
      expect(await deliveries.nextDue(hook)).to.equal(null);
    });

    it('are sent again after a place, all that are over or only the dead', async () => {
      const { deliveries, now } = open();
      const hook = newId('webhook');
      const done = (at: number, state: Delivery['state']) => aDelivery(hook, { createdAt: later(at), state, tries: 3 });
      const [old, good, dead] = [done(-9000, 'dead'), done(1000, 'delivered'), done(2000, 'dead')];
      await deliveries.insert([old, good, dead]);
      const after = { at: old.createdAt, id: old.id as string };
      expect(await deliveries.replay(hook, { after, state: 'dead', now: now() })).to.equal(1);
      expect(await deliveries.get(hook, dead.id)).to.include({ state: 'pending', tries: 0, rev: 2 });
      expect(await deliveries.replay(hook, { after, state: null, now: now() })).to.equal(1);
      expect(await deliveries.replay(hook, { after: { ...after, id: '' }, state: null, now: now() })).to.equal(1);
    });

    it('are counted over all webhooks but those that are paused', async () => {
      const { webhooks, deliveries } = open();
      const [on, off] = [aWebhook(), aWebhook({ state: 'off' })];
      for (const webhook of [on, off]) await webhooks.insert(webhook);
      const paused = await webhooks.paused();
      expect([paused.includes(on.id), paused.includes(off.id)]).to.deep.equal([false, true]);
      const before = await deliveries.backlog([off.id]);
      const startedAt = 1 as Instant;
      await deliveries.insert([
        aDelivery(on.id, { startedAt }),
        ...(['pending', 'delivered', 'dead', 'dead'] as const).map((state) => aDelivery(on.id, { state })),
        ...(['pending', 'dead'] as const).map((state) => aDelivery(off.id, { state, startedAt: 0 as Instant })),
      ]);
      const { pending, dead } = before;
      expect(await deliveries.backlog([off.id])).to.deep.equal({ pending: pending + 2, dead: dead + 2, oldestAt: 1 });
      expect((await deliveries.backlog([])).oldestAt).to.equal(0);
      for (const { id } of [on, off]) await deliveries.deleteOf(id);
      expect(await deliveries.backlog([off.id])).to.deep.equal(before);
    });
  });
}
