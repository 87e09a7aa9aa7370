/** Calendars in memory: leases, fences and requests, judged by the store's own clock. */

import type { Calendar } from '../domain/calendar.ts';
import type { CalendarId } from '../domain/ids.ts';
import type { Instant } from '../domain/time.ts';
import { pageFrom } from './paging.ts';
import { frozenCopy } from './plain.ts';
import { settingsOf, withHints } from './rules.ts';
import type { CalendarStore } from './store.ts';

type Table = Map<CalendarId, Calendar>;
type Change = (id: CalendarId, change: Partial<Calendar>) => void;

export function memoryCalendars(calendars: Table, now: () => Instant): CalendarStore {
  const all = () => [...calendars.values()];
  const change: Change = (id, over) => void calendars.set(id, frozenCopy({ ...calendars.get(id)!, ...over }));
  return {
    ...visits(calendars, change, now),
    async get(tenantId, id) {
      await null;
      const calendar = calendars.get(id);
      return calendar?.tenantId === tenantId ? calendar : null;
    },
    async find(id) {
      await null;
      return calendars.get(id) ?? null;
    },
    async byChannel(channelId) {
      await null;
      return all().find((c) => c.channels.some((channel) => channel.id === channelId)) ?? null;
    },
    async list(tenantId, query) {
      await null;
      const found = all().filter(
        (c) => c.tenantId === tenantId && (query.connectionId === null || c.connectionId === query.connectionId),
      );
      return pageFrom(found, query, (c) => ({ at: c.createdAt, id: c.id }));
    },
    async ofResource(tenantId, resourceId) {
      await null;
      const found = all().filter((c) => c.tenantId === tenantId && c.resourceId === resourceId);
      return found.sort((a, b) => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1));
    },
    async ofResources(tenantId, resourceIds) {
      await null;
      const found = all().filter((c) => c.tenantId === tenantId && resourceIds.includes(c.resourceId));
      return found.sort((a, b) => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1));
    },
    async insert(calendar) {
      await null;
      const isTaken = all().some(
        (c) =>
          c.id === calendar.id ||
          (c.tenantId === calendar.tenantId &&
            c.connectionId === calendar.connectionId &&
            c.remoteId === calendar.remoteId),
      );
      if (isTaken) return 'duplicate';
      calendars.set(calendar.id, frozenCopy(calendar));
      return 'inserted';
    },
    async saveSettings(id, version, settings) {
      await null;
      if (calendars.get(id)?.version !== version) return false;
      change(id, { ...settingsOf(settings), version: version + 1 });
      return true;
    },
    async delete(tenantId, id) {
      await null;
      return calendars.get(id)?.tenantId === tenantId && calendars.delete(id);
    },
  };
}

const atOnce = 0 as Instant;
const freed = (fence: number) => ({ owner: '', fence, until: 0 as Instant });

type Visits = Pick<
  CalendarStore,
  | 'claim'
  | 'renew'
  | 'saveCursor'
  | 'saveHealth'
  | 'markApplied'
  | 'saveChannels'
  | 'noteHint'
  | 'release'
  | 'abandon'
  | 'request'
  | 'due'
>;
function visits(calendars: Table, change: Change, now: () => Instant): Visits {
  /** The calendar while the lease with this fence is still its last one and was not given back. */
  const held = (id: CalendarId, fence: number) => {
    const calendar = calendars.get(id);
    return calendar?.lease.fence === fence && calendar.lease.owner !== '' ? calendar : null;
  };
  const isFree = (calendar: Calendar) => calendar.lease.owner === '' || calendar.lease.until <= now();
  const write = (id: CalendarId, fence: number, over: Partial<Calendar>): boolean => {
    if (held(id, fence) === null) return false;
    change(id, over);
    return true;
  };
  return {
    async claim(id, owner, leaseMs) {
      await null;
      const calendar = calendars.get(id);
      if (calendar === undefined || !(isFree(calendar) || calendar.lease.owner === owner)) return null;
      change(id, { lease: { owner, fence: calendar.lease.fence + 1, until: (now() + leaseMs) as Instant } });
      return calendars.get(id)!;
    },
    async renew(id, fence, leaseMs) {
      await null;
      const calendar = held(id, fence);
      return write(id, fence, {
        lease: { owner: calendar?.lease.owner ?? '', fence, until: (now() + leaseMs) as Instant },
      });
    },
    async saveCursor(id, fence, cursor) {
      await null;
      return write(id, fence, { cursor });
    },
    async saveHealth(id, fence, health) {
      await null;
      return write(id, fence, { health });
    },
    async saveChannels(id, fence, channels) {
      await null;
      return write(id, fence, { channels: withHints(channels, calendars.get(id)?.channels ?? []) });
    },
    async noteHint(id, channelId, { at, isDue, end }) {
      await null;
      const calendar = calendars.get(id);
      if (calendar === undefined || !calendar.channels.some((c) => c.id === channelId)) return;
      const channels = calendar.channels.map((c) =>
        c.id === channelId
          ? {
              ...c,
              lastHintAt: Math.max(c.lastHintAt ?? at, at) as Instant,
              ...(end === 'renew' ? { renewAt: 0 as Instant } : {}),
              ...(end === 'gone' ? { endsAt: 0 as Instant } : {}),
            }
          : c,
      );
      const asked = {
        requestedSeq: calendar.requestedSeq + 1,
        dueAt: Math.min(calendar.dueAt, now()) as Instant,
        readDueAt: atOnce,
      };
      change(id, { channels, ...(isDue ? asked : {}) });
    },
    async markApplied(id, fence, appliedVersion) {
      await null;
      return write(id, fence, { appliedVersion });
    },
    async release(id, fence, { sawRequestedSeq, dueAt, health, syncedAt }) {
      await null;
      const calendar = held(id, fence);
      if (calendar === null) return 'lost';
      if (calendar.requestedSeq !== sawRequestedSeq) return 'again';
      const lastSyncedAt = syncedAt ?? calendar.lastSyncedAt;
      const due = { dueAt, readDueAt: dueAt };
      change(id, { servedSeq: sawRequestedSeq, ...due, health, lastSyncedAt, lease: freed(fence) });
      return 'released';
    },
    async abandon(id, fence, dueAt, health) {
      await null;
      return write(id, fence, {
        lease: freed(fence),
        ...(dueAt === null ? {} : { dueAt }),
        ...(health === null ? {} : { health }),
      });
    },
    async request(ids, what = 'read') {
      await null;
      for (const id of new Set(ids)) {
        const calendar = calendars.get(id);
        if (calendar === undefined) continue;
        const dueAt = Math.min(calendar.dueAt, now()) as Instant;
        const read = what === 'read' ? { readDueAt: atOnce } : {};
        change(id, { requestedSeq: calendar.requestedSeq + 1, dueAt, ...read });
      }
    },
    async due(partition, limit) {
      await null;
      const found = [...calendars.values()].filter((c) => c.partition === partition && c.dueAt <= now() && isFree(c));
      return found
        .sort((a, b) => a.dueAt - b.dueAt || (a.id < b.id ? -1 : 1))
        .slice(0, limit)
        .map((c) => c.id);
    },
  };
}
