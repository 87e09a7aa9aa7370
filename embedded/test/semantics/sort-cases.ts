import {
  Binary,
  BSONRegExp,
  BSONSymbol,
  Code,
  Decimal128,
  Double,
  Long,
  MaxKey,
  MinKey,
  ObjectId,
  Timestamp,
} from 'bson';
import type { SortTable } from './tables.ts';

const types: SortTable = {
  manual: 'reference/bson-type-comparison-order',
  docs: [
    { _id: 'regex', v: new BSONRegExp('a') },
    { _id: 'maxKey', v: new MaxKey() },
    { _id: 'timestamp', v: new Timestamp({ t: 0, i: 1 }) },
    { _id: 'date', v: new Date(0) },
    { _id: 'false', v: false },
    { _id: 'objectId', v: new ObjectId('000000000000000000000001') },
    { _id: 'binary', v: new Binary(Buffer.from('')) },
    { _id: 'object', v: {} },
    { _id: 'string', v: '' },
    { _id: 'symbol', v: new BSONSymbol('a') },
    { _id: 'number', v: new Double(Number.POSITIVE_INFINITY) },
    { _id: 'NaN', v: new Double(Number.NaN) },
    { _id: 'null', v: null },
    { _id: 'minKey', v: new MinKey() },
    { _id: 'empty array', v: [] },
    { _id: 'scope', v: new Code('', {}) },
    { _id: 'code', v: new Code('') },
    { _id: 'true', v: true },
    { _id: 'array in an array', v: [[]] },
  ],
  cases: [
    [
      'all types upwards',
      { v: 1 },
      [
        ...['minKey', 'empty array', 'null', 'NaN', 'number', 'string', 'symbol', 'object', 'array in an array'],
        ...['binary', 'objectId', 'false', 'true', 'date', 'timestamp', 'regex', 'code', 'scope', 'maxKey'],
      ],
    ],
    [
      'all types downwards',
      { v: -1 },
      [
        ...['maxKey', 'scope', 'code', 'regex', 'timestamp', 'date', 'true', 'false', 'objectId', 'binary'],
        ...['array in an array', 'object', 'symbol', 'string', 'number', 'NaN', 'null', 'empty array', 'minKey'],
      ],
    ],
  ],
};

const numbers: SortTable = {
  manual: 'reference/bson-type-comparison-order#numeric-types',
  docs: [
    { _id: 1, n: Long.fromString('9007199254740993') },
    { _id: 2, n: new Double(9007199254740992) },
    { _id: 3, n: Decimal128.fromString('9007199254740992.5') },
    { _id: 4, n: new Double(0.1) },
    { _id: 5, n: Decimal128.fromString('0.1') },
    { _id: 6, n: -1 },
    { _id: 7, n: Decimal128.fromString('-Infinity') },
    { _id: 8, n: new Double(5e-324) },
    { _id: 9, n: Decimal128.fromString('1E-6176') },
    { _id: 10, n: Decimal128.fromString('9.999999999999999999999999999999999E+6144') },
    { _id: 11, n: new Double(1e308) },
    { _id: 12, n: Long.fromString('-9223372036854775808') },
  ],
  cases: [
    ['exactly', { n: 1 }, [7, 12, 6, 9, 8, 5, 4, 2, 3, 1, 11, 10]],
    ['downwards', { n: -1 }, [10, 11, 1, 3, 2, 4, 5, 8, 9, 6, 12, 7]],
    ['by a direction in another number type', { n: Long.fromNumber(-1) }, [10, 11, 1, 3, 2, 4, 5, 8, 9, 6, 12, 7]],
  ],
};

const arrays: SortTable = {
  manual: 'reference/method/cursor.sort#sort-by-an-array-field',
  docs: [
    { _id: 1, a: [3, 8] },
    { _id: 2, a: [1, 20] },
    { _id: 3, a: 5 },
    { _id: 4, a: [] },
    { _id: 5 },
    { _id: 6, a: [null, 30] },
    { _id: 7, a: [[0]] },
    { _id: 8, a: ['x', 2] },
  ],
  cases: [
    ['upwards by the least element', { a: 1, _id: 1 }, [4, 5, 6, 2, 8, 1, 3, 7]],
    ['downwards by the greatest element', { a: -1, _id: 1 }, [7, 8, 6, 2, 1, 3, 5, 4]],
    ['by an element at a position', { 'a.0': 1, _id: 1 }, [3, 4, 5, 6, 7, 2, 1, 8]],
    ['by a position downwards', { 'a.0': -1, _id: 1 }, [8, 1, 2, 7, 3, 4, 5, 6]],
    ['by a position beyond most ends', { 'a.1': -1, _id: 1 }, [6, 2, 1, 8, 3, 4, 5, 7]],
  ],
};

