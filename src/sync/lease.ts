/** Guards a visit's right to its calendar: renewed on the way, given up before it can have passed on. */
import type { CalendarId } from '../domain/ids.ts';
import type { Clock } from '../domain/ports.ts';
import type { CalendarStore } from '../store/store.ts';

/** The lease passed on (or might have): whatever this visit still meant to do, it must not. Not a fault of anybody. */
export class LeaseLost extends Error {
  constructor() {
    super('the lease on the calendar has passed on');
    this.name = 'LeaseLost';
  }
}

export interface Lease {
  readonly fence: number;
  /** Returns while the lease is safely held, renewing it when a third of it is used. @throws LeaseLost */
  ensure(): Promise<void>;
  /** Asks the database whether the lease is still held, whatever the clock says. */
  isHeld(): Promise<boolean>;
}

/** Measured from before the claim was asked for, on the monotonic clock: the database's lease ends later, never sooner. */
export function holdLease(o: {
  readonly calendars: Pick<CalendarStore, 'renew'>;
  readonly clock: Clock;
  readonly id: CalendarId;
  readonly fence: number;
  readonly leaseMs: number;
  readonly askedAt: number;
  readonly isStopping: () => boolean;
}): Lease {
  let heldSince = o.askedAt;
  let renewing: Promise<void> | null = null;
  const used = () => (o.clock.monotonic() - heldSince) / o.leaseMs;

  const isHeld = async (): Promise<boolean> => {
    const askedAt = o.clock.monotonic();
    if (!(await o.calendars.renew(o.id, o.fence, o.leaseMs))) return false;
    heldSince = askedAt;
    return true;
  };
  const renew = async (): Promise<void> => {
    if (!(await isHeld())) throw new LeaseLost();
  };
  return {
    fence: o.fence,
    isHeld,
    async ensure() {
      if (used() >= 0.8) throw new LeaseLost();
      if (o.isStopping()) throw new Stopping();
      if (used() < 1 / 3) return;
      renewing ??= renew().finally(() => {
        renewing = null;
      });
      await renewing;
    },
  };
}

/** The process is going down: the visit ends where it is safe, its lease is given back. */
export class Stopping extends Error {
  constructor() {
    super('stopped');
    this.name = 'Stopping';
  }
}
