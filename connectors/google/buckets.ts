/** Keeps our requests under Google's quotas in this process, so that the provider seldom has to say no. */
import { Fault } from '../../src/domain/fault.ts';
import type { Clock } from '../../src/domain/ports.ts';
import type { Instant } from '../../src/domain/time.ts';

const minuteMs = 60_000;

/** Who would have to wait longer comes back later instead: a visit must not sleep under its lease. */
const longestWaitMs = 20_000;

/** Units for one minute, over any minute: half may go at once, the other half flows back meanwhile. */
export class Bucket {
  private readonly most: number;
  private readonly perMs: number;
  private left: number;
  private waiting = 0;
  private readAt: number | null = null;
  private queue: Promise<void> = Promise.resolve();

  constructor(perMinute: number) {
    this.most = perMinute / 2;
    this.perMs = perMinute / 2 / minuteMs;
    this.left = this.most;
  }

  /**
   * Resolves when so many units are free, in the order of asking; rejects when the signal aborts.
   * @throws Fault `throttled` when that would take too long
   */
  async take(units: number, clock: Clock, signal: AbortSignal): Promise<void> {
    this.fill(clock);
    const waitMs = (this.waiting + units - this.left) / this.perMs;
    if (waitMs > longestWaitMs) {
      const retryAt = Math.ceil(clock.now() + waitMs) as Instant;
      throw new Fault('throttled', 'The quota of requests to Google is used up for the moment.', { retryAt });
    }
    this.waiting += units;
    const turn = this.queue
      .then(() => this.wait(units, clock, signal))
      .finally(() => {
        this.waiting -= units;
      });
    this.queue = turn.catch(() => {});
    return turn;
  }

  private async wait(units: number, clock: Clock, signal: AbortSignal): Promise<void> {
    for (;;) {
      signal.throwIfAborted();
      this.fill(clock);
      if (this.left >= units) break;
      await clock.sleep(Math.ceil((units - this.left) / this.perMs), signal);
    }
    this.left -= units;
  }

  private fill(clock: Clock): void {
    const now = clock.monotonic();
    this.left = Math.min(this.most, this.left + Math.max(0, now - (this.readAt ?? now)) * this.perMs);
    this.readAt = now;
  }
}

/** Requests a minute (Google's quota page; projects since May 2026). */
export interface Quotas {
  readonly perUser: number;
  readonly perProject: number;
}
export const defaultQuotas: Quotas = { perUser: 600, perProject: 10_000 };

/** A patch counts as three requests. */
export const patchUnits = 3;

const mostUsers = 20_000;

/** One project's buckets over all of its accounts. */
export function makeBuckets({ perUser, perProject }: Quotas) {
  const project = new Bucket(perProject);
  const users = new Map<string, Bucket>();
  return async (user: string, units: number, clock: Clock, signal: AbortSignal): Promise<void> => {
    if (users.size > mostUsers) users.clear();
    const own = users.get(user) ?? new Bucket(perUser);
    users.set(user, own);
    await own.take(units, clock, signal);
    await project.take(units, clock, signal);
  };
}
export type Buckets = ReturnType<typeof makeBuckets>;