const paths: SortTable = {
  manual: 'reference/operator/aggregation/sort',
  docs: [
    { _id: 1, p: { q: 2 }, r: [{ s: 5 }, { s: 1 }] },
    { _id: 2, p: { q: 1 }, r: [{ s: 3 }] },
    { _id: 3, p: 7, r: [] },
    { _id: 4, p: { q: null }, r: { s: 4 } },
    { _id: 5, p: { q: 1 }, r: [{ s: 2 }, 9] },
    { _id: 6, p: { q: 2, z: 1 } },
  ],
  cases: [
    ['a path, then the _id', { 'p.q': 1, _id: 1 }, [3, 4, 2, 5, 1, 6]],
    ['a path downwards', { 'p.q': -1, _id: 1 }, [1, 6, 2, 5, 3, 4]],
    ['both downwards', { 'p.q': -1, _id: -1 }, [6, 1, 5, 2, 4, 3]],
    ['through an array upwards', { 'r.s': 1, _id: 1 }, [3, 5, 6, 1, 2, 4]],
    ['through an array downwards', { 'r.s': -1, _id: 1 }, [1, 4, 2, 5, 3, 6]],
    ['whole documents', { p: 1, _id: 1 }, [3, 4, 2, 5, 1, 6]],
    ['two paths', { 'p.q': 1, 'r.s': -1 }, [4, 3, 2, 5, 1, 6]],
    ['a missing field leaves the second to decide', { none: 1, _id: -1 }, [6, 5, 4, 3, 2, 1]],
    ['no direction', { p: 0 }, { code: 15975 }],
    ['a text is no direction', { p: 'up' }, { code: 15975 }],
  ],
};

const texts: SortTable = {
  manual: 'reference/bson-type-comparison-order#strings',
  docs: [
    { _id: 1, s: 'b' },
    { _id: 2, s: 'B' },
    { _id: 3, s: 'a' },
    { _id: 4, s: 'ab' },
    { _id: 5, s: 'é' },
    { _id: 6, s: '\u{1f600}' },
    { _id: 7, s: '\uffee' },
    { _id: 8, s: '' },
    { _id: 9, s: '10' },
    { _id: 10, s: '9' },
  ],
  cases: [
    ['by bytes', { s: 1 }, [8, 9, 10, 2, 3, 4, 1, 5, 7, 6]],
    ['downwards', { s: -1 }, [6, 7, 5, 1, 4, 3, 2, 10, 9, 8]],
  ],
};

const binaries: SortTable = {
  manual: 'reference/bson-type-comparison-order#bindata',
  docs: [
    { _id: 1, b: new Binary(Buffer.from('b'), 0) },
    { _id: 2, b: new Binary(Buffer.from('aa'), 0) },
    { _id: 3, b: new Binary(Buffer.from('a'), 5) },
    { _id: 4, b: new Binary(Buffer.from('a'), 0) },
    { _id: 5, b: new Binary(Buffer.from(''), 128) },
  ],
  cases: [
    ['length, subtype, bytes', { b: 1 }, [5, 4, 1, 3, 2]],
    ['downwards', { b: -1 }, [2, 3, 1, 4, 5]],
  ],
};

const documents: SortTable = {
  manual: 'reference/bson-type-comparison-order#objects',
  docs: [
    { _id: 1, d: { a: 1, b: 1 } },
    { _id: 2, d: { a: 1 } },
    { _id: 3, d: { b: 0 } },
    { _id: 4, d: { a: 'x' } },
    { _id: 5, d: {} },
    { _id: 6, d: { a: new Double(1), b: 0 } },
    { _id: 7, d: { z: null } },
    { _id: 8, d: { a: { c: 1 } } },
  ],
  cases: [
    ['type before name before value', { d: 1 }, [5, 7, 2, 6, 1, 3, 4, 8]],
    ['downwards', { d: -1 }, [8, 4, 3, 1, 6, 2, 7, 5]],
  ],
};

