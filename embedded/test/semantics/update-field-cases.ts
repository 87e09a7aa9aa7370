import { Decimal128, Double, Int32, Long } from 'bson';
import type { UpdateTable } from './tables.ts';

const MAX_INT = 2147483647;
const MAX_LONG = Long.fromString('9223372036854775807');

const set: UpdateTable = {
  manual: 'reference/operator/update/set',
  cases: [
    { title: 'a field', doc: { _id: 1, a: 1, b: 2 }, update: { $set: { a: 'x' } }, expected: { _id: 1, a: 'x', b: 2 } },
    {
      title: 'new fields go last, in lexicographic order',
      doc: { _id: 1, z: 0 },
      update: { $set: { c: 1, a: 2, b: 3 } },
      expected: { _id: 1, z: 0, a: 2, b: 3, c: 1 },
    },
    {
      title: 'a dotted path creates the documents on its way',
      doc: { _id: 1 },
      update: { $set: { 'a.b.c': 1 } },
      expected: { _id: 1, a: { b: { c: 1 } } },
    },
    {
      title: 'an element of an array',
      doc: { _id: 1, a: [1, 2, 3] },
      update: { $set: { 'a.1': 9 } },
      expected: { _id: 1, a: [1, 9, 3] },
    },
    {
      title: 'beyond the end of an array nulls fill the gap',
      doc: { _id: 1, a: [1] },
      update: { $set: { 'a.3': 4 } },
      expected: { _id: 1, a: [1, null, null, 4] },
    },
    {
      title: 'a field of an element',
      doc: { _id: 1, a: [{ b: 1 }] },
      update: { $set: { 'a.0.c': 2 } },
      expected: { _id: 1, a: [{ b: 1, c: 2 }] },
    },
    {
      title: 'the same value in another type',
      doc: { _id: 1, a: 1 },
      update: { $set: { a: new Double(1) } },
      expected: { _id: 1, a: new Double(1) },
    },
    { title: 'nothing', doc: { _id: 1, a: 1 }, update: { $set: {} }, expected: { _id: 1, a: 1 } },
    {
      title: 'no field inside a number',
      doc: { _id: 1, a: 5 },
      update: { $set: { 'a.b': 1 } },
      expected: { code: 28 },
    },
    { title: 'no field inside null', doc: { _id: 1, a: null }, update: { $set: { 'a.b': 1 } }, expected: { code: 28 } },
    {
      title: 'no name inside an array',
      doc: { _id: 1, a: [1] },
      update: { $set: { 'a.b': 1 } },
      expected: { code: 28 },
    },
    { title: 'the _id stays', doc: { _id: 1 }, update: { $set: { _id: 2 } }, expected: { code: 66 } },
    {
      title: 'the same _id is no change',
      doc: { _id: 1 },
      update: { $set: { _id: 1, a: 1 } },
      expected: { _id: 1, a: 1 },
    },
    { title: 'an empty name in a path', doc: { _id: 1 }, update: { $set: { 'a.': 1 } }, expected: { code: 56 } },
    {
      title: 'a whole path and a part of it',
      doc: { _id: 1 },
      update: { $set: { a: 1, 'a.b': 2 } },
      expected: { code: 40 },
    },
    {
      title: 'two operators on a field',
      doc: { _id: 1 },
      update: { $set: { a: 1 }, $inc: { a: 1 } },
      expected: { code: 40 },
    },
    { title: 'an unknown operator', doc: { _id: 1 }, update: { $put: { a: 1 } }, expected: { code: 9 } },
    { title: 'an operator without fields', doc: { _id: 1 }, update: { $set: 5 }, expected: { code: 9 } },
  ],
};

