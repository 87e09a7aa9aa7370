import { Decimal128, Double, Long } from 'bson';
import type { AggregateTable } from './tables.ts';

const group: AggregateTable = {
  manual: 'reference/operator/aggregation/group',
  docs: [
    { _id: 1, item: 'abc', price: 10, qty: 2 },
    { _id: 2, item: 'jkl', price: 20, qty: 1 },
    { _id: 3, item: 'xyz', price: 5, qty: new Double(10) },
    { _id: 4, item: 'xyz', price: 5, qty: 20 },
    { _id: 5, item: 'abc', price: Long.fromNumber(10), qty: null },
    { _id: 6, price: Decimal128.fromString('7.5') },
  ],
  cases: [
    [
      'countDocuments',
      [{ $match: { price: { $gte: 10 } } }, { $group: { _id: 1, n: { $sum: 1 } } }],
      [{ _id: 1, n: 3 }],
    ],
    ['countDocuments of nothing', [{ $match: { none: 1 } }, { $group: { _id: 1, n: { $sum: 1 } } }], []],
    [
      'distinct values, missing as null',
      [{ $group: { _id: '$item' } }, { $sort: { _id: 1 } }],
      [{ _id: null }, { _id: 'abc' }, { _id: 'jkl' }, { _id: 'xyz' }],
    ],
    [
      'equal numbers of all types are one group',
      [{ $group: { _id: '$price', n: { $sum: 1 } } }, { $sort: { _id: 1 } }],
      [
        { _id: 5, n: 2 },
        { _id: Decimal128.fromString('7.5'), n: 1 },
        { _id: 10, n: 2 },
        { _id: 20, n: 1 },
      ],
    ],
    [
      '$sum in the widest type',
      [{ $group: { _id: '$item', q: { $sum: '$qty' } } }, { $sort: { _id: 1 } }],
      [
        { _id: null, q: 0 },
        { _id: 'abc', q: 2 },
        { _id: 'jkl', q: 1 },
        { _id: 'xyz', q: new Double(30) },
      ],
    ],
    [
      '$sum with a Long and a Decimal128',
      [{ $group: { _id: null, p: { $sum: '$price' } } }],
      [{ _id: null, p: Decimal128.fromString('57.5') }],
    ],
    [
      '$avg is a Double',
      [{ $match: { item: 'abc' } }, { $group: { _id: null, a: { $avg: '$price' }, q: { $avg: '$qty' } } }],
      [{ _id: null, a: new Double(10), q: new Double(2) }],
    ],
    ['$avg of nothing is null', [{ $group: { _id: null, a: { $avg: '$none' } } }], [{ _id: null, a: null }]],
    [
      '$min and $max ignore null and missing',
      [{ $group: { _id: null, min: { $min: '$qty' }, max: { $max: '$qty' } } }],
      [{ _id: null, min: 1, max: 20 }],
    ],
    ['$min of nothing is null', [{ $group: { _id: null, min: { $min: '$none' } } }], [{ _id: null, min: null }]],
    [
      '$max by the order of types',
      [{ $group: { _id: null, max: { $max: { $ifNull: ['$item', '$price'] } } } }],
      [{ _id: null, max: 'xyz' }],
    ],
    [
      '$first and $last',
      [{ $sort: { _id: -1 } }, { $group: { _id: null, f: { $first: '$item' }, l: { $last: '$item' } } }],
      [{ _id: null, f: null, l: 'abc' }],
    ],
    [
      '$push keeps null and leaves out missing',
      [{ $sort: { _id: 1 } }, { $group: { _id: null, all: { $push: '$qty' } } }],
      [{ _id: null, all: [2, 1, new Double(10), 20, null] }],
    ],
    [
      '$push of documents',
      [{ $match: { item: 'xyz' } }, { $group: { _id: '$item', rows: { $push: { id: '$_id', q: '$qty' } } } }],
      [
        {
          _id: 'xyz',
          rows: [
            { id: 3, q: new Double(10) },
            { id: 4, q: 20 },
          ],
        },
      ],
    ],
    [
      '$addToSet',
      [{ $match: { item: 'xyz' } }, { $group: { _id: null, p: { $addToSet: '$price' } } }],
      [{ _id: null, p: [5] }],
    ],
    [
      '$count',
      [{ $group: { _id: '$item', n: { $count: {} } } }, { $sort: { _id: 1 } }, { $limit: 2 }],
      [
        { _id: null, n: 1 },
        { _id: 'abc', n: 2 },
      ],
    ],
    [
      'by several fields',
      [
        { $match: { item: { $exists: true } } },
        { $group: { _id: { i: '$item', p: '$price' }, n: { $sum: 1 } } },
        { $sort: { '_id.i': 1 } },
      ],
      [
        { _id: { i: 'abc', p: 10 }, n: 2 },
        { _id: { i: 'jkl', p: 20 }, n: 1 },
        { _id: { i: 'xyz', p: 5 }, n: 2 },
      ],
    ],
    [
      'of a computed value',
      [{ $match: { item: 'xyz' } }, { $group: { _id: '$item', total: { $sum: { $multiply: ['$price', '$qty'] } } } }],
      [{ _id: 'xyz', total: new Double(150) }],
    ],
    ['no _id', [{ $group: { n: { $sum: 1 } } }], { code: 15955 }],
    ['no accumulator', [{ $group: { _id: 1, n: 5 } }], { code: 40234 }],
    ['an unknown accumulator', [{ $group: { _id: 1, n: { $frobnicate: 1 } } }], { code: 15952 }],
  ],
};

