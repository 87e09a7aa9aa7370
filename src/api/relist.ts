/** Makes the next visit of a calendar read it whole: forgets its cursor under a short lease of our own. */
import { randomBytes } from 'node:crypto';
import { Fault } from '../domain/fault.ts';
import type { CalendarId } from '../domain/ids.ts';
import type { AppParts } from './parts.ts';

const leaseMs = 10_000;
const tryForMs = 5_000;
const lookAgainMs = 100;

/** @throws Fault `clash` while a visit holds the calendar and does not end */
export async function relist(parts: AppParts, id: CalendarId): Promise<void> {
  const { calendars } = parts.store;
  const owner = `relist-${randomBytes(6).toString('hex')}`;
  const until = parts.clock.monotonic() + tryForMs;
  do {
    const mine = await calendars.claim(id, owner, leaseMs);
    if (mine !== null) {
      await calendars.saveCursor(id, mine.lease.fence, null);
      await calendars.abandon(id, mine.lease.fence, parts.clock.now(), null);
      return;
    }
    await parts.clock.sleep(lookAgainMs);
  } while (parts.clock.monotonic() < until);
  throw new Fault('clash', 'the calendar is being visited; try again');
}
