/** Gathers what a calendar's answer shows beside its own document. */
import { type CalendarView, showCalendar } from '../../mappings/crm-calendars.ts';
import type { Calendar, Connection } from '../domain/calendar.ts';
import type { Clock } from '../domain/ports.ts';
import type { Instant } from '../domain/time.ts';
import type { Store } from '../store/store.ts';
import { syncStateOf } from './sync-state.ts';
import { whyOf } from './sync-why.ts';

const mostLookedAt = 200;
const farAway = 253_402_300_799_000 as Instant;

export async function viewCalendars(
  store: Store,
  clock: Clock,
  calendars: readonly Calendar[],
  oldestOf: (calendar: Calendar) => Promise<Instant | null> = async () => null,
): Promise<CalendarView[]> {
  const connections = new Map<string, Promise<Connection | null>>();
  const connectionOf = (c: Calendar): Promise<Connection | null> => {
    const known = connections.get(c.connectionId) ?? store.connections.get(c.tenantId, c.connectionId);
    connections.set(c.connectionId, known);
    return known;
  };
  return Promise.all(
    calendars.map(async (calendar) => {
      const [connection, pending, conflicts] = await Promise.all([
        connectionOf(calendar),
        store.events.countOwing(calendar.id),
        store.conflicts.countOpen(calendar.tenantId, calendar.id),
      ]);
      const oldestPendingAt = pending === 0 ? null : await oldestOf(calendar);
      const now = clock.now();
      const state = syncStateOf(calendar, connection, now);
      const why = whyOf(calendar, connection, { now, pending, conflicts, oldestPendingAt });
      const connectionFault = connection?.lastFault ?? null;
      return showCalendar(calendar, { state, why, now, pending, conflicts, connectionFault });
    }),
  );
}

export async function viewCalendar(store: Store, clock: Clock, calendar: Calendar): Promise<CalendarView> {
  const [view] = await viewCalendars(store, clock, [calendar], (of) => oldestPending(store, of));
  return view!;
}

/** Read for one calendar only: it means reading what is owed. */
async function oldestPending(store: Store, { id }: Calendar): Promise<Instant | null> {
  const owing = await store.events.owing(id, farAway, mostLookedAt);
  return owing.reduce<Instant | null>(
    (oldest, { updatedAt }) => (oldest === null || updatedAt < oldest ? updatedAt : oldest),
    null,
  );
}
