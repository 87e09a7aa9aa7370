/** Reads calendars again that were last read too long ago, before their word is taken for an answer. */
import type { CalendarId } from '../domain/ids.ts';
import type { Instant } from '../domain/time.ts';
import { formatInstant } from '../domain/time.ts';
import type { AppParts } from './parts.ts';

export interface Freshness {
  readonly calendarId: CalendarId;
  readonly syncedAt: Instant | null;
}
export interface FreshnessView {
  calendarId: string;
  syncedAt: string | null;
  problem: string | null;
}

const waitMs = 2_000;

export const isStale = (f: Freshness, maxStalenessMs: number, now: Instant): boolean =>
  f.syncedAt === null || now - f.syncedAt > maxStalenessMs;

/** Visits the stale ones side by side, within 2 s; returns why one could not be read in time. */
export async function refresh(
  parts: AppParts,
  known: readonly Freshness[],
  maxStalenessMs: number,
): Promise<ReadonlyMap<CalendarId, string>> {
  const problems = new Map<CalendarId, string>();
  const stale = known.filter((f) => isStale(f, maxStalenessMs, parts.clock.now()));
  await Promise.all(
    stale.map(async ({ calendarId }) => {
      const report = await parts.nudge.visitAndWait(calendarId, waitMs);
      if (report === null || report.kind === 'busy') problems.set(calendarId, 'still being read');
      else if (report.kind === 'fault') problems.set(calendarId, report.fault);
      else if (report.kind === 'alarm') problems.set(calendarId, report.sentence);
    }),
  );
  return problems;
}

export const showFreshness = (
  known: readonly Freshness[],
  problems: ReadonlyMap<CalendarId, string>,
): FreshnessView[] =>
  known.map(({ calendarId, syncedAt }) => ({
    calendarId,
    syncedAt: syncedAt === null ? null : formatInstant(syncedAt),
    problem: problems.get(calendarId) ?? null,
  }));
