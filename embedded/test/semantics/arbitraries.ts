// Arbitrary BSON for property tests: all types, awkward names, numbers where types and rounding matter.
import {
  Binary,
  BSONRegExp,
  BSONSymbol,
  Code,
  Decimal128,
  Double,
  Int32,
  Long,
  MaxKey,
  MinKey,
  ObjectId,
  Timestamp,
} from 'bson';
import fc from 'fast-check';
import { setField } from '../../semantics/fields.ts';
import type { Doc } from '../../semantics/values.ts';

const bytes = (length: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ minLength: length, maxLength: length });
const text = fc.string({ unit: 'binary', maxLength: 6 });
const plainText = fc.string({ unit: fc.constantFrom('a', 'b', 'é', '\u{1f600}', '\uffee'), maxLength: 3 });

const doubles = fc.oneof(
  fc.double(),
  fc.constantFrom(0, -0, 1, 0.1, 0.5, 2 ** 53, 2 ** 63, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY),
);

const decimals = fc.oneof(
  bytes(16).map((value) => new Decimal128(value)),
  fc
    .constantFrom('0', '-0', '1', '1.0', '0.1', '0.5', '9007199254740992', '1E+30', 'NaN', 'Infinity', '-Infinity')
    .map((value) => Decimal128.fromString(value)),
);

const longs = fc.oneof(
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.constantFrom(0n, 1n, 2n ** 53n, 2n ** 53n + 1n),
);

export const numbers: fc.Arbitrary<unknown> = fc.oneof(
  fc.oneof(fc.integer(), fc.integer({ min: -2, max: 2 })).map((value) => new Int32(value)),
  doubles.map((value) => new Double(value)),
  longs.map((value) => Long.fromBigInt(value)),
  decimals,
);

const timestamps = fc
  .record({ t: fc.nat({ max: 4294967295 }), i: fc.nat({ max: 4294967295 }) })
  .map((value) => new Timestamp(value));

const binaries = fc
  .tuple(fc.uint8Array({ maxLength: 4 }), fc.constantFrom(0, 2, 3, 5, 128))
  .map(([value, subType]) => new Binary(value, subType));

const regexes = fc
  .tuple(plainText, fc.constantFrom('', 'i', 'im'))
  .map(([pattern, options]) => new BSONRegExp(pattern, options));

const scalars: fc.Arbitrary<unknown> = fc.oneof(
  { arbitrary: numbers, weight: 6 },
  { arbitrary: fc.oneof(text, plainText), weight: 3 },
  fc.constantFrom(null, undefined, true, false),
  bytes(12).map((value) => new ObjectId(value)),
  fc.date({ noInvalidDate: true }),
  binaries,
  regexes,
  timestamps,
  fc.constantFrom(new MinKey(), new MaxKey(), new Code('f'), new Code('f', { x: new Int32(1) }), new BSONSymbol('a')),
);

const names = fc.oneof(
  { arbitrary: fc.constantFrom('a', 'b', 'c'), weight: 6 },
  fc.constantFrom('0', '1', '10', '__proto__', 'constructor', '_bsontype', '', '$x', 'ü'),
);

function docOf(value: fc.Arbitrary<unknown>): fc.Arbitrary<Doc> {
  return fc.array(fc.tuple(names, value), { maxLength: 4 }).map((fields) => {
    const doc: Doc = {};
    for (const [name, field] of fields) setField(doc, name, field);
    return doc;
  });
}

function nested(depth: number, leaf: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  if (depth === 0) return leaf;
  const inner = nested(depth - 1, leaf);
  return fc.oneof(
    { arbitrary: leaf, weight: 3 },
    { arbitrary: fc.array(inner, { maxLength: 3 }), weight: 2 },
    { arbitrary: docOf(inner), weight: 2 },
  );
}

export const values: fc.Arbitrary<unknown> = nested(3, scalars);
export const documents: fc.Arbitrary<Doc> = docOf(nested(3, scalars));

/** Few values, so that queries and documents meet. */
const few = fc.constantFrom<unknown>(
  null,
  new Int32(1),
  new Int32(2),
  Long.fromNumber(2),
  new Double(3),
  'a',
  undefined,
);
export const fewDocuments: fc.Arbitrary<Doc> = docOf(nested(3, few));

export const paths = fc.constantFrom('a', 'b', 'a.b', 'a.b.c', 'a.0', 'a.0.b', 'b.a', 'c', 'a.a', '0', '__proto__.a');

function operatorsOn(operand: fc.Arbitrary<unknown>, number: fc.Arbitrary<unknown>): fc.Arbitrary<Doc> {
  const comparison = fc.constantFrom('$eq', '$ne', '$gt', '$gte', '$lt', '$lte');
  const range = fc.tuple(fc.constantFrom('$gt', '$gte'), fc.constantFrom('$lt', '$lte'), number, number);
  const others: Doc[] = [
    { $exists: true },
    { $exists: false },
    { $size: 1 },
    { $type: 'number' },
    { $mod: [2, 0] },
    { $regex: 'a' },
  ];
  return fc.letrec<{ operators: Doc }>((tie) => ({
    operators: fc.oneof(
      { depthSize: 'small' },
      { arbitrary: fc.tuple(comparison, operand).map(pair), weight: 6 },
      { arbitrary: range.map(([from, to, a, b]) => ({ [from]: a, [to]: b })), weight: 3 },
      {
        arbitrary: fc.tuple(fc.constantFrom('$in', '$nin', '$all'), fc.array(operand, { maxLength: 3 })).map(pair),
        weight: 2,
      },
      fc.constantFrom(...others),
      tie('operators').map((inner) => ({ $not: inner })),
      tie('operators').map((inner) => ({ $elemMatch: inner })),
      fc
        .tuple(fc.constantFrom('a', 'b', 'b.a'), tie('operators'))
        .map(([name, inner]) => ({ $elemMatch: { [name]: inner } })),
    ),
  })).operators;
}

function pair([name, value]: readonly [string, unknown]): Doc {
  return { [name]: value };
}

function filtersOn(operand: fc.Arbitrary<unknown>, number: fc.Arbitrary<unknown>): fc.Arbitrary<Doc> {
  const condition = fc.tuple(paths, fc.oneof(operatorsOn(operand, number), operand)).map(pair);
  return fc.oneof(
    { arbitrary: condition, weight: 4 },
    fc.tuple(condition, condition).map(([first, second]) => ({ ...first, ...second })),
    fc.tuple(fc.constantFrom('$and', '$or', '$nor'), fc.array(condition, { minLength: 1, maxLength: 3 })).map(pair),
  );
}

/** Queries, now and then an invalid one. */
export const filters: fc.Arbitrary<Doc> = filtersOn(values, numbers);
export const fewFilters: fc.Arbitrary<Doc> = filtersOn(nested(1, few), fc.constantFrom(0, 1, 2, 3, 4));
