import { BSONRegExp, Double } from 'bson';
import type { UpdateTable } from './tables.ts';

const push: UpdateTable = {
  manual: 'reference/operator/update/push',
  cases: [
    { title: 'one value', doc: { _id: 1, a: [1] }, update: { $push: { a: 2 } }, expected: { _id: 1, a: [1, 2] } },
    {
      title: 'an array is one value',
      doc: { _id: 1, a: [1] },
      update: { $push: { a: [2, 3] } },
      expected: { _id: 1, a: [1, [2, 3]] },
    },
    {
      title: 'to a missing field',
      doc: { _id: 1 },
      update: { $push: { 'a.b': 2 } },
      expected: { _id: 1, a: { b: [2] } },
    },
    {
      title: '$each',
      doc: { _id: 1, a: [1] },
      update: { $push: { a: { $each: [2, 3] } } },
      expected: { _id: 1, a: [1, 2, 3] },
    },
    {
      title: '$position',
      doc: { _id: 1, a: [1, 4] },
      update: { $push: { a: { $each: [2, 3], $position: 1 } } },
      expected: { _id: 1, a: [1, 2, 3, 4] },
    },
    {
      title: '$position from the end',
      doc: { _id: 1, a: [1, 2, 5] },
      update: { $push: { a: { $each: [3, 4], $position: -1 } } },
      expected: { _id: 1, a: [1, 2, 3, 4, 5] },
    },
    {
      title: '$slice keeps the last',
      doc: { _id: 1, a: [1, 2] },
      update: { $push: { a: { $each: [3, 4], $slice: -3 } } },
      expected: { _id: 1, a: [2, 3, 4] },
    },
    {
      title: '$slice keeps the first',
      doc: { _id: 1, a: [1, 2] },
      update: { $push: { a: { $each: [3], $slice: 2 } } },
      expected: { _id: 1, a: [1, 2] },
    },
    {
      title: '$slice 0 empties',
      doc: { _id: 1, a: [1, 2] },
      update: { $push: { a: { $each: [3], $slice: 0 } } },
      expected: { _id: 1, a: [] },
    },
    {
      title: '$slice of nothing new',
      doc: { _id: 1, a: [1, 2, 3] },
      update: { $push: { a: { $each: [], $slice: -1 } } },
      expected: { _id: 1, a: [3] },
    },
    {
      title: '$sort of values',
      doc: { _id: 1, a: [89, 70] },
      update: { $push: { a: { $each: [40, 60], $sort: 1 } } },
      expected: { _id: 1, a: [40, 60, 70, 89] },
    },
    {
      title: '$sort by a field, then $slice',
      doc: {
        _id: 1,
        q: [
          { id: 1, s: 6 },
          { id: 2, s: 9 },
        ],
      },
      update: {
        $push: {
          q: {
            $each: [
              { id: 3, s: 8 },
              { id: 4, s: 7 },
            ],
            $slice: 3,
            $sort: { s: -1 },
          },
        },
      },
      expected: {
        _id: 1,
        q: [
          { id: 2, s: 9 },
          { id: 3, s: 8 },
          { id: 4, s: 7 },
        ],
      },
    },
    {
      title: '$sort of types',
      doc: { _id: 1, a: ['x', 2] },
      update: { $push: { a: { $each: [null, true], $sort: 1 } } },
      expected: { _id: 1, a: [null, 2, 'x', true] },
    },
    { title: 'to a value', doc: { _id: 1, a: 1 }, update: { $push: { a: 2 } }, expected: { code: 2 } },
    { title: '$each needs an array', doc: { _id: 1 }, update: { $push: { a: { $each: 5 } } }, expected: { code: 2 } },
    {
      title: 'an unknown clause',
      doc: { _id: 1 },
      update: { $push: { a: { $each: [], $cut: 5 } } },
      expected: { code: 2 },
    },
  ],
};

const sets: UpdateTable = {
  manual: 'reference/operator/update/addToSet',
  cases: [
    { title: 'a new value', doc: { _id: 1, a: [1] }, update: { $addToSet: { a: 2 } }, expected: { _id: 1, a: [1, 2] } },
    {
      title: 'a value that is there',
      doc: { _id: 1, a: [1] },
      update: { $addToSet: { a: new Double(1) } },
      expected: { _id: 1, a: [1] },
    },
    {
      title: '$each adds each once',
      doc: { _id: 1, a: [1] },
      update: { $addToSet: { a: { $each: [2, 1, 2] } } },
      expected: { _id: 1, a: [1, 2] },
    },
    {
      title: 'an array is one value',
      doc: { _id: 1, a: ['a'] },
      update: { $addToSet: { a: ['b', 'c'] } },
      expected: { _id: 1, a: ['a', ['b', 'c']] },
    },
    {
      title: 'a document with another field order is another value',
      doc: { _id: 1, a: [{ x: 1, y: 2 }] },
      update: { $addToSet: { a: { y: 2, x: 1 } } },
      expected: {
        _id: 1,
        a: [
          { x: 1, y: 2 },
          { y: 2, x: 1 },
        ],
      },
    },
    {
      title: 'old duplicates stay',
      doc: { _id: 1, a: [1, 1] },
      update: { $addToSet: { a: 2 } },
      expected: { _id: 1, a: [1, 1, 2] },
    },
    { title: 'to a missing field', doc: { _id: 1 }, update: { $addToSet: { a: 2 } }, expected: { _id: 1, a: [2] } },
    { title: 'to a value', doc: { _id: 1, a: 'x' }, update: { $addToSet: { a: 2 } }, expected: { code: 2 } },
  ],
};

