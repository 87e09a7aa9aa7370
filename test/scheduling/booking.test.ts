/** The journeys of a booking that is made: won, refused, repeated, assigned. */
import { expect } from 'chai';
import type { Requirement } from '../../src/scheduling/desk.ts';
import { aCalendar, at } from '../kit/builders.ts';
import { aChange, anOffice, aRequest, granted, span, technician, tenant } from '../kit/desk.ts';
import { clean, ledgerOf } from '../kit/ledger.ts';

const sam = technician('sam');
const tim = technician('tim');
const june = span('2027-05-30T00:00:00Z', '2027-06-30T00:00:00Z');
const need = (over: Partial<Requirement> = {}): Requirement => ({
  kind: 'technician',
  skills: [],
  territoryId: null,
  quantity: 1,
  ...over,
});

describe('Booking a named resource', () => {
  it('blocks its time firmly, settles its rows and owes a copy to every calendar of the resource', async () => {
    const { desk, store, nudged } = await anOffice([sam]);
    const calendar = aCalendar({ resourceId: sam.id });
    await store.calendars.insert(calendar);
    const event = granted(await desk.book(tenant, aRequest({ resourceIds: [sam.id] })));
    expect(event).to.deep.include({ version: 1, sheetVersion: 1, origin: 'rest', resources: [sam.id] });
    expect(event.links.map((l) => [l.calendarId, l.remoteId])).to.deep.equal([[calendar.id, null]]);
    expect(nudged).to.deep.equal([calendar.id]);
    // The debt is in the event; whoever loses the nudge finds it there.
    expect(await store.events.calendarsOwed(store.now(), 10)).to.deep.equal([calendar.id]);
    expect(await ledgerOf(store, [sam], [event], june)).to.deep.equal(clean);
    const [line] = await store.journal.ofEvent(tenant, event.id, 10);
    expect(line).to.include({ kind: 'booking.created', version: 1 });
  });

  it('is refused with what stands in the way and with free alternatives when the time is taken', async () => {
    const { desk } = await anOffice([sam]);
    granted(await desk.book(tenant, aRequest({ resourceIds: [sam.id] })));
    const second = await desk.book(tenant, aRequest({ resourceIds: [sam.id], span: span('10:30', '11:30') }));
    if (second.kind !== 'slot-taken') return expect.fail(second.kind);
    expect(second.conflicts).to.deep.equal([{ resourceId: sam.id, kind: 'booking', ...span('10:00', '11:00') }]);
    expect(second.alternatives).to.deep.equal([
      { ...span('11:00', '12:00'), resourceIds: [sam.id] },
      { ...span('12:00', '13:00'), resourceIds: [sam.id] },
      { ...span('09:00', '10:00'), resourceIds: [sam.id] },
    ]);
    for (const slot of second.alternatives) granted(await desk.book(tenant, aRequest({ ...slot, span: slot })));
  });

  it('takes both of two resources or none', async () => {
    const { desk, store } = await anOffice([sam, tim]);
    granted(await desk.book(tenant, aRequest({ resourceIds: [tim.id] })));
    const both = await desk.book(tenant, aRequest({ resourceIds: [sam.id, tim.id] }));
    expect(both.kind).to.equal('slot-taken');
    granted(await desk.book(tenant, aRequest({ resourceIds: [sam.id] })));
    expect((await store.events.bookings(tenant, anyBooking)).data).to.have.length(2);
  });

  it('over several days blocks each of them', async () => {
    const { desk, store } = await anOffice([sam]);
    const long = span('2027-06-01T22:00:00Z', '2027-06-03T02:00:00Z');
    const event = granted(await desk.book(tenant, aRequest({ resourceIds: [sam.id], span: long })));
    expect(event.booking?.receipt.rows).to.have.length(3);
    expect(await ledgerOf(store, [sam], [event], june)).to.deep.equal(clean);
    const inside = span('2027-06-02T12:00:00Z', '2027-06-02T13:00:00Z');
    expect((await desk.book(tenant, aRequest({ resourceIds: [sam.id], span: inside }))).kind).to.equal('slot-taken');
  });

  it('ends where the next one starts without a clash', async () => {
    const { desk } = await anOffice([sam]);
    granted(await desk.book(tenant, aRequest({ resourceIds: [sam.id] })));
    granted(await desk.book(tenant, aRequest({ resourceIds: [sam.id], span: span('11:00', '12:00') })));
    granted(await desk.book(tenant, aRequest({ resourceIds: [sam.id], span: span('09:00', '10:00') })));
  });

  it('keeps the true instant of the hour that the wall clock shows twice', async () => {
    const berlin = technician('berlin', { zone: 'Europe/Berlin' as typeof sam.zone });
    const { desk, store } = await anOffice([berlin]);
    const second = span('2027-10-31T01:30:00Z', '2027-10-31T02:30:00Z');
    const event = granted(await desk.book(tenant, aRequest({ resourceIds: [berlin.id], span: second })));
    const october = span('2027-10-30T00:00:00Z', '2027-11-01T00:00:00Z');
    const [, , sheet] = await store.sheets.load(tenant, [berlin.id], [
      '2027-10-29',
      '2027-10-30',
      '2027-10-31',
    ] as never);
    expect(sheet?.rows[0]).to.include({ start: second.start, end: second.end });
    expect(await ledgerOf(store, [berlin], [event], october)).to.deep.equal(clean);
  });

  it('says which resource is not there, which was deleted, and what is wrong with the time', async () => {
    const gone = technician('gone', { deletedAt: at('2027-05-01T00:00:00Z') });
    const { desk } = await anOffice([sam, gone]);
    const book = (over: Parameters<typeof aRequest>[0]) => desk.book(tenant, aRequest(over));
    expect(await book({ resourceIds: [tim.id] })).to.deep.equal({ kind: 'not-found', what: 'resource' });
    expect(await book({ resourceIds: [gone.id] })).to.include({ rule: 'resource-deleted' });
    expect(await book({ resourceIds: [] })).to.include({ rule: 'resources' });
    expect(await book({ assign: [] })).to.include({ rule: 'resources' });
    for (const wrong of [
      span('11:00', '10:00'),
      span('10:00', '10:00'),
      span('10:00', '2027-07-09T10:00:00Z'),
      { start: Number.NaN as never, end: 1 as never },
    ]) {
      expect(await book({ resourceIds: [sam.id], span: wrong })).to.include({ kind: 'rule-violation', rule: 'span' });
    }
  });

  it('counts a resource named twice once', async () => {
    const { desk } = await anOffice([sam]);
    const event = granted(await desk.book(tenant, aRequest({ resourceIds: [sam.id, sam.id] })));
    expect(event.resources).to.deep.equal([sam.id]);
  });
});

