import type { UpdateTable } from './tables.ts';

const positional: UpdateTable = {
  manual: 'reference/operator/update/positional',
  cases: [
    {
      title: '$ is the element that matched',
      doc: { _id: 1, g: [80, 85, 80] },
      filter: { g: 80 },
      update: { $set: { 'g.$': 82 } },
      expected: { _id: 1, g: [82, 85, 80] },
    },
    {
      title: '$ and a field of the element',
      doc: {
        _id: 1,
        g: [
          { n: 80, m: 1 },
          { n: 85, m: 2 },
        ],
      },
      filter: { 'g.n': 85 },
      update: { $set: { 'g.$.m': 6 } },
      expected: {
        _id: 1,
        g: [
          { n: 80, m: 1 },
          { n: 85, m: 6 },
        ],
      },
    },
    {
      title: '$ after $elemMatch',
      doc: {
        _id: 1,
        g: [
          { n: 80, m: 1 },
          { n: 80, m: 2 },
        ],
      },
      filter: { g: { $elemMatch: { n: 80, m: { $gt: 1 } } } },
      update: { $inc: { 'g.$.m': 5 } },
      expected: {
        _id: 1,
        g: [
          { n: 80, m: 1 },
          { n: 80, m: 7 },
        ],
      },
    },
    {
      title: '$ with $unset leaves null',
      doc: { _id: 1, g: [1, 2] },
      filter: { g: 2 },
      update: { $unset: { 'g.$': 1 } },
      expected: { _id: 1, g: [1, null] },
    },
    {
      title: '$ without an array in the query',
      doc: { _id: 1, g: [1] },
      update: { $set: { 'g.$': 5 } },
      expected: { code: 2 },
    },
    { title: '$ in the first place', doc: { _id: 1 }, update: { $set: { '$.a': 5 } }, expected: { code: 2 } },
    {
      title: '$[] is every element',
      doc: { _id: 1, g: [1, 2] },
      update: { $inc: { 'g.$[]': 10 } },
      expected: { _id: 1, g: [11, 12] },
    },
    {
      title: '$[] and a field',
      doc: { _id: 1, g: [{ n: 1 }, { n: 2 }] },
      update: { $set: { 'g.$[].m': 0 } },
      expected: {
        _id: 1,
        g: [
          { n: 1, m: 0 },
          { n: 2, m: 0 },
        ],
      },
    },
    {
      title: '$[] in $[]',
      doc: { _id: 1, g: [{ q: [4, 6] }, { q: [8] }] },
      update: { $inc: { 'g.$[].q.$[]': -2 } },
      expected: { _id: 1, g: [{ q: [2, 4] }, { q: [6] }] },
    },
    { title: '$[] of a missing field', doc: { _id: 1 }, update: { $set: { 'g.$[]': 1 } }, expected: { code: 2 } },
    { title: '$[] of a value', doc: { _id: 1, g: 5 }, update: { $set: { 'g.$[]': 1 } }, expected: { code: 28 } },
    {
      title: '$[] of a document',
      doc: { _id: 1, g: { x: 1 } },
      update: { $set: { 'g.$[]': 1 } },
      expected: { code: 2 },
    },
    {
      title: '$[id] by a value',
      doc: { _id: 1, g: [95, 102, 90] },
      update: { $set: { 'g.$[e]': 100 } },
      arrayFilters: [{ e: { $gte: 100 } }],
      expected: { _id: 1, g: [95, 100, 90] },
    },
    {
      title: '$[id] by a field',
      doc: {
        _id: 1,
        g: [
          { n: 80, m: 75 },
          { n: 90, m: 90 },
        ],
      },
      update: { $set: { 'g.$[e].m': 100 } },
      arrayFilters: [{ 'e.n': { $gte: 85 } }],
      expected: {
        _id: 1,
        g: [
          { n: 80, m: 75 },
          { n: 90, m: 100 },
        ],
      },
    },
    {
      title: '$[id] by $or',
      doc: { _id: 1, g: [1, 5, 9] },
      update: { $set: { 'g.$[e]': 0 } },
      arrayFilters: [{ $or: [{ e: 1 }, { e: { $gt: 8 } }] }],
      expected: { _id: 1, g: [0, 5, 0] },
    },
    {
      title: '$[id] that matches nothing',
      doc: { _id: 1, g: [1] },
      update: { $set: { 'g.$[e]': 0 } },
      arrayFilters: [{ e: 7 }],
      expected: { _id: 1, g: [1] },
    },
    {
      title: '$[id] without a filter',
      doc: { _id: 1, g: [1] },
      update: { $set: { 'g.$[e]': 0 } },
      expected: { code: 2 },
    },
    {
      title: 'a filter without use',
      doc: { _id: 1, g: [1] },
      update: { $set: { g: 0 } },
      arrayFilters: [{ e: 7 }],
      expected: { code: 9 },
    },
  ],
};

export const positionalTables = { positional };
