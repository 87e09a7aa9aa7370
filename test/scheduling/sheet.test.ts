/** The rules of day sheets: which rows an event has, how they move, who clashes. */
import { expect } from 'chai';
import type { InstanceFields } from '../../src/domain/event.ts';
import { claimOfEvent, newId } from '../../src/domain/ids.ts';
import type { DaySheet, SheetRow } from '../../src/domain/resource.ts';
import { expand } from '../../src/domain/series.ts';
import { isLive } from '../../src/domain/sheet-row.ts';
import { subtract } from '../../src/domain/span.ts';
import type { Zone } from '../../src/domain/time.ts';
import { utcZone } from '../../src/domain/time.ts';
import type { SheetContext } from '../../src/scheduling/sheet.ts';
import {
  blocks,
  busySpans,
  clashes,
  coveredUntil,
  overlapConflictId,
  rowsFor,
  sheetMoves,
  uncover,
} from '../../src/scheduling/sheet.ts';
import { anEvent, aRow, at, day, defaultBusyRules, someFields, zoned } from '../kit/builders.ts';
import { technician, tenant } from '../kit/desk.ts';

const sam = technician('sam');
const ctx: SheetContext = {
  window: { start: at('2027-05-01T00:00:00Z'), end: at('2027-08-01T00:00:00Z') },
  zoneOf: () => utcZone,
  rules: defaultBusyRules,
};
const dated = (from: string, to: string) =>
  someFields({ start: { kind: 'date', day: day(from) }, end: { kind: 'date', day: day(to) } });
const onSam = (fields = someFields(), version = 1) =>
  anEvent({ id: 'evt_one' as never, resources: [sam.id], fields, version });
const weekly = someFields({ series: { rules: ['FREQ=WEEKLY'], extraDates: [] } });
const aBooking = (over = {}) => ({ booking: { status: 'confirmed', ...over } as never });

describe('Rows of an event', () => {
  it('are whole on every UTC day that it touches', () => {
    const puts = rowsFor(onSam(someFields({ end: zoned('2027-06-03T01:00') })), ctx);
    expect(puts.map((put) => put.day)).to.deep.equal(['2027-06-01', '2027-06-02', '2027-06-03']);
    for (const put of puts) {
      expect(put.rows).to.have.length(1);
      expect(put.rows[0]).to.include({
        start: at('2027-06-01T10:00:00Z'),
        end: at('2027-06-03T01:00:00Z'),
        firm: true,
      });
    }
  });

  it('are none when it is deleted, cancelled, of no length, or free by the rules of its calendar', () => {
    expect(rowsFor({ ...onSam(), deletedAt: at('2027-05-01T00:00:00Z') }, ctx)).to.deep.equal([]);
    expect(rowsFor(onSam(someFields({ status: 'cancelled' })), ctx)).to.deep.equal([]);
    expect(rowsFor(onSam(someFields({ end: zoned('2027-06-01T10:00') })), ctx)).to.deep.equal([]);
    expect(rowsFor(onSam(someFields({ busy: 'free' })), ctx)).to.deep.equal([]);
    expect(rowsFor({ ...onSam(), ...aBooking({ status: 'cancelled' }) }, ctx)).to.deep.equal([]);
  });

  it('are there for a booking whatever it is called and wherever the window lies', () => {
    const far = someFields({ start: zoned('2030-01-01T10:00'), end: zoned('2030-01-01T11:00'), busy: 'free' });
    expect(rowsFor({ ...onSam(far), ...aBooking() }, ctx)[0]?.rows[0]?.kind).to.equal('booking');
  });

  it('of a whole day lie in the zone of the resource', () => {
    const east = { ...ctx, zoneOf: () => 'Asia/Tokyo' as Zone };
    const [put] = rowsFor(onSam(dated('2027-06-02', '2027-06-03')), east);
    expect(put?.rows[0]).to.include({ start: at('2027-06-01T15:00:00Z'), end: at('2027-06-02T15:00:00Z') });
  });

  it('of a series reach as far as the window, and overlapping occurrences are one row', () => {
    const puts = rowsFor(onSam(weekly), ctx);
    expect(puts).to.have.length(9);
    expect(puts.at(-1)?.day).to.equal('2027-07-27');
    const crowded = someFields({ ...weekly, end: zoned('2027-06-10T10:00') });
    const rows = rowsFor(onSam(crowded), ctx).flatMap((put) => put.rows);
    expect(new Set(rows.map((row) => row.start)).size).to.equal(1);
    expect(coveredUntil(onSam(weekly), ctx)).to.equal(ctx.window.end);
    expect(coveredUntil(onSam(), ctx)).to.equal(null);
  });

  it('of a series too dense to follow to its end take everything behind what is known', () => {
    const dense = someFields({
      ...{ start: zoned('2027-06-01T10:00'), end: zoned('2027-06-01T10:05') },
      series: { rules: ['FREQ=MINUTELY;INTERVAL=10'], extraDates: [] },
    });
    const { complete, upTo } = expand(dense, ctx.window, utcZone);
    expect(complete).to.equal(false);
    expect(upTo).to.be.below(ctx.window.end);
    const spans = busySpans(onSam(dense), ctx, utcZone);
    expect(subtract([{ start: upTo, end: ctx.window.end }], spans)).to.deep.equal([]);
  });

  it('of an event that lasts for centuries are only those inside the window', () => {
    const ever = someFields({ start: zoned('1950-01-01T00:00'), end: zoned('2190-01-01T00:00') });
    expect(rowsFor(onSam(ever), ctx)).to.have.length(92);
  });
});

