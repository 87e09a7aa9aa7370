import type { ProjectionTable } from './tables.ts';

const fields: ProjectionTable = {
  manual: 'tutorial/project-fields-from-query-results',
  doc: {
    _id: 1,
    item: 'journal',
    size: { h: 14, w: 21, uom: 'cm' },
    stock: [{ place: 'A', qty: 5 }, { place: 'B', qty: 15 }, 7, [{ place: 'C', qty: 1 }]],
    note: null,
  },
  cases: [
    ['what is named, and the _id', { item: 1, note: 1 }, { _id: 1, item: 'journal', note: null }],
    ['without the _id', { item: 1, _id: 0 }, { item: 'journal' }],
    ['only the _id', { _id: 1 }, { _id: 1 }],
    ['the order of the document stays', { note: true, item: true }, { _id: 1, item: 'journal', note: null }],
    ['a field inside a document', { 'size.uom': 1 }, { _id: 1, size: { uom: 'cm' } }],
    ['the same as a nested document', { size: { uom: 1 } }, { _id: 1, size: { uom: 'cm' } }],
    ['a missing field inside a document', { 'size.none': 1 }, { _id: 1, size: {} }],
    ['a field inside a text is nothing', { 'item.none': 1 }, { _id: 1 }],
    [
      'through an array, values dropped, arrays followed',
      { 'stock.qty': 1 },
      { _id: 1, stock: [{ qty: 5 }, { qty: 15 }, [{ qty: 1 }]] },
    ],
    ['all but', { stock: 0, size: false }, { _id: 1, item: 'journal', note: null }],
    [
      'all but fields in an array, values kept',
      { 'stock.qty': 0, size: 0, item: 0 },
      { _id: 1, stock: [{ place: 'A' }, { place: 'B' }, 7, [{ place: 'C' }]], note: null },
    ],
    ['all but the _id', { _id: 0, stock: 0, size: 0 }, { item: 'journal', note: null }],
    ['a computed field goes last', { note: 1, thing: '$item' }, { _id: 1, note: null, thing: 'journal' }],
    [
      'a computed field below a document',
      { 'size.h': 1, 'size.double': { $multiply: ['$size.h', 2] } },
      { _id: 1, size: { h: 14, double: 28 } },
    ],
    ['a literal', { item: 1, kind: { $literal: 1 } }, { _id: 1, item: 'journal', kind: 1 }],
    ['keeping and dropping do not mix', { item: 1, note: 0 }, { code: 31254 }],
    ['nor the other way round', { item: 0, note: 1 }, { code: 31253 }],
    ['a path and a part of it', { size: 1, 'size.h': 1 }, { code: 31250 }],
  ],
};

const arrays: ProjectionTable = {
  manual: 'reference/operator/projection',
  doc: {
    _id: 1,
    a: [1, 2, 3, 4],
    rows: [
      { k: 'x', n: 1 },
      { k: 'y', n: 2 },
      { k: 'y', n: 3 },
    ],
    b: 5,
  },
  cases: [
    ['$slice keeps the first and everything else', { a: { $slice: 2 }, rows: 0 }, { _id: 1, a: [1, 2], b: 5 }],
    ['$slice from the end', { a: { $slice: -1 }, b: 1 }, { _id: 1, a: [4], b: 5 }],
    ['$slice with a skip', { a: { $slice: [1, 2] }, b: 1 }, { _id: 1, a: [2, 3], b: 5 }],
    ['$slice with a skip from the end', { a: { $slice: [-3, 1] }, b: 1 }, { _id: 1, a: [2], b: 5 }],
    ['$slice of a value', { b: { $slice: 1 }, rows: 0, a: 0 }, { _id: 1, b: 5 }],
    [
      '$elemMatch keeps the first that matches',
      { rows: { $elemMatch: { k: 'y' } } },
      { _id: 1, rows: [{ k: 'y', n: 2 }] },
    ],
    ['$elemMatch that matches nothing', { rows: { $elemMatch: { k: 'z' } } }, { _id: 1 }],
    ['$elemMatch of values', { a: { $elemMatch: { $gt: 2 } } }, { _id: 1, a: [3] }],
    ['the element that the query matched', { 'rows.$': 1 }, { _id: 1, rows: [{ k: 'y', n: 3 }] }, { 'rows.n': 3 }],
    [
      'the element of $elemMatch in the query',
      { 'rows.$': 1, b: 1 },
      { _id: 1, rows: [{ k: 'y', n: 2 }], b: 5 },
      { rows: { $elemMatch: { k: 'y', n: { $lt: 3 } } } },
    ],
    ['no array in the query', { 'rows.$': 1 }, { code: 51246 }, { b: 5 }],
  ],
};

export const projectionTables = { fields, arrays };
