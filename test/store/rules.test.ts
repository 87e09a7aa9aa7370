import { expect } from 'chai';
import fc from 'fast-check';
import type { ClaimId } from '../../src/domain/ids.ts';
import { newId } from '../../src/domain/ids.ts';
import type { SheetRow } from '../../src/domain/resource.ts';
import { peak } from '../../src/domain/sheet-row.ts';
import type { Instant } from '../../src/domain/time.ts';
import { dayMs } from '../../src/domain/time.ts';
import {
  endless,
  extentOfEvent,
  linkKeysOf,
  narrowed,
  owedTo,
  planClaim,
  planPut,
  planTransfer,
} from '../../src/store/rules.ts';
import { aLink, anEvent, aRow, at, someFields, zoned } from '../kit/builders.ts';

const claims = ['a', 'b', 'c', 'd'] as ClaimId[];
/** Rows on a small grid, so that they touch and overlap often. */
const aGridRow = fc
  .record({
    claim: fc.constantFrom(...claims),
    start: fc.integer({ min: 0, max: 20 }),
    length: fc.integer({ min: 1, max: 8 }),
    quantity: fc.integer({ min: 1, max: 3 }),
    firm: fc.boolean(),
    until: fc.integer({ min: 0, max: 10 }),
    version: fc.integer({ min: 0, max: 3 }),
  })
  .map(({ claim, start, length, quantity, firm, until, version }): SheetRow => {
    const span = { start: start as Instant, end: (start + length) as Instant };
    return aRow({ claim, eventId: null, ...span, quantity, firm, until: firm ? null : (until as Instant), version });
  });
const someRows = fc.array(aGridRow, { maxLength: 10 });
const now = 5 as Instant;
const isLive = (row: SheetRow) => row.firm || row.until === null || row.until > now;
const useAt = (rows: readonly SheetRow[], instant: number) =>
  rows.filter((r) => r.start <= instant && instant < r.end).reduce((sum, r) => sum + r.quantity, 0);
const instants = Array.from({ length: 30 }, (_, i) => i);

describe('the use of a resource', () => {
  it('is the highest sum at any single instant of the span', () => {
    fc.assert(
      fc.property(someRows, aGridRow, (rows, span) => {
        const inside = instants.filter((i) => span.start <= i && i < span.end);
        expect(peak(rows, span)).to.equal(Math.max(...inside.map((i) => useAt(rows, i))));
      }),
    );
  });
});

describe('a claim', () => {
  it('is admitted exactly when no instant of it gets over the capacity with the live rows of others', () => {
    fc.assert(
      fc.property(someRows, aGridRow, fc.integer({ min: 1, max: 5 }), (rows, given, capacity) => {
        const row = { ...given, claim: 'new' as ClaimId };
        const after = [...rows.filter(isLive), row];
        const inside = instants.filter((i) => row.start <= i && i < row.end);
        const fits = inside.every((i) => useAt(after, i) <= capacity);
        const plan = planClaim(rows, row, capacity, now);
        expect(plan.kind).to.equal(fits ? 'add' : 'taken');
        if (plan.kind === 'add') expect(plan.rows).to.deep.equal([...rows, row]);
        if (plan.kind === 'taken') expect(plan.by.every(isLive)).to.equal(true);
      }),
    );
  });

  it('changes nothing when it is planned again on its own outcome', () => {
    fc.assert(
      fc.property(someRows, aGridRow, (rows, given) => {
        const row = { ...given, firm: true, until: null };
        const plan = planClaim(rows, row, 4, now);
        if (plan.kind === 'add') expect(planClaim(plan.rows, row, 4, now)).to.deep.equal({ kind: 'kept' });
      }),
    );
  });

  it('does not bring an older version back over a newer row of its own', () => {
    const newer = aRow({ version: 4 });
    expect(planClaim([newer], { ...newer, version: 3 }, 1, now)).to.deep.equal({ kind: 'kept' });
  });
});