const anyBooking = {
  limit: 50,
  after: null,
  from: null,
  to: null,
  resourceId: null,
  status: null,
  externalRef: null,
};

describe('Booking the same thing again', () => {
  it('under one key gives the first booking, even after it was moved', async () => {
    const { desk } = await anOffice([sam]);
    const request = aRequest({ resourceIds: [sam.id], idempotencyKey: 'k1' });
    const first = granted(await desk.book(tenant, request));
    expect(await desk.book(tenant, request)).to.deep.equal({ kind: 'existing', event: first });
    const moved = granted(await desk.change(tenant, first.booking!.id, aChange({ span: span('14:00', '15:00') })));
    expect(await desk.book(tenant, request)).to.deep.equal({ kind: 'existing', event: moved });
  });

  it('twice at the same moment under one key makes one booking', async () => {
    const { desk, store } = await anOffice([sam]);
    const request = aRequest({ resourceIds: [sam.id], idempotencyKey: 'k1' });
    const outcomes = await Promise.all([1, 2, 3, 4].map(() => desk.book(tenant, request)));
    expect(new Set(outcomes.map((o) => granted(o).id)).size).to.equal(1);
    const all = (await store.events.bookings(tenant, anyBooking)).data;
    expect(all).to.have.length(1);
    expect(await ledgerOf(store, [sam], all, june)).to.deep.equal(clean);
  });

  it('under one external reference with other times is refused, with the same ones it is the same booking', async () => {
    const { desk } = await anOffice([sam, tim]);
    const request = aRequest({ resourceIds: [sam.id], externalRef: 'J-1' });
    const first = granted(await desk.book(tenant, request));
    expect(await desk.book(tenant, request)).to.deep.equal({ kind: 'existing', event: first });
    for (const other of [{ span: span('12:00', '13:00') }, { resourceIds: [tim.id] }]) {
      expect(await desk.book(tenant, { ...request, ...other })).to.deep.equal({
        kind: 'external-ref-taken',
        event: first,
      });
    }
  });

  it('with one external reference at the same moment leaves one booking and no rows of the loser', async () => {
    const { desk, store } = await anOffice([sam, tim]);
    const outcomes = await Promise.all([
      desk.book(tenant, aRequest({ resourceIds: [sam.id], externalRef: 'J-1' })),
      desk.book(tenant, aRequest({ resourceIds: [tim.id], externalRef: 'J-1' })),
    ]);
    expect(outcomes.map((o) => o.kind).sort()).to.deep.equal(['booked', 'external-ref-taken']);
    const all = (await store.events.bookings(tenant, anyBooking)).data;
    expect(await ledgerOf(store, [sam, tim], all, june)).to.deep.equal(clean);
    expect(all).to.have.length(1);
  });
});

describe('Booking by requirements', () => {
  it('chooses somebody able and free with the fewest jobs that day', async () => {
    const gas = [{ skill: 'gas', level: 2, validUntil: null }];
    const [a, b, c] = [technician('a', { skills: gas }), technician('b', { skills: gas }), technician('c')];
    const { desk } = await anOffice([a, b, c]);
    granted(await desk.book(tenant, aRequest({ resourceIds: [a.id], span: span('14:00', '15:00') })));
    const request = aRequest({ assign: [need({ skills: [{ skill: 'gas', level: 2 }] })] });
    expect(granted(await desk.book(tenant, request)).resources).to.deep.equal([b.id]);
    expect(granted(await desk.book(tenant, request)).resources).to.deep.equal([a.id]);
    const third = await desk.book(tenant, request);
    if (third.kind !== 'slot-taken') return expect.fail(third.kind);
    expect(third.conflicts.map((o) => o.resourceId)).to.have.members([a.id, b.id]);
    expect(third.alternatives).to.have.length(3);
  });

  it('is refused in words when nobody could ever do it', async () => {
    const { desk } = await anOffice([technician('a', { skills: [{ skill: 'gas', level: 1, validUntil: null }] })]);
    const outcome = await desk.book(tenant, aRequest({ assign: [need({ skills: [{ skill: 'gas', level: 2 }] })] }));
    expect(outcome).to.include({ kind: 'rule-violation', rule: 'no-match' });
  });

  it('gives racing requests different people while there are any', async () => {
    const crew = ['a', 'b', 'c'].map((name) => technician(name));
    const { desk } = await anOffice(crew);
    const outcomes = await Promise.all([1, 2, 3, 4].map(() => desk.book(tenant, aRequest({ assign: [need()] }))));
    expect(outcomes.map((o) => o.kind).sort()).to.deep.equal(['booked', 'booked', 'booked', 'slot-taken']);
  });
});
