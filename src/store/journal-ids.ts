/** Ids of journal lines: they sort by time, and two processes never make the same one. */

import { randomBytes } from 'node:crypto';
import type { Instant } from '../domain/time.ts';

/** Milliseconds and a counter in hexadecimal of fixed width, then six letters of this process. */
export function journalIds(): (at: Instant) => string {
  const own = randomBytes(3).toString('hex');
  let last = 0;
  let count = 0;
  return (at) => {
    // A clock that steps back must not put a later line before an earlier one.
    count = at > last ? 0 : count + 1;
    last = Math.max(last, at);
    return `${last.toString(16).padStart(12, '0')}${count.toString(16).padStart(6, '0')}${own}`;
  };
}

/** The least id that a line of this instant can have: ids begin with their time, so a stretch of time is a stretch of ids. */
export const firstIdAt = (at: Instant): string => at.toString(16).padStart(12, '0');
