/** Messages of webhooks, and webhooks with their deliveries as REST shows them. */
import type { Event } from '../src/domain/event.ts';
import { bookingIdOf } from '../src/domain/ids.ts';
import type { Conflict } from '../src/domain/policy.ts';
import { spanOf } from '../src/domain/series.ts';
import type { JournalLine } from '../src/domain/tenant.ts';
import type { Instant, Zone } from '../src/domain/time.ts';
import { formatInstant } from '../src/domain/time.ts';
import type { Delivery, DeliveryState, Webhook, WebhookEvent } from '../src/domain/webhook.ts';
import { showBooking } from './crm.ts';
import { showConflict } from './crm-things.ts';

/** What a message is about, as it is when it is told. */
export interface Subject {
  readonly event: Event | null;
  readonly conflict: Conflict | null;
  /** Zone of the event's first resource. */
  readonly zone: Zone;
}

/** The body `{type, timestamp, data}`. Of events of calendars only the time is told. */
export function messageOf(
  line: Omit<JournalLine, 'id' | 'at'>,
  { event, conflict, zone }: Subject,
  at: Instant,
): string {
  const { kind, eventId, calendarId, resourceIds, version, text } = line;
  const isBooking = event?.booking != null;
  const span = event === null ? null : spanOf(event.fields, zone);
  const data = {
    eventId,
    bookingId: isBooking && eventId !== null ? bookingIdOf(eventId) : null,
    ...{ calendarId, resourceIds, version, text },
    ...(span === null ? {} : { start: formatInstant(span.start), end: formatInstant(span.end) }),
    ...(event?.booking == null || !kind.startsWith('booking.') ? {} : { booking: bookingShown(event, zone) }),
    ...(conflict === null ? {} : { conflict: showConflict(conflict) }),
  };
  return JSON.stringify({ type: kind, timestamp: formatInstant(at), data });
}

/** The booking without its proof, which is for whoever asks. */
function bookingShown(event: Event, zone: Zone): object {
  if (event.booking === null) return {};
  const { receipt: _, ...shown } = showBooking(event, event.booking, zone);
  return shown;
}

export interface WebhookView {
  id: string;
  version: number;
  url: string;
  events: WebhookEvent[];
  state: Webhook['state'];
  oldSecretUntil: string | null;
  createdAt: string;
  updatedAt: string;
}
/** Never a secret. */
export const showWebhook = (w: Webhook, now: Instant): WebhookView => ({
  id: w.id,
  version: w.version,
  url: w.url,
  events: [...w.events],
  state: w.state,
  oldSecretUntil: w.oldSecret === null || w.oldSecret.until <= now ? null : formatInstant(w.oldSecret.until),
  createdAt: formatInstant(w.createdAt),
  updatedAt: formatInstant(w.updatedAt),
});

export interface DeliveryView {
  id: string;
  event: WebhookEvent;
  state: DeliveryState;
  createdAt: string;
  nextAttemptAt: string | null;
  attempts: { at: string; status: number | null; durationMs: number; error: string | null }[];
}
export const showDelivery = (d: Delivery): DeliveryView => ({
  id: d.id,
  event: d.event,
  state: d.state,
  createdAt: formatInstant(d.createdAt),
  nextAttemptAt: d.state === 'pending' ? formatInstant(d.nextAt) : null,
  attempts: d.attempts.map(({ at, ...attempt }) => ({ at: formatInstant(at), ...attempt })),
});
