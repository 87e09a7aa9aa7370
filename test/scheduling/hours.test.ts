/** Working hours and the grid over changes of the clock, midnight and the date line. */
import { expect } from 'chai';
import type { HoursOverride, WorkingHours } from '../../src/domain/resource.ts';
import type { Span, Zone } from '../../src/domain/time.ts';
import { formatInstant } from '../../src/domain/time.ts';
import { gridStarts, nextOnGrid } from '../../src/scheduling/grid.ts';
import { workingSpans } from '../../src/scheduling/hours.ts';
import { at, day } from '../kit/builders.ts';
import { span } from '../kit/desk.ts';

const everyDay = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
const hours = (zone: string, from: string, to: string, overrides: readonly HoursOverride[] = []) => ({
  zone: zone as Zone,
  workingHours: [{ days: everyDay, from, to } satisfies WorkingHours],
  overrides,
});
const text = (spans: readonly Span[]) => spans.map((s) => `${formatInstant(s.start)}/${formatInstant(s.end)}`);
const berlin = 'Europe/Berlin';

describe('Working hours', () => {
  it('are the whole window where none are given', () => {
    const window = span('2027-06-01T00:00:00Z', '2027-06-02T00:00:00Z');
    expect(workingSpans({ zone: berlin as Zone, workingHours: [], overrides: [] }, window)).to.deep.equal([window]);
  });

  it('keep their ends on the wall clock when it changes', () => {
    const spring = span('2027-03-27T00:00:00Z', '2027-03-29T12:00:00Z');
    expect(text(workingSpans(hours(berlin, '08:00', '10:00'), spring))).to.deep.equal([
      '2027-03-27T07:00:00Z/2027-03-27T09:00:00Z',
      '2027-03-28T06:00:00Z/2027-03-28T08:00:00Z',
      '2027-03-29T06:00:00Z/2027-03-29T08:00:00Z',
    ]);
  });

  it('of a night shift are an hour shorter in spring and longer in autumn', () => {
    const length = (window: Span) =>
      workingSpans(hours(berlin, '22:00', '30:00'), window).map((s) => (s.end - s.start) / 3_600_000);
    expect(length(span('2027-03-27T18:00:00Z', '2027-03-28T12:00:00Z'))).to.deep.equal([7]);
    expect(length(span('2027-10-30T18:00:00Z', '2027-10-31T12:00:00Z'))).to.deep.equal([9]);
    expect(length(span('2027-06-01T18:00:00Z', '2027-06-02T12:00:00Z'))).to.deep.equal([8]);
  });

  it('that start in a gap start when it ends; in a fold they start first and end last', () => {
    const spring = span('2027-03-28T00:00:00Z', '2027-03-28T12:00:00Z');
    expect(text(workingSpans(hours(berlin, '02:30', '05:00'), spring))).to.deep.equal([
      '2027-03-28T01:00:00Z/2027-03-28T03:00:00Z',
    ]);
    expect(text(workingSpans(hours(berlin, '01:00', '02:30'), spring))).to.deep.equal([
      '2027-03-28T00:00:00Z/2027-03-28T01:00:00Z',
    ]);
    const autumn = span('2027-10-30T22:00:00Z', '2027-10-31T12:00:00Z');
    expect(text(workingSpans(hours(berlin, '02:30', '05:00'), autumn))).to.deep.equal([
      '2027-10-31T00:30:00Z/2027-10-31T04:00:00Z',
    ]);
    expect(text(workingSpans(hours(berlin, '01:00', '02:30'), autumn))).to.deep.equal([
      '2027-10-30T23:00:00Z/2027-10-31T01:30:00Z',
    ]);
  });

  it('give way to the exceptions of a date, an empty one closes it', () => {
    const window = span('2027-06-01T00:00:00Z', '2027-06-04T00:00:00Z');
    const overrides = [
      { date: day('2027-06-01'), spans: [] },
      {
        date: day('2027-06-02'),
        spans: [
          { from: '10:00', to: '11:00' },
          { from: '12:00', to: '13:00' },
        ],
      },
    ];
    expect(text(workingSpans(hours('UTC', '08:00', '09:00', overrides), window))).to.deep.equal([
      '2027-06-02T10:00:00Z/2027-06-02T11:00:00Z',
      '2027-06-02T12:00:00Z/2027-06-02T13:00:00Z',
      '2027-06-03T08:00:00Z/2027-06-03T09:00:00Z',
    ]);
    const open = workingSpans({ zone: 'UTC' as Zone, workingHours: [], overrides: [overrides[0]!] }, window);
    expect(text(open)).to.deep.equal(['2027-06-02T00:00:00Z/2027-06-04T00:00:00Z']);
  });

  it('reach in from a shift that began two days before, and skip a day that a zone skipped', () => {
    const morning = span('2027-06-03T00:00:00Z', '2027-06-03T01:00:00Z');
    const long = {
      zone: 'UTC' as Zone,
      workingHours: [{ days: ['tue' as const], from: '20:00', to: '48:00' }],
      overrides: [],
    };
    expect(workingSpans(long, morning)).to.deep.equal([]);
    expect(text(workingSpans(long, span('2027-06-02T23:00:00Z', '2027-06-03T01:00:00Z')))).to.deep.equal([
      '2027-06-02T23:00:00Z/2027-06-03T00:00:00Z',
    ]);
    const apia = workingSpans(
      hours('Pacific/Apia', '08:00', '10:00'),
      span('2011-12-29T12:00:00Z', '2011-12-31T12:00:00Z'),
    );
    expect(text(apia)).to.deep.equal([
      '2011-12-29T18:00:00Z/2011-12-29T20:00:00Z',
      '2011-12-30T18:00:00Z/2011-12-30T20:00:00Z',
    ]);
  });

  it('that are not times of day, or end before they start, count as not given', () => {
    const window = span('2027-06-01T00:00:00Z', '2027-06-02T00:00:00Z');
    expect(workingSpans(hours('UTC', '8am', '10:00'), window)).to.deep.equal([]);
    expect(workingSpans(hours('UTC', '10:00', '08:00'), window)).to.deep.equal([]);
    expect(workingSpans(hours('UTC', '08:00', '10:00'), { start: window.end, end: window.start })).to.deep.equal([]);
  });
});

