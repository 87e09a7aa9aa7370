/** A person's yes to a mass change that a calendar's alarm holds back. */
import type { Calendar, MassChangeAlarm } from '../domain/calendar.ts';
import type { AppParts } from './parts.ts';
import { Refusal } from './problems.ts';
import { underLease } from './under-lease.ts';

/**
 * Writes the approval into the alarm itself: the next visit of whatever process carries it out, and only it. What grew or
 * changed since is held again.
 * @throws Refusal `rule_violation` (no alarm), `version_mismatch` (another alarm than the one that was read)
 */
export async function approveAlarm(
  parts: Pick<AppParts, 'store' | 'clock'>,
  calendar: Calendar,
  alarmId: string,
): Promise<void> {
  check(calendar.health.alarm, alarmId);
  await underLease(parts, calendar.id, async ({ health }) => {
    const alarm = check(health.alarm, alarmId);
    return { ...health, alarm: { ...alarm, approvedAt: parts.clock.now() } };
  });
}

function check(alarm: MassChangeAlarm | null, alarmId: string): MassChangeAlarm {
  if (alarm === null) {
    throw new Refusal('rule_violation', 'Nothing is held back in this calendar.', { extra: { rule: 'no-alarm' } });
  }
  if (alarm.id === alarmId) return alarm;
  throw new Refusal('version_mismatch', 'What is held back is not what you read; look at it again.', {
    extra: { alarmId: alarm.id },
  });
}