const sums: AggregateTable = {
  manual: 'reference/operator/aggregation/sum',
  docs: [
    { _id: 1, d: 0.1, i: 2147483647, l: Long.fromString('9223372036854775807'), t: 'x', a: [1, 2] },
    { _id: 2, d: 0.2, i: 1, l: 1, t: 5, a: [3] },
    { _id: 3, d: 0.3, i: 0, l: 0, t: true },
  ],
  cases: [
    ['doubles without a growing error', [{ $group: { _id: 1, s: { $sum: '$d' } } }], [{ _id: 1, s: 0.6 }]],
    [
      'Int32 that overflows becomes Long',
      [{ $group: { _id: 1, s: { $sum: '$i' } } }],
      [{ _id: 1, s: Long.fromString('2147483648') }],
    ],
    [
      'Long that overflows becomes Double',
      [{ $group: { _id: 1, s: { $sum: '$l' } } }],
      [{ _id: 1, s: new Double(2 ** 63) }],
    ],
    ['only numbers count', [{ $group: { _id: 1, s: { $sum: '$t' } } }], [{ _id: 1, s: 5 }]],
    ['arrays do not', [{ $group: { _id: 1, s: { $sum: '$a' } } }], [{ _id: 1, s: 0 }]],
  ],
};

const unwind: AggregateTable = {
  manual: 'reference/operator/aggregation/unwind',
  docs: [
    { _id: 1, item: 'ABC', sizes: ['S', 'M'] },
    { _id: 2, item: 'EFG', sizes: [] },
    { _id: 3, item: 'IJK', sizes: 'M' },
    { _id: 4, item: 'LMN' },
    { _id: 5, item: 'XYZ', sizes: null },
  ],
  cases: [
    [
      'one document for each element',
      [{ $unwind: '$sizes' }],
      [
        { _id: 1, item: 'ABC', sizes: 'S' },
        { _id: 1, item: 'ABC', sizes: 'M' },
        { _id: 3, item: 'IJK', sizes: 'M' },
      ],
    ],
    [
      'with the position',
      [{ $match: { _id: { $in: [1, 3] } } }, { $unwind: { path: '$sizes', includeArrayIndex: 'at' } }],
      [
        { _id: 1, item: 'ABC', sizes: 'S', at: Long.fromNumber(0) },
        { _id: 1, item: 'ABC', sizes: 'M', at: Long.fromNumber(1) },
        { _id: 3, item: 'IJK', sizes: 'M', at: null },
      ],
    ],
    [
      'keeping what is empty',
      [{ $match: { _id: { $gt: 1 } } }, { $unwind: { path: '$sizes', preserveNullAndEmptyArrays: true } }],
      [
        { _id: 2, item: 'EFG' },
        { _id: 3, item: 'IJK', sizes: 'M' },
        { _id: 4, item: 'LMN' },
        { _id: 5, item: 'XYZ', sizes: null },
      ],
    ],
    [
      'and counting',
      [{ $unwind: '$sizes' }, { $group: { _id: '$sizes', n: { $sum: 1 } } }, { $sort: { n: -1 } }],
      [
        { _id: 'M', n: 2 },
        { _id: 'S', n: 1 },
      ],
    ],
    ['a path needs its dollar', [{ $unwind: 'sizes' }], { code: 28818 }],
  ],
};

