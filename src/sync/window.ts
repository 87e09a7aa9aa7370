/** Tells when the window of a calendar has moved so far that its feed is taken anew. */
import { dayMs } from '../domain/time.ts';
import type { Session } from './session.ts';

/** Up to four days sooner by partition, so that calendars that were attached together are not listed together. */
const relistMs = 14 * dayMs;
const spreadMs = dayMs / 16;

/**
 * A feed tells of changes, and an event that lay behind the window when it was listed need not change to come into it. So a
 * calendar whose cursor was taken for a window long gone is listed again; feeds without a window say theirs anew each time.
 */
export function hasWindowMoved({ calendar: { cursor, partition }, window }: Session): boolean {
  if (cursor === null) return false;
  return window.end - cursor.window.end > relistMs - partition * spreadMs;
}
