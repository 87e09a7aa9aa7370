/**
 * Events of Google Calendar (API v3) to and from our fields: pure, and total over any JSON. A master and its exceptions
 * are one event of ours.
 */

import type { Zone } from '../src/domain/time.ts';
import type { Row } from './google-rows.ts';
import { type Mapped, mapRows, readRow, type Unmappable } from './google-rows.ts';

export { googleCarries, projectGoogle } from './google-project.ts';
export { keyOf, type Mapped, type Row, readRow, type Unmappable } from './google-rows.ts';
export { writeTime } from './google-times.ts';
export {
  finishedBody,
  type GoogleBody,
  insertBody,
  occurrenceBody,
  patchBody,
  recurrenceBody,
} from './google-write.ts';
export { changedKeys, keyTime, occurrenceOf } from './occurrences.ts';

/** Reads an event, with its exceptions where it is a series; never throws. */
export function fromGoogle(head: unknown, exceptions: readonly unknown[], zone: Zone): Mapped | Unmappable {
  const row = readRow(head);
  if (row === null) return { kind: 'unmappable', why: 'this is no event', span: null };
  return fromRows(
    row,
    exceptions.map(readRow).filter((r) => r !== null),
    zone,
  );
}

export function fromRows(head: Row, exceptions: readonly Row[], zone: Zone): Mapped | Unmappable {
  try {
    return mapRows(head, exceptions, zone);
  } catch (error) {
    // No event is known that comes here. One broken event must not stop the feed of a whole calendar.
    return { kind: 'unmappable', why: `reading failed: ${error instanceof Error ? error.message : error}`, span: null };
  }
}