const removal: UpdateTable = {
  manual: 'reference/operator/update/pull',
  cases: [
    {
      title: '$pop the last',
      doc: { _id: 1, a: [1, 2, 3] },
      update: { $pop: { a: 1 } },
      expected: { _id: 1, a: [1, 2] },
    },
    {
      title: '$pop the first',
      doc: { _id: 1, a: [1, 2, 3] },
      update: { $pop: { a: -1 } },
      expected: { _id: 1, a: [2, 3] },
    },
    {
      title: '$pop of an empty array',
      doc: { _id: 1, a: [] },
      update: { $pop: { a: 1 } },
      expected: { _id: 1, a: [] },
    },
    { title: '$pop of a missing field', doc: { _id: 1 }, update: { $pop: { a: 1 } }, expected: { _id: 1 } },
    { title: '$pop by another number', doc: { _id: 1, a: [1] }, update: { $pop: { a: 2 } }, expected: { code: 9 } },
    { title: '$pop of a value', doc: { _id: 1, a: 5 }, update: { $pop: { a: 1 } }, expected: { code: 14 } },
    {
      title: '$pull a value',
      doc: { _id: 1, a: [1, 2, 1] },
      update: { $pull: { a: 1 } },
      expected: { _id: 1, a: [2] },
    },
    {
      title: '$pull by an operator',
      doc: { _id: 1, a: [1, 5, 6, 8] },
      update: { $pull: { a: { $gte: 6 } } },
      expected: { _id: 1, a: [1, 5] },
    },
    {
      title: '$pull with $in',
      doc: { _id: 1, a: ['x', 'y', 'z'] },
      update: { $pull: { a: { $in: ['x', 'z'] } } },
      expected: { _id: 1, a: ['y'] },
    },
    {
      title: '$pull documents by some of their fields',
      doc: {
        _id: 1,
        r: [
          { item: 'A', score: 5 },
          { score: 8, item: 'B' },
        ],
      },
      update: { $pull: { r: { score: 8, item: 'B' } } },
      expected: { _id: 1, r: [{ item: 'A', score: 5 }] },
    },
    {
      title: '$pull documents by a condition',
      doc: { _id: 1, r: [{ s: 5 }, { s: 8 }] },
      update: { $pull: { r: { s: { $gt: 6 } } } },
      expected: { _id: 1, r: [{ s: 5 }] },
    },
    {
      title: '$pull by $elemMatch in the elements',
      doc: {
        _id: 1,
        r: [
          {
            a: [
              { q: 1, n: 4 },
              { q: 2, n: 6 },
            ],
          },
          {
            a: [
              { q: 1, n: 8 },
              { q: 2, n: 9 },
            ],
          },
        ],
      },
      update: { $pull: { r: { a: { $elemMatch: { q: 2, n: { $gte: 8 } } } } } },
      expected: {
        _id: 1,
        r: [
          {
            a: [
              { q: 1, n: 4 },
              { q: 2, n: 6 },
            ],
          },
        ],
      },
    },
    {
      title: '$pull by a regular expression',
      doc: { _id: 1, a: ['abc', 'xyz', 5] },
      update: { $pull: { a: new BSONRegExp('^a') } },
      expected: { _id: 1, a: ['xyz', 5] },
    },
    {
      title: '$pull an array',
      doc: { _id: 1, a: [[1, 2], [2, 1], 1] },
      update: { $pull: { a: [1, 2] } },
      expected: { _id: 1, a: [[2, 1], 1] },
    },
    { title: '$pull of a missing field', doc: { _id: 1 }, update: { $pull: { a: 1 } }, expected: { _id: 1 } },
    { title: '$pull below a value', doc: { _id: 1, a: 5 }, update: { $pull: { 'a.b': 5 } }, expected: { code: 28 } },
    { title: '$pop below a value', doc: { _id: 1, a: 5 }, update: { $pop: { 'a.b': 1 } }, expected: { code: 28 } },
    { title: '$pull from a value', doc: { _id: 1, a: 5 }, update: { $pull: { a: 5 } }, expected: { code: 2 } },
    {
      title: '$pullAll',
      doc: { _id: 1, a: [0, 2, 5, 5, 1, 0] },
      update: { $pullAll: { a: [0, 5] } },
      expected: { _id: 1, a: [2, 1] },
    },
    {
      title: '$pullAll takes documents that are equal',
      doc: { _id: 1, a: [{ x: 1 }, { x: 1, y: 2 }] },
      update: { $pullAll: { a: [{ x: 1 }] } },
      expected: { _id: 1, a: [{ x: 1, y: 2 }] },
    },
    {
      title: '$pullAll needs an array',
      doc: { _id: 1, a: [1] },
      update: { $pullAll: { a: 1 } },
      expected: { code: 2 },
    },
  ],
};

export const arrayUpdateTables = { push, sets, removal };