const times: SortTable = {
  manual: 'reference/bson-type-comparison-order#dates-and-timestamps',
  docs: [
    { _id: 1, t: new Timestamp({ t: 1, i: 1 }) },
    { _id: 2, t: new Date(5) },
    { _id: 3, t: new Timestamp({ t: 4294967295, i: 0 }) },
    { _id: 4, t: new Date(-5) },
    { _id: 5, t: new Timestamp({ t: 1, i: 0 }) },
    { _id: 6, t: new Date(8.64e15) },
  ],
  cases: [
    ['dates before timestamps', { t: 1 }, [4, 2, 6, 5, 1, 3]],
    ['downwards', { t: -1 }, [3, 1, 5, 6, 2, 4]],
  ],
};

const jobs: SortTable = {
  manual: 'reference/method/cursor.sort#ascending-descending-sort',
  docs: [
    { _id: 1, nextRunAt: new Date(2), priority: 0 },
    { _id: 2, nextRunAt: new Date(1), priority: 10 },
    { _id: 3, nextRunAt: new Date(1), priority: 20 },
    { _id: 4, nextRunAt: null, priority: 5 },
    { _id: 5, nextRunAt: new Date(2), priority: new Double(0.5) },
    { _id: 6, priority: -10 },
  ],
  cases: [
    ['a field upwards, another downwards', { nextRunAt: 1, priority: -1 }, [4, 6, 3, 2, 5, 1]],
    ['the other way round', { nextRunAt: -1, priority: 1 }, [1, 5, 2, 3, 6, 4]],
    ['three fields', { nextRunAt: 1, priority: 1, _id: 1 }, [6, 4, 2, 3, 1, 5]],
    ['priority first', { priority: -1, nextRunAt: 1 }, [3, 2, 4, 5, 1, 6]],
    ['only the _id', { _id: -1 }, [6, 5, 4, 3, 2, 1]],
  ],
};

const [LOW, A1, B1, C1] = [
  '000000000000000000000001',
  '0000000000000000000000a1',
  '0000000000000000000000b1',
  '0000000000000000000000c1',
].map((id) => new ObjectId(id));

const rooms: SortTable = {
  manual: 'reference/operator/aggregation/sort#sort-consistency',
  docs: [
    {
      _id: B1,
      free: true,
      tags: [
        { k: 'x', n: 2 },
        { k: 'y', n: 1 },
      ],
    },
    {
      _id: A1,
      free: false,
      tags: [
        { k: 'x', n: 1 },
        { k: 'y', n: 9 },
      ],
    },
    { _id: C1, free: 'true', tags: [{ k: 'w', n: 5 }] },
    { _id: LOW, free: null, tags: 'none' },
  ],
  cases: [
    ['ids by bytes', { _id: 1 }, [LOW, A1, B1, C1]],
    ['booleans after texts', { free: 1 }, [LOW, C1, A1, B1]],
    ['the fields of one element belong together', { 'tags.k': -1, 'tags.n': -1 }, [A1, B1, C1, LOW]],
    ['upwards, too', { 'tags.k': 1, 'tags.n': 1 }, [LOW, C1, A1, B1]],
    ['in two directions', { 'tags.k': 1, 'tags.n': -1 }, [LOW, C1, B1, A1]],
    ['a number of the element alone', { 'tags.n': 1, _id: -1 }, [LOW, B1, A1, C1]],
  ],
};

const refused: SortTable = {
  manual: 'reference/limits#sort-operations',
  docs: [
    { _id: 1, a: [1], b: [2] },
    { _id: 2, a: 1, b: 2 },
  ],
  cases: [
    ['two arrays have no common order', { a: 1, b: 1 }, { code: 2 }],
    ['an empty name in a path', { 'a..b': 1 }, { code: 40352 }],
  ],
};

export const sortTables = { types, numbers, arrays, paths, texts, binaries, documents, times, jobs, rooms, refused };
