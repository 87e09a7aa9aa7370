/** The plain records in memory: connections, resources, conflicts, holds, tenants and keys. */

import { Fault } from '../domain/fault.ts';
import type { TenantId } from '../domain/ids.ts';
import type { News } from '../domain/news.ts';
import { mayReopen, reopened } from '../domain/policy.ts';
import { noRules } from '../domain/rules.ts';
import { overlaps } from '../domain/span.ts';
import type { TenantRules } from '../domain/tenant.ts';
import type { Instant } from '../domain/time.ts';
import { pageFrom } from './paging.ts';
import { frozenCopy } from './plain.ts';
import type { ConflictStore, ConnectionStore, HoldStore, ResourceStore, TenantStore } from './store.ts';

interface Stored {
  readonly id: string;
  readonly tenantId: string;
}

/** Rows of one kind by id; a read never crosses the tenant. */
function recordTable<T extends Stored>() {
  const rows = new Map<string, T>();
  const get = (tenantId: string, id: string): T | null => {
    const row = rows.get(id);
    return row?.tenantId === tenantId ? row : null;
  };
  return {
    rows,
    get,
    ofTenant: (tenantId: string) => [...rows.values()].filter((row) => row.tenantId === tenantId),
    /** @throws Fault `clash`: the id is taken */
    insert(row: T): void {
      if (rows.has(row.id)) throw new Fault('clash', `${row.id} exists already`);
      rows.set(row.id, frozenCopy(row));
    },
    save(next: T & { readonly version: number }, seen: number | undefined): boolean {
      if (seen !== next.version - 1) return false;
      rows.set(next.id, frozenCopy(next));
      return true;
    },
    delete: (tenantId: string, id: string): boolean => get(tenantId, id) !== null && rows.delete(id),
  };
}

/** News that records owe, as the two kinds that have any keep them. */
function newsOf<T extends Stored & { readonly version: number; readonly untold?: readonly News[] }>(
  rows: Map<string, T>,
) {
  return {
    async untold(before: Instant, limit: number): Promise<readonly T[]> {
      await null;
      return [...rows.values()].filter((row) => row.untold?.some((news) => news.at <= before)).slice(0, limit);
    },
    async told({ id, version }: T): Promise<void> {
      await null;
      const row = rows.get(id);
      if (row === undefined || row.version !== version) return;
      const { untold: _, ...rest } = row;
      rows.set(id, frozenCopy(rest as T));
    },
  };
}

export function memoryConnections(now: () => Instant): ConnectionStore {
  const renewals = new Map<string, { readonly owner: string; readonly until: number }>();
  const table = recordTable<Parameters<ConnectionStore['insert']>[0]>();
  const byAccount = (tenantId: string, provider: string, account: string) =>
    table.ofTenant(tenantId).find((c) => c.provider === provider && c.account === account) ?? null;
  return {
    async get(tenantId, id) {
      await null;
      return table.get(tenantId, id);
    },
    async list(tenantId, query) {
      await null;
      return pageFrom(table.ofTenant(tenantId), query, (c) => ({ at: c.createdAt, id: c.id }));
    },
    async byAccount(tenantId, provider, account) {
      await null;
      return byAccount(tenantId, provider, account);
    },
    async insert(connection) {
      await null;
      if (byAccount(connection.tenantId, connection.provider, connection.account) !== null) {
        throw new Fault('clash', 'this account is connected already');
      }
      table.insert(connection);
    },
    async save(next) {
      await null;
      const known = table.get(next.tenantId, next.id);
      const untold = next.untold ?? known?.untold;
      return table.save(untold === undefined ? next : { ...next, untold }, known?.version);
    },
    ...newsOf(table.rows),
    async delete(tenantId, id) {
      await null;
      return table.delete(tenantId, id);
    },
    async elsewhere(provider, account, notOf) {
      await null;
      return [...table.rows.values()].some(
        (c) => c.provider === provider && c.account === account && c.tenantId !== notOf,
      );
    },
    async claimRenewal(id, owner, leaseMs) {
      await null;
      const held = renewals.get(id);
      if (held !== undefined && held.owner !== owner && held.until > now()) return false;
      renewals.set(id, { owner, until: now() + leaseMs });
      return true;
    },
    async endRenewal(id, owner) {
      await null;
      if (renewals.get(id)?.owner === owner) renewals.delete(id);
    },
  };
}

export function memoryResources(): ResourceStore {
  const table = recordTable<Parameters<ResourceStore['insert']>[0]>();
  const owing = new Set<string>();
  return {
    async get(tenantId, id) {
      await null;
      return table.get(tenantId, id);
    },
    async getMany(tenantId, ids) {
      await null;
      return [...new Set(ids)].flatMap((id) => table.get(tenantId, id) ?? []);
    },
    async list(tenantId, query) {
      await null;
      const present = table.ofTenant(tenantId).filter((r) => r.deletedAt === null);
      return pageFrom(present, query, (r) => ({ at: r.createdAt, id: r.id }));
    },
    async insert(resource) {
      await null;
      table.insert(resource);
    },
    async save(next) {
      await null;
      const isSaved = table.save(next, table.get(next.tenantId, next.id)?.version);
      if (isSaved) owing.add(next.id);
      return isSaved;
    },
    async noticesOwed(limit) {
      await null;
      return [...owing].slice(0, limit).map((id) => table.rows.get(id)!);
    },
    async noticesAsked({ id, version }) {
      await null;
      if (table.rows.get(id)?.version === version) owing.delete(id);
    },
  };
}

