/** Tells what a process died over: conflicts that were resolved and accounts that stopped, and nobody heard of it. */
import { needsConsentLine, resolvedLine } from '../domain/news.ts';
import type { Clock, Log } from '../domain/ports.ts';
import type { Instant } from '../domain/time.ts';
import type { Store } from '../store/store.ts';

/** Whoever made the change is about to tell it within this. */
const settledForMs = 10_000;
const perSweep = 200;

/** Safe to run twice: what is told twice is one delivery. Returns how many records owed something. */
export async function tellOwedNews({
  store,
  clock,
  log,
}: {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
}): Promise<number> {
  const before = (clock.now() - settledForMs) as Instant;
  const conflicts = await store.conflicts.untold(before, perSweep);
  const connections = await store.connections.untold(before, perSweep);
  const owed = [
    ...conflicts.map((conflict) => ({
      lines: (conflict.untold ?? []).map((news) => resolvedLine(conflict, news)),
      told: () => store.conflicts.told(conflict),
    })),
    ...connections.map((connection) => ({
      lines: (connection.untold ?? []).map((news) => needsConsentLine(connection, news)),
      told: () => store.connections.told(connection),
    })),
  ];
  for (const { lines, told } of owed) {
    try {
      await store.journal.append(lines);
      await told();
    } catch (error) {
      // One record that cannot be told must not keep the others from it.
      log.error('news could not be told; the sweep tries again', { kind: lines[0]?.kind, reason: String(error) });
    }
  }
  return owed.length;
}
