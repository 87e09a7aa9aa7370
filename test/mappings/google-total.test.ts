/** Invariant 16: the Google mapping takes any JSON, and what it reads can be expanded, projected and written again. */
import { expect } from 'chai';
import fc from 'fast-check';
import { fromGoogle, insertBody, patchBody, projectGoogle } from '../../mappings/google.ts';
import { plainUnits } from '../../src/domain/event.ts';
import type { EventId } from '../../src/domain/ids.ts';
import { expand } from '../../src/domain/series.ts';
import type { WallTime, Zone } from '../../src/domain/time.ts';
import { at, someFields, zoned } from '../kit/builders.ts';
import { cases, damaged } from '../kit/fuzz.ts';
import { storedAtGoogle } from '../kit/google-rows.ts';

const zone = 'Europe/Berlin' as Zone;
const mark = { eventId: 'evt_0123456789abcdefghij' as EventId, version: 7 };
const window = { start: at('2027-01-01T00:00:00Z'), end: at('2027-12-01T00:00:00Z') };
const { series: _, instances: __, ...occurrence } = someFields({ start: zoned('2027-06-02T15:00', zone) });
const series = someFields({
  ...{ start: zoned('2027-06-01T10:00', zone), end: zoned('2027-06-01T11:00', zone) },
  series: { rules: ['FREQ=DAILY;COUNT=9'], extraDates: [zoned('2027-07-01T10:00', zone)] },
  instances: {
    ['2027-06-03T10:00:00' as WallTime]: 'cancelled',
    ['2027-06-02T10:00:00' as WallTime]: { ...occurrence, end: zoned('2027-06-02T16:00', zone) },
  },
});
const documents = [someFields(), series].map((fields) => storedAtGoogle(projectGoogle(fields, zone), 'a1b2c3', mark));

function digest(document: unknown): void {
  const { master, exceptions } = Object(document) as { readonly master?: unknown; readonly exceptions?: unknown };
  const result = fromGoogle(master, Array.isArray(exceptions) ? exceptions : [exceptions], zone);
  if (result.kind === 'unmappable') {
    expect(result.why).to.not.match(/^reading failed/);
    return;
  }
  expand(result.fields, window, zone, { maxOccurrences: 50 });
  const projected = projectGoogle(result.fields, zone);
  expect(projectGoogle(projected, zone)).to.deep.equal(projected);
  expect(insertBody(projected, { id: 'a1b2c3', mark })).to.have.property('start');
  expect(patchBody(projected, plainUnits, mark)).to.have.property('start');
}

describe('invariant 16: any JSON from Google', () => {
  it('is read or refused, never thrown upon, when a real event was damaged', () => {
    fc.assert(fc.property(damaged(documents), digest), { numRuns: cases(2000) });
  }).timeout(3_600_000);

  it('is read or refused when it is no event at all', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.array(fc.jsonValue(), { maxLength: 3 }), (master, exceptions) =>
        digest({ master, exceptions }),
      ),
      { numRuns: cases(500) },
    );
  }).timeout(3_600_000);
});
