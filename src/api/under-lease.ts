/** Takes a calendar's lease for a moment, so that no visit runs while its own fields are changed from outside. */
import { randomBytes } from 'node:crypto';
import type { Calendar, CalendarHealth } from '../domain/calendar.ts';
import { Fault } from '../domain/fault.ts';
import type { CalendarId } from '../domain/ids.ts';
import type { AppParts } from './parts.ts';

const leaseMs = 10_000;
const tryForMs = 5_000;
const lookAgainMs = 100;

/**
 * The health that `work` gives back is saved, null leaves it as it is; the calendar is due then.
 * @throws Fault `clash` while a visit holds the calendar and does not end; what `work` throws, with the lease given back
 */
export async function underLease(
  { store: { calendars }, clock }: Pick<AppParts, 'store' | 'clock'>,
  id: CalendarId,
  work: (calendar: Calendar) => Promise<CalendarHealth | null>,
): Promise<void> {
  const owner = `rest-${randomBytes(6).toString('hex')}`;
  const until = clock.monotonic() + tryForMs;
  do {
    const mine = await calendars.claim(id, owner, leaseMs);
    if (mine !== null) {
      let health: CalendarHealth | null = null;
      try {
        health = await work(mine);
      } finally {
        await calendars.abandon(id, mine.lease.fence, clock.now(), health);
      }
      return;
    }
    await clock.sleep(lookAgainMs);
  } while (clock.monotonic() < until);
  throw new Fault('clash', 'the calendar is being visited; try again');
}
