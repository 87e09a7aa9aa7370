/** Gathers what a calendar's answer shows beside its own document. */
import { type CalendarView, showCalendar } from '../../mappings/crm-calendars.ts';
import type { Calendar, Connection } from '../domain/calendar.ts';
import type { Clock } from '../domain/ports.ts';
import type { Store } from '../store/store.ts';
import { syncStateOf } from './sync-state.ts';

export async function viewCalendars(
  store: Store,
  clock: Clock,
  calendars: readonly Calendar[],
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
      const now = clock.now();
      const state = syncStateOf(calendar, connection, now);
      return showCalendar(calendar, { state, now, pending, conflicts, connectionFault: connection?.lastFault ?? null });
    }),
  );
}

export async function viewCalendar(store: Store, clock: Clock, calendar: Calendar): Promise<CalendarView> {
  const [view] = await viewCalendars(store, clock, [calendar]);
  return view!;
}