const shape: AggregateTable = {
  manual: 'reference/operator/aggregation-pipeline',
  docs: [
    { _id: 1, a: 5, b: { c: [1, 2], d: 'x' }, list: [{ n: 1 }, { n: 2 }, 3] },
    { _id: 2, a: 3, b: { d: 'y' } },
    { _id: 3, a: 4, when: new Date(1000) },
  ],
  cases: [
    [
      'nothing to do',
      [],
      [
        { _id: 1, a: 5, b: { c: [1, 2], d: 'x' }, list: [{ n: 1 }, { n: 2 }, 3] },
        { _id: 2, a: 3, b: { d: 'y' } },
        { _id: 3, a: 4, when: new Date(1000) },
      ],
    ],
    [
      '$sort, $skip, $limit',
      [{ $sort: { a: 1 } }, { $skip: 1 }, { $limit: 1 }, { $project: { a: 1 } }],
      [{ _id: 3, a: 4 }],
    ],
    [
      '$limit before $skip',
      [{ $sort: { a: 1 } }, { $limit: 2 }, { $skip: 1 }, { $project: { a: 1 } }],
      [{ _id: 3, a: 4 }],
    ],
    [
      '$project keeps and computes',
      [{ $match: { _id: 1 } }, { $project: { _id: 0, 'b.d': 1, next: { $add: ['$a', 1] } } }],
      [{ b: { d: 'x' }, next: 6 }],
    ],
    [
      '$project drops',
      [{ $match: { _id: 1 } }, { $project: { list: 0, 'b.c': 0 } }],
      [{ _id: 1, a: 5, b: { d: 'x' } }],
    ],
    [
      'a path through an array gives an array',
      [{ $match: { _id: 1 } }, { $project: { n: '$list.n' } }],
      [{ _id: 1, n: [1, 2] }],
    ],
    ['a missing path is left out', [{ $match: { _id: 2 } }, { $project: { n: '$list.n' } }], [{ _id: 2 }]],
    [
      'an array of expressions has null for what is missing',
      [{ $match: { _id: 2 } }, { $project: { p: ['$a', '$none'] } }],
      [{ _id: 2, p: [3, null] }],
    ],
    [
      '$addFields',
      [{ $match: { _id: 2 } }, { $addFields: { 'b.e': '$a', z: { k: '$b.d' } } }],
      [{ _id: 2, a: 3, b: { d: 'y', e: 3 }, z: { k: 'y' } }],
    ],
    [
      '$set is $addFields',
      [{ $match: { _id: 2 } }, { $set: { a: { $subtract: ['$a', 5] } } }],
      [{ _id: 2, a: -2, b: { d: 'y' } }],
    ],
    [
      'a missing value takes the field away',
      [{ $match: { _id: 2 } }, { $set: { a: '$none' } }],
      [{ _id: 2, b: { d: 'y' } }],
    ],
    ['$unset of one', [{ $match: { _id: 3 } }, { $unset: 'when' }], [{ _id: 3, a: 4 }]],
    ['$unset of several', [{ $match: { _id: 1 } }, { $unset: ['list', 'b.c', 'a'] }], [{ _id: 1, b: { d: 'x' } }]],
    ['$count', [{ $match: { a: { $gt: 3 } } }, { $count: 'n' }], [{ n: 2 }]],
    ['$count of nothing', [{ $match: { a: 99 } }, { $count: 'n' }], []],
    [
      '$cond and comparisons across types',
      [{ $project: { _id: 0, t: { $cond: [{ $gt: ['$when', 5] }, 'set', 'unset'] } } }, { $sort: { t: 1 } }],
      [{ t: 'set' }, { t: 'unset' }, { t: 'unset' }],
    ],
    [
      '$and, $or, $not',
      [{ $match: { _id: 3 } }, { $project: { x: { $and: ['$a', { $not: ['$none'] }] }, y: { $or: [0, null] } } }],
      [{ _id: 3, x: true, y: false }],
    ],
    [
      '$concat',
      [{ $match: { _id: { $lt: 3 } } }, { $project: { s: { $concat: ['$b.d', '-', { $ifNull: ['$none', 'z'] }] } } }],
      [
        { _id: 1, s: 'x-z' },
        { _id: 2, s: 'y-z' },
      ],
    ],
    [
      '$max and $min of arguments',
      [{ $match: { _id: 1 } }, { $project: { max: { $max: ['$a', 7, null] }, min: { $min: '$b.c' } } }],
      [{ _id: 1, max: 7, min: 1 }],
    ],
    [
      'arithmetic with null is null',
      [{ $match: { _id: 1 } }, { $project: { s: { $add: ['$a', '$none'] }, m: { $multiply: ['$a', null] } } }],
      [{ _id: 1, s: null, m: null }],
    ],
    [
      'a date moved back',
      [{ $match: { _id: 3 } }, { $project: { t: { $subtract: ['$when', 400] } } }],
      [{ _id: 3, t: new Date(600) }],
    ],
    ['no text is added', [{ $project: { s: { $add: ['$a', 'x'] } } }], { code: 14 }],
    ['a limit of nothing', [{ $limit: 0 }], { code: 15958 }],
    ['a negative limit', [{ $limit: -1 }], { code: 5107201 }],
    ['a skip of text', [{ $skip: 'x' }], { code: 5107200 }],
    ['an unknown stage', [{ $frobnicate: {} }], { code: 40324 }],
    ['two stages in one', [{ $limit: 1, $skip: 1 }], { code: 40323 }],
    ['an unknown expression', [{ $project: { s: { $frobnicate: 1 } } }], { code: 168 }],
    ['a bad query', [{ $match: { a: { $in: 5 } } }], { code: 2 }],
    ['an empty $project', [{ $project: {} }], { code: 51272 }],
  ],
};

export const aggregateTables = { group, sums, unwind, shape };
