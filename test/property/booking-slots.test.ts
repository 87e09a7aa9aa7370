/** Slots and alternatives against an oracle that looks at every minute of small worlds and tries every choice. */
import { expect } from 'chai';
import fc from 'fast-check';
import type { DaySheet, Resource, SheetRow, Weekday } from '../../src/domain/resource.ts';
import type { Instant, Span, Zone } from '../../src/domain/time.ts';
import { addDays, wallMs } from '../../src/domain/time.ts';
import { dayOf, instantToWall } from '../../src/domain/zone.ts';
import { alternativesFor } from '../../src/scheduling/alternatives.ts';
import { slotsIn } from '../../src/scheduling/availability.ts';
import type { Requirement } from '../../src/scheduling/desk.ts';
import { diaryOf } from '../../src/scheduling/diary.ts';
import { aRow, at, day } from '../kit/builders.ts';
import { technician, tenant } from '../kit/desk.ts';

const minuteMs = 60_000;
const weekdays: readonly Weekday[] = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const now = at('2027-01-01T00:00:00Z');

/** Windows over both changes of the clock of Europe and of Lord Howe, and an ordinary day. */
const starts = ['2027-06-01T05:00:00Z', '2027-03-27T20:00:00Z', '2027-10-30T20:00:00Z', '2027-04-03T10:00:00Z'].map(at);
const zones = ['UTC', 'Europe/Berlin', 'Asia/Kathmandu', 'Australia/Lord_Howe'] as Zone[];

interface World {
  readonly window: Span;
  readonly resources: readonly Resource[];
  readonly sheets: readonly DaySheet[];
  readonly zone: Zone;
}

/** Ends of shifts lie outside the hours that a wall clock skips or repeats: those have tests of their own. */
const aShift = fc
  .tuple(fc.constantFrom(0, 3, 4, 7, 8.5, 9, 12), fc.constantFrom(1, 1.5, 4, 6.5, 13))
  .map(([from, length]) => ({ from, to: from + length }))
  .filter(({ to }) => (to % 24 <= 0.5 || to % 24 >= 3.5) && to <= 48)
  .map(({ from, to }) => ({ days: weekdays, from: clock(from), to: clock(to) }));
function clock(hour: number): string {
  return `${String(Math.floor(hour)).padStart(2, '0')}:${hour % 1 === 0 ? '00' : '30'}`;
}

const aWorld: fc.Arbitrary<World> = fc
  .record({
    start: fc.constantFrom(...starts),
    zone: fc.constantFrom(...zones),
    staff: fc.array(
      fc.record({
        hours: fc.array(aShift, { maxLength: 2 }),
        quantity: fc.integer({ min: 1, max: 2 }),
        level: fc.integer({ min: 0, max: 2 }),
        expires: fc.option(fc.constantFrom('2027-06-01', '2027-03-27', '2027-03-28', '2027-10-31')),
        rows: fc.array(fc.record({ at: fc.nat(20), length: fc.integer({ min: 1, max: 8 }), kind: fc.nat(2) }), {
          maxLength: 4,
        }),
        closed: fc.option(fc.constantFrom('2027-06-01', '2027-03-28', '2027-10-31', '2027-04-04')),
      }),
      { minLength: 1, maxLength: 4 },
    ),
  })
  .map(({ start, zone, staff }) => {
    const resources = staff.map((s, i) =>
      technician(`r${i}`, {
        zone,
        quantity: s.quantity,
        workingHours: s.hours,
        overrides: s.closed === null ? [] : [{ date: day(s.closed), spans: [] }],
        skills:
          s.level === 0
            ? []
            : [{ skill: 'gas', level: s.level, validUntil: s.expires === null ? null : day(s.expires) }],
      }),
    );
    const sheets = staff.map((s, i) =>
      sheetOf(
        resources[i]!,
        s.rows.map((r) => rowAt(start, r)),
      ),
    );
    return { window: { start, end: (start + 10 * 60 * minuteMs) as Instant }, resources, sheets, zone };
  });

const kinds = ['booking', 'calendar', 'hold'] as const;
function rowAt(start: Instant, r: { at: number; length: number; kind: number }): SheetRow {
  const from = (start + (r.at - 2) * 30 * minuteMs) as Instant;
  return aRow({ start: from, end: (from + r.length * 15 * minuteMs) as Instant, kind: kinds[r.kind]! });
}
const sheetOf = (resource: Resource, rows: readonly SheetRow[]): DaySheet => ({
  tenantId: tenant,
  resourceId: resource.id,
  day: day('2027-06-01'),
  version: 1,
  rows,
});

