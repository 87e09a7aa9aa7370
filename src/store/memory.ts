/** A store in memory: a full implementation for tests that need speed and a clock that they move themselves. */

import type { Calendar } from '../domain/calendar.ts';
import type { CalendarId } from '../domain/ids.ts';
import type { Clock } from '../domain/ports.ts';
import { memoryCalendars } from './memory-calendars.ts';
import { memoryConsents, memoryFeeds } from './memory-consents.ts';
import { memoryEvents } from './memory-events.ts';
import { memoryIdempotency, memoryJournal } from './memory-journal.ts';
import { memoryNotices } from './memory-notices.ts';
import { memoryOffers } from './memory-offers.ts';
import { memoryConflicts, memoryConnections, memoryHolds, memoryResources, memoryTenants } from './memory-records.ts';
import { memorySheets } from './memory-sheets.ts';
import { memoryDeliveries, memoryWebhooks } from './memory-webhooks.ts';
import type { Store } from './store.ts';

/**
 * Every method lets at least one microtask pass before it acts and then acts without a pause, so that callers
 * interleave as they would over a database and each change is atomic. Values are frozen copies.
 */
export function memoryStore(o: { clock: Clock }): Store {
  const now = () => o.clock.now();
  const calendars = new Map<CalendarId, Calendar>();
  const isWaiting = (id: CalendarId) => {
    const calendar = calendars.get(id);
    return calendar === undefined || calendar.requestedSeq !== calendar.servedSeq;
  };
  return {
    events: memoryEvents(isWaiting),
    sheets: memorySheets(now),
    calendars: memoryCalendars(calendars, now),
    connections: memoryConnections(now),
    consents: memoryConsents(now),
    resources: memoryResources(),
    feeds: memoryFeeds(),
    conflicts: memoryConflicts(),
    holds: memoryHolds(),
    offers: memoryOffers(),
    tenants: memoryTenants(),
    idempotency: memoryIdempotency(now),
    journal: memoryJournal(now),
    notices: memoryNotices(),
    webhooks: memoryWebhooks(now),
    deliveries: memoryDeliveries(),
    now,
    async ping() {
      await null;
    },
    async close() {
      await null;
    },
  };
}
