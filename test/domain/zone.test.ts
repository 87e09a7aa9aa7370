/** Zone arithmetic, around every kind of clock change. */
import { expect } from 'chai';
import fc from 'fast-check';
import type { CalendarDay, Instant, WallTime, Zone } from '../../src/domain/time.ts';
import { formatInstant, utcZone } from '../../src/domain/time.ts';
import {
  asZone,
  dayOf,
  instantToWall,
  offsetMsAt,
  startOfDay,
  toInstant,
  wallToInstant,
  zonedTime,
} from '../../src/domain/zone.ts';
import { at } from '../kit/builders.ts';

const zone = (name: string): Zone => asZone(name) ?? expect.fail(`no zone ${name}`);
const instantOf = (wall: string, name: string) => formatInstant(wallToInstant(`${wall}:00` as WallTime, zone(name)));

describe('a zone', () => {
  it('is known by its IANA name, and not by an offset, an abbreviation of nobody or a word', () => {
    for (const name of ['UTC', 'Europe/Berlin', 'Etc/GMT+5', 'America/Argentina/Buenos_Aires'])
      expect(asZone(name)).to.equal(name);
    for (const name of ['', '+01:00', '-0500', 'Europe/Nowhere', 'W. Europe Standard Time', 'a'.repeat(65), 'x y']) {
      expect(asZone(name)).to.equal(null);
    }
  });

  it('throws for a name that was never checked', () => {
    expect(() => offsetMsAt('Europe/Nowhere' as Zone, 0 as Instant)).to.throw(RangeError, 'Europe/Nowhere');
  });
});

describe('wall time in a zone', () => {
  const cases: readonly [situation: string, wall: string, zone: string, instant: string][] = [
    ['in winter', '2027-01-15T12:00', 'Europe/Berlin', '2027-01-15T11:00:00Z'],
    ['in summer', '2027-07-15T12:00', 'Europe/Berlin', '2027-07-15T10:00:00Z'],
    ['just before the gap', '2027-03-28T01:59', 'Europe/Berlin', '2027-03-28T00:59:00Z'],
    ['in the gap, moved on', '2027-03-28T02:30', 'Europe/Berlin', '2027-03-28T01:30:00Z'],
    ['just after the gap', '2027-03-28T03:00', 'Europe/Berlin', '2027-03-28T01:00:00Z'],
    ['in the fold, the first of two', '2027-10-31T02:30', 'Europe/Berlin', '2027-10-31T00:30:00Z'],
    ['just after the fold', '2027-10-31T03:00', 'Europe/Berlin', '2027-10-31T02:00:00Z'],
    ['in the gap of the west', '2027-03-14T02:30', 'America/New_York', '2027-03-14T07:30:00Z'],
    ['in a gap of half an hour', '2027-10-03T02:15', 'Australia/Lord_Howe', '2027-10-02T15:45:00Z'],
    ['with an offset of quarters', '2027-01-01T00:00', 'Asia/Kathmandu', '2026-12-31T18:15:00Z'],
    ['in a day that was skipped', '2011-12-30T12:00', 'Pacific/Apia', '2011-12-30T22:00:00Z'],
    ['in UTC', '2027-03-28T02:30', 'UTC', '2027-03-28T02:30:00Z'],
  ];
  for (const [situation, wall, name, instant] of cases) {
    it(`is one instant ${situation}`, () => expect(instantOf(wall, name)).to.equal(instant));
  }

  it('comes back from its instant, except in a gap', () => {
    const zones = fc.constantFrom(
      'Europe/Berlin',
      'America/Santiago',
      'Asia/Kolkata',
      'Australia/Lord_Howe',
      'Africa/Casablanca',
    );
    fc.assert(
      fc.property(zones, fc.integer({ min: 0, max: 41_000_000 }), (name, minute) => {
        const instant = (minute * 60_000) as Instant;
        const wall = instantToWall(instant, zone(name));
        const again = wallToInstant(wall, zone(name));
        // In a fold the earlier of both instants is meant: never a later one.
        expect(again).to.be.at.most(instant);
        expect(instantToWall(again, zone(name))).to.equal(wall);
      }),
      { numRuns: 500 },
    );
  });

  it('agrees with the platform on the day', () => {
    expect(dayOf(at('2027-03-27T23:30:00Z'), zone('Europe/Berlin'))).to.equal('2027-03-28');
    expect(dayOf(at('2027-03-27T23:30:00Z'), utcZone)).to.equal('2027-03-27');
  });
});

describe('a day in a zone', () => {
  const begin = (day: string, name: string) => formatInstant(startOfDay(day as CalendarDay, zone(name)));
  it('begins at midnight, or at the first instant that exists', () => {
    expect(begin('2027-03-28', 'Europe/Berlin')).to.equal('2027-03-27T23:00:00Z');
    expect(begin('2018-11-04', 'America/Sao_Paulo')).to.equal('2018-11-04T03:00:00Z');
  });
});

describe('a time of an event', () => {
  it('is in its own zone, or in the given one where it floats or is a day', () => {
    const berlin = zone('Europe/Berlin');
    const wall = '2027-01-01T12:00:00' as WallTime;
    expect(toInstant({ kind: 'zoned', wall, zone: utcZone }, berlin)).to.equal(at('2027-01-01T12:00:00Z'));
    expect(toInstant({ kind: 'floating', wall }, berlin)).to.equal(at('2027-01-01T11:00:00Z'));
    expect(toInstant({ kind: 'date', day: '2027-01-01' as CalendarDay }, berlin)).to.equal(at('2026-12-31T23:00:00Z'));
    expect(zonedTime(at('2027-01-01T11:00:00Z'), berlin)).to.deep.equal({ kind: 'zoned', wall, zone: berlin });
  });
});
