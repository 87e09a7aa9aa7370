/** Invariant 17: a series keeps its wall time over changes of the clock, and a day never becomes an instant. */
import { expect } from 'chai';
import fc from 'fast-check';
import { projectICalendar } from '../../mappings/caldav.ts';
import { projectGoogle } from '../../mappings/google.ts';
import { expand } from '../../src/domain/series.ts';
import type { CalendarDay, EventTime, Instant, WallTime, Zone } from '../../src/domain/time.ts';
import { addDays, dayMs } from '../../src/domain/time.ts';
import { instantToWall, startOfDay, wallToInstant } from '../../src/domain/zone.ts';
import { someFields } from '../kit/builders.ts';
import { suiteSeed } from '../kit/fuzz.ts';

const zones = [
  'Europe/Berlin',
  'America/New_York',
  'Australia/Lord_Howe',
  'Africa/Casablanca',
  'America/Santiago',
  'UTC',
];
const zone = fc.constantFrom(...zones).map((name) => name as Zone);
const firstDay = fc.integer({ min: 0, max: 800 }).map((days) => addDays('2026-06-01' as CalendarDay, days));
const minute = fc.integer({ min: 0, max: 1439 });
const rule = fc.constantFrom('FREQ=DAILY', 'FREQ=DAILY;INTERVAL=3', 'FREQ=WEEKLY', 'FREQ=WEEKLY;BYDAY=MO,WE,SU');
const wallOf = (day: CalendarDay, minutes: number): WallTime => {
  const [hour, rest] = [Math.floor(minutes / 60), minutes % 60];
  return `${day}T${String(hour).padStart(2, '0')}:${String(rest).padStart(2, '0')}:00` as WallTime;
};
const inZone = (wall: WallTime, name: Zone): EventTime => ({ kind: 'zoned', wall, zone: name });

describe('invariant 17: wall time and days', function () {
  this.timeout(600_000);
  it('every occurrence of a zoned series begins at the wall time of the first, unless the clock skips it', () => {
    fc.assert(
      fc.property(zone, firstDay, minute, rule, (name, day, minutes, text) => {
        const start = wallOf(day, minutes);
        const fields = someFields({
          ...{ start: inZone(start, name), end: inZone(wallOf(addDays(day, 1), minutes), name) },
          series: { rules: [text], extraDates: [] },
        });
        const from = wallToInstant(start, name);
        const window = { start: from, end: (from + 400 * dayMs) as Instant };
        for (const { span, key } of expand(fields, window, name).occurrences) {
          const wall = key as WallTime;
          expect(wall.slice(10)).to.equal(start.slice(10));
          expect(span.start).to.equal(wallToInstant(wall, name));
          const shown = instantToWall(span.start, name);
          const isSkipped = instantToWall(wallToInstant(wall, name), name) !== wall;
          if (!isSkipped) expect(shown).to.equal(wall);
          else expect(shown > wall, 'a skipped time moves on').to.equal(true);
        }
      }),
      { numRuns: 150, seed: suiteSeed },
    );
  });

  it('whole days stay days from midnight to midnight of whoever reads them, however long these days are', () => {
    fc.assert(
      fc.property(zone, firstDay, fc.integer({ min: 1, max: 4 }), rule, (name, day, days, text) => {
        const time = (n: number): EventTime => ({ kind: 'date', day: addDays(day, n) });
        const fields = someFields({ start: time(0), end: time(days), series: { rules: [text], extraDates: [] } });
        const from = startOfDay(day, name);
        for (const { span, fields: own, key } of expand(
          fields,
          { start: from, end: (from + 200 * dayMs) as Instant },
          name,
        ).occurrences) {
          expect(own.start.kind).to.equal('date');
          expect(span.start).to.equal(startOfDay(key as CalendarDay, name));
          expect(span.end).to.equal(startOfDay(addDays(key as CalendarDay, days), name));
        }
        for (const project of [projectICalendar, projectGoogle]) {
          const { start, end } = project(fields, name);
          expect([start, end]).to.deep.equal([time(0), time(days)]);
        }
      }),
      { numRuns: 150, seed: suiteSeed },
    );
  });
});
