/** Shows how old the knowledge is that an answer rests on. */
import { formatInstant } from '../domain/time.ts';
import type { Knowledge } from '../scheduling/freshness.ts';

export interface FreshnessView {
  calendarId: string;
  syncedAt: string | null;
  problem: string | null;
}

export const showFreshness = (known: readonly Knowledge[]): FreshnessView[] =>
  known.map(({ calendarId, syncedAt, problem }) => ({
    calendarId,
    syncedAt: syncedAt === null ? null : formatInstant(syncedAt),
    problem,
  }));
