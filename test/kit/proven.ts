/** Push that is known to work: a calendar whose channel has delivered, so that its feed need not be read on every visit. */
import type { PushChannel } from '../../src/domain/calendar.ts';
import type { CalendarId } from '../../src/domain/ids.ts';
import type { Instant } from '../../src/domain/time.ts';
import { dayMs } from '../../src/domain/time.ts';

/** Open for an hour, proven a minute ago, good for half a year. */
export const aProvenChannel = (id: CalendarId, now: Instant): PushChannel => ({
  id: `chn_${id}`,
  remoteId: `remote ${id}`,
  secretHash: 'hash',
  openedAt: (now - 3_600_000) as Instant,
  endsAt: (now + 200 * dayMs) as Instant,
  renewAt: (now + 180 * dayMs) as Instant,
  lastHintAt: (now - 60_000) as Instant,
  missedAt: null,
  state: 'live',
});
