/** The recurring sweeps, spread over processes by agenda. Each may run twice or late: leases and compare-and-set decide. */
import { MongoBackend } from '@agendajs/mongo-backend';
import { Agenda } from 'agenda';
import type { Clock, Log } from '../domain/ports.ts';

/** What is swept; every function is safe to run twice at once. */
export interface Sweeps {
  /** Starts visits of the due calendars of one partition (0-63). */
  due(partition: number): Promise<void>;
  /** Sends webhook deliveries of these partitions whose nudge was lost, or whose pause is over. */
  deliveries(partitions: readonly number[]): Promise<void>;
  /** Finds debts whose nudge was lost. */
  debts(): Promise<void>;
  /** Finishes day sheets that a crash left behind and follows the sliding window. */
  sheets(): Promise<void>;
  /** Finishes and closes conflicts, and brings open ones up to date. */
  conflicts(): Promise<void>;
  /** Removes what is over: ended holds, old tombstones. */
  purge(): Promise<void>;
}

export interface Jobs {
  start(): Promise<void>;
  /** Lets running sweeps end, takes no new ones. */
  stop(): Promise<void>;
  /** Whether a sweep ended well within the last minutes; false means that nothing is polled. */
  isHealthy(): boolean;
}

const partitions = 64;
/** One job sweeps a share of the partitions: few enough documents for a small shop, several for many processes. */
const shares = 8;
const partitionsOf = (share: number): readonly number[] =>
  Array.from({ length: partitions / shares }, (_, i) => share + i * shares);
const lockMs = 120_000;
const healthyMs = 180_000;

export function makeJobs(o: {
  readonly uri: string;
  readonly sweeps: Sweeps;
  readonly log: Log;
  readonly clock: Clock;
  readonly everyMs: number;
}): Jobs {
  const agenda = new Agenda({
    backend: new MongoBackend({ address: o.uri, collection: 'jobs' }),
    processEvery: Math.min(5_000, o.everyMs),
    defaultLockLifetime: lockMs,
  });
  let lastGood = o.clock.monotonic();
  let isStopping = false;
  // What is still being asked when its connection is closed fails, and that is no news.
  agenda.on('error', (error: Error) => {
    if (!isStopping) o.log.error('the job store does not answer', { reason: error.message });
  });

  // Numbers only: agenda reads the text "300 milliseconds" as 300 seconds.
  const plan: [name: string, everyMs: number, work: () => Promise<void>][] = [
    ...Array.from({ length: shares }, (_, share): [string, number, () => Promise<void>] => [
      `sweep:due:${share}`,
      o.everyMs,
      async () => {
        for (const p of partitionsOf(share)) await o.sweeps.due(p);
        await o.sweeps.deliveries(partitionsOf(share));
      },
    ]),
    ['sweep:debts', o.everyMs, () => o.sweeps.debts()],
    ['sweep:sheets', o.everyMs * 6, () => o.sweeps.sheets()],
    ['sweep:conflicts', o.everyMs * 6, () => o.sweeps.conflicts()],
    ['sweep:purge', 3_600_000, () => o.sweeps.purge()],
  ];
  for (const [name, , work] of plan) {
    agenda.define(name, async () => {
      try {
        await work();
        lastGood = o.clock.monotonic();
      } catch (error) {
        o.log.error('a sweep failed; the next one tries again', {
          job: name,
          reason: error instanceof Error ? error.message : String(error),
        });
        throw error;
      }
    });
  }

  return {
    async start() {
      await agenda.start();
      for (const [name, everyMs] of plan) await agenda.every(everyMs, name);
    },
    async stop() {
      isStopping = true;
      await agenda.drain(10_000);
      await agenda.stop();
    },
    isHealthy: () => o.clock.monotonic() - lastGood < healthyMs,
  };
}
