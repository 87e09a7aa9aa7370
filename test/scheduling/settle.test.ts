/** What brings day sheets right again: debts, moving windows, lost rows, rows without an owner, and collisions of facts. */
import { expect } from 'chai';
import type { Event } from '../../src/domain/event.ts';
import { claimOfEvent } from '../../src/domain/ids.ts';
import { dayMs } from '../../src/domain/time.ts';
import { makeAlternatives } from '../../src/scheduling/book.ts';
import { rowsFor } from '../../src/scheduling/sheet.ts';
import { aCalendar, anEvent, day, defaultBusyRules, someFields, zoned } from '../kit/builders.ts';
import type { Office } from '../kit/desk.ts';
import { anOffice, aRequest, granted, span, technician, tenant } from '../kit/desk.ts';
import { clean, ledgerOf } from '../kit/ledger.ts';

const sam = technician('sam');
const june = span('2027-05-30T00:00:00Z', '2027-06-30T00:00:00Z');
const weekly = someFields({ series: { rules: ['FREQ=WEEKLY'], extraDates: [] } });
const stored = async (office: Office, event: Event) => (await office.store.events.get(tenant, event.id))!;
const conflictsOf = async (office: Office) =>
  (await office.store.conflicts.list(tenant, { limit: 9, after: null, state: 'open', eventId: null })).data;

/** An event of a calendar that was saved while its rows were not written. */
async function debt(office: Office, over: Partial<Event> = {}): Promise<Event> {
  const calendar = aCalendar({ resourceId: sam.id });
  await office.store.calendars.insert(calendar);
  const event = anEvent({ resources: [sam.id], origin: calendar.id, sheetVersion: 0, ...over });
  await office.store.events.insert(event);
  return event;
}

describe('Settling', () => {
  it('writes the rows of an event that has none, once', async () => {
    const office = await anOffice([sam]);
    const event = await debt(office);
    expect(await office.desk.settleSheets(10)).to.equal(1);
    expect(await stored(office, event)).to.include({ sheetVersion: 1, version: 1, rev: 2 });
    expect(await ledgerOf(office.store, [sam], [event], june)).to.deep.equal(clean);
    expect(await office.desk.settleSheets(10)).to.equal(0);
  });

  it('goes by the rules and the zone of the calendar that the event came from', async () => {
    const office = await anOffice([sam]);
    const calendar = aCalendar({ resourceId: sam.id, zone: 'Asia/Tokyo' as never, busyRules: defaultBusyRules });
    await office.store.calendars.insert(calendar);
    const fields = someFields({
      start: { kind: 'date', day: day('2027-06-02') },
      end: { kind: 'date', day: day('2027-06-03') },
    });
    await debt(office, { origin: calendar.id, fields });
    await debt(office, { origin: calendar.id, fields: someFields({ busy: 'free' }) });
    expect(await office.desk.settleSheets(10)).to.equal(2);
    const [sheet] = await office.store.sheets.load(tenant, [sam.id], [day('2027-06-01')]);
    expect(sheet?.rows.map((r) => [r.start, r.end])).to.deep.equal([
      [span('2027-06-01T15:00:00Z', '10:00').start, span('10:00', '2027-06-02T15:00:00Z').end],
    ]);
  });

  it('takes away the rows of an earlier state wherever in the window they are', async () => {
    const office = await anOffice([sam]);
    const event = await debt(office);
    await office.desk.settleSheets(10);
    const moved = someFields({ start: zoned('2027-06-20T10:00'), end: zoned('2027-06-20T11:00') });
    const next = { ...(await stored(office, event)), rev: 3, version: 2, fields: moved };
    await office.store.events.save(next);
    await office.desk.settleSheets(10);
    expect(await ledgerOf(office.store, [sam], [next], june)).to.deep.equal(clean);
  });

  it('extends a series as the window moves on, and lets one that has ended rest', async () => {
    const office = await anOffice([sam]);
    const ended = someFields({ series: { rules: ['FREQ=DAILY;COUNT=3'], extraDates: [] } });
    const event = await debt(office, { fields: weekly });
    await debt(office, { fields: { ...ended, start: zoned('2027-06-02T15:00'), end: zoned('2027-06-02T16:00') } });
    expect(await office.desk.settleSheets(10)).to.equal(2);
    const first = (await stored(office, event)).coveredUntil!;
    expect(await office.desk.settleSheets(10)).to.equal(0);
    office.clock.advance(8 * dayMs);
    expect(await office.desk.settleSheets(10)).to.equal(1);
    expect((await stored(office, event)).coveredUntil).to.equal(first + 8 * dayMs);
    expect(await office.desk.settleSheets(10)).to.equal(0);
  });

  it('goes on with the others when one event cannot be settled', async () => {
    const office = await anOffice([sam]);
    const broken = await debt(office, { id: 'evt_broken' as never, resources: [sam.id, sam.id] });
    const event = await debt(office);
    const putMany = office.store.sheets.putMany.bind(office.store.sheets);
    Object.assign(office.store.sheets, {
      putMany: (...args: Parameters<typeof putMany>) =>
        args[1].some((put) => put.claim === claimOfEvent(broken.id))
          ? Promise.reject(new Error('no'))
          : putMany(...args),
    });
    expect(await office.desk.settleSheets(10)).to.equal(1);
    expect((await stored(office, event)).sheetVersion).to.equal(1);
  });

  it('opens one conflict when a fact lands on a booking, and drops neither', async () => {
    const office = await anOffice([sam]);
    const booking = granted(await office.desk.book(tenant, aRequest({ resourceIds: [sam.id] })));
    const fact = await debt(office);
    await office.desk.settleSheets(10);
    await office.desk.rebuild(tenant, fact.id);
    await office.desk.rebuild(tenant, booking.id);
    const [conflict, ...others] = await conflictsOf(office);
    expect(others).to.deep.equal([]);
    expect(conflict).to.include({ kind: 'overlap', eventId: booking.id, isBooking: true, resourceId: sam.id });
    expect(conflict?.other).to.deep.equal({ eventId: fact.id, isBooking: false });
    const ledger = await ledgerOf(office.store, [sam], [booking, fact], june);
    expect(ledger).to.deep.include({ uncovered: [], ghosts: [] });
    expect(ledger.overbooked).to.have.length(2);
  });

  it('of two appointments of calendars at one time is nobody’s conflict', async () => {
    const office = await anOffice([sam]);
    await debt(office);
    await debt(office);
    await office.desk.settleSheets(10);
    expect(await conflictsOf(office)).to.deep.equal([]);
  });
});

