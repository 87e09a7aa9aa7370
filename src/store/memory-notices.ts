/** Notices in memory. */
import type { TenantId } from '../domain/ids.ts';
import type { Notice, NoticeSettings } from '../domain/notice.ts';
import { noNotices } from '../domain/notice.ts';
import type { NoticeStore, OptOut } from './notices.ts';
import { pageFrom } from './paging.ts';
import { frozenCopy } from './plain.ts';

export function memoryNotices(): NoticeStore {
  const settings = new Map<TenantId, NoticeSettings>();
  const asked = new Map<TenantId, number>();
  const optOuts = new Map<string, OptOut & { readonly tenantId: TenantId }>();
  const notices = new Map<string, Notice>();
  const keyOf = (tenantId: TenantId, address: string) => `${tenantId} ${address}`;
  return {
    async settings(tenantId) {
      await null;
      return settings.get(tenantId) ?? noNotices;
    },
    async saveSettings(tenantId, next) {
      await null;
      if ((settings.get(tenantId)?.version ?? 0) !== next.version - 1) return false;
      settings.set(tenantId, frozenCopy(next));
      return true;
    },
    async tenantsTelling() {
      await null;
      return [...settings].filter(([, s]) => s.customers || s.technicians).map(([id]) => id);
    },
    async spreadsOwed() {
      await null;
      return [...settings]
        .filter(([id, s]) => (s.customers || s.technicians) && s.version > (asked.get(id) ?? 0))
        .map(([tenantId, { version }]) => ({ tenantId, version }));
    },
    async spreadAsked({ tenantId, version }) {
      await null;
      asked.set(tenantId, Math.max(version, asked.get(tenantId) ?? 0));
    },
    async optOut(tenantId, optOut) {
      await null;
      const key = keyOf(tenantId, optOut.address);
      if (!optOuts.has(key)) optOuts.set(key, frozenCopy({ ...optOut, tenantId }));
    },
    async optIn(tenantId, address) {
      await null;
      return optOuts.delete(keyOf(tenantId, address));
    },
    async hasOptedOut(tenantId, address) {
      await null;
      return optOuts.has(keyOf(tenantId, address));
    },
    async optOuts(tenantId, query) {
      await null;
      const mine = [...optOuts.values()].filter((o) => o.tenantId === tenantId);
      const page = pageFrom(mine, query, (o) => ({ at: o.at, id: keyOf(tenantId, o.address) }));
      return { ...page, data: page.data.map(({ address, at }) => ({ address, at })) };
    },
    async insert(fresh) {
      await null;
      for (const notice of fresh) if (!notices.has(notice.id)) notices.set(notice.id, frozenCopy(notice));
    },
    async ofEvents(tenantId, ids) {
      await null;
      const wanted = new Set(ids);
      const found = [...notices.values()].filter((n) => n.tenantId === tenantId && wanted.has(n.eventId));
      return found.sort((a, b) => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1));
    },
    async due(now, limit) {
      await null;
      const isDue = (n: Notice) =>
        (n.state === 'due' && n.dueAt <= now) || (n.state === 'claimed' && (n.claimedUntil ?? 0) <= now);
      const found = [...notices.values()].filter(isDue);
      return found.sort((a, b) => a.dueAt - b.dueAt || (a.id < b.id ? -1 : 1)).slice(0, limit);
    },
    async save(next) {
      await null;
      if (notices.get(next.id)?.rev !== next.rev - 1) return false;
      notices.set(next.id, frozenCopy(next));
      return true;
    },
  };
}