export function memoryConflicts(): ConflictStore {
  const table = recordTable<Parameters<ConflictStore['open']>[0][number]>();
  return {
    async open(conflicts) {
      await null;
      let news = 0;
      for (const conflict of conflicts) {
        const known = table.rows.get(conflict.id);
        if (known === undefined) table.insert(conflict);
        else if (!mayReopen(known, conflict)) continue;
        else table.save(reopened(known, conflict), known.version);
        news += 1;
      }
      return news;
    },
    async allOpen(query) {
      await null;
      const open = [...table.rows.values()].filter((c) => c.state === 'open');
      return pageFrom(open, query, (c) => ({ at: c.openedAt, id: c.id }));
    },
    async get(tenantId, id) {
      await null;
      return table.get(tenantId, id);
    },
    async list(tenantId, query) {
      await null;
      const found = table
        .ofTenant(tenantId)
        .filter((c) => query.state === null || c.state === query.state)
        .filter((c) => query.eventId === null || c.eventId === query.eventId);
      return pageFrom(found, query, (c) => ({ at: c.openedAt, id: c.id }), 'falling');
    },
    async countOpen(tenantId, calendarId) {
      await null;
      return table.ofTenant(tenantId).filter((c) => c.state === 'open' && c.calendarId === calendarId).length;
    },
    ...newsOf(table.rows),
    async save(next) {
      await null;
      return table.save(next, table.get(next.tenantId, next.id)?.version);
    },
  };
}

export function memoryHolds(): HoldStore {
  const table = recordTable<Parameters<HoldStore['insert']>[0]>();
  return {
    async insert(hold) {
      await null;
      table.insert(hold);
    },
    async get(tenantId, id) {
      await null;
      return table.get(tenantId, id);
    },
    async inSpan(tenantId, span, now) {
      await null;
      const found = table.ofTenant(tenantId).filter((h) => h.expiresAt > now && overlaps(h.span, span));
      return found.sort((a, b) => a.span.start - b.span.start || (a.id < b.id ? -1 : 1));
    },
    async ofCaller(tenantId, caller, now, limit) {
      await null;
      const found = table.ofTenant(tenantId).filter((h) => h.caller === caller && h.expiresAt > now);
      return found.sort((a, b) => a.expiresAt - b.expiresAt || (a.id < b.id ? -1 : 1)).slice(0, limit);
    },
    async delete(tenantId, id) {
      await null;
      return table.delete(tenantId, id);
    },
  };
}

export function memoryTenants(): TenantStore {
  const tenants = new Map<string, Parameters<TenantStore['insert']>[0]>();
  const keys = recordTable<Parameters<TenantStore['insertKey']>[0]>();
  const rules = new Map<string, TenantRules>();
  return {
    async insert(tenant) {
      await null;
      if (tenants.has(tenant.id)) return 'duplicate';
      tenants.set(tenant.id, frozenCopy(tenant));
      return 'inserted';
    },
    async get(id) {
      await null;
      return tenants.get(id) ?? null;
    },
    async list(query) {
      await null;
      return pageFrom(tenants.values(), query, (t) => ({ at: t.createdAt, id: t.id }));
    },
    async rules(id) {
      await null;
      return rules.get(id) ?? { version: 0, own: noRules, appliedVersion: 0 };
    },
    async saveRules(id, next) {
      await null;
      if (!tenants.has(id) || (rules.get(id)?.version ?? 0) !== next.version - 1) return false;
      rules.set(id, frozenCopy(next));
      return true;
    },
    async markRulesApplied(id, version) {
      await null;
      const known = rules.get(id);
      if (known?.version === version) rules.set(id, frozenCopy({ ...known, appliedVersion: version }));
    },
    async rulesOwed(limit) {
      await null;
      const owing = [...rules].filter(([, r]) => r.appliedVersion < r.version);
      return owing.slice(0, limit).map(([id]) => id as TenantId);
    },
    async insertKey(key) {
      await null;
      if ([...keys.rows.values()].some((k) => k.hash === key.hash)) throw new Fault('clash', 'this key exists already');
      keys.insert(key);
    },
    async keyByHash(hash) {
      await null;
      return [...keys.rows.values()].find((key) => key.hash === hash) ?? null;
    },
    async keys(tenantId, query) {
      await null;
      return pageFrom(keys.ofTenant(tenantId), query, (k) => ({ at: k.createdAt, id: k.id }));
    },
    async revokeKey(tenantId, id, revokedAt: Instant) {
      await null;
      const key = keys.get(tenantId, id);
      if (key === null || key.revokedAt !== null) return false;
      keys.rows.set(id, frozenCopy({ ...key, revokedAt }));
      return true;
    },
    async countKeys() {
      await null;
      return keys.rows.size;
    },
  };
}