const diaries = (world: World) => world.resources.map((r) => diaryOf(r, world.sheets, widened(world.window), now));
const widened = (s: Span): Span => ({ start: (s.start - 2e8) as Instant, end: (s.end + 2e8) as Instant });

/** The oracle: whether a resource can take one more for one minute. */
function canTake(world: World, r: Resource, minute: Instant): boolean {
  const wall = wallMs(instantToWall(minute, r.zone));
  const today = dayOf(minute, r.zone);
  const works = [0, -1, -2].some((back) => {
    const date = addDays(today, back);
    const exceptions = r.overrides.filter((o) => o.date === date);
    const minutes = (text: string) => Number(text.slice(0, 2)) * 60 + Number(text.slice(3));
    const into = (wall - wallMs(date)) / minuteMs;
    if (exceptions.length > 0)
      return exceptions.some((o) => o.spans.some((s) => minutes(s.from) <= into && into < minutes(s.to)));
    if (r.workingHours.length === 0) return back === 0;
    return r.workingHours.some((h) => minutes(h.from) <= into && into < minutes(h.to));
  });
  const rows = world.sheets.find((s) => s.resourceId === r.id)!.rows;
  return works && rows.filter((row) => row.start <= minute && minute < row.end).length < r.quantity;
}

function isFree(world: World, r: Resource, span: Span): boolean {
  for (let t = span.start; t < span.end; t = (t + minuteMs) as Instant) if (!canTake(world, r, t)) return false;
  return true;
}

function* everyStart(world: World, lengthMs: number, stepMinutes: number): Generator<Span> {
  for (let t = world.window.start; t + lengthMs <= world.window.end; t = (t + minuteMs) as Instant) {
    const wall = instantToWall(t, world.zone);
    const minutes = Number(wall.slice(11, 13)) * 60 + Number(wall.slice(14, 16));
    if (minutes % stepMinutes === 0 && wall.endsWith(':00')) yield { start: t, end: (t + lengthMs) as Instant };
  }
}

/** Tries every choice of distinct resources. */
function canServe(world: World, units: readonly Requirement[], free: readonly Resource[], span: Span): boolean {
  const [need, ...rest] = units;
  if (need === undefined) return true;
  return free.some(
    (r) =>
      fits(need, r, span) &&
      canServe(
        world,
        rest,
        free.filter((other) => other !== r),
        span,
      ),
  );
}
const fits = (need: Requirement, r: Resource, span: Span): boolean =>
  need.skills.every((s) =>
    r.skills.some(
      (has) =>
        has.skill === s.skill &&
        (has.level ?? 0) >= (s.level ?? 0) &&
        (has.validUntil === null || dayOf((span.end - 1) as Instant, r.zone) <= has.validUntil),
    ),
  );

const aNeed: fc.Arbitrary<Requirement> = fc.record({
  kind: fc.constant('technician' as const),
  skills: fc.constantFrom([], [{ skill: 'gas', level: 1 }], [{ skill: 'gas', level: 2 }]),
  territoryId: fc.constant(null),
  quantity: fc.integer({ min: 1, max: 2 }),
});
const aLength = fc.constantFrom(30, 45, 60, 150).map((minutes) => minutes * minuteMs);
const aStepSize = fc.constantFrom(15, 30, 60);

