/** A booking as it is kept, with everything that a job card or a message can say. */
import type { Booking } from '../../src/domain/booking.ts';
import type { BookingId, EventId } from '../../src/domain/ids.ts';
import { claimOfEvent } from '../../src/domain/ids.ts';
import { at } from './builders.ts';

export const aBookingRecord = (over: Partial<Booking> = {}): Booking => ({
  id: 'bkg_1' as BookingId,
  status: 'confirmed',
  title: 'Boiler service',
  customer: { name: 'Kim Example', phone: '+49 30 901820', email: 'kim@example.com', timeZone: null },
  location: { address: '1 Example Street', lat: 52.5, lng: 13.4 },
  notes: 'Ring twice.\nDog.',
  externalRef: 'JOB-42',
  jobTypeId: 'boiler',
  metadata: { url: 'https://crm.example.com/42' },
  source: 'crm',
  receipt: { claim: claimOfEvent('evt_1' as EventId), claimedAt: at('2027-06-01T00:00:00Z'), rows: [] },
  ...over,
});
