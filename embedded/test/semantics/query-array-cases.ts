import { Double, Long } from 'bson';
import type { QueryTable } from './tables.ts';

const elemMatch: QueryTable = {
  manual: 'reference/operator/query/elemMatch',
  docs: [
    { _id: 1, results: [82, 85, 88] },
    { _id: 2, results: [75, 88, 89] },
    {
      _id: 3,
      results: [
        { product: 'abc', score: 10 },
        { product: 'xyz', score: 5 },
      ],
    },
    {
      _id: 4,
      results: [
        { product: 'abc', score: 8 },
        { product: 'xyz', score: 7 },
      ],
    },
    {
      _id: 5,
      results: [
        { product: 'abc', score: 7 },
        { product: 'xyz', score: 8 },
      ],
    },
    { _id: 6, results: 82 },
    { _id: 7, results: { product: 'xyz', score: 9 } },
    { _id: 8, results: [[82, 83]] },
    { _id: 9, nested: [{ rows: [{ n: 1 }, { n: 4 }] }, { rows: [{ n: 9 }] }] },
  ],
  cases: [
    ['one element in the range', { results: { $elemMatch: { $gte: 80, $lt: 85 } } }, [1]],
    ['without $elemMatch two elements will do', { results: { $gte: 80, $lt: 80.5 } }, [2]],
    ['one document meets all conditions', { results: { $elemMatch: { product: 'xyz', score: { $gte: 8 } } } }, [5]],
    ['one condition', { results: { $elemMatch: { product: 'xyz' } } }, [3, 4, 5]],
    ['only arrays', { results: { $elemMatch: { $eq: 82 } } }, [1]],
    ['no document without an array', { results: { $elemMatch: { score: 9 } } }, []],
    ['$or inside', { results: { $elemMatch: { $or: [{ score: 10 }, { score: 8 }] } } }, [3, 4, 5]],
    ['$elemMatch in $elemMatch', { results: { $elemMatch: { $elemMatch: { $gt: 82 } } } }, [8]],
    [
      'in nested arrays of documents',
      { nested: { $elemMatch: { rows: { $elemMatch: { n: { $gt: 3, $lt: 5 } } } } } },
      [9],
    ],
    ['below a dotted path', { 'nested.rows': { $elemMatch: { n: 9 } } }, [9]],
    ['$not inside', { results: { $elemMatch: { $not: { $lt: 89 }, $type: 'number' } } }, [2]],
    ['negated', { results: { $not: { $elemMatch: { $gte: 80 } } }, _id: { $lt: 4 } }, [3]],
    ['needs a document', { results: { $elemMatch: 5 } }, { code: 2 }],
  ],
};

const all: QueryTable = {
  manual: 'reference/operator/query/all',
  docs: [
    { _id: 1, tags: ['school', 'book', 'bag', 'headphone', 'appliance'] },
    { _id: 2, tags: ['appliance', 'school', 'book'] },
    { _id: 3, tags: ['school', 'book'] },
    { _id: 4, tags: 'school' },
    { _id: 5, tags: [['school', 'book'], 'electronics'] },
    {
      _id: 6,
      qty: [
        { size: 'S', num: 10 },
        { size: 'M', num: 45 },
      ],
    },
    {
      _id: 7,
      qty: [
        { size: '6', num: 100 },
        { size: 'M', num: 60 },
      ],
    },
    { _id: 8, tags: [null] },
  ],
  cases: [
    ['all in any order', { tags: { $all: ['appliance', 'school', 'book'] } }, [1, 2]],
    ['a single value also matches a field that is no array', { tags: { $all: ['school'] } }, [1, 2, 3, 4]],
    ['an array as the value', { tags: { $all: [['school', 'book']] } }, [3, 5]],
    ['nothing of nothing', { tags: { $all: [] } }, []],
    ['$elemMatch in $all', { qty: { $all: [{ $elemMatch: { size: 'M', num: { $gt: 50 } } }] } }, [7]],
    ['several $elemMatch', { qty: { $all: [{ $elemMatch: { size: 'M' } }, { $elemMatch: { num: 10 } }] } }, [6]],
    ['null', { tags: { $all: [null] } }, [6, 7, 8]],
    ['negated', { tags: { $not: { $all: ['school', 'book'] } } }, [4, 5, 6, 7, 8]],
    ['needs an array', { tags: { $all: 'school' } }, { code: 2 }],
    ['no other operators', { tags: { $all: [{ $gt: 1 }] } }, { code: 2 }],
  ],
};

const size: QueryTable = {
  manual: 'reference/operator/query/size',
  docs: [
    { _id: 1, f: [] },
    { _id: 2, f: ['one'] },
    { _id: 3, f: ['one', 'two'] },
    { _id: 4, f: [['one', 'two']] },
    { _id: 5, f: 'one' },
    { _id: 6 },
    { _id: 7, g: [{ h: [1, 2] }, { h: [1] }] },
  ],
  cases: [
    ['two elements', { f: { $size: 2 } }, [3]],
    ['none', { f: { $size: 0 } }, [1]],
    ['one element', { f: { $size: 1 } }, [2, 4]],
    ['in any number type', { f: { $size: Long.fromNumber(2) } }, [3]],
    ['as a double without a fraction', { f: { $size: new Double(1) } }, [2, 4]],
    ['through an array of documents', { 'g.h': { $size: 1 } }, [7]],
    ['negated', { f: { $not: { $size: 0 } } }, [2, 3, 4, 5, 6, 7]],
    ['no text', { f: { $size: 'x' } }, { code: 2 }],
    ['not negative', { f: { $size: -1 } }, { code: 2 }],
    ['no fraction', { f: { $size: 1.5 } }, { code: 2 }],
  ],
};

export const arrayTables = { elemMatch, all, size };
