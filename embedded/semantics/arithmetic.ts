// Adding, subtracting and multiplying with MongoDB's rules for the type of the result.
import { Decimal128, Double, Int32, Long } from 'bson';
import {
  addDecimals,
  type Decimal,
  decimalOfDouble,
  decimalToNumber,
  formatDecimal,
  multiplyDecimals,
  parseDecimal,
} from './decimal.ts';
import { plainOf } from './numbers.ts';
import { BsonType, typeOf } from './types.ts';

export type Operation = 'add' | 'subtract' | 'multiply';

const MAX_LONG = 2n ** 63n - 1n;
const MIN_LONG = -(2n ** 63n);

/**
 * The widest type wins: Decimal128 over Double over Long over Int32. An Int32 that overflows becomes a Long; null stands
 * for an integer that does not fit a Long (an error in updates, a Double in expressions). Both arguments are numbers.
 */
export function calculate(operation: Operation, a: unknown, b: unknown): unknown {
  const types = [typeOf(a), typeOf(b)];
  if (types.includes(BsonType.decimal)) return formatDecimal(onDecimals(operation, toDecimal(a), toDecimal(b)));
  if (types.includes(BsonType.double)) return new Double(onDoubles(operation, toDouble(a), toDouble(b)));
  const exact = onIntegers(operation, toInteger(a), toInteger(b));
  if (!types.includes(BsonType.long) && BigInt.asIntN(32, exact) === exact) return new Int32(Number(exact));
  return exact >= MIN_LONG && exact <= MAX_LONG ? Long.fromBigInt(exact) : null;
}

/** As expressions do it: what overflows a Long becomes a Double. */
export function calculateWidening(operation: Operation, a: unknown, b: unknown): unknown {
  return calculate(operation, a, b) ?? new Double(onDoubles(operation, toDouble(a), toDouble(b)));
}

function onIntegers(operation: Operation, a: bigint, b: bigint): bigint {
  if (operation === 'multiply') return a * b;
  return operation === 'add' ? a + b : a - b;
}

function onDoubles(operation: Operation, a: number, b: number): number {
  if (operation === 'multiply') return a * b;
  return operation === 'add' ? a + b : a - b;
}

function onDecimals(operation: Operation, a: Decimal, b: Decimal): Decimal {
  if (operation === 'multiply') return multiplyDecimals(a, b);
  return operation === 'add' ? addDecimals(a, b) : addDecimals(a, negated(b));
}

function negated(value: Decimal): Decimal {
  return multiplyDecimals(value, { kind: 'finite', coefficient: -1n, exponent: 0 });
}

export function toDecimal(value: unknown): Decimal {
  if (value instanceof Decimal128) return parseDecimal(value);
  if (typeOf(value) === BsonType.double) return decimalOfDouble(toDouble(value));
  return { kind: 'finite', coefficient: toInteger(value), exponent: 0 };
}

export function toDouble(value: unknown): number {
  const plain = plainOf(value);
  return plain instanceof Decimal128 ? decimalToNumber(plain) : Number(plain ?? Number.NaN);
}

function toInteger(value: unknown): bigint {
  const plain = plainOf(value);
  return typeof plain === 'number' || typeof plain === 'bigint' ? BigInt(plain) : 0n;
}