describe('Slots that are offered', function () {
  this.timeout(600_000);
  it('of named resources are exactly the starts on the grid at which every minute of each is free', () => {
    fc.assert(
      fc.property(aWorld, aLength, aStepSize, (world, durationMs, step) => {
        const query = {
          ...world,
          durationMs,
          granularityMs: step * minuteMs,
          requires: null,
          limit: 9999,
          explain: true,
        };
        const { slots, why } = slotsIn(query, diaries(world));
        const all = [...everyStart(world, durationMs, step)];
        const free = all.filter((span) => world.resources.every((r) => isFree(world, r, span)));
        expect(slots.map((s) => s.start)).to.deep.equal(free.map((s) => s.start));
        const refused = all.length - free.length;
        expect(Object.values(why!).every((count) => count <= refused)).to.equal(true);
        expect(Object.keys(why!).length > 0).to.equal(refused > 0);
      }),
      { numRuns: 150 },
    );
  });

  it('for requirements are exactly those for which some choice of people exists, and name such a choice', () => {
    fc.assert(
      fc.property(aWorld, fc.array(aNeed, { minLength: 1, maxLength: 2 }), aLength, (world, requires, durationMs) => {
        const query = { ...world, durationMs, granularityMs: 30 * minuteMs, requires, limit: 9999, explain: true };
        const { slots } = slotsIn(query, diaries(world));
        const units = requires.flatMap((need) => Array.from({ length: need.quantity }, () => need));
        const possible = [...everyStart(world, durationMs, 30)].filter((span) => {
          const free = world.resources.filter((r) => isFree(world, r, span));
          return canServe(world, units, free, span);
        });
        expect(slots.map((s) => s.start)).to.deep.equal(possible.map((s) => s.start));
        for (const slot of slots) {
          expect(new Set(slot.resourceIds).size).to.equal(units.length);
          for (const [i, need] of units.entries()) {
            const r = world.resources.find((x) => x.id === slot.resourceIds[i])!;
            expect(fits(need, r, slot) && isFree(world, r, slot)).to.equal(true);
          }
        }
      }),
      { numRuns: 150 },
    );
  });

  it('are fewer with one more busy row, and more with one more person to choose from', () => {
    const one: Requirement = { kind: 'technician', skills: [], territoryId: null, quantity: 1 };
    fc.assert(
      fc.property(aWorld, fc.nat(20), fc.integer({ min: 1, max: 8 }), (world, from, length) => {
        const ask = (w: World) => {
          const query = {
            ...w,
            durationMs: 60 * minuteMs,
            granularityMs: 30 * minuteMs,
            requires: [one],
            limit: 9999,
            explain: false,
          };
          return slotsIn(query, diaries(w)).slots.map((s) => s.start);
        };
        const before = ask(world);
        const row = rowAt(world.window.start, { at: from, length, kind: 1 });
        const [first, ...others] = world.sheets;
        const busier = { ...world, sheets: [{ ...first!, rows: [...first!.rows, row] }, ...others] };
        expect(before).to.include.members(ask(busier));
        const more = technician('new', { zone: world.zone });
        const larger = {
          ...world,
          resources: [...world.resources, more],
          sheets: [...world.sheets, sheetOf(more, [])],
        };
        expect(ask(larger)).to.include.members(before);
      }),
      { numRuns: 100 },
    );
  });
});

describe('Alternatives to a lost slot', function () {
  this.timeout(600_000);
  it('are distinct, free, never the lost one, and as near as there are any', () => {
    fc.assert(
      fc.property(aWorld, fc.nat(19), aLength, fc.boolean(), (world, from, lengthMs, byNeed) => {
        const start = (world.window.start + from * 30 * minuteMs) as Instant;
        const requires = byNeed ? [{ kind: 'technician' as const, skills: [], territoryId: null, quantity: 1 }] : null;
        const resourceIds = requires === null ? world.resources.map((r) => r.id) : [];
        const lost = { start, end: (start + lengthMs) as Instant, resourceIds };
        const query = { ...world, lost, granularityMs: 15 * minuteMs, requires, limit: 3 };
        const found = alternativesFor(query, diaries(world));
        const isPossible = (span: Span) =>
          requires === null
            ? span.start !== start && world.resources.every((r) => isFree(world, r, span))
            : world.resources.some((r) => isFree(world, r, span));
        const possible = [...everyStart(world, lengthMs, 15)].filter(isPossible);
        const away = (span: Span) => Math.abs(span.start - start);
        const isOffGrid = !possible.some((s) => s.start === start) && found.some((s) => s.start === start);
        expect(found).to.have.length(Math.min(3, possible.length + (isOffGrid ? 1 : 0)));
        for (const slot of found) {
          expect(isPossible(slot)).to.equal(true);
          expect(slot).to.not.deep.equal(lost);
        }
        expect(new Set(found.map((s) => s.start)).size).to.equal(found.length);
        expect(found.map(away)).to.deep.equal(found.map(away).toSorted((a, b) => a - b));
        if (found.length > 0) expect(away(found[0]!)).to.be.at.most(Math.min(...possible.map(away)));
      }),
      { numRuns: 150 },
    );
  });
});
