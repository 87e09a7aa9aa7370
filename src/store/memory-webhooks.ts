/** Webhooks and their deliveries in memory. */
import { Fault } from '../domain/fault.ts';
import { partitionOf } from '../domain/ids.ts';
import type { Instant } from '../domain/time.ts';
import type { Delivery, Webhook } from '../domain/webhook.ts';
import { comparePlaces, pageFrom } from './paging.ts';
import { frozenCopy } from './plain.ts';
import { inLaneOrder } from './rules.ts';
import type { DeliveryStore, WebhookStore } from './webhooks.ts';

interface Lease {
  readonly owner: string;
  readonly fence: number;
  readonly until: number;
}
const free: Lease = { owner: '', fence: 0, until: 0 };

export function memoryWebhooks(now: () => Instant): WebhookStore {
  const rows = new Map<string, Webhook>();
  const leases = new Map<string, Lease>();
  const ofTenant = (tenantId: string) => [...rows.values()].filter((row) => row.tenantId === tenantId);
  const own = (tenantId: string, id: string) => {
    const row = rows.get(id);
    return row?.tenantId === tenantId ? row : null;
  };
  const held = (id: string, fence: number) => {
    const lease = leases.get(id);
    return lease !== undefined && lease.fence === fence && lease.owner !== '' ? lease : null;
  };
  return {
    async insert(webhook) {
      await null;
      if (rows.has(webhook.id)) throw new Fault('clash', `${webhook.id} exists already`);
      rows.set(webhook.id, frozenCopy(webhook));
    },
    async get(tenantId, id) {
      await null;
      return own(tenantId, id);
    },
    async list(tenantId, query) {
      await null;
      return pageFrom(ofTenant(tenantId), query, (w) => ({ at: w.createdAt, id: w.id }));
    },
    async count(tenantId) {
      await null;
      return ofTenant(tenantId).length;
    },
    async listening(tenantIds) {
      await null;
      return [...rows.values()].filter((w) => w.state === 'on' && tenantIds.includes(w.tenantId));
    },
    async save(next) {
      await null;
      const before = own(next.tenantId, next.id);
      if (before === null || before.version !== next.version - 1) return false;
      rows.set(next.id, frozenCopy({ ...next, quietUntil: before.quietUntil }));
      return true;
    },
    async delete(tenantId, id) {
      await null;
      return own(tenantId, id) !== null && rows.delete(id);
    },
    async claim(id, owner, leaseMs) {
      await null;
      const webhook = rows.get(id);
      if (webhook === undefined) return 'missing';
      const lease = leases.get(id) ?? free;
      if (lease.owner !== '' && lease.owner !== owner && lease.until > now()) return 'held';
      const fence = lease.fence + 1;
      leases.set(id, { owner, fence, until: now() + leaseMs });
      return { webhook, fence };
    },
    async renew(id, fence, leaseMs) {
      await null;
      const lease = held(id, fence);
      if (lease !== null) leases.set(id, { ...lease, until: now() + leaseMs });
      return lease !== null;
    },
    async release(id, fence) {
      await null;
      const lease = held(id, fence);
      if (lease !== null) leases.set(id, { ...lease, owner: '' });
    },
    async quiet(id, until) {
      await null;
      const webhook = rows.get(id);
      if (webhook !== undefined) rows.set(id, frozenCopy({ ...webhook, quietUntil: until }));
    },
    async paused() {
      await null;
      return [...rows.values()].filter((webhook) => webhook.state !== 'on').map((webhook) => webhook.id);
    },
  };
}

export function memoryDeliveries(): DeliveryStore {
  const rows = new Map<string, Delivery>();
  const of = (webhookId: string) => [...rows.values()].filter((row) => row.webhookId === webhookId);
  const pendingOf = (webhookId: string) => of(webhookId).filter((row) => row.state === 'pending');
  const placeOf = (row: Delivery) => ({ at: row.createdAt, id: row.id as string });
  const put = (row: Delivery) => rows.set(row.id, frozenCopy(row));
  return {
    async insert(deliveries) {
      await null;
      for (const one of deliveries) if (!rows.has(one.id)) put(one);
    },
    async get(webhookId, id) {
      await null;
      const row = rows.get(id);
      return row?.webhookId === webhookId ? row : null;
    },
    async list(webhookId, query) {
      await null;
      const found = of(webhookId).filter((row) => query.state === null || row.state === query.state);
      return pageFrom(found, query, placeOf, 'falling');
    },
    async dueLanes(webhookId, now, busy, limit) {
      await null;
      const due = pendingOf(webhookId).filter((row) => row.nextAt <= now && !busy.includes(row.lane));
      const sorted = due.sort((a, b) => comparePlaces(placeOf(a), placeOf(b))).slice(0, limit);
      return [...new Set(sorted.map((row) => row.lane))];
    },
    async heads(webhookId, lanes) {
      await null;
      const heads = new Map<string, Delivery>();
      for (const row of pendingOf(webhookId).sort(inLaneOrder)) {
        if (lanes.includes(row.lane) && !heads.has(row.lane)) heads.set(row.lane, row);
      }
      return [...heads.values()];
    },
    async save(next) {
      await null;
      if (rows.get(next.id)?.rev !== next.rev - 1) return false;
      put(next);
      return true;
    },
    async postpone(webhookId, lane, until) {
      await null;
      const early = pendingOf(webhookId).filter((row) => row.lane === lane && row.nextAt < until);
      for (const row of early) put({ ...row, nextAt: until });
    },
    async wake(webhookId, lane, now) {
      await null;
      const late = pendingOf(webhookId).filter((row) => (lane === null || row.lane === lane) && row.nextAt > now);
      for (const row of late) put({ ...row, nextAt: now });
    },
    async nextDue(webhookId) {
      await null;
      const [first] = pendingOf(webhookId).sort((a, b) => a.nextAt - b.nextAt);
      return first?.nextAt ?? null;
    },
    async owed(partitions, now) {
      await null;
      const due = [...rows.values()].filter((row) => row.state === 'pending' && row.nextAt <= now);
      return [...new Set(due.map((row) => row.webhookId))].filter((id) => partitions.includes(partitionOf(id)));
    },
    async replay(webhookId, { after, state, now }) {
      await null;
      const found = of(webhookId).filter((row) => comparePlaces(placeOf(row), after) > 0);
      const wanted = found.filter((row) => row.state !== 'pending' && (state === null || row.state === state));
      for (const row of wanted)
        put({ ...row, rev: row.rev + 1, state: 'pending', nextAt: now, startedAt: now, tries: 0 });
      return wanted.length;
    },
    async deleteOf(webhookId) {
      await null;
      for (const row of of(webhookId)) rows.delete(row.id);
    },
    async backlog(except) {
      await null;
      const found = [...rows.values()].filter((row) => !except.includes(row.webhookId));
      const pending = found.filter((row) => row.state === 'pending').sort((a, b) => a.startedAt - b.startedAt);
      const dead = found.filter((row) => row.state === 'dead').length;
      return { pending: pending.length, oldestAt: pending[0]?.startedAt ?? null, dead };
    },
  };
}
