/**
 * iCalendar objects of CalDAV servers (RFC 5545, RFC 4791 section 4.1) to and from our fields: pure, and total over any
 * text. A stored text is edited and never written anew, so that what other programs put there stays.
 */
import type { EventFields, MergeUnit } from '../src/domain/event.ts';
import { utcZone } from '../src/domain/time.ts';
import type { EditOptions } from './caldav-edit.ts';
import { editObject } from './caldav-edit.ts';
import { projectICalendar } from './caldav-project.ts';
import type { Mapped, ReadOptions, Unmappable } from './caldav-read.ts';
import { readObject } from './caldav-read.ts';
import type { NewOptions } from './caldav-write.ts';
import { newObject } from './caldav-write.ts';

export { ownUid } from './caldav-event.ts';
export { caldavCarries, projectICalendar } from './caldav-project.ts';
export type { EditOptions, Mapped, NewOptions, ReadOptions, Unmappable };

/** Reads one calendar object, whatever it holds; never throws. */
export function fromICalendar(text: string, options: ReadOptions): Mapped | Unmappable {
  try {
    return readObject(text, options);
  } catch (error) {
    // No text is known that comes here. One broken object must not stop the feed of a whole calendar.
    return { kind: 'unmappable', why: `reading failed: ${error instanceof Error ? error.message : error}`, span: null };
  }
}

/** A new object with a UID of ours (`ownUid`), the mark in its master and a VTIMEZONE for every zone it names. */
export function newICalendar(fields: EventFields, options: NewOptions): string {
  return newObject(projectICalendar(fields, options.floatingZone ?? utcZone), options);
}

/**
 * Changes only these units in the stored text; all other lines stay byte for byte, and without units the whole text does.
 * Null when the text is not one event that can be edited (nothing readable in it, several events, or a new time for
 * occurrences that have no master).
 */
export function editICalendar(
  stored: string,
  fields: EventFields,
  units: readonly MergeUnit[],
  options: EditOptions,
): string | null {
  return editObject(stored, projectICalendar(fields, options.floatingZone ?? utcZone), units, options);
}
