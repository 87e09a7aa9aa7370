// Which BSON type a decoded value has, and the place of each type in MongoDB's order.

import type { Doc } from './values.ts';

/** Type codes of the BSON specification; 0 stands for a missing value. */
export const BsonType = {
  missing: 0,
  double: 1,
  string: 2,
  object: 3,
  array: 4,
  binData: 5,
  undefined: 6,
  objectId: 7,
  bool: 8,
  date: 9,
  null: 10,
  regex: 11,
  javascript: 13,
  symbol: 14,
  javascriptWithScope: 15,
  int: 16,
  timestamp: 17,
  long: 18,
  decimal: 19,
  minKey: -1,
  maxKey: 127,
} as const;

const BY_TAG: ReadonlyMap<unknown, number> = new Map<unknown, number>([
  ['Int32', BsonType.int],
  ['Double', BsonType.double],
  ['Long', BsonType.long],
  ['Decimal128', BsonType.decimal],
  ['ObjectId', BsonType.objectId],
  ['Binary', BsonType.binData],
  ['Timestamp', BsonType.timestamp],
  ['BSONRegExp', BsonType.regex],
  ['BSONSymbol', BsonType.symbol],
  ['MinKey', BsonType.minKey],
  ['MaxKey', BsonType.maxKey],
]);

export function isDoc(value: unknown): value is Doc {
  if (typeof value !== 'object' || value === null) return false;
  // A stored field called _bsontype must not turn a document into something else: ask the prototype first.
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

export function typeOf(value: unknown): number {
  switch (typeof value) {
    case 'string':
      return BsonType.string;
    case 'boolean':
      return BsonType.bool;
    case 'undefined':
      return BsonType.undefined;
    case 'number':
      return (value | 0) === value && !Object.is(value, -0) ? BsonType.int : BsonType.double;
    case 'bigint':
      return BsonType.long;
    case 'symbol':
      return BsonType.missing;
    default:
      return typeOfObject(value);
  }
}

function typeOfObject(value: unknown): number {
  if (value === null) return BsonType.null;
  if (isDoc(value)) return BsonType.object;
  if (Array.isArray(value)) return BsonType.array;
  if (value instanceof Date) return BsonType.date;
  if (value instanceof Uint8Array) return BsonType.binData;
  const tag = tagOf(value);
  if (tag === 'Code') return hasScope(value) ? BsonType.javascriptWithScope : BsonType.javascript;
  return BY_TAG.get(tag) ?? BsonType.object;
}

/** The class name that every value class of the bson library answers with. */
export function tagOf(value: unknown): unknown {
  return typeof value === 'object' && value !== null && '_bsontype' in value ? value._bsontype : undefined;
}

function hasScope(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'scope' in value && value.scope !== null;
}

/** Types with the same rank compare by value, others by rank; range operators only see values of their own rank. */
export function rankOf(value: unknown): number {
  return RANKS[typeOf(value) + 1] ?? 200;
}

/** Indexed by type code + 1, so that MinKey (-1) has a place. */
const RANKS: readonly number[] = (() => {
  const ranks: number[] = new Array(129).fill(200);
  const order: ReadonlyArray<readonly [number, number]> = [
    [BsonType.minKey, -1],
    [BsonType.missing, 0],
    [BsonType.undefined, 0],
    [BsonType.null, 5],
    [BsonType.double, 10],
    [BsonType.int, 10],
    [BsonType.long, 10],
    [BsonType.decimal, 10],
    [BsonType.string, 15],
    [BsonType.symbol, 15],
    [BsonType.object, 20],
    [BsonType.array, 25],
    [BsonType.binData, 30],
    [BsonType.objectId, 35],
    [BsonType.bool, 40],
    [BsonType.date, 45],
    [BsonType.timestamp, 47],
    [BsonType.regex, 50],
    [BsonType.javascript, 60],
    [BsonType.javascriptWithScope, 65],
    [BsonType.maxKey, 127],
  ];
  for (const [type, rank] of order) ranks[type + 1] = rank;
  return ranks;
})();

const NAMES: Readonly<Record<number, string>> = Object.fromEntries(
  Object.entries(BsonType).map(([name, code]) => [code, name]),
);

/** The name $type and error messages use. */
export function typeName(value: unknown): string {
  return NAMES[typeOf(value)] ?? 'unknown';
}
