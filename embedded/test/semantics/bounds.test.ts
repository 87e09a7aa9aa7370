import { expect } from 'chai';
import { compileFilter } from '../../semantics/filter.ts';
import { type Doc, getPathValues } from '../../semantics/values.ts';

const safe = (filter: Doc): Doc => Object.fromEntries(compileFilter(filter).bounds);
const tight = (filter: Doc): Doc => Object.fromEntries(compileFilter(filter).singleKeyBounds);

describe('what an index may use of a query', () => {
  it('equality and lists', () => {
    expect(safe({ a: 1, 'b.c': { $in: [2, null] } })).to.deep.equal({ a: { eq: [1] }, 'b.c': { eq: [2, null] } });
    expect(safe({ a: { $all: [1, 2] } })).to.deep.equal({ a: { eq: [1] } });
    expect(safe({ $and: [{ a: 1 }, { b: { $eq: 2 } }] })).to.deep.equal({ a: { eq: [1] }, b: { eq: [2] } });
  });

  it('one side of a range where a document may have several keys, else both', () => {
    const filter = { a: { $gte: 1, $lt: 5 } };
    expect(safe(filter)).to.deep.equal({ a: { eq: null, gte: 1 } });
    expect(tight(filter)).to.deep.equal({ a: { eq: null, gte: 1, lt: 5 } });
  });

  it('both sides of $elemMatch, because one element meets them', () => {
    expect(safe({ a: { $elemMatch: { $gte: 1, $lt: 5 } } })).to.deep.equal({ a: { eq: null, gte: 1, lt: 5 } });
    expect(safe({ a: { $elemMatch: { b: 1, c: { $gt: 2 } } } })).to.deep.equal({
      'a.b': { eq: [1] },
      'a.c': { eq: null, gt: 2 },
    });
  });

  it('nothing of alternatives, negations, arrays, expressions and positions', () => {
    const filters: Doc[] = [
      { $or: [{ a: 1 }, { b: 1 }] },
      { $nor: [{ a: 1 }] },
      { a: { $ne: 1 } },
      { a: { $not: { $gt: 1 } } },
      { a: [1] },
      { a: { $in: [1, [2]] } },
      { a: { $regex: 'x' } },
      { 'a.0': 1 },
      { a: { $exists: true } },
      { a: { $size: 1 } },
    ];
    for (const filter of filters) expect(safe(filter)).to.deep.equal({});
  });

  it('nothing of an $elemMatch inside an $elemMatch: no index holds elements of elements', () => {
    expect(safe({ a: { $elemMatch: { $elemMatch: { $eq: null } } } })).to.deep.equal({});
  });
});

describe('what an index holds for a document', () => {
  const cases: ReadonlyArray<readonly [title: string, doc: Doc, path: string, keys: readonly unknown[]]> = [
    ['a value', { a: 1 }, 'a', [1]],
    ['null for a missing field', {}, 'a', [null]],
    ['each element', { a: [1, 2, 1] }, 'a', [1, 2]],
    ['undefined for an empty array', { a: [] }, 'a', [undefined]],
    ['an array inside an array as it is', { a: [[1, 2], 3] }, 'a', [[1, 2], 3]],
    ['through documents', { a: { b: { c: 1 } } }, 'a.b.c', [1]],
    ['through an array of documents', { a: [{ b: 1 }, { b: [2, 3] }] }, 'a.b', [1, 2, 3]],
    ['null for elements without the field', { a: [{ b: 1 }, {}, 5] }, 'a.b', [1, null]],
    ['null below an empty array', { a: [] }, 'a.b', [null]],
    ['null below a value', { a: 5 }, 'a.b', [null]],
    ['an element at a position', { a: [7, 8] }, 'a.1', [8]],
  ];
  for (const [title, doc, path, keys] of cases) {
    it(title, () => expect(getPathValues(doc, path)).to.deep.equal(keys));
  }
});
