/** Says in one word how a calendar's sync is doing. */
import type { Calendar, Connection, SyncState } from '../domain/calendar.ts';
import { isProven } from '../domain/push.ts';
import type { Instant } from '../domain/time.ts';

/**
 * `stopped`: nothing will happen until a person acts. `degraded`: the last visit failed or is held by an alarm, we try
 * again. `listing`: never read to its end. `live`: hints of the provider are known to arrive. `polling`: healthy, and
 * asked from time to time.
 */
export function syncStateOf(calendar: Calendar, connection: Connection | null, now: Instant): SyncState {
  if (connection === null || connection.state === 'needs_consent' || connection.state === 'revoked') return 'stopped';
  if (calendar.state === 'detaching') return 'stopped';
  if (calendar.health.failures > 0 || calendar.health.alarm !== null) return 'degraded';
  if (connection.pausedUntil !== null && connection.pausedUntil > now) return 'degraded';
  if (calendar.lastSyncedAt === null) return 'listing';
  return isProven(calendar.channels, now) ? 'live' : 'polling';
}
