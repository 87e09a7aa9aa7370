/** Answers with a booking: waits for its copies where the caller prefers to, and names its version and address. */
import type { Event } from '../domain/event.ts';
import { afterCopies, viewBooking } from './booking-view.ts';
import type { AppParts } from './parts.ts';
import { type Answer, answer, type CallContext } from './route.ts';
import { bookingOut } from './schemas-bookings.ts';
import { etag } from './versions.ts';

export async function bookingAnswer(
  parts: AppParts,
  outcome: { readonly kind: 'booked' | 'existing'; readonly event: Event },
  call: CallContext,
  fresh: 200 | 201,
): Promise<Answer> {
  const event = call.preferWaitMs > 0 ? await afterCopies(parts, outcome.event, call.preferWaitMs) : outcome.event;
  const view = await viewBooking(parts.store, event);
  return answer(outcome.kind === 'existing' ? 200 : fresh, bookingOut, view, {
    ...etag(event),
    ...(fresh === 201 ? { Location: `/v1/bookings/${view.id}` } : {}),
    ...(call.preferWaitMs > 0 ? { 'Preference-Applied': `wait=${call.preferWaitMs / 1000}` } : {}),
  });
}