const unset: UpdateTable = {
  manual: 'reference/operator/update/unset',
  cases: [
    { title: 'a field', doc: { _id: 1, a: 1, b: 2 }, update: { $unset: { a: '' } }, expected: { _id: 1, b: 2 } },
    { title: 'a missing field', doc: { _id: 1, b: 2 }, update: { $unset: { a: '' } }, expected: { _id: 1, b: 2 } },
    {
      title: 'below a document',
      doc: { _id: 1, a: { b: 1, c: 2 } },
      update: { $unset: { 'a.b': 1 } },
      expected: { _id: 1, a: { c: 2 } },
    },
    {
      title: 'the last field leaves an empty document',
      doc: { _id: 1, a: { b: 1 } },
      update: { $unset: { 'a.b': 1 } },
      expected: { _id: 1, a: {} },
    },
    {
      title: 'an element becomes null',
      doc: { _id: 1, a: [1, 2, 3] },
      update: { $unset: { 'a.1': 1 } },
      expected: { _id: 1, a: [1, null, 3] },
    },
    {
      title: 'below a number is nothing',
      doc: { _id: 1, a: 5 },
      update: { $unset: { 'a.b': 1 } },
      expected: { _id: 1, a: 5 },
    },
    { title: 'the _id stays', doc: { _id: 1 }, update: { $unset: { _id: 1 } }, expected: { code: 66 } },
  ],
};

const arithmetic: UpdateTable = {
  manual: 'reference/operator/update/inc',
  cases: [
    { title: '$inc', doc: { _id: 1, n: 5 }, update: { $inc: { n: -2 } }, expected: { _id: 1, n: 3 } },
    {
      title: '$inc of a missing field',
      doc: { _id: 1 },
      update: { $inc: { 'a.n': 5 } },
      expected: { _id: 1, a: { n: 5 } },
    },
    {
      title: 'Int32 and Int32 stay Int32',
      doc: { _id: 1, n: 1 },
      update: { $inc: { n: 1 } },
      expected: { _id: 1, n: new Int32(2) },
    },
    {
      title: 'Int32 that overflows becomes Long',
      doc: { _id: 1, n: MAX_INT },
      update: { $inc: { n: 1 } },
      expected: { _id: 1, n: Long.fromString('2147483648') },
    },
    {
      title: 'Int32 and Long become Long',
      doc: { _id: 1, n: 1 },
      update: { $inc: { n: Long.fromNumber(1) } },
      expected: { _id: 1, n: Long.fromNumber(2) },
    },
    {
      title: 'with a Double it becomes Double',
      doc: { _id: 1, n: 1 },
      update: { $inc: { n: new Double(1) } },
      expected: { _id: 1, n: new Double(2) },
    },
    {
      title: 'with a Decimal128 it becomes Decimal128',
      doc: { _id: 1, n: 1 },
      update: { $inc: { n: Decimal128.fromString('0.10') } },
      expected: { _id: 1, n: Decimal128.fromString('1.10') },
    },
    {
      title: 'a Long does not overflow silently',
      doc: { _id: 1, n: MAX_LONG },
      update: { $inc: { n: 1 } },
      expected: { code: 2 },
    },
    { title: 'no text is increased', doc: { _id: 1, n: 'x' }, update: { $inc: { n: 1 } }, expected: { code: 14 } },
    { title: 'null is not increased', doc: { _id: 1, n: null }, update: { $inc: { n: 1 } }, expected: { code: 14 } },
    { title: 'no increase by text', doc: { _id: 1, n: 1 }, update: { $inc: { n: '1' } }, expected: { code: 14 } },
    { title: '$mul', doc: { _id: 1, n: 5 }, update: { $mul: { n: 3 } }, expected: { _id: 1, n: 15 } },
    {
      title: '$mul of a missing field is zero in the type of the factor',
      doc: { _id: 1 },
      update: { $mul: { n: Long.fromNumber(3) } },
      expected: { _id: 1, n: Long.fromNumber(0) },
    },
    {
      title: '$mul that overflows Int32',
      doc: { _id: 1, n: MAX_INT },
      update: { $mul: { n: 2 } },
      expected: { _id: 1, n: Long.fromString('4294967294') },
    },
    { title: '$mul by a Double', doc: { _id: 1, n: 3 }, update: { $mul: { n: 0.5 } }, expected: { _id: 1, n: 1.5 } },
    {
      title: '$mul with a Decimal128',
      doc: { _id: 1, n: Decimal128.fromString('1.5') },
      update: { $mul: { n: 2 } },
      expected: { _id: 1, n: Decimal128.fromString('3.0') },
    },
    { title: '$mul of text', doc: { _id: 1, n: 'x' }, update: { $mul: { n: 2 } }, expected: { code: 14 } },
  ],
};

