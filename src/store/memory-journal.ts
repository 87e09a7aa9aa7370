/** The journal and the kept answers in memory. */

import type { JournalLine } from '../domain/tenant.ts';
import type { Instant } from '../domain/time.ts';
import { firstIdAt, journalIds } from './journal-ids.ts';
import { pageFrom } from './paging.ts';
import { frozenCopy } from './plain.ts';
import { keepAnswerMs } from './rules.ts';
import type { IdempotencyStore, JournalFilter, JournalStore, KeptAnswer } from './store.ts';

export function memoryJournal(now: () => Instant): JournalStore {
  const lines: JournalLine[] = [];
  const nextId = journalIds();
  return {
    async append(added) {
      await null;
      for (const line of added) lines.push(frozenCopy({ ...line, id: nextId(now()), at: now() }));
    },
    async tail(afterId, limit) {
      await null;
      return afterId === null ? [] : lines.filter((line) => line.id > afterId).slice(0, limit);
    },
    async head() {
      await null;
      return lines.at(-1)?.id ?? null;
    },
    async since(tenantId, afterId, limit) {
      await null;
      return lines.filter((line) => line.tenantId === tenantId && line.id > afterId).slice(0, limit);
    },
    async ofEvent(tenantId, eventId, limit) {
      await null;
      return lines.filter((line) => line.tenantId === tenantId && line.eventId === eventId).slice(-limit);
    },
    async list(tenantId, query) {
      await null;
      const found = lines.filter((line) => line.tenantId === tenantId && isAskedFor(line, query));
      return pageFrom(found, query, (line) => ({ at: 0, id: line.id }), 'falling');
    },
  };
}

function isAskedFor(line: JournalLine, { kind, eventId, calendarId, from, to }: JournalFilter): boolean {
  if (kind !== null && line.kind !== kind) return false;
  if (eventId != null && line.eventId !== eventId) return false;
  if (calendarId != null && line.calendarId !== calendarId) return false;
  return (from == null || line.id >= firstIdAt(from)) && (to == null || line.id < firstIdAt(to));
}

interface Kept extends KeptAnswer {
  readonly startedAt: Instant;
}

export function memoryIdempotency(now: () => Instant): IdempotencyStore {
  const kept = new Map<string, Kept>();
  const keyOf = (tenantId: string, key: string) => `${tenantId}|${key}`;
  return {
    async begin(tenantId, key, bodyHash, staleMs) {
      await null;
      const id = keyOf(tenantId, key);
      const before = kept.get(id);
      const age = before === undefined ? Infinity : now() - before.startedAt;
      const isStale = before?.answer === null && before.bodyHash === bodyHash && age > staleMs;
      if (before !== undefined && age <= keepAnswerMs && !isStale) {
        return { bodyHash: before.bodyHash, answer: before.answer };
      }
      kept.set(id, { bodyHash, answer: null, startedAt: now() });
      return 'mine';
    },
    async finish(tenantId, key, answer) {
      await null;
      const before = kept.get(keyOf(tenantId, key));
      if (before !== undefined) kept.set(keyOf(tenantId, key), frozenCopy({ ...before, answer }));
    },
    async forget(tenantId, key) {
      await null;
      if (kept.get(keyOf(tenantId, key))?.answer === null) kept.delete(keyOf(tenantId, key));
    },
  };
}
