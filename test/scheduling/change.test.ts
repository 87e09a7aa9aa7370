/** The journeys of a booking that is moved, given to others, reworded and led through its life. */
import { expect } from 'chai';
import type { Event } from '../../src/domain/event.ts';
import { asRemoteId } from '../../src/domain/ids.ts';
import type { BookingAction } from '../../src/scheduling/desk.ts';
import { isLeaving } from '../../src/sync/links.ts';
import { aCalendar, defaultPolicy } from '../kit/builders.ts';
import type { Office } from '../kit/desk.ts';
import { aChange, anOffice, aRequest, granted, span, technician, tenant } from '../kit/desk.ts';
import { clean, ledgerOf } from '../kit/ledger.ts';

const sam = technician('sam');
const tim = technician('tim');
const june = span('2027-05-30T00:00:00Z', '2027-06-30T00:00:00Z');

async function booked(office: Office): Promise<Event> {
  return granted(await office.desk.book(tenant, aRequest({ resourceIds: [sam.id] })));
}

describe('Moving a booking', () => {
  it('blocks the new time, frees the old one and owes the copies one version more', async () => {
    const office = await anOffice([sam]);
    await office.store.calendars.insert(aCalendar({ resourceId: sam.id }));
    const first = await booked(office);
    const to = span('2027-06-02T10:00:00Z', '2027-06-02T11:00:00Z');
    const moved = granted(await office.desk.change(tenant, first.booking!.id, aChange({ span: to, ifVersion: 1 })));
    expect(moved).to.deep.include({ version: 2, sheetVersion: 2 });
    expect(moved.links[0]?.settledVersion).to.equal(0);
    expect(moved.booking?.receipt.rows.map((row) => row.span)).to.deep.equal([to]);
    expect(await ledgerOf(office.store, [sam], [moved], june)).to.deep.equal(clean);
    expect((await office.desk.book(tenant, aRequest({ resourceIds: [sam.id], span: to }))).kind).to.equal('slot-taken');
    granted(await office.desk.book(tenant, aRequest({ resourceIds: [sam.id] })));
    const kinds = (await office.store.journal.ofEvent(tenant, moved.id, 10)).map((line) => line.kind);
    expect(kinds).to.have.members(['booking.created', 'booking.moved']);
  });

  it('onto a time that overlaps its own old one wins', async () => {
    const office = await anOffice([sam]);
    const first = await booked(office);
    const to = span('10:30', '11:30');
    const moved = granted(await office.desk.change(tenant, first.booking!.id, aChange({ span: to })));
    expect(await ledgerOf(office.store, [sam], [moved], june)).to.deep.equal(clean);
  });

  it('onto a taken time is refused, and the old time is blocked as before', async () => {
    const office = await anOffice([sam]);
    const first = await booked(office);
    const other = granted(
      await office.desk.book(tenant, aRequest({ resourceIds: [sam.id], span: span('12:00', '13:00') })),
    );
    const to = span('11:30', '12:30');
    const outcome = await office.desk.change(tenant, first.booking!.id, aChange({ span: to }));
    if (outcome.kind !== 'slot-taken') return expect.fail(outcome.kind);
    expect(outcome.conflicts).to.deep.equal([{ resourceId: sam.id, kind: 'booking', ...span('12:00', '13:00') }]);
    expect(outcome.alternatives[0]).to.include(span('11:00', '12:00'));
    const now = (await office.store.events.get(tenant, first.id))!;
    expect(now.version).to.equal(1);
    expect(await ledgerOf(office.store, [sam], [now, other], june)).to.deep.equal(clean);
  });

  it('to somebody else moves its rows and has the old calendar give its copy back', async () => {
    const office = await anOffice([sam, tim]);
    const [hers, his] = [aCalendar({ resourceId: sam.id }), aCalendar({ resourceId: tim.id })];
    await office.store.calendars.insert(hers);
    await office.store.calendars.insert(his);
    const first = await booked(office);
    await office.store.events.save({
      ...first,
      rev: first.rev + 1,
      links: first.links.map((l) => ({ ...l, remoteId: asRemoteId('r1'), settledVersion: 1 })),
    });
    const given = granted(await office.desk.change(tenant, first.booking!.id, aChange({ resourceIds: [tim.id] })));
    expect(given.resources).to.deep.equal([tim.id]);
    expect(given.links.map((l) => [l.calendarId, isLeaving(given, l)])).to.deep.equal([
      [hers.id, true],
      [his.id, false],
    ]);
    expect(office.nudged.slice(-2)).to.have.members([hers.id, his.id]);
    expect(await ledgerOf(office.store, [sam, tim], [given], june)).to.deep.equal(clean);
  });

  it('to two resources keeps the first one blocked all the time', async () => {
    const office = await anOffice([sam, tim]);
    const first = await booked(office);
    const both = granted(
      await office.desk.change(tenant, first.booking!.id, aChange({ resourceIds: [sam.id, tim.id] })),
    );
    expect(await ledgerOf(office.store, [sam, tim], [both], june)).to.deep.equal(clean);
    const taken = granted(await office.desk.change(tenant, first.booking!.id, aChange({ resourceIds: [tim.id] })));
    expect(await ledgerOf(office.store, [sam, tim], [taken], june)).to.deep.equal(clean);
  });

  it('to where it is already changes nothing', async () => {
    const office = await anOffice([sam]);
    const first = await booked(office);
    const same = aChange({ span: span('10:00', '11:00'), resourceIds: [sam.id], context: { title: 'Boiler service' } });
    expect(await office.desk.change(tenant, first.booking!.id, same)).to.deep.equal({ kind: 'booked', event: first });
  });

  it('by many at the same moment ends in one place', async () => {
    const office = await anOffice([sam]);
    const first = await booked(office);
    const targets = ['12:00', '13:00', '14:00'].map((from) => span(from, `${Number(from.slice(0, 2)) + 1}:00`));
    await Promise.all(targets.map((to) => office.desk.change(tenant, first.booking!.id, aChange({ span: to }))));
    const now = (await office.store.events.get(tenant, first.id))!;
    expect(now).to.include({ version: 4, sheetVersion: 4 });
    expect(await ledgerOf(office.store, [sam], [now], june)).to.deep.equal(clean);
  });
});