describe('The grid of starts', () => {
  const next = (when: string, minutes: number, zone: string) =>
    formatInstant(nextOnGrid(at(when), minutes * 60_000, zone as Zone));

  it('lies on the wall clock of zones with odd offsets', () => {
    expect(next('2027-06-01T10:01:00Z', 60, 'Asia/Kathmandu')).to.equal('2027-06-01T10:15:00Z');
    expect(next('2027-06-01T10:15:00Z', 60, 'Asia/Kathmandu')).to.equal('2027-06-01T10:15:00Z');
  });

  it('goes on without a doubled or lost line over a change of the clock', () => {
    const lines = (zone: string, window: Span) =>
      [...gridStarts(window, 0, 3_600_000, zone as Zone)].map(formatInstant);
    expect(lines(berlin, span('2027-10-30T23:30:00Z', '2027-10-31T02:00:00Z'))).to.deep.equal([
      '2027-10-31T00:00:00Z',
      '2027-10-31T01:00:00Z',
      '2027-10-31T02:00:00Z',
    ]);
    // Lord Howe moves by half an hour: 02:00 becomes 01:30, so the next whole hour is half an hour away.
    expect(lines('Australia/Lord_Howe', span('2027-04-03T13:30:00Z', '2027-04-03T16:00:00Z'))).to.deep.equal([
      '2027-04-03T14:00:00Z',
      '2027-04-03T15:30:00Z',
    ]);
  });

  it('begins anew at local midnight when the step does not divide the day', () => {
    expect(next('2027-06-01T22:31:00Z', 90, 'UTC')).to.equal('2027-06-02T00:00:00Z');
    expect(next('2027-06-01T20:00:00Z', 7 * 60, 'UTC')).to.equal('2027-06-01T21:00:00Z');
    expect(next('2027-06-01T21:01:00Z', 7 * 60, 'UTC')).to.equal('2027-06-02T00:00:00Z');
  });
});
