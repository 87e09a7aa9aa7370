/** One example of each problem that the API answers with, as the story would meet it. */
import { ana, anasCalendar, boilerBooking } from './examples-cast.ts';
import { alternatives, fresh, nextOffer } from './examples-slots.ts';
import { type ProblemCode, problemDocument, Refusal } from './problems.ts';

interface Met {
  readonly detail: string;
  readonly errors?: readonly { readonly path: string; readonly message: string }[];
  readonly extra?: Readonly<Record<string, unknown>>;
}
const notATime = 'must be a time in RFC 3339 with an offset, such as 2027-03-01T09:00:00+01:00';
const taken = {
  conflicts: [{ resourceId: ana, start: '2027-06-02T07:45:00Z', end: '2027-06-02T09:15:00Z', kind: 'booking' }],
  alternatives,
  freshness: fresh,
};

const met: Readonly<Record<ProblemCode, Met>> = {
  invalid_request: { detail: `start: ${notATime}`, errors: [{ path: 'start', message: notATime }] },
  unauthorized: { detail: 'Send a valid key as `Authorization: Bearer <key>`.' },
  forbidden: { detail: 'This needs a key with the scope admin.', extra: { scope: 'admin' } },
  not_found: { detail: 'There is nothing under this id.' },
  method_not_allowed: { detail: 'This address knows GET, PATCH, DELETE.' },
  slot_taken: { detail: 'The time is taken.', extra: taken },
  nothing_free: {
    detail: 'Nothing is free that fits.',
    extra: { why: { BUSY: 12, NOT_WORKING: 36 }, freshness: fresh },
  },
  offer_accepted: {
    detail: 'This offer was accepted already. Here is a new one.',
    extra: { bookingId: boilerBooking, offer: nextOffer },
  },
  offer_expired: { detail: 'This offer has ended. Here is a new one.', extra: { bookingId: null, offer: nextOffer } },
  hold_expired: { detail: 'The hold has ended and its time may be taken.', extra: { alternatives } },
  external_ref_taken: {
    detail: 'This externalRef names a booking with another time or resource.',
    extra: { bookingId: boilerBooking },
  },
  already_attached: { detail: 'One calendar of an account attaches once.', extra: { calendarId: anasCalendar } },
  in_use: {
    detail: 'The resource still has bookings to come; move or cancel them first.',
    extra: { bookingId: boilerBooking },
  },
  in_flight: { detail: 'The first request with this Idempotency-Key is still running.' },
  version_mismatch: { detail: 'It was changed meanwhile and is now version 2.', extra: { version: 2 } },
  payload_too_large: { detail: 'A body may have up to 1 MiB.' },
  unsupported_media_type: { detail: 'Send JSON in UTF-8, as it is or compressed with gzip, deflate or br.' },
  idempotency_mismatch: { detail: 'This Idempotency-Key was used before with another body or address.' },
  rule_violation: {
    detail: 'The booking was cancelled and cannot be changed.',
    extra: { rule: 'booking-over' },
  },
  provider_refused: { detail: 'The provider does not accept these credentials.' },
  rate_limited: { detail: 'More than 600 requests in a minute.' },
  too_many_holds: {
    detail: 'This API key holds as much time as it may: book, release, or let some of it end.',
    extra: { of: 'caller' },
  },
  internal_error: { detail: 'The request could not be finished. The log has the details under this requestId.' },
  provider_failed: { detail: 'The calendar provider could not be reached; try again.' },
  calendar_unread: {
    detail: 'A calendar of these resources could not be read in time.',
    extra: { freshness: [{ ...fresh[0], problem: 'The provider did not answer in time.' }] },
  },
  provider_unavailable: { detail: 'The calendar provider asks us to wait; try again.' },
  busy: { detail: 'Too many changes at once; try again.' },
  unavailable: { detail: 'The database cannot be reached; try again.' },
};

/** The problem document of this code, as a gateway at this address would send it. */
export function problemExample(code: ProblemCode, publicUrl: string): Readonly<Record<string, unknown>> {
  const { detail, ...more } = met[code];
  return problemDocument(new Refusal(code, detail, more), { publicUrl, requestId: 'req_np5oxbKVbcCn' }).body;
}

/** A refused booking, where it stands inside another answer. */
export const bookingTaken = problemExample('slot_taken', 'https://interlock.example.com');
