/** The job card in the technician's calendar, and bookings as REST shows them. */
import { expect } from 'chai';
import fc from 'fast-check';
import { describeBooking, showBooking } from '../../mappings/crm.ts';
import type { Booking } from '../../src/domain/booking.ts';
import type { BookingId } from '../../src/domain/ids.ts';
import { claimOfEvent } from '../../src/domain/ids.ts';
import type { CalendarDay, Zone } from '../../src/domain/time.ts';
import { aLink, anEvent, at, someFields } from '../kit/builders.ts';

const id = 'bkg_1' as BookingId;
const bare = { id, title: 'Boiler service', customer: null, location: null, notes: null };

describe('the job card', () => {
  it('names the booking and nothing that is not known', () => {
    expect(describeBooking(bare)).to.deep.equal({
      title: 'Boiler service',
      description: 'Booking: bkg_1',
      location: '',
    });
  });

  it('tells who, how to reach them, where, and what to know', () => {
    const card = describeBooking({
      ...bare,
      customer: { name: 'Kim Example', phone: '+49 30 901820', email: 'kim@example.com', timeZone: null },
      location: { address: '1 Example Street', lat: 52.5, lng: 13.4 },
      notes: 'Ring twice.\nDog.',
    });
    expect(card.description).to.equal(
      'Customer: Kim Example\nPhone: +49 30 901820\nAddress: 1 Example Street\n\nRing twice.\nDog.\n\nBooking: bkg_1',
    );
    expect(card.location).to.equal('1 Example Street');
  });

  it('uses coordinates where there is no address', () => {
    expect(describeBooking({ ...bare, location: { address: null, lat: 52.5, lng: 13.4 } }).location).to.equal(
      '52.5, 13.4',
    );
  });

  it('stays within what calendars keep, never cuts a character, and always names the booking', () => {
    const long = fc.tuple(fc.string({ unit: 'binary', maxLength: 40 }), fc.nat(250)).map(([s, n]) => s.repeat(n));
    fc.assert(
      fc.property(long, long, long, (title, notes, address) => {
        const card = describeBooking({ ...bare, title, notes, location: { address, lat: null, lng: null } });
        expect(card.title.length).to.be.at.most(200);
        expect(card.location.length).to.be.at.most(250);
        expect(card.description.length).to.be.at.most(7_500);
        for (const text of Object.values(card)) expect(text.isWellFormed()).to.equal(true);
        expect(card.description).to.match(/Booking: bkg_1$/);
      }),
      { numRuns: 100, endOnFailure: true },
    );
  });
});

describe('a booking shown by REST', () => {
  const booking: Booking = {
    ...bare,
    ...{ status: 'confirmed', externalRef: null, jobTypeId: null, metadata: {}, source: 'crm' },
    receipt: { claim: claimOfEvent(anEvent().id), claimedAt: at('2027-05-01T00:00:00Z'), rows: [] },
  };

  it('tells each copy as pending, written or failed, and leaves out ended ties', () => {
    const links = [
      aLink({ settledVersion: 2, writtenAt: at('2027-05-02T00:00:00Z') }),
      aLink({ settledVersion: 1 }),
      aLink({ state: 'refused', refusal: 'over quota' }),
      aLink({ state: 'unlinked' }),
    ];
    const view = showBooking(anEvent({ version: 2, links, booking }), booking, 'UTC' as Zone);
    expect(view.calendars.map((c) => c.state)).to.deep.equal(['written', 'pending', 'failed']);
    expect(view.calendars.map((c) => c.reason)).to.deep.equal([null, null, 'over quota']);
    expect(view.calendars[0]?.writtenAt).to.equal('2027-05-02T00:00:00Z');
  });

  it('reads a whole day, to which a technician may have moved it, in the resource’s zone', () => {
    const day = (text: string) => ({ kind: 'date', day: text as CalendarDay }) as const;
    const fields = someFields({ start: day('2027-06-01'), end: day('2027-06-02') });
    const view = showBooking(anEvent({ fields, booking }), booking, 'Europe/Berlin' as Zone);
    expect([view.start, view.end]).to.deep.equal(['2027-05-31T22:00:00Z', '2027-06-01T22:00:00Z']);
    expect(view.timeZone).to.equal('Europe/Berlin');
  });
});
