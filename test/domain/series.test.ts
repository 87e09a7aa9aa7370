/** How events become occurrences: time zones, overrides, limits, extents. */
import { expect } from 'chai';
import fc from 'fast-check';
import type { EventFields, InstanceKey } from '../../src/domain/event.ts';
import { expand, extentOf, instanceKeyFor, instanceKeyIn, spanOf } from '../../src/domain/series.ts';
import type { EventTime, Instant, Span, Zone } from '../../src/domain/time.ts';
import { formatInstant } from '../../src/domain/time.ts';
import { anyFields, anyZone } from '../kit/arbitrary-fields.ts';
import { at, day, someFields, zoned } from '../kit/builders.ts';

const berlin = 'Europe/Berlin' as Zone;
const date = (text: string): EventTime => ({ kind: 'date', day: day(text) });
const floating = (wall: string): EventTime => ({ kind: 'floating', wall: `${wall}:00` as never });
const between = (start: string, end: string): Span => ({
  start: at(`${start}T00:00:00Z`),
  end: at(`${end}T00:00:00Z`),
});
const year = between('2027-01-01', '2028-01-01');

function series(start: EventTime, end: EventTime, rules: string | readonly string[], over: Partial<EventFields> = {}) {
  return someFields({ start, end, series: { rules: [rules].flat(), extraDates: [] }, ...over });
}
const startsOf = (fields: EventFields, window: Span = year, zone = berlin) =>
  expand(fields, window, zone).occurrences.map(({ span }) => formatInstant(span.start));
const spansOf = (fields: EventFields, window: Span = year) =>
  expand(fields, window, berlin).occurrences.map(
    ({ span }) => `${formatInstant(span.start)}/${formatInstant(span.end)}`,
  );
const daysOf = (fields: EventFields, window: Span = year) =>
  expand(fields, window, berlin).occurrences.map(({ key }) => key);
const ten = zoned('2027-03-26T10:00', berlin);
const eleven = zoned('2027-03-26T11:00', berlin);

describe('a single event', () => {
  it('is its own only occurrence, without a key, when it touches the window', () => {
    const fields = someFields();
    const [only, ...rest] = expand(fields, between('2027-06-01', '2027-06-02'), berlin).occurrences;
    expect(rest).to.deep.equal([]);
    expect(only).to.deep.include({
      key: null,
      span: { start: at('2027-06-01T10:00:00Z'), end: at('2027-06-01T11:00:00Z') },
    });
    expect(only?.fields).not.to.have.any.keys('series', 'instances');
  });

  it('touches a window in which it ends later, and not one that begins at its end', () => {
    const touches = (start: string, end: string) =>
      expand(someFields(), { start: at(start), end: at(end) }, berlin).occurrences.length === 1;
    expect(touches('2027-06-01T10:59:59Z', '2027-06-01T12:00:00Z')).to.equal(true);
    expect(touches('2027-06-01T11:00:00Z', '2027-06-01T12:00:00Z')).to.equal(false);
    expect(touches('2027-06-01T09:00:00Z', '2027-06-01T10:00:00Z')).to.equal(false);
  });

  it('without length touches where it starts, and a cancelled one touches nothing', () => {
    const point = someFields({ end: zoned('2027-06-01T10:00') });
    expect(
      expand(point, { start: at('2027-06-01T10:00:00Z'), end: at('2027-06-01T11:00:00Z') }, berlin).occurrences,
    ).to.have.length(1);
    expect(expand(someFields({ status: 'cancelled' }), year, berlin).occurrences).to.deep.equal([]);
  });

  it('of days lasts from midnight to midnight of the given zone, 23 hours when summer time begins', () => {
    const span = spanOf({ start: date('2027-03-28'), end: date('2027-03-29') }, berlin);
    expect((span.end - span.start) / 3_600_000).to.equal(23);
    expect(spanOf({ start: date('2027-03-28'), end: date('2027-03-28') }, berlin)).to.deep.equal(span);
  });

  it('that ends before it starts covers nothing', () => {
    const span = spanOf({ start: eleven, end: ten }, berlin);
    expect(span.end).to.equal(span.start);
  });
});

