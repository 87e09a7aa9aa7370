/** Instants, days, durations and wall time. */
import { expect } from 'chai';
import fc from 'fast-check';
import type { CalendarDay, EventTime, Instant, WallTime } from '../../src/domain/time.ts';
import {
  addDays,
  addWallMs,
  equalTime,
  formatDuration,
  formatInstant,
  parseDay,
  parseDuration,
  parseInstant,
  utcMs,
  wallDifferenceMs,
  wallMs,
} from '../../src/domain/time.ts';
import { zoned } from '../kit/builders.ts';

describe('an instant', () => {
  it('is read with every offset and fraction that RFC 3339 allows', () => {
    expect(parseInstant('2027-03-28T01:30:00Z')).to.equal(Date.UTC(2027, 2, 28, 1, 30));
    expect(parseInstant('2027-03-28t03:30:00.25+02:00')).to.equal(Date.UTC(2027, 2, 28, 1, 30, 0, 250));
    expect(parseInstant('2027-03-27T20:30:00-05:00')).to.equal(Date.UTC(2027, 2, 28, 1, 30));
    expect(parseInstant('2027-03-28T01:30:00.123456789z')).to.equal(Date.UTC(2027, 2, 28, 1, 30, 0, 123));
  });

  for (const text of [
    ...[
      '2027-02-29T00:00:00Z',
      '2027-13-01T00:00:00Z',
      '2027-01-01T24:00:00Z',
      '2027-01-01T00:60:00Z',
      '2027-01-01T00:00:60Z',
    ],
    ...['2027-01-01T00:00:00', '2027-01-01', '2027-01-01T00:00Z', '1899-12-31T00:00:00Z', '2200-01-01T00:00:00Z'],
    ...['2027-01-01T00:00:00+24:00', '2027-01-01T00:00:00+0100', ' 2027-01-01T00:00:00Z', '', 'now'],
  ]) {
    it(`is not ${JSON.stringify(text)}`, () => expect(parseInstant(text)).to.equal(null));
  }

  it('is written so that it is read again, to the millisecond', () => {
    fc.assert(
      fc.property(fc.integer({ min: Date.UTC(1900, 0, 1), max: Date.UTC(2199, 11, 31) }), (ms) => {
        expect(parseInstant(formatInstant(ms as Instant))).to.equal(ms);
      }),
    );
    expect(formatInstant(0 as Instant)).to.equal('1970-01-01T00:00:00Z');
    expect(formatInstant(1 as Instant)).to.equal('1970-01-01T00:00:00.001Z');
  });
});

describe('a day', () => {
  it('exists or is refused', () => {
    expect(parseDay('2028-02-29')).to.equal('2028-02-29');
    for (const text of ['2027-02-29', '2027-04-31', '2027-4-1', '2027-04-01T00:00:00', ''])
      expect(parseDay(text)).to.equal(null);
  });

  it('is moved by days over months and years', () => {
    expect(addDays('2027-12-31' as CalendarDay, 1)).to.equal('2028-01-01');
    expect(addDays('2028-03-01' as CalendarDay, -1)).to.equal('2028-02-29');
  });
});

describe('a duration', () => {
  const lengths: readonly [text: string, ms: number | null][] = [
    ['PT90M', 5_400_000],
    ['P1DT2H', 93_600_000],
    ['P2W', 1_209_600_000],
    ['PT0S', 0],
    ...['P', 'PT', 'P1DT', '1H', '-PT1H', 'P1.5D', 'P1W2D', 'P1M', 'pt1h', ''].map((text): [string, null] => [
      text,
      null,
    ]),
  ];
  for (const [text, ms] of lengths) {
    it(`${JSON.stringify(text)} is ${ms ?? 'refused'}`, () => expect(parseDuration(text)).to.equal(ms));
  }
});

describe('wall time', () => {
  it('counts as if it were UTC, in years below 100 as well', () => {
    expect(wallMs('1970-01-02T00:00:01')).to.equal(86_401_000);
    expect(wallMs('1970-01-02')).to.equal(86_400_000);
    expect(new Date(utcMs(99, 1, 1)).toISOString()).to.equal('0099-01-01T00:00:00.000Z');
    expect(() => wallMs('yesterday')).to.throw(RangeError);
  });

  it('is moved and measured on the clock, whatever zones do', () => {
    fc.assert(
      fc.property(fc.integer({ min: -1e9, max: 4e9 }), fc.integer({ min: -1e8, max: 1e8 }), (from, by) => {
        const wall = new Date(from * 1000).toISOString().slice(0, 19) as WallTime;
        expect(wallDifferenceMs(wall, addWallMs(wall, by * 1000))).to.equal(by * 1000);
      }),
    );
  });

  it('is the same time only in the same form and zone', () => {
    const times: readonly EventTime[] = [
      zoned('2027-01-01T00:00', 'UTC'),
      zoned('2027-01-01T00:00', 'Europe/Berlin'),
      zoned('2027-01-01T00:01', 'UTC'),
      { kind: 'floating', wall: '2027-01-01T00:00:00' as WallTime },
      { kind: 'date', day: '2027-01-01' as CalendarDay },
      { kind: 'date', day: '2027-01-02' as CalendarDay },
    ];
    times.forEach((a, i) => {
      times.forEach((b, k) => {
        expect(equalTime(a, { ...b })).to.equal(i === k);
      });
    });
  });
});

describe('a duration that is written', () => {
  it('is read as the same length, in the largest unit that says it whole', () => {
    const lengths = [0, 1_000, 60_000, 90_000, 3_600_000, 5_400_000, 86_400_000];
    expect(lengths.map(formatDuration)).to.deep.equal(['PT0M', 'PT1S', 'PT1M', 'PT90S', 'PT1H', 'PT90M', 'PT24H']);
    expect(lengths.map((ms) => parseDuration(formatDuration(ms)))).to.deep.equal(lengths);
  });
});
