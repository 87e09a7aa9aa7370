/** Marks under which bookings wait for a look at their notices: an instant, or one of these. */
import { randomInt } from 'node:crypto';

/** Due at once, and not the mark of any look that is under way: a look that began before must not end this one. */
export const freshMark = (): number => -randomInt(1, 2 ** 40);
