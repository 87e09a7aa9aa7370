/** The algebra of spans against the plain set of minutes that they cover. */
import { expect } from 'chai';
import fc from 'fast-check';
import { intersect, overlaps, subtract, union, utcDaysOf } from '../../src/domain/span.ts';
import type { Instant, Span } from '../../src/domain/time.ts';
import { at } from '../kit/builders.ts';

const span = (start: number, end: number): Span => ({ start: start as Instant, end: end as Instant });
const spans = fc.array(
  fc.tuple(fc.nat(40), fc.integer({ min: -2, max: 8 })).map(([start, length]) => span(start, start + length)),
  { maxLength: 8 },
);
const points = (list: readonly Span[]) =>
  new Set(list.flatMap(({ start, end }) => Array.from({ length: Math.max(0, end - start) }, (_, k) => start + k)));
const sorted = (set: ReadonlySet<number>) => [...set].sort((a, b) => a - b);

function isTidy(list: readonly Span[]): boolean {
  return list.every(({ start, end }, i) => start < end && (i === 0 || list[i - 1]!.end < start));
}

describe('spans', () => {
  it('are half open: they touch without overlapping', () => {
    expect(overlaps(span(0, 10), span(10, 20))).to.equal(false);
    expect(overlaps(span(0, 11), span(10, 20))).to.equal(true);
    expect(overlaps(span(12, 13), span(10, 20))).to.equal(true);
    expect(overlaps(span(15, 15), span(0, 10))).to.equal(false);
  });

  it('join into sorted disjoint ones that cover the same', () => {
    fc.assert(
      fc.property(spans, (list) => {
        const joined = union(list);
        expect(isTidy(joined)).to.equal(true);
        expect(sorted(points(joined))).to.deep.equal(sorted(points(list)));
        expect(union(joined)).to.deep.equal(joined);
      }),
    );
  });

  it('lose exactly what is taken away', () => {
    fc.assert(
      fc.property(spans, spans, (list, minus) => {
        const left = subtract(list, minus);
        const taken = points(minus);
        expect(isTidy(left)).to.equal(true);
        expect(sorted(points(left))).to.deep.equal(sorted(points(list)).filter((point) => !taken.has(point)));
      }),
      { numRuns: 500 },
    );
  });

  it('meet in exactly what both cover', () => {
    fc.assert(
      fc.property(spans, spans, (a, b) => {
        const both = intersect(a, b);
        const other = points(b);
        expect(both.every(({ start, end }) => start < end)).to.equal(true);
        expect(sorted(points(both))).to.deep.equal(sorted(points(a)).filter((point) => other.has(point)));
        expect(intersect(b, a)).to.deep.equal(both);
      }),
      { numRuns: 500 },
    );
  });

  it('touch UTC days, the last one only when they reach into it', () => {
    const days = (start: string, end: string) => utcDaysOf({ start: at(start), end: at(end) });
    expect(days('2027-03-28T23:00:00Z', '2027-03-29T00:00:00Z')).to.deep.equal(['2027-03-28']);
    expect(days('2027-03-28T23:00:00Z', '2027-03-30T00:00:01Z')).to.deep.equal([
      '2027-03-28',
      '2027-03-29',
      '2027-03-30',
    ]);
    expect(days('2027-03-28T23:00:00Z', '2027-03-28T23:00:00Z')).to.deep.equal([]);
    expect(days('1969-12-31T23:00:00Z', '1970-01-01T01:00:00Z')).to.deep.equal(['1969-12-31', '1970-01-01']);
  });
});