describe('Alternatives for an event', () => {
  it('are free slots near its time, and none for a series', async () => {
    const office = await anOffice([sam]);
    const booking = granted(await office.desk.book(tenant, aRequest({ resourceIds: [sam.id] })));
    const ask = makeAlternatives({
      store: office.store,
      settings: { holdMs: 1, windowPastMs: dayMs, windowAheadMs: dayMs * 60 },
    });
    expect((await ask(booking))[0]).to.deep.equal({ ...span('11:00', '12:00'), resourceIds: [sam.id] });
    expect(await ask({ ...booking, fields: weekly })).to.deep.equal([]);
    expect(await ask({ ...booking, resources: ['res_gone' as never] })).to.deep.equal([]);
  });
});

describe('Rebuilding an event', () => {
  it('puts back lost rows and takes away strange ones', async () => {
    const office = await anOffice([sam]);
    const event = granted(await office.desk.book(tenant, aRequest({ resourceIds: [sam.id] })));
    const claim = claimOfEvent(event.id);
    const [put] = rowsFor(event, { window: june, zoneOf: () => sam.zone, rules: null });
    await office.store.sheets.put(tenant, sam.id, day('2027-06-01'), claim, []);
    await office.store.sheets.put(tenant, sam.id, day('2027-06-09'), claim, put!.rows);
    await office.desk.rebuild(tenant, event.id);
    expect(await ledgerOf(office.store, [sam], [event], june)).to.deep.equal(clean);
    await office.desk.rebuild(tenant, 'evt_nobody' as never);
  });
});

