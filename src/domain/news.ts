/** News that a record owes until they are told: written with the change itself, so that no crash between the two loses them. */
import type { Connection } from './calendar.ts';
import type { CalendarId, ResourceId } from './ids.ts';
import type { Conflict } from './policy.ts';
import type { JournalLine } from './tenant.ts';
import type { Instant } from './time.ts';

export interface News {
  /** When it became so; with the record's id it names what happened, however often it is told. */
  readonly at: Instant;
  readonly text: string;
}
/** Seen by the visit of one calendar, and told as its news. */
export interface CalendarNews extends News {
  readonly calendarId: CalendarId;
  readonly resourceId: ResourceId;
}

/** One debt more, in the record that is about to be saved. */
export const owing = <N extends News>(
  record: { readonly untold?: readonly N[] },
  news: N,
): { untold: readonly N[] } => ({
  untold: [...(record.untold ?? []), news],
});

type Line = Omit<JournalLine, 'id' | 'at'>;

export function resolvedLine(conflict: Conflict, { at, text }: News): Line {
  const { id, tenantId, eventId, calendarId, resourceId, kind, unit } = conflict;
  return {
    ...{ tenantId, kind: 'conflict.resolved', eventId, calendarId, version: null, text },
    resourceIds: resourceId === null ? [] : [resourceId],
    details: { conflictId: id, conflict: kind, unit, occurrence: String(at) },
  };
}

export function needsConsentLine(
  { id, tenantId }: Connection,
  { at, text, calendarId, resourceId }: CalendarNews,
): Line {
  return {
    ...{ tenantId, kind: 'connection.needs_consent', eventId: null, calendarId, version: null, text },
    resourceIds: [resourceId],
    details: { occurrence: `${id} ${at}` },
  };
}