describe('What blocks', () => {
  const yes: InstanceFields = someFields();
  it('is every kind that the rules let block, and all that apply must agree', () => {
    const cases: readonly [Partial<InstanceFields>, keyof typeof defaultBusyRules][] = [
      [{ busy: 'free' }, 'free'],
      [{ busy: 'tentative' }, 'tentative'],
      [{ status: 'tentative' }, 'tentative'],
      [{ busy: 'away' }, 'away'],
      [{ start: { kind: 'date', day: day('2027-06-01') } }, 'allDay'],
      [{ response: 'declined' }, 'declined'],
      [{ response: 'unanswered' }, 'unanswered'],
      [{ privacy: 'private' }, 'private'],
    ];
    const all = {
      free: true,
      tentative: true,
      away: true,
      allDay: true,
      declined: true,
      unanswered: true,
      private: true,
    };
    for (const [fields, rule] of cases) {
      expect(blocks({ ...yes, ...fields }, all), rule).to.equal(true);
      expect(blocks({ ...yes, ...fields }, { ...all, [rule]: false }), rule).to.equal(false);
      expect(blocks({ ...yes, ...fields }, null), rule).to.equal(true);
    }
    expect(blocks({ ...yes, status: 'cancelled' }, null)).to.equal(false);
    expect(blocks(yes, defaultBusyRules)).to.equal(true);
  });

  it('is a pending row only before its end', () => {
    const until = at('2027-06-01T00:00:00Z');
    expect(isLive(aRow({ firm: false, until }), (until - 1) as typeof until)).to.equal(true);
    expect(isLive(aRow({ firm: false, until }), until)).to.equal(false);
    expect(isLive(aRow(), until)).to.equal(true);
  });
});

