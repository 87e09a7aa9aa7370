import { Double, Long } from 'bson';
import type { UpdateTable, UpsertTable } from './tables.ts';

const pipelines: UpdateTable = {
  manual: 'tutorial/update-documents-with-aggregation-pipeline',
  cases: [
    {
      title: 'a computed field',
      doc: { _id: 1, a: 2, b: 3 },
      update: [{ $set: { c: { $add: ['$a', '$b'] } } }],
      expected: { _id: 1, a: 2, b: 3, c: 5 },
    },
    {
      title: 'steps see the result of earlier ones',
      doc: { _id: 1, a: 2 },
      update: [{ $set: { b: '$a' } }, { $set: { c: { $multiply: ['$b', 2.5] } } }],
      expected: { _id: 1, a: 2, b: 2, c: new Double(5) },
    },
    {
      title: '$unset',
      doc: { _id: 1, a: 2, b: { c: 1, d: 2 } },
      update: [{ $unset: ['a', 'b.c'] }],
      expected: { _id: 1, b: { d: 2 } },
    },
    {
      title: '$cond',
      doc: { _id: 1, n: 5 },
      update: [{ $set: { big: { $cond: [{ $gte: ['$n', 5] }, 'yes', 'no'] } } }],
      expected: { _id: 1, n: 5, big: 'yes' },
    },
    {
      title: '$$REMOVE',
      doc: { _id: 1, n: 5 },
      update: [{ $set: { n: { $cond: [{ $eq: ['$n', 5] }, '$$REMOVE', '$n'] } } }],
      expected: { _id: 1 },
    },
    {
      title: 'a document keeps its other fields',
      doc: { _id: 1, a: { b: 1 } },
      update: [{ $set: { a: { c: 2 } } }],
      expected: { _id: 1, a: { b: 1, c: 2 } },
    },
    {
      title: 'a path through an array',
      doc: { _id: 1, a: [{ b: 1 }, { b: 2 }] },
      update: [{ $set: { 'a.c': 0 } }],
      expected: {
        _id: 1,
        a: [
          { b: 1, c: 0 },
          { b: 2, c: 0 },
        ],
      },
    },
    {
      title: '$ifNull',
      doc: { _id: 1 },
      update: [{ $set: { n: { $ifNull: ['$n', 0] } } }],
      expected: { _id: 1, n: 0 },
    },
    {
      title: '$literal',
      doc: { _id: 1 },
      update: [{ $set: { n: { $literal: '$n' } } }],
      expected: { _id: 1, n: '$n' },
    },
    {
      title: '$replaceWith',
      doc: { _id: 1, a: { b: 1 } },
      update: [{ $replaceWith: { _id: '$_id', c: '$a.b' } }],
      expected: { _id: 1, c: 1 },
    },
    {
      title: 'the whole document as a value',
      doc: { _id: 1, a: 1 },
      update: [{ $set: { copy: '$$ROOT' } }],
      expected: { _id: 1, a: 1, copy: { _id: 1, a: 1 } },
    },
    {
      title: 'a date moved by milliseconds',
      doc: { _id: 1, at: new Date(1000) },
      update: [{ $set: { at: { $add: ['$at', 500] } } }],
      expected: { _id: 1, at: new Date(1500) },
    },
    {
      title: 'the span between dates is a Long',
      doc: { _id: 1, a: new Date(1000), b: new Date(400) },
      update: [{ $set: { ms: { $subtract: ['$a', '$b'] } } }],
      expected: { _id: 1, a: new Date(1000), b: new Date(400), ms: Long.fromNumber(600) },
    },
    {
      title: '$dateAdd',
      doc: { _id: 1, at: new Date('2026-01-31T00:00:00Z') },
      update: [{ $set: { at: { $dateAdd: { startDate: '$at', unit: 'month', amount: 1 } } } }],
      expected: { _id: 1, at: new Date('2026-02-28T00:00:00Z') },
    },
    {
      title: 'missing is less than any value',
      doc: { _id: 1 },
      update: [{ $set: { free: { $lt: ['$lease.until', new Date(0)] } } }],
      expected: { _id: 1, free: true },
    },
    { title: 'the _id stays', doc: { _id: 1 }, update: [{ $set: { _id: 2 } }], expected: { code: 66 } },
    {
      title: 'an unknown expression',
      doc: { _id: 1 },
      update: [{ $set: { a: { $frobnicate: 1 } } }],
      expected: { code: 168 },
    },
  ],
};

const upserts: UpsertTable = {
  manual: 'reference/method/db.collection.update#upsert-behavior',
  cases: [
    [
      'equalities of the query and the update',
      { _id: 1, a: 5, 'b.c': { $eq: 6 } },
      { $set: { d: 7 } },
      { _id: 1, a: 5, b: { c: 6 }, d: 7 },
    ],
    ['through $and', { $and: [{ _id: 1 }, { a: 5 }] }, { $inc: { n: 1 } }, { _id: 1, a: 5, n: 1 }],
    ['an $or of one', { _id: 1, $or: [{ a: 5 }] }, { $inc: { n: 1 } }, { _id: 1, a: 5, n: 1 }],
    ['no alternatives', { _id: 1, $or: [{ a: 5 }, { a: 6 }] }, { $inc: { n: 1 } }, { _id: 1, n: 1 }],
    ['a list of one', { _id: 1, a: { $in: [5] }, b: { $all: [6] } }, { $inc: { n: 1 } }, { _id: 1, a: 5, b: 6, n: 1 }],
    ['no ranges', { _id: 1, a: { $gt: 5 }, b: { $ne: 1 } }, { $set: { c: 1 } }, { _id: 1, c: 1 }],
    ['$setOnInsert', { _id: 1 }, { $setOnInsert: { a: 1 }, $set: { b: 2 } }, { _id: 1, a: 1, b: 2 }],
    ['an _id by $setOnInsert comes first', { a: 1 }, { $setOnInsert: { _id: 9 } }, { _id: 9, a: 1 }],
    ['the update goes over the query', { _id: 1, n: 5 }, { $inc: { n: 2 } }, { _id: 1, n: 7 }],
    ['a replacement takes only the _id of the query', { _id: 1, a: 5 }, { b: 6 }, { _id: 1, b: 6 }],
    ['a replacement with an _id', { a: 5 }, { b: 6, _id: 3 }, { _id: 3, b: 6 }],
    ['a pipeline', { _id: 1, a: 5 }, [{ $set: { b: { $add: ['$a', 1] } } }], { _id: 1, a: 5, b: 6 }],
    [
      '$push to an array that the query does not give',
      { _id: 1, 'rows.id': { $ne: 5 } },
      { $push: { rows: { id: 5 } } },
      { _id: 1, rows: [{ id: 5 }] },
    ],
    ['the same path twice', { _id: 1, $and: [{ a: 1 }, { a: 2 }] }, { $set: { b: 1 } }, { code: 54 }],
    ['a path and a part of it', { _id: 1, a: { b: 1 }, 'a.b': 1 }, { $set: { c: 1 } }, { code: 54 }],
    ['another _id', { _id: 1 }, { $set: { _id: 2 } }, { code: 66 }],
  ],
};

export const pipelineTables = { pipelines };
export const upsertTables = { upserts };
