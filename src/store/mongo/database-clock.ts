/** The database's clock as seen from here: holds and leases of several processes must be judged by one clock. */

import type { mongo } from 'mongoose';
import { Fault } from '../../domain/fault.ts';
import type { Clock, Log } from '../../domain/ports.ts';
import type { Instant } from '../../domain/time.ts';

const measureEveryMs = 60_000;

export interface DatabaseClock {
  now(): Instant;
  stop(): void;
}

/** Measures at once, then every minute; the timer keeps no process alive. */
export async function databaseClock(db: mongo.Db, clock: Clock, log: Log): Promise<DatabaseClock> {
  let offsetMs = await measure(db, clock);
  const timer = setInterval(() => {
    measure(db, clock).then(
      (measured) => {
        if (Math.abs(measured - offsetMs) > 1000) log.info('the database clock moved', { ms: measured - offsetMs });
        offsetMs = measured;
      },
      // The last offset stays good for as long as the database is away.
      () => {},
    );
  }, measureEveryMs);
  timer.unref();
  return { now: () => (clock.now() + offsetMs) as Instant, stop: () => clearInterval(timer) };
}

/** How far the database is ahead: its answer was true somewhere between asking and hearing, so the middle is taken. */
async function measure(db: mongo.Db, clock: Clock): Promise<number> {
  const asked = clock.now();
  const reply = await db.command({ hello: 1 });
  const heard = clock.now();
  const told: unknown = reply.localTime;
  if (!(told instanceof Date)) throw new Fault('bug', 'the database does not tell its time');
  return Math.round(told.getTime() - (asked + heard) / 2);
}
