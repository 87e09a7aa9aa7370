/** Which bookings wait for a look at their notices, in memory. */
import type { Event } from '../domain/event.ts';
import type { EventId } from '../domain/ids.ts';
import type { Span } from '../domain/time.ts';
import { freshMark } from './notice-marks.ts';
import type { NoticeLooks } from './notices.ts';
import { pageFrom } from './paging.ts';

interface Row {
  readonly event: Event;
  readonly extent: Span;
}

export interface MemoryNoticeLooks extends NoticeLooks {
  /** To be called for every event that was saved whole. */
  saved(event: Event): void;
}

export function memoryNoticeLooks(rows: ReadonlyMap<EventId, Row>): MemoryNoticeLooks {
  const marks = new Map<EventId, number>();
  return {
    saved({ id, booking, updatedAt }) {
      if (booking !== null) marks.set(id, updatedAt);
    },
    async noticesDue(tenantId, now, query) {
      await null;
      const due = [...marks].flatMap(([id, mark]) => {
        const event = rows.get(id)?.event;
        return event?.tenantId === tenantId && mark <= now ? [{ event, mark }] : [];
      });
      return pageFrom(due, query, ({ event, mark }) => ({ at: mark, id: event.id }));
    },
    async noticesLooked(looks) {
      await null;
      for (const { event, mark, again } of looks) {
        if (marks.get(event.id) !== mark || rows.get(event.id)?.event.rev !== event.rev) continue;
        if (again === null) marks.delete(event.id);
        else marks.set(event.id, again);
      }
    },
    async askNotices(tenantId, resourceId, endAfter) {
      await null;
      const mark = freshMark();
      for (const { event, extent } of rows.values()) {
        const isMeant = resourceId === null || event.resources.includes(resourceId);
        if (event.tenantId !== tenantId || event.booking === null || !isMeant || extent.end <= endAfter) continue;
        marks.set(event.id, mark);
      }
    },
  };
}
