import { Binary, BSONRegExp, Decimal128, Double, Int32, Long, MaxKey, MinKey, ObjectId, Timestamp } from 'bson';
import { expect } from 'chai';
import { prefixEnd, valueKey } from '../engine/value-key.ts';
import { MISSING } from '../semantics/fields.ts';
import { generateKeys } from '../semantics/index-keys.ts';
import { compareValues } from '../semantics/values.ts';
import { seeded } from './running.ts';

type Random = ReturnType<typeof seeded>;

const NUMBERS: unknown[] = [
  ...[
    0,
    -0,
    1,
    -1,
    5,
    2 ** 31,
    -(2 ** 31),
    2 ** 53,
    2 ** 53 + 2,
    -(2 ** 53),
    1e300,
    -1e300,
    5e-324,
    -5e-324,
    0.1,
    -0.1,
  ],
  ...[Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.MAX_VALUE, 1e23, 1e22, 0.3],
].map((value) => new Double(value));
const LONGS = [
  '9007199254740993',
  '-9007199254740993',
  '9223372036854775807',
  '-9223372036854775808',
  '4',
  '-1',
  '9007199254740992',
];
const DECIMALS = [
  '0.1',
  '-0.1',
  '0.10',
  '1',
  '1E+3',
  '1000',
  '9007199254740993',
  '9007199254740992.5',
  '1E+6144',
  '-1E+6144',
];
const ODD_DECIMALS = [
  'NaN',
  'Infinity',
  '-Infinity',
  '1E-6176',
  '-1E-6176',
  '0E+10',
  '-0',
  '0.3',
  '1E+23',
  '99999999999999999999999',
  '0.3000000000000000000001',
];
const OTHERS: unknown[] = [
  ...[
    null,
    undefined,
    true,
    false,
    '',
    'a',
    'ab',
    'b',
    'a\0',
    'a\0b',
    'a\u0001',
    'é',
    '\u{1f600}',
    '\uffff',
    new Date(0),
    new Date(-1),
    new Date(8.64e15),
  ],
  ...[new MinKey(), new MaxKey(), new ObjectId('000000000000000000000001'), new ObjectId('ffffffffffffffffffffffff')],
  ...[
    new Binary(Buffer.from([1, 2])),
    new Binary(Buffer.from([255])),
    new Binary(Buffer.from([1, 2]), 4),
    new Timestamp({ t: 1, i: 2 }),
  ],
  ...[
    new BSONRegExp('a', 'i'),
    new BSONRegExp('a'),
    {},
    { a: new Int32(1) },
    { b: new Int32(1) },
    { a: new Int32(1), b: null },
    { a: 'x' },
  ],
  ...[[], [new Int32(1)], [new Int32(1), new Int32(2)], [[new Int32(1)]], [null], { '10': 1, a: 2 }],
];
const VALUES: readonly unknown[] = [
  ...NUMBERS,
  ...[...LONGS].map((text) => Long.fromString(text)),
  ...[...DECIMALS, ...ODD_DECIMALS].map((text) => Decimal128.fromString(text)),
  ...OTHERS,
];

function randomValue(random: Random, depth = 0): unknown {
  const kind = random.below(depth > 2 ? 8 : 10);
  if (kind < 4) return random.pick(VALUES);
  if (kind === 4) return new Int32(random.below(7) - 3);
  if (kind === 5) return Long.fromBits(random.below(2 ** 32) | 0, random.below(2 ** 32) | 0);
  if (kind === 6)
    return Decimal128.fromString(
      `${random.below(2) ? '-' : ''}${random.below(1e9)}${random.below(1e9)}E${random.below(60) - 30}`,
    );
  if (kind === 7) return new Double((random.next() - 0.5) * 10 ** (random.below(40) - 20));
  if (kind === 8) return Array.from({ length: random.below(3) }, () => randomValue(random, depth + 1));
  return Object.fromEntries(
    Array.from({ length: random.below(3) }, (_, i) => [
      random.pick(['a', 'b', 'c', `k${i}`]),
      randomValue(random, depth + 1),
    ]),
  );
}

const sign = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function expectSameOrder(a: unknown, b: unknown): void {
  const wanted = Math.sign(compareValues(a, b));
  const up = sign(valueKey(a), valueKey(b));
  const down = sign(valueKey(a, true), valueKey(b, true));
  if (up === wanted && down === (wanted === 0 ? 0 : -wanted)) return;
  expect.fail(
    `order of ${JSON.stringify(a)} and ${JSON.stringify(b)} is ${wanted}, by key ${up} and descending ${down}`,
  );
}

describe('index keys', () => {
  it('sort all pairs of remarkable values as MongoDB does', () => {
    for (const a of VALUES) for (const b of VALUES) expectSameOrder(a, b);
  });

  it('sort random values as MongoDB does', () => {
    const seed = Date.now() % 1_000_000;
    const random = seeded(seed);
    try {
      for (let i = 0; i < 20_000; i++) expectSameOrder(randomValue(random), randomValue(random));
    } catch (error) {
      throw new Error(`seed ${seed}: ${String(error)}`);
    }
  });

  it('are never the beginning of one another, so that compound keys cannot mix', () => {
    const keys = [...new Set(VALUES.map((value) => valueKey(value)))];
    for (const a of keys) for (const b of keys) if (a !== b) expect(b.startsWith(a)).to.equal(false);
    expect(prefixEnd('a\xff')).to.equal('b');
    expect(prefixEnd('\xff\xff') > '\xff\xff\xff').to.equal(true);
  });

  it('are made for each element of an array, together for paths through the same one', () => {
    const doc = { t: 1, a: [{ b: 1, c: 'x' }, { b: 2 }, 7], e: [] };
    const rows = (...paths: string[]) =>
      generateKeys(
        doc,
        paths.map((path) => path.split('.')),
      );
    expect(rows('a.b', 'a.c', 't').rows).to.deep.equal([
      [1, 'x', 1],
      [2, MISSING, 1],
      [MISSING, MISSING, 1],
    ]);
    expect(rows('a.b', 't').multikey).to.deep.equal([true, false]);
    expect(rows('e').rows).to.deep.equal([[undefined]]);
    expect(rows('x.y')).to.deep.include({ rows: [[MISSING]], isAbsent: true });
    expect(() => rows('a.b', 'e')).to.throw('cannot index parallel arrays');
  });
});
