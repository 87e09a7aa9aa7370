/** Events with a booking as REST shows them, and as a job card in the technician's calendar. */
import type { Booking, BookingSource, BookingStatus, Customer, Place } from '../src/domain/booking.ts';
import type { CalendarLink, Event } from '../src/domain/event.ts';
import { owes } from '../src/domain/event.ts';
import type { Zone } from '../src/domain/time.ts';
import { formatInstant } from '../src/domain/time.ts';
import { toInstant } from '../src/domain/zone.ts';
import { defaultLanguage, readBack } from './crm-speech.ts';
import { showTakes } from './crm-things.ts';

export { describeBooking } from '../src/domain/job-words.ts';

export interface CopyView {
  readonly calendarId: string;
  readonly state: 'pending' | 'written' | 'failed';
  readonly remoteId: string | null;
  readonly writtenAt: string | null;
  /** The provider's own words for a refused copy. */
  readonly reason: string | null;
}

export interface BookingView {
  id: string;
  version: number;
  status: BookingStatus;
  start: string;
  end: string;
  timeZone: string;
  resourceIds: string[];
  eventId: string;
  title: string;
  customer: (Omit<Customer, 'language'> & { language: string | null }) | null;
  location: Place | null;
  notes: string | null;
  externalRef: string | null;
  jobTypeId: string | null;
  metadata: Record<string, string>;
  source: BookingSource;
  createdAt: string;
  updatedAt: string;
  calendars: CopyView[];
  buffers?: { before: string; after: string };
  quantities?: Record<string, number>;
  tentative: boolean;
  /** What to read back to the customer. */
  sentence: string;
  receipt: {
    claim: string;
    claimedAt: string;
    rows: { resourceId: string; start: string; end: string; sheetVersion: number }[];
    calendars: { calendarId: string; syncedAt: string | null }[];
  };
}

/** @param floatingZone the first resource's zone: a technician may have turned the copy into a whole day */
export function showBooking(event: Event, booking: Booking, floatingZone: Zone): BookingView {
  const { start, end } = event.fields;
  const span = { start: toInstant(start, floatingZone), end: toInstant(end, floatingZone) };
  const zone = start.kind === 'zoned' ? start.zone : floatingZone;
  const { customer, title, location } = booking;
  return {
    id: booking.id,
    version: event.version,
    status: booking.status,
    start: formatInstant(span.start),
    end: formatInstant(span.end),
    timeZone: zone,
    resourceIds: [...event.resources],
    eventId: event.id,
    title: booking.title,
    customer: customer === null ? null : { ...customer, language: customer.language ?? null },
    location: booking.location,
    notes: booking.notes,
    externalRef: booking.externalRef,
    jobTypeId: booking.jobTypeId,
    metadata: { ...booking.metadata },
    source: booking.source,
    ...showTakes(booking.takes),
    tentative: booking.tentative === true,
    sentence: readBack({
      ...{ title, span, zone: customer?.timeZone ?? zone, address: location?.address ?? null },
      language: customer?.language ?? defaultLanguage,
    }),
    createdAt: formatInstant(event.createdAt),
    updatedAt: formatInstant(event.updatedAt),
    calendars: event.links.filter((link) => link.state !== 'unlinked').map((link) => showCopy(event, link)),
    receipt: {
      claim: booking.receipt.claim,
      claimedAt: formatInstant(booking.receipt.claimedAt),
      rows: booking.receipt.rows.map((row) => ({
        resourceId: row.resourceId,
        start: formatInstant(row.span.start),
        end: formatInstant(row.span.end),
        sheetVersion: row.sheetVersion,
      })),
      calendars: (booking.receipt.calendars ?? []).map(({ calendarId, syncedAt }) => ({
        calendarId,
        syncedAt: syncedAt === null ? null : formatInstant(syncedAt),
      })),
    },
  };
}

function showCopy(event: Event, link: CalendarLink): CopyView {
  return {
    calendarId: link.calendarId,
    state: link.state === 'refused' ? 'failed' : owes(event, link) ? 'pending' : 'written',
    remoteId: link.remoteId,
    writtenAt: link.writtenAt === null ? null : formatInstant(link.writtenAt),
    reason: link.refusal,
  };
}