describe('Changing what is written about a booking', () => {
  it('raises the version and owes the copies, and words edited in a calendar stay', async () => {
    const office = await anOffice([sam]);
    await office.store.calendars.insert(aCalendar({ resourceId: sam.id, policy: defaultPolicy }));
    const first = await booked(office);
    const edited = { ...first, rev: first.rev + 1, fields: { ...first.fields, title: 'Typed on the phone' } };
    await office.store.events.save(edited);
    const context = { notes: 'Ring twice' };
    const changed = granted(await office.desk.change(tenant, first.booking!.id, aChange({ context })));
    expect(changed).to.deep.include({ version: 2, sheetVersion: 2 });
    expect(changed.fields).to.include({ title: 'Typed on the phone', description: 'Ring twice' });
    expect(office.nudged).to.have.length(2);
  });

  it('of another version than the caller saw is refused', async () => {
    const office = await anOffice([sam]);
    const first = await booked(office);
    const id = first.booking!.id;
    const outcome = await office.desk.change(tenant, id, aChange({ context: { notes: 'x' }, ifVersion: 7 }));
    expect(outcome).to.deep.equal({ kind: 'version-mismatch', event: first });
    expect(await office.desk.act(tenant, id, 'start', 7)).to.deep.equal({ kind: 'version-mismatch', event: first });
  });
});

describe('The life of a booking', () => {
  it('cancelled frees its time at once, keeps its record and owes the removal of its copies', async () => {
    const office = await anOffice([sam]);
    await office.store.calendars.insert(aCalendar({ resourceId: sam.id }));
    const first = await booked(office);
    const gone = granted(await office.desk.act(tenant, first.booking!.id, 'cancel', null));
    expect(gone.booking?.status).to.equal('cancelled');
    expect(gone.deletedAt).to.equal(office.clock.now());
    expect(gone).to.include({ version: 2, sheetVersion: 2 });
    expect(await ledgerOf(office.store, [sam], [gone], june)).to.deep.equal(clean);
    granted(await office.desk.book(tenant, aRequest({ resourceIds: [sam.id] })));
    expect(await office.desk.act(tenant, first.booking!.id, 'cancel', null)).to.deep.equal({
      kind: 'booked',
      event: gone,
    });
    const change = await office.desk.change(tenant, first.booking!.id, aChange({ span: span('15:00', '16:00') }));
    expect(change).to.include({ kind: 'rule-violation', rule: 'booking-over' });
  });

  it('goes only the ways that there are, and says so in a sentence', async () => {
    const allowed: readonly [BookingAction[], string][] = [
      [['start', 'complete', 'complete'], 'completed'],
      [['start', 'start', 'no-show'], 'no_show'],
      [['complete'], 'completed'],
    ];
    for (const [actions, status] of allowed) {
      const office = await anOffice([sam]);
      const { booking } = await booked(office);
      for (const action of actions) granted(await office.desk.act(tenant, booking!.id, action, null));
      const now = await office.store.events.get(
        tenant,
        (await office.store.events.bookings(tenant, everything)).data[0]!.id,
      );
      expect(now?.booking?.status).to.equal(status);
      for (const action of ['start', 'cancel'] as const) {
        expect(await office.desk.act(tenant, booking!.id, action, null)).to.include({ rule: 'booking-state' });
      }
      expect(await ledgerOf(office.store, [sam], [now!], june)).to.deep.equal(clean);
    }
  });

  it('of an unknown booking is not found', async () => {
    const office = await anOffice([sam]);
    const unknown = 'bkg_nobody' as never;
    const missing = { kind: 'not-found', what: 'booking' };
    expect(await office.desk.act(tenant, unknown, 'cancel', null)).to.deep.equal(missing);
    expect(await office.desk.change(tenant, unknown, aChange())).to.deep.equal(missing);
    const first = await booked(office);
    expect(await office.desk.act('ten_other' as never, first.booking!.id, 'cancel', null)).to.deep.equal(missing);
  });
});

const everything = { limit: 5, after: null, from: null, to: null, resourceId: null, status: null, externalRef: null };
