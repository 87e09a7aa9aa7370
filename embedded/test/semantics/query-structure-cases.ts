import { BSONRegExp } from 'bson';
import type { QueryTable } from './tables.ts';

const logical: QueryTable = {
  manual: 'reference/operator/query-logical',
  docs: [
    { _id: 1, price: 1.99, sale: true, qty: 10 },
    { _id: 2, price: 1.99, sale: false, qty: 30 },
    { _id: 3, price: 5, sale: true },
    { _id: 4, sale: false, qty: 20 },
    { _id: 5, price: [0.5, 3] },
  ],
  cases: [
    ['$and', { $and: [{ price: 1.99 }, { qty: { $lt: 20 } }] }, [1]],
    ['$and with the same field twice', { $and: [{ price: { $gt: 1 } }, { price: { $lt: 2 } }] }, [1, 2, 5]],
    ['$or', { $or: [{ qty: { $gt: 25 } }, { price: 5 }] }, [2, 3]],
    ['$or beside a field', { sale: true, $or: [{ qty: 10 }, { qty: 30 }] }, [1]],
    ['$nor', { $nor: [{ price: 1.99 }, { sale: true }] }, [4, 5]],
    ['$nor takes missing fields', { $nor: [{ qty: { $exists: true } }] }, [3, 5]],
    ['$not of one operator', { price: { $not: { $gt: 1.99 } } }, [1, 2, 4]],
    ['$not of a regular expression', { price: { $not: new BSONRegExp('^a') } }, [1, 2, 3, 4, 5]],
    ['$not of several operators', { qty: { $not: { $gt: 15, $lt: 25 } } }, [1, 2, 3, 5]],
    ['$not of $not', { qty: { $not: { $not: { $eq: 10 } } } }, [1]],
    ['$or inside $and', { $and: [{ $or: [{ qty: 10 }, { qty: 20 }] }, { sale: false }] }, [4]],
    ['$and needs an array', { $and: { a: 1 } }, { code: 2 }],
    ['$or must not be empty', { $or: [] }, { code: 2 }],
    ['$nor takes documents only', { $nor: [1] }, { code: 2 }],
    ['$not of a value is an error', { qty: { $not: 5 } }, { code: 2 }],
    ['$not must not be empty', { qty: { $not: {} } }, { code: 2 }],
    ['an unknown operator', { qty: { $bigger: 5 } }, { code: 2 }],
    ['an unknown operator at the top', { $xor: [{ a: 1 }] }, { code: 2 }],
  ],
};

const missing: QueryTable = {
  manual: 'tutorial/query-for-null-fields',
  docs: [
    { _id: 'none' },
    { _id: 'null', a: null },
    { _id: 'number', a: 4 },
    { _id: 'empty', a: {} },
    { _id: 'b null', a: { b: null } },
    { _id: 'b set', a: { b: 'hi' } },
    { _id: 'nulls', a: [null, null] },
    { _id: 'list', a: [1, 4] },
    { _id: 'no list', a: [] },
    { _id: 'some b', a: [{ b: 3 }, {}] },
    { _id: 'all b', a: [{ b: 1 }, { b: 3 }] },
    { _id: 'null b', a: [{ b: null }, { b: 3 }] },
  ],
  cases: [
    ['null is null, missing, or an element', { a: null }, ['none', 'null', 'nulls']],
    ['$eq null is the same', { a: { $eq: null } }, ['none', 'null', 'nulls']],
    ['$in [null]', { a: { $in: [null, 75] } }, ['none', 'null', 'nulls']],
    ['$exists false is missing only', { a: { $exists: false } }, ['none']],
    ['$exists true takes null', { a: { $exists: true }, _id: { $in: ['none', 'null'] } }, ['null']],
    ['$exists by a number', { a: { $exists: 0 } }, ['none']],
    [
      'a dotted path ends where there is no document',
      { 'a.b': null },
      ['none', 'null', 'number', 'empty', 'b null', 'some b', 'null b'],
    ],
    [
      'a dotted path that does not exist',
      { 'a.b': { $exists: false } },
      ['none', 'null', 'number', 'empty', 'nulls', 'list', 'no list'],
    ],
    ['exists in one element', { 'a.b': { $exists: true } }, ['b null', 'b set', 'some b', 'all b', 'null b']],
    ['only null by type', { a: { $type: 'null' } }, ['null', 'nulls']],
    ['null inside $elemMatch', { a: { $elemMatch: { $eq: null } } }, ['nulls']],
    ['missing inside $elemMatch', { a: { $elemMatch: { b: null } } }, ['some b', 'null b']],
    ['not null inside $elemMatch', { a: { $elemMatch: { $ne: null } } }, ['list', 'some b', 'all b', 'null b']],
    ['exists inside $elemMatch', { a: { $elemMatch: { b: { $exists: false } } } }, ['some b']],
  ],
};

const paths: QueryTable = {
  manual: 'tutorial/query-array-of-documents',
  docs: [
    {
      _id: 1,
      a: [
        { b: 5, c: 15 },
        { b: 15, c: 5 },
      ],
    },
    { _id: 2, a: [{ b: 5, c: 5 }] },
    { _id: 3, a: { b: 5, c: 1 } },
    { _id: 4, a: [[{ b: 5 }]] },
    { _id: 5, a: [{ b: [1, 5] }, { b: 7 }] },
    { _id: 6, a: [5, 6, 7] },
    { _id: 7, a: [[5, 6], [7]] },
    { _id: 8, a: { 0: { b: 5 } } },
    { _id: 9, a: [{ 0: 'name' }, 'position'] },
    { _id: 10, a: [{ d: [{ e: 1 }, { e: 2 }] }, { d: [{ e: 3 }] }] },
  ],
  cases: [
    ['through documents and arrays of documents', { 'a.b': 5 }, [1, 2, 3, 5]],
    ['not through an array directly inside an array', { 'a.b': 5, _id: 4 }, []],
    ['two conditions met by two elements', { 'a.b': 5, 'a.c': 5 }, [1, 2]],
    ['a position and a name', { 'a.0.b': 5 }, [1, 2, 4, 5, 8]],
    ['another position', { 'a.1.b': 15 }, [1]],
    ['a position at the end', { 'a.0': 5 }, [6]],
    ['the position holds an array', { 'a.0': [5, 6] }, [7]],
    ['an array at a position is not searched by its elements', { 'a.1': 7 }, []],
    ['positions one after the other', { 'a.0.1': 6 }, [7]],
    ['a number as the name of a field inside an element', { 'a.0': 'name' }, [9]],
    ['a position beyond the end', { 'a.7': { $exists: true } }, []],
    ['arrays of documents with arrays', { 'a.d.e': 3 }, [10]],
    ['a position in the inner array', { 'a.d.1.e': 2 }, [10]],
    ['a position in the outer array', { 'a.1.d.e': 2 }, []],
    ['a range through arrays', { 'a.b': { $gt: 10 } }, [1]],
    ['elements of an array inside an element', { 'a.b': 1 }, [5]],
    ['a whole document as an element', { a: { b: 5, c: 5 } }, [2]],
  ],
};

export const structureTables = { logical, missing, paths };
