/** Turns validated bodies into what the booking desk is asked. */
import type { z } from 'zod';
import type { BookingView } from '../../mappings/crm.ts';
import type { Instant, Span } from '../domain/time.ts';
import { dayMs, parseInstant } from '../domain/time.ts';
import type { BookingChange, BookingRequest } from '../scheduling/desk.ts';
import { given } from './given.ts';
import { invalidField } from './problems.ts';
import { longestSpanDays } from './schemas.ts';
import type { bookingChange, bookingIn } from './schemas-bookings.ts';
import { freshlyOf, takesOf } from './schemas-wishes.ts';

export function requestOf(body: z.output<typeof bookingIn>, idempotencyKey: string | null): BookingRequest {
  const { start, end, maxStaleness, whenIll, buffers, quantities, ...rest } = body;
  const freshly = freshlyOf({ maxStaleness, whenIll });
  return { ...rest, span: { start, end }, idempotencyKey, takes: takesOf({ buffers, quantities }), freshly };
}

/** @param now the booking as it is: one end of the span alone keeps the other, a new start alone the duration */
export function changeOf(
  body: z.output<typeof bookingChange>,
  now: BookingView,
  ifVersion: number | null,
): BookingChange {
  const { start, end, timeZone, resourceIds, ...context } = body;
  return {
    span: spanOf(start, end, now),
    timeZone: timeZone ?? null,
    resourceIds: resourceIds ?? null,
    context: given(context),
    ifVersion,
  };
}

function spanOf(start: Instant | undefined, end: Instant | undefined, now: BookingView): Span | null {
  if (start === undefined && end === undefined) return null;
  const was = { start: instant(now.start), end: instant(now.end) };
  const from = start ?? was.start;
  const span = { start: from, end: end ?? ((from + (was.end - was.start)) as Instant) };
  if (span.end <= span.start) throw invalidField('end', 'must be after start');
  if (span.end - span.start > longestSpanDays * dayMs) {
    throw invalidField('end', `must be at most ${longestSpanDays} days after start`);
  }
  return span;
}

/** Reads back what we have written ourselves. */
const instant = (text: string): Instant => parseInstant(text)!;
