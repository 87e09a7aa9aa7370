/** Makes the next visit of a calendar read it whole: forgets its cursor under a short lease of our own. */
import type { CalendarId } from '../domain/ids.ts';
import type { AppParts } from './parts.ts';
import { underLease } from './under-lease.ts';

/** @throws Fault `clash` while a visit holds the calendar and does not end */
export async function relist(parts: Pick<AppParts, 'store' | 'clock'>, id: CalendarId): Promise<void> {
  await underLease(parts, id, async ({ lease }) => {
    await parts.store.calendars.saveCursor(id, lease.fence, null);
    return null;
  });
}