describe('a series', () => {
  it('keeps its wall time when summer time begins and ends', () => {
    expect(startsOf(series(ten, eleven, 'FREQ=DAILY;COUNT=3'))).to.deep.equal([
      '2027-03-26T09:00:00Z',
      '2027-03-27T09:00:00Z',
      '2027-03-28T08:00:00Z',
    ]);
    expect(
      startsOf(series(floating('2027-10-30T10:00'), floating('2027-10-30T11:00'), 'FREQ=DAILY;COUNT=2')),
    ).to.deep.equal(['2027-10-30T08:00:00Z', '2027-10-31T09:00:00Z']);
  });

  it('moves a start on that the clock skips, and keeps its length; takes the first of an hour that comes twice', () => {
    const night = series(zoned('2027-03-27T02:30', berlin), zoned('2027-03-27T03:00', berlin), 'FREQ=DAILY;COUNT=2');
    expect(spansOf(night)[1]).to.equal('2027-03-28T01:30:00Z/2027-03-28T02:00:00Z');
    const autumn = series(zoned('2027-10-30T02:30', berlin), zoned('2027-10-30T02:45', berlin), 'FREQ=DAILY;COUNT=2');
    expect(spansOf(autumn)[1]).to.equal('2027-10-31T00:30:00Z/2027-10-31T00:45:00Z');
  });

  it('keeps its exact length where start and end have different zones', () => {
    const flight = series(ten, zoned('2027-03-26T08:00', 'America/New_York'), 'FREQ=DAILY;COUNT=3');
    expect(spansOf(flight)[2]).to.equal('2027-03-28T08:00:00Z/2027-03-28T11:00:00Z');
  });

  it('skips days that do not exist', () => {
    const long = between('2024-01-01', '2034-01-01');
    expect(daysOf(series(date('2024-02-29'), date('2024-03-01'), 'FREQ=YEARLY'), long)).to.deep.equal([
      '2024-02-29',
      '2028-02-29',
      '2032-02-29',
    ]);
    expect(daysOf(series(date('2027-01-31'), date('2027-02-01'), 'FREQ=MONTHLY;COUNT=3'))).to.deep.equal([
      '2027-01-31',
      '2027-03-31',
      '2027-05-31',
    ]);
    expect(daysOf(series(date('2027-02-01'), date('2027-02-02'), 'FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30'))).to.deep.equal(
      ['2027-02-01'],
    );
  });

  it('has its first start in any case, counted, also when the rule does not give it', () => {
    const fridays = series(
      zoned('2027-03-25T10:00', berlin),
      zoned('2027-03-25T11:00', berlin),
      'FREQ=WEEKLY;BYDAY=FR;COUNT=3',
    );
    expect(daysOf(fridays)).to.deep.equal(['2027-03-25T10:00:00', '2027-03-26T10:00:00', '2027-04-02T10:00:00']);
    expect(daysOf({ ...fridays, series: { rules: [], extraDates: [zoned('2027-03-30T08:00')] } })).to.deep.equal([
      '2027-03-25T10:00:00',
      '2027-03-30T10:00:00',
    ]);
  });

  const untils: readonly [form: string, start: EventTime, until: string, last: string][] = [
    ['in UTC, included', ten, '20270328T080000Z', '2027-03-28T10:00:00'],
    ['in UTC, just before', ten, '20270328T075959Z', '2027-03-27T10:00:00'],
    ['as a day, which lets in all of it', ten, '20270328', '2027-03-28T10:00:00'],
    ['in local time', ten, '20270328T100000', '2027-03-28T10:00:00'],
    ['as a day of days', date('2027-03-26'), '20270328', '2027-03-28'],
    ['in UTC at local midnight of days', date('2027-03-26'), '20270327T230000Z', '2027-03-28'],
    ['in UTC midnight of days', date('2027-03-26'), '20270328T000000Z', '2027-03-28'],
  ];
  for (const [form, start, until, last] of untils) {
    it(`ends with an UNTIL ${form}`, () => {
      const fields = series(start, start, `FREQ=DAILY;UNTIL=${until}`);
      expect(daysOf(fields).at(-1)).to.equal(last);
      expect(extentOf(fields, berlin).end).to.equal(expand(fields, year, berlin).occurrences.at(-1)?.span.end);
    });
  }

  it('counts before occurrences are deleted, and joins rules and dates without doubles', () => {
    const instances = { ['2027-03-27T10:00:00' as InstanceKey]: 'cancelled' as const };
    const rules = ['FREQ=DAILY;COUNT=3', 'FREQ=DAILY;INTERVAL=2;COUNT=2'];
    const extraDates = [zoned('2027-03-28T08:00')];
    expect(daysOf(series(ten, eleven, [], { series: { rules, extraDates }, instances }))).to.deep.equal([
      '2027-03-26T10:00:00',
      '2027-03-28T10:00:00',
    ]);
  });

  it('shows a changed occurrence where it is now, not where it was', () => {
    const {
      series: _s,
      instances: _i,
      ...own
    } = someFields({ title: 'Moved', start: zoned('2027-08-01T10:00'), end: zoned('2027-08-01T12:00') });
    const fields = series(ten, eleven, 'FREQ=DAILY;COUNT=3', {
      instances: { ['2027-03-27T10:00:00' as InstanceKey]: own },
    });
    const [moved, ...none] = expand(fields, between('2027-08-01', '2027-08-02'), berlin).occurrences;
    expect(none).to.deep.equal([]);
    expect(moved).to.deep.include({ key: '2027-03-27T10:00:00', fields: own });
    expect(daysOf(fields, between('2027-03-01', '2027-04-01'))).to.deep.equal([
      '2027-03-26T10:00:00',
      '2027-03-28T10:00:00',
    ]);
    const gone = {
      ...fields,
      instances: { ['2027-03-27T10:00:00' as InstanceKey]: { ...own, status: 'cancelled' as const } },
    };
    expect(daysOf(gone)).to.have.length(2);
    expect(extentOf(fields, berlin).end).to.equal(at('2027-08-01T12:00:00Z'));
  });

  it('finds a long occurrence that began before the window', () => {
    const weeks = series(date('2027-01-01'), date('2027-01-22'), 'FREQ=MONTHLY');
    expect(daysOf(weeks, between('2027-05-20', '2027-05-21'))).to.deep.equal(['2027-05-01']);
  });
});

