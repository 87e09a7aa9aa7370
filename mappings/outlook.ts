/**
 * Events of Outlook (Microsoft Graph v1.0) to and from our fields: pure, and total over any JSON. A master with its
 * exceptions and cancelled occurrences is one event of ours.
 */
import type { Zone } from '../src/domain/time.ts';
import { type Mapped, mapRows, type Row, type Unmappable } from './outlook-rows.ts';

export { changedKeys, excludedKeys, keyTime, occurrenceOf } from './occurrences.ts';
export { outlookCarries, outlookRefusal, projectOutlook } from './outlook-project.ts';
export { isOwnRow, keyOf, type Row, readRow } from './outlook-rows.ts';
export {
  createBody,
  markExpand,
  type OutlookBody,
  occurrenceBody,
  ownFilter,
  patchBody,
  seriesFields,
} from './outlook-write.ts';

export function fromRows(
  head: Row,
  exceptions: readonly Row[],
  cancelled: readonly string[],
  zone: Zone,
  days: readonly Row[] | null = null,
): Mapped | Unmappable {
  try {
    return mapRows(head, exceptions, cancelled, zone, days);
  } catch (error) {
    // No event is known that comes here. One broken event must not stop the feed of a whole calendar.
    const why = `reading failed: ${error instanceof Error ? error.message : error}`;
    return { kind: 'unmappable', why, span: null, hasDays: false };
  }
}