const others: UpdateTable = {
  manual: 'reference/operator/update-field',
  cases: [
    {
      title: '$min with a smaller value',
      doc: { _id: 1, a: 5 },
      update: { $min: { a: 3 } },
      expected: { _id: 1, a: 3 },
    },
    {
      title: '$min with a larger value',
      doc: { _id: 1, a: 5 },
      update: { $min: { a: 7 } },
      expected: { _id: 1, a: 5 },
    },
    {
      title: '$max with an equal value keeps the type',
      doc: { _id: 1, a: 5 },
      update: { $max: { a: new Double(5) } },
      expected: { _id: 1, a: 5 },
    },
    { title: '$max of a missing field', doc: { _id: 1 }, update: { $max: { a: 5 } }, expected: { _id: 1, a: 5 } },
    {
      title: '$max by the order of types',
      doc: { _id: 1, a: 5 },
      update: { $max: { a: 'x' } },
      expected: { _id: 1, a: 'x' },
    },
    { title: '$min with null', doc: { _id: 1, a: 5 }, update: { $min: { a: null } }, expected: { _id: 1, a: null } },
    {
      title: '$max of dates',
      doc: { _id: 1, a: new Date(5) },
      update: { $max: { a: new Date(9) } },
      expected: { _id: 1, a: new Date(9) },
    },
    {
      title: '$rename',
      doc: { _id: 1, a: 1, b: 2 },
      update: { $rename: { a: 'c' } },
      expected: { _id: 1, b: 2, c: 1 },
    },
    {
      title: '$rename into a document',
      doc: { _id: 1, a: 1 },
      update: { $rename: { a: 'b.c' } },
      expected: { _id: 1, b: { c: 1 } },
    },
    {
      title: '$rename onto a field',
      doc: { _id: 1, a: 1, b: 2 },
      update: { $rename: { a: 'b' } },
      expected: { _id: 1, b: 1 },
    },
    {
      title: '$rename of a missing field',
      doc: { _id: 1, b: 2 },
      update: { $rename: { a: 'b' } },
      expected: { _id: 1, b: 2 },
    },
    {
      title: '$rename below a value',
      doc: { _id: 1, a: 5 },
      update: { $rename: { 'a.b': 'c' } },
      expected: { code: 28 },
    },
    { title: '$rename into itself', doc: { _id: 1, a: 5 }, update: { $rename: { a: 'a.b' } }, expected: { code: 2 } },
    { title: '$rename to itself', doc: { _id: 1, a: 1 }, update: { $rename: { a: 'a' } }, expected: { code: 2 } },
    {
      title: '$rename out of an array',
      doc: { _id: 1, a: [{ b: 1 }] },
      update: { $rename: { 'a.0.b': 'c' } },
      expected: { code: 2 },
    },
    {
      title: '$rename and $set of the target',
      doc: { _id: 1, a: 1 },
      update: { $rename: { a: 'b' }, $set: { b: 1 } },
      expected: { code: 40 },
    },
    {
      title: '$setOnInsert does nothing to a stored document',
      doc: { _id: 1 },
      update: { $setOnInsert: { a: 1 }, $set: { b: 1 } },
      expected: { _id: 1, b: 1 },
    },
    {
      title: 'a replacement keeps the _id',
      doc: { _id: 1, a: 1 },
      update: { b: 2, c: 3 },
      expected: { _id: 1, b: 2, c: 3 },
    },
    {
      title: 'a replacement with the same _id',
      doc: { _id: 1, a: 1 },
      update: { b: 2, _id: 1 },
      expected: { _id: 1, b: 2 },
    },
    { title: 'a replacement with another _id', doc: { _id: 1, a: 1 }, update: { _id: 2 }, expected: { code: 66 } },
    { title: 'an empty replacement', doc: { _id: 1, a: 1 }, update: {}, expected: { _id: 1 } },
  ],
};

export const fieldTables = { set, unset, arithmetic, others };