describe('the limits of an expansion', () => {
  it('tell from when on nothing is known', () => {
    const fields = series(ten, eleven, 'FREQ=DAILY');
    const cut = expand(fields, year, berlin, { maxOccurrences: 2 });
    expect(cut).to.deep.include({ complete: false, upTo: at('2027-03-28T08:00:00Z') });
    expect(cut.occurrences).to.have.length(2);
    expect(expand(fields, year, berlin)).to.include({ complete: true, upTo: year.end });
  });

  it('stop rules that give too much, give nothing, or are none, and keep the first start', () => {
    const rules = [
      'FREQ=SECONDLY',
      'FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30;COUNT=2',
      'FREQ=NEVER',
      'FREQ=YEARLY;COUNT=999999',
      '',
    ];
    for (const rule of rules) {
      const result = expand(series(ten, eleven, rule), year, berlin);
      expect(result.occurrences[0]?.key, rule).to.equal('2027-03-26T10:00:00');
    }
    expect(expand(series(ten, eleven, 'FREQ=SECONDLY'), year, berlin).complete).to.equal(false);
    expect(expand(series(ten, eleven, 'FREQ=NEVER'), year, berlin)).to.deep.include({ complete: false });
    expect(extentOf(series(ten, eleven, 'FREQ=NEVER'), berlin).end).to.equal(null);
  });

  it('never throw, and the extent holds every occurrence', () => {
    fc.assert(
      fc.property(anyFields, anyZone, (fields, zone) => {
        const extent = extentOf(fields, zone);
        const found = expand(fields, { start: at('1980-01-01T00:00:00Z'), end: at('2035-01-01T00:00:00Z') }, zone, {
          maxOccurrences: 300,
        });
        for (const { span } of found.occurrences) {
          expect(span.start).to.be.at.least(extent.start);
          expect(span.end).to.be.at.most(extent.end ?? Number.POSITIVE_INFINITY);
          expect(span.end).to.be.at.least(span.start);
        }
        const starts = found.occurrences.map(({ span }) => span.start);
        expect(starts).to.deep.equal([...starts].sort((a, b) => a - b));
      }),
      { numRuns: 500 },
    );
  });

  it('are the same for an event at the end of all years', () => {
    const last = {
      start: zoned('9998-12-31T23:00', 'America/New_York'),
      end: zoned('9998-12-31T23:30', 'America/New_York'),
    };
    const fields = series(last.start, last.end, 'FREQ=DAILY;COUNT=9999');
    const window = { start: 253_370_000_000_000 as Instant, end: 253_402_300_000_000 as Instant };
    expect(expand(fields, window, berlin).occurrences.length).to.be.greaterThan(100);
    expect(extentOf(fields, berlin).start).to.be.a('number');
  });
});

describe('the key of an occurrence', () => {
  it('is its original start in the form of the series, whatever it is written in', () => {
    expect([instanceKeyFor(ten), instanceKeyFor(date('2027-03-26'))]).to.deep.equal([
      '2027-03-26T10:00:00',
      '2027-03-26',
    ]);
    for (const other of [
      zoned('2027-03-26T09:00'),
      zoned('2027-03-26T05:00', 'America/New_York'),
      date('2027-03-26'),
      floating('2027-03-26T10:00'),
    ]) {
      expect(instanceKeyIn(ten, other, berlin)).to.equal('2027-03-26T10:00:00');
    }
    expect(instanceKeyIn(date('2027-03-26'), zoned('2027-03-26T23:00'), berlin)).to.equal('2027-03-27');
    expect(instanceKeyIn(date('2027-03-26'), zoned('2027-03-27T00:00'), berlin)).to.equal('2027-03-27');
  });
});
