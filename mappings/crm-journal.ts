/** Journal lines as REST shows them: steps of one story, and the audit list of a tenant. */
import type { Booking, BookingSource } from '../src/domain/booking.ts';
import type { Event } from '../src/domain/event.ts';
import { bookingIdOf } from '../src/domain/ids.ts';
import type { JournalKind, JournalLine } from '../src/domain/tenant.ts';
import type { Instant } from '../src/domain/time.ts';
import { formatInstant } from '../src/domain/time.ts';

export interface StepView {
  at: string;
  kind: JournalKind | 'booking.requested' | 'booking.held';
  text: string;
  calendarId?: string;
  details?: Record<string, unknown>;
}

/** One step of a story. */
export const showStep = (line: JournalLine): StepView => ({
  at: formatInstant(line.at),
  kind: line.kind,
  text: line.text,
  ...(line.calendarId === null ? {} : { calendarId: line.calendarId }),
  ...detailsOf(line),
});

/** The lines of an event; of a booking also the first steps, which the record itself tells for ever. Oldest first. */
export function showStory(event: Event, lines: readonly JournalLine[]): StepView[] {
  const steps = lines.map((line) => ({ at: line.at, step: showStep(line) }));
  const first = event.booking === null ? [] : firstSteps(event, event.booking);
  return [...first, ...steps].sort((a, b) => a.at - b.at).map(({ step }) => step);
}

const sources: Readonly<Record<BookingSource, string>> = {
  website: 'the website',
  crm: 'the CRM',
  phone: 'telephone',
  agent: 'an agent',
  dispatcher: 'a dispatcher',
};

function firstSteps(event: Event, { source, receipt }: Booking): { at: Instant; step: StepView }[] {
  const requested: StepView = {
    at: formatInstant(event.createdAt),
    kind: 'booking.requested',
    text: `Requested by ${sources[source]}.`,
    details: { source },
  };
  const sheets = receipt.rows.length;
  const held: StepView = {
    at: formatInstant(receipt.claimedAt),
    kind: 'booking.held',
    text: `Its time was won on ${sheets === 1 ? 'one day sheet' : `${sheets} day sheets`}.`,
    details: { sheets, resourceIds: [...new Set(receipt.rows.map((row) => row.resourceId))] },
  };
  return [{ at: event.createdAt, step: requested }, ...(sheets === 0 ? [] : [{ at: receipt.claimedAt, step: held }])];
}

export interface AuditView {
  id: string;
  at: string;
  kind: JournalKind;
  text: string;
  eventId: string | null;
  bookingId: string | null;
  calendarId: string | null;
  resourceIds: string[];
  details?: Record<string, unknown>;
}

export const showAudit = (line: JournalLine): AuditView => ({
  id: line.id,
  at: formatInstant(line.at),
  kind: line.kind,
  text: line.text,
  eventId: line.eventId,
  bookingId: line.eventId !== null && /^(booking|notice)\./.test(line.kind) ? bookingIdOf(line.eventId) : null,
  calendarId: line.calendarId,
  resourceIds: [...line.resourceIds],
  ...detailsOf(line),
});

function detailsOf({ version, details }: JournalLine): { details?: Record<string, unknown> } {
  if (version === null && details === undefined) return {};
  return { details: { ...(version === null ? {} : { version }), ...details } };
}