describe('a put', () => {
  it('never touches the rows of other claims and changes nothing when repeated', () => {
    fc.assert(
      fc.property(someRows, someRows, fc.option(fc.integer({ min: 0, max: 3 }), { nil: undefined }), (rows, own, v) => {
        const put = own.map((row) => ({ ...row, claim: claims[0]! }));
        const after = planPut(rows, claims[0]!, put, v) ?? rows;
        const others = (all: readonly SheetRow[]) => all.filter((row) => row.claim !== claims[0]);
        expect(others(after)).to.deep.equal(others(rows));
        // A firm row beyond the stated version makes the repetition late, and a late put changes nothing either.
        const again = planPut(after, claims[0]!, put, v);
        if (v === undefined || put.every((row) => row.version <= v)) expect(again).to.equal(null);
      }),
    );
  });

  it('removes no firm row of a newer version', () => {
    fc.assert(
      fc.property(someRows, fc.integer({ min: 0, max: 3 }), (rows, version) => {
        const newer = (all: readonly SheetRow[]) => all.filter((r) => r.claim === claims[0] && r.version > version);
        const after = planPut(rows, claims[0]!, [], version) ?? rows;
        expect(newer(after)).to.have.members(newer(rows));
      }),
    );
  });
});

describe('a transfer', () => {
  it('takes over a live hold that is large enough and nothing else', () => {
    const held = aRow({ claim: 'hold' as ClaimId, firm: false, until: 6 as Instant, version: 0, quantity: 2 });
    const row = aRow({ quantity: 2 });
    expect(planTransfer([held], held.claim, row, now)).to.deep.equal([row]);
    expect(planTransfer([held], held.claim, row, 6 as Instant)).to.equal(null);
    expect(planTransfer([held], held.claim, { ...row, quantity: 3 }, now)).to.equal(null);
    expect(planTransfer([held], held.claim, { ...row, end: (row.end + 1) as Instant }, now)).to.equal(null);
    expect(planTransfer([row], held.claim, row, now)).to.equal('kept');
  });
});

describe('the extent of an event', () => {
  it('is its own span where its times are fixed, and has no end where its series has none', () => {
    expect(extentOfEvent(anEvent())).to.deep.equal({
      start: at('2027-06-01T10:00:00Z'),
      end: at('2027-06-01T11:00:00Z'),
    });
    const daily = someFields({ series: { rules: ['FREQ=DAILY'], extraDates: [] } });
    expect(extentOfEvent(anEvent({ fields: daily })).end).to.equal(endless);
  });

  it('reaches an occurrence that was moved far away', () => {
    const moved = someFields({ start: zoned('2028-03-01T10:00'), end: zoned('2028-03-01T11:00') });
    const { series: _series, instances: _instances, ...fields } = moved;
    const series = { rules: ['FREQ=DAILY;COUNT=3'], extraDates: [] };
    const event = anEvent({ fields: someFields({ series, instances: { ['2027-06-02T10:00:00' as never]: fields } }) });
    expect(extentOfEvent(event).end).to.equal(at('2028-03-01T11:00:00Z'));
  });

  it('holds a whole day in every zone, and its narrow side lies inside it in every zone', () => {
    const days = someFields({
      start: { kind: 'date', day: '2027-06-10' as never },
      end: { kind: 'date', day: '2027-06-14' as never },
    });
    const wide = extentOfEvent(anEvent({ fields: days }));
    const narrow = narrowed(wide, true);
    for (let offset = -12; offset <= 14; offset += 1) {
      const start = at('2027-06-10T00:00:00Z') - offset * 3_600_000;
      const end = start + 4 * dayMs;
      expect(wide.start).to.be.at.most(start);
      expect(wide.end).to.be.at.least(end);
      expect(narrow.start).to.be.at.least(start);
      expect(narrow.end).to.be.at.most(end);
    }
  });
});

describe('keys and debts of an event', () => {
  it('has one debt per calendar, from the earliest moment at which a link may be tried', () => {
    const calendarId = newId('calendar');
    const links = [
      aLink({ calendarId, retryAt: 9 as Instant }),
      aLink({ calendarId, retryAt: 4 as Instant }),
      aLink({ settledVersion: 2 }),
    ];
    expect(owedTo(anEvent({ version: 2, links }))).to.deep.equal([{ to: calendarId, from: 4 }]);
  });

  it('names every key once', () => {
    const link = aLink();
    expect(linkKeysOf(anEvent({ links: [link, link] }))).to.have.length(1);
    expect(linkKeysOf(anEvent())).to.deep.equal([]);
  });
});
