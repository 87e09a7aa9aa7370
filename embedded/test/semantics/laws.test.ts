import { expect } from 'chai';
import fc from 'fast-check';
import { canonicalKey } from '../../semantics/canonical-key.ts';
import { CommandError } from '../../semantics/errors.ts';
import { type Bounds, compileFilter, type Matcher } from '../../semantics/filter.ts';
import { compileSort } from '../../semantics/sort.ts';
import { applyUpdate } from '../../semantics/update.ts';
import { compareValues, type Doc, decode, decodeFields, encode, getPathValues } from '../../semantics/values.ts';
import { documents, fewDocuments, fewFilters, filters, numbers, paths, values } from './arbitraries.ts';

const RUNS = Number(process.env.FC_RUNS ?? 1000);
const check = <T>(property: fc.IProperty<T>): void => fc.assert(property, { numRuns: RUNS });

/** What is said of a query holds of those that compile; the others must say what is wrong with them. */
function compiled(filter: Doc): Matcher | null {
  try {
    return compileFilter(decode(encode(filter)));
  } catch (error) {
    if (error instanceof CommandError) return null;
    throw error;
  }
}

function isInside(key: unknown, bounds: Bounds): boolean {
  if (bounds.eq !== null) return bounds.eq.some((value) => compareValues(value, key) === 0);
  return (
    (!('gt' in bounds) || compareValues(key, bounds.gt) > 0) &&
    (!('gte' in bounds) || compareValues(key, bounds.gte) >= 0) &&
    (!('lt' in bounds) || compareValues(key, bounds.lt) < 0) &&
    (!('lte' in bounds) || compareValues(key, bounds.lte) <= 0)
  );
}

function expectInside(matcher: Matcher, doc: Doc): void {
  for (const [path, bounds] of matcher.bounds) {
    expect(getPathValues(doc, path).some((key) => isInside(key, bounds))).to.equal(true);
  }
  for (const [path, bounds] of matcher.singleKeyBounds) {
    const keys = getPathValues(doc, path);
    if (keys.length === 1) expect(isInside(keys[0], bounds)).to.equal(true);
  }
}

describe('laws of values', () => {
  it('encoding what was decoded gives the same bytes', () => {
    check(
      fc.property(documents, (doc) => {
        const bytes = encode(doc);
        expect(Buffer.compare(encode(decode(bytes)), bytes)).to.equal(0);
      }),
    );
  });

  it('damaged bytes decode or end in an error with a code', () => {
    check(
      fc.property(documents, fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { maxLength: 4 }), (doc, changes) => {
        const bytes = Uint8Array.from(encode(doc));
        for (const [at, byte] of changes) bytes[at % bytes.length] = byte;
        try {
          decode(bytes);
        } catch (error) {
          expect(error).to.be.instanceOf(CommandError);
        }
      }),
    );
  });

  for (const [what, arbitrary] of [
    ['values', values],
    ['numbers', numbers],
  ] as const) {
    it(`the order of ${what} is antisymmetric and transitive`, () => {
      check(
        fc.property(arbitrary, arbitrary, arbitrary, (a, b, c) => {
          expect(compareValues(a, a)).to.equal(0);
          expect(Math.sign(compareValues(a, b)) + Math.sign(compareValues(b, a))).to.equal(0);
          // All six orders of the three, so that any two steps down are followed by one long step down.
          for (const [x, y, z] of [
            [a, b, c],
            [a, c, b],
            [b, a, c],
            [b, c, a],
            [c, a, b],
            [c, b, a],
          ]) {
            if (compareValues(x, y) > 0 || compareValues(y, z) > 0) continue;
            expect(compareValues(x, z)).to.be.at.most(0);
          }
        }),
      );
    });

    it(`equal ${what}, and only they, have the same key`, () => {
      check(
        fc.property(arbitrary, arbitrary, (a, b) => {
          expect(canonicalKey(a) === canonicalKey(b)).to.equal(compareValues(a, b) === 0);
        }),
      );
    });
  }

  it('sorting is stable', () => {
    const spec = fc.tuple(paths, fc.constantFrom(1, -1)).map(([path, direction]): Doc => ({ [path]: direction }));
    check(
      fc.property(fc.array(documents, { maxLength: 8 }), spec, (docs, sort) => {
        const compare = compileSort(sort);
        const sorted = [...docs].sort(compare);
        for (const [i, doc] of sorted.entries()) {
          const next = sorted[i + 1];
          if (next === undefined) continue;
          expect(compare(doc, next)).to.be.at.most(0);
          if (compare(doc, next) === 0) expect(docs.indexOf(doc)).to.be.below(docs.lastIndexOf(next));
        }
      }),
    );
  });
});

describe('laws of queries', () => {
  it('a query that compiles never throws, and reads no fields but those it names', () => {
    check(
      fc.property(filters, documents, (filter, doc) => {
        const matcher = compiled(filter);
        if (matcher === null) return;
        const bytes = encode(doc);
        expect(matcher.matches(decodeFields(bytes, matcher.fields))).to.equal(matcher.matches(decode(bytes)));
      }),
    );
  });

  for (const [what, filter, document] of [
    ['any values', filters, documents],
    ['few values', fewFilters, fewDocuments],
  ] as const) {
    it(`every document that matches has an index key inside the bounds (${what})`, () => {
      check(
        fc.property(filter, fc.array(document, { minLength: 1, maxLength: 10 }), (query, docs) => {
          const matcher = compiled(query);
          if (matcher === null) return;
          for (const doc of docs) if (matcher.matches(doc)) expectInside(matcher, doc);
        }),
      );
    });
  }

  it('a query and its negation share no document and leave none out', () => {
    check(
      fc.property(filters, documents, (filter, doc) => {
        const matcher = compiled(filter);
        if (matcher === null) return;
        expect(compileFilter({ $nor: [decode(encode(filter))] }).matches(doc)).to.equal(!matcher.matches(doc));
      }),
    );
  });
});

describe('laws of updates', () => {
  const o = { filter: null, isInsert: false, now: new Date(0) };

  it('what was set is found there, and the old document is untouched', () => {
    check(
      fc.property(documents, fc.constantFrom('a', 'b', 'a.b', 'a.b.c', 'a.0.b'), values, (doc, path, value) => {
        const before = encode(doc);
        const update = decode(encode({ $set: { [path]: value } }));
        try {
          const after = applyUpdate(doc, update, o);
          const found = path.split('.').reduce<unknown>((at, name) => Reflect.get(Object(at), name), after);
          expect(compareValues(found, value)).to.equal(0);
        } catch (error) {
          if (!(error instanceof CommandError)) throw error;
          expect(error.code).to.equal(28);
        }
        expect(Buffer.compare(encode(doc), before)).to.equal(0);
      }),
    );
  });
});