describe('A claim', () => {
  it('does not take the time of an event that was saved and lost its rows', async () => {
    const office = await anOffice([sam]);
    const fact = await debt(office);
    const outcome = await office.desk.book(tenant, aRequest({ resourceIds: [sam.id], span: span('10:30', '11:30') }));
    if (outcome.kind !== 'slot-taken') return expect.fail(outcome.kind);
    expect(outcome.conflicts).to.deep.equal([{ resourceId: sam.id, kind: 'calendar', ...span('10:00', '11:00') }]);
    expect((await stored(office, fact)).sheetVersion).to.equal(1);
    expect(await conflictsOf(office)).to.deep.equal([]);
    expect(await ledgerOf(office.store, [sam], [fact], june)).to.deep.equal(clean);
  });

  it('does not take the time of a series beyond the end of its rows, nor is that time offered', async () => {
    const office = await anOffice([sam]);
    await debt(office, { fields: weekly });
    await office.desk.settleSheets(10);
    const far = span('2027-09-07T10:30:00Z', '2027-09-07T11:30:00Z');
    const outcome = await office.desk.book(tenant, aRequest({ resourceIds: [sam.id], span: far }));
    if (outcome.kind !== 'slot-taken') return expect.fail(outcome.kind);
    expect(outcome.conflicts[0]).to.deep.include({ kind: 'calendar', resourceId: sam.id });
    const hour = 3_600_000;
    const query = { durationMs: hour, granularityMs: hour, requires: null, limit: 99, explain: true };
    const window = span('2027-09-07T09:00:00Z', '2027-09-07T12:00:00Z');
    const answer = await office.desk.availability(tenant, { ...query, window, resourceIds: [sam.id] });
    expect(answer.slots.map((s) => s.start)).to.deep.equal([window.start, window.start + 2 * hour]);
    expect(answer.why).to.deep.equal({ BUSY_CALENDAR: 1 });
    for (const slot of answer.slots)
      granted(await office.desk.book(tenant, aRequest({ resourceIds: [sam.id], span: slot })));
  });

  it('is not kept out by a row that its event does not know', async () => {
    const office = await anOffice([sam]);
    const fact = await debt(office);
    await office.desk.settleSheets(10);
    const ghost = {
      ...rowsFor(fact, { window: june, zoneOf: () => sam.zone, rules: null })[0]!.rows[0]!,
      ...span('14:00', '15:00'),
    };
    await office.store.sheets.put(tenant, sam.id, day('2027-06-01'), ghost.claim, [ghost]);
    const event = granted(
      await office.desk.book(tenant, aRequest({ resourceIds: [sam.id], span: span('14:00', '15:00') })),
    );
    expect(await ledgerOf(office.store, [sam], [fact, event], june)).to.deep.equal(clean);
  });
});

describe('Availability', () => {
  it('offers nothing that is past, names how fresh it is, and says why there is nothing', async () => {
    const office = await anOffice([sam]);
    const calendar = aCalendar({ resourceId: sam.id, lastSyncedAt: office.clock.now() });
    await office.store.calendars.insert(calendar);
    const hour = 3_600_000;
    const ask = { durationMs: hour, granularityMs: hour, limit: 10, explain: true };
    const window = span('04:00', '08:00');
    const named = await office.desk.availability(tenant, { ...ask, window, resourceIds: [sam.id], requires: null });
    expect(named.slots.map((s) => s.start)).to.deep.equal([span('06:00', '07:00').start, span('07:00', '08:00').start]);
    const known = { calendarId: calendar.id, resourceId: sam.id, syncedAt: office.clock.now(), problem: null };
    expect(named.freshness).to.deep.equal([known]);
    const anybody = await office.desk.availability(tenant, { ...ask, window, resourceIds: null, requires: null });
    expect(anybody.slots.map((s) => s.resourceIds)).to.deep.equal([[sam.id], [sam.id]]);
    const requires = [{ kind: 'vehicle' as const, skills: [], territoryId: null, quantity: 1 }];
    const none = await office.desk.availability(tenant, { ...ask, window, resourceIds: null, requires });
    expect(none).to.deep.equal({ slots: [], why: { RESOURCE_SHORT: 2 }, freshness: [] });
    const unknown = await office.desk.availability(tenant, {
      ...ask,
      window,
      resourceIds: ['res_x' as never],
      requires: null,
    });
    expect(unknown.why).to.deep.equal({ RESOURCE_SHORT: 2 });
  });

  it('of a long window hears of several days when only few slots are asked for', async () => {
    const office = await anOffice([sam]);
    const hour = 3_600_000;
    const window = span('06:00', '2027-06-05T00:00:00Z');
    const ask = {
      window,
      durationMs: hour,
      granularityMs: hour,
      limit: 4,
      explain: false,
      resourceIds: [sam.id],
      requires: null,
    };
    const { slots } = await office.desk.availability(tenant, ask);
    expect(slots[0]?.start).to.equal(span('06:00', '07:00').start);
    expect(new Set(slots.map((s) => Math.floor((s.start + 0) / (dayMs / 2)))).size).to.equal(4);
  });
});
