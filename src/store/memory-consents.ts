/** Consents under way and the addresses of feeds in memory: found by a secret, never by a tenant. */

import type { Instant } from '../domain/time.ts';
import { frozenCopy } from './plain.ts';
import type { ConsentStore, Feed, FeedStore, PendingConsent } from './store.ts';

export function memoryConsents(now: () => Instant): ConsentStore {
  const rows = new Map<string, PendingConsent>();
  const present = (id: string): PendingConsent | null => {
    const row = rows.get(id);
    return row !== undefined && row.expiresAt > now() ? row : null;
  };
  return {
    async insert(pending) {
      await null;
      rows.set(pending.id, frozenCopy(pending));
    },
    async open(id, browserHash) {
      await null;
      const row = present(id);
      if (row === null || row.isOpened) return null;
      const next = frozenCopy({ ...row, isOpened: true, browserHash });
      rows.set(id, next);
      return next;
    },
    async take(id) {
      await null;
      const row = present(id);
      rows.delete(id);
      return row;
    },
  };
}

export function memoryFeeds(): FeedStore {
  const rows = new Map<string, Feed>();
  return {
    async put(feed) {
      await null;
      rows.set(feed.resourceId, frozenCopy(feed));
    },
    async byToken(tokenHash) {
      await null;
      return [...rows.values()].find((feed) => feed.tokenHash === tokenHash) ?? null;
    },
    async delete(tenantId, resourceId) {
      await null;
      return rows.get(resourceId)?.tenantId === tenantId && rows.delete(resourceId);
    },
  };
}
