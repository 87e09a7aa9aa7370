/** What a fault that ended a visit means for the calendar and its account: when to come back, and whom to tell. */
import type { Calendar, CalendarHealth, Connection } from '../domain/calendar.ts';
import type { Fault } from '../domain/fault.ts';
import { needsConsentLine, owing } from '../domain/news.ts';
import type { Instant } from '../domain/time.ts';
import type { VisitDeps } from './session.ts';
import { backoff } from './session.ts';

/** After this many visits in a row that failed, the calendar counts as degraded and people are told. */
const degradedAfter = 3;

export interface Aftermath {
  readonly dueAt: Instant;
  readonly health: CalendarHealth;
}

/** Writes down what the account needs and says when the calendar is due again. */
export async function afterFault(
  deps: VisitDeps,
  calendar: Calendar,
  connection: Connection | null,
  fault: Fault,
): Promise<Aftermath> {
  const { clock, settings, log } = deps;
  const failures = calendar.health.failures + 1;
  const health: CalendarHealth = { ...calendar.health, failures, lastFault: fault.message };
  const details = { calendarId: calendar.id, kind: fault.kind, reason: fault.message, ...fault.context };
  if (fault.kind === 'bug') log.error('a visit ended in a fault that cannot happen', details);
  else log.info('a visit ended in a fault', details);
  if (failures === degradedAfter) await tellDegraded(deps, calendar, fault);
  switch (fault.kind) {
    case 'throttled': {
      const retryAt = fault.retryAt ?? backoff(deps, failures);
      if (connection !== null)
        await changeConnection(deps, connection, { pausedUntil: retryAt, lastFault: fault.message });
      return { dueAt: retryAt, health };
    }
    case 'consent':
      if (connection !== null) await stopConnection(deps, calendar, connection, fault);
      return { dueAt: (clock.now() + settings.stoppedMs) as Instant, health };
    case 'calendar-gone':
      return { dueAt: (clock.now() + settings.stoppedMs) as Instant, health };
    default:
      return { dueAt: fault.retryAt ?? backoff(deps, failures - 1), health };
  }
}

async function tellDegraded(deps: VisitDeps, calendar: Calendar, fault: Fault): Promise<void> {
  await deps.store.journal.append([
    {
      tenantId: calendar.tenantId,
      kind: 'calendar.degraded',
      eventId: null,
      calendarId: calendar.id,
      resourceIds: [calendar.resourceId],
      version: null,
      text: `The calendar "${calendar.name}" cannot be synced: ${fault.message}`,
      details: { occurrence: String(calendar.lastSyncedAt) },
    },
  ]);
}

async function stopConnection(
  deps: VisitDeps,
  calendar: Calendar,
  connection: Connection,
  fault: Fault,
): Promise<void> {
  const text = `The account ${connection.account} must be authorised again.`;
  const { id: calendarId, resourceId } = calendar;
  const owed = owing(connection, { at: deps.clock.now(), text, calendarId, resourceId });
  const stopped = { state: 'needs_consent', lastFault: fault.message, ...owed } as const;
  if (!(await changeConnection(deps, connection, stopped))) return;
  const after = { ...connection, ...stopped, version: connection.version + 1 };
  await deps.store.journal.append(owed.untold.map((news) => needsConsentLine(after, news)));
  await deps.store.connections.told(after);
}

/** False: it said so already, or its owner changed it meanwhile (a new consent is not overwritten by an old fault). */
async function changeConnection(
  deps: VisitDeps,
  connection: Connection,
  change: Partial<Pick<Connection, 'state' | 'pausedUntil' | 'lastFault' | 'untold'>>,
): Promise<boolean> {
  return deps.store.connections.save({ ...connection, ...change, version: connection.version + 1 });
}

/** Why an account is left alone now, and until when; null when it may be used. */
export function pauseOf(connection: Connection | null, now: Instant): { why: string; until: Instant | null } | null {
  if (connection === null) return { why: 'the connection does not exist any more', until: null };
  if (connection.state === 'needs_consent' || connection.state === 'revoked' || connection.state === 'paused') {
    return { why: `the account is ${connection.state.replace('_', ' ')}`, until: null };
  }
  if (connection.pausedUntil !== null && connection.pausedUntil > now) {
    return { why: 'the provider asked us to wait', until: connection.pausedUntil };
  }
  return null;
}