describe('Moving rows', () => {
  const moved = someFields({ start: zoned('2027-06-02T10:00'), end: zoned('2027-06-02T11:00') });

  it('of a new event needs no settling', () => {
    const { cover, settle } = sheetMoves(null, onSam(), ctx);
    expect(cover).to.deep.equal(rowsFor(onSam(), ctx));
    expect(settle).to.deep.equal([]);
  });

  it('covers the new day before the old one is given up', () => {
    const { cover, settle } = sheetMoves(onSam(), onSam(moved, 2), ctx);
    expect(cover.map((put) => [put.day, put.rows.length])).to.deep.equal([['2027-06-02', 1]]);
    expect(settle.map((put) => [put.day, put.rows.length])).to.deep.equal([['2027-06-01', 0]]);
  });

  it('within a day holds both until it is settled', () => {
    const within = someFields({ start: zoned('2027-06-01T15:00'), end: zoned('2027-06-01T16:00') });
    const { cover, settle } = sheetMoves(onSam(), onSam(within, 2), ctx);
    expect(cover[0]?.rows.map((row) => [row.start, row.version])).to.have.deep.members([
      [at('2027-06-01T10:00:00Z'), 2],
      [at('2027-06-01T15:00:00Z'), 2],
    ]);
    expect(settle[0]?.rows.map((row) => row.start)).to.deep.equal([at('2027-06-01T15:00:00Z')]);
  });

  it('is nothing when only words change', () => {
    expect(sheetMoves(onSam(), onSam(someFields({ title: 'Other' }), 2), ctx)).to.deep.equal({ cover: [], settle: [] });
  });

  it('of a deleted event only settles', () => {
    const { cover, settle } = sheetMoves(
      onSam(),
      { ...onSam(), version: 2, deletedAt: at('2027-05-01T00:00:00Z') },
      ctx,
    );
    expect(cover).to.deep.equal([]);
    expect(settle).to.deep.equal([{ ...rowsFor(onSam(), ctx)[0], rows: [], version: 2 }]);
  });

  it('of a series writes what the window has shown since it was covered', () => {
    const before = { ...onSam(weekly), coveredUntil: at('2027-07-15T00:00:00Z') };
    const { cover, settle } = sheetMoves(before, { ...before, version: 2 }, ctx);
    expect(cover.map((put) => put.day)).to.deep.equal(['2027-07-20', '2027-07-27']);
    expect(settle).to.deep.equal([]);
  });

  it('that was covered in vain is taken back to what the event is', () => {
    const { cover } = sheetMoves(onSam(), onSam(moved, 2), ctx);
    expect(uncover(cover, onSam(), ctx)).to.deep.equal([{ ...cover[0], rows: [], version: 2 }]);
  });
});

describe('Clashes', () => {
  const own = aRow();
  const self = { id: own.eventId! };
  const sheet = (...rows: SheetRow[]): DaySheet => ({
    tenantId: tenant,
    resourceId: sam.id,
    day: day('2027-06-01'),
    version: 1,
    rows,
  });
  const now = at('2027-06-01T00:00:00Z');

  it('are live rows of others that overlap, each once however many days it touches', () => {
    const beside = aRow({ start: at('2027-06-01T10:59:00Z'), end: at('2027-06-02T10:00:00Z') });
    const touching = aRow({ start: own.end, end: at('2027-06-01T12:00:00Z') });
    const ended = aRow({ firm: false, until: now });
    const sheets = [sheet(own, beside, touching, ended), { ...sheet(own, beside), day: day('2027-06-02') }];
    expect(clashes(self, sheets, now)).to.deep.equal([beside]);
  });

  it('are none where there is room for all', () => {
    const others = [aRow(), aRow({ start: at('2027-06-01T10:30:00Z') })];
    expect(clashes(self, [sheet(own, ...others)], now, () => 3)).to.deep.equal([]);
    expect(clashes(self, [sheet(own, ...others)], now, () => 2)).to.have.length(2);
    const apart = [aRow({ end: at('2027-06-01T10:30:00Z') }), aRow({ start: at('2027-06-01T10:30:00Z') })];
    expect(clashes(self, [sheet(own, ...apart)], now, () => 2)).to.deep.equal([]);
  });

  it('have one name, whichever side finds them', () => {
    const other = aRow({ claim: claimOfEvent(newId('event')) });
    expect(overlapConflictId(own, other)).to.equal(overlapConflictId(other, own));
  });
});
