// Comparing numbers of different types without losing a digit.
import { Decimal128, Double, Int32, Long, Timestamp } from 'bson';
import { type Decimal, decimalToNumber, parseDecimal } from './decimal.ts';

/** A number as JavaScript can compare it exactly: a bigint only where a Long exceeds 2^53. */
export type Plain = number | bigint | Decimal128;

export function plainOf(value: unknown): Plain | null {
  if (value instanceof Int32 || value instanceof Double) return value.value;
  if (typeof value === 'number' || typeof value === 'bigint') return value;
  if (value instanceof Decimal128) return value;
  if (value instanceof Long && !(value instanceof Timestamp)) return plainOfLong(value);
  return null;
}

function plainOfLong(value: Long): number | bigint {
  // 2^53 = 0x200000 * 2^32: below that a double holds the integer exactly.
  if (value.high >= -0x200000 && value.high < 0x200000) return value.high * 4294967296 + (value.low >>> 0);
  return value.toBigInt();
}

/** NaN equals NaN and is less than every other number; -0 equals 0. */
export function comparePlain(a: Plain, b: Plain): number {
  if (a instanceof Decimal128) {
    return b instanceof Decimal128
      ? compareDecimals(parseDecimal(a), parseDecimal(b))
      : compareDecimalTo(parseDecimal(a), b);
  }
  if (b instanceof Decimal128) return -compareDecimalTo(parseDecimal(b), a);
  if (a < b) return -1;
  if (a > b) return 1;
  // Equal, unless one of them is NaN.
  return Number(Number.isNaN(b)) - Number(Number.isNaN(a));
}

function compareDecimalTo(a: Decimal, b: number | bigint): number {
  if (typeof b === 'bigint') return compareDecimals(a, { kind: 'finite', coefficient: b, exponent: 0 });
  return compareDecimals(a, exactDecimal(b));
}

/** Every double is a finite decimal fraction: m * 2^-k = m * 5^k * 10^-k. */
function exactDecimal(value: number): Decimal {
  if (Number.isNaN(value)) return { kind: 'nan' };
  if (!Number.isFinite(value)) return { kind: 'infinite', sign: value < 0 ? -1 : 1 };
  let power = 0;
  let scaled = value;
  while (!Number.isInteger(scaled)) {
    scaled *= 2;
    power += 1;
  }
  return { kind: 'finite', coefficient: BigInt(scaled) * 5n ** BigInt(power), exponent: -power };
}

function compareDecimals(a: Decimal, b: Decimal): number {
  if (a.kind === 'nan' || b.kind === 'nan') return Number(b.kind === 'nan') - Number(a.kind === 'nan');
  if (a.kind === 'infinite' || b.kind === 'infinite') return compareInfinite(a, b);
  const exponent = Math.min(a.exponent, b.exponent);
  const left = a.coefficient * 10n ** BigInt(a.exponent - exponent);
  const right = b.coefficient * 10n ** BigInt(b.exponent - exponent);
  return left < right ? -1 : left > right ? 1 : 0;
}

function compareInfinite(a: Decimal, b: Decimal): number {
  const left = a.kind === 'infinite' ? a.sign : 0;
  const right = b.kind === 'infinite' ? b.sign : 0;
  return Math.sign(left - right);
}

/** Whole numbers of any type as an integer, anything else null; for arguments such as $limit or $size. */
export function integerOf(value: unknown): number | null {
  const plain = plainOf(value);
  if (plain === null) return null;
  const number = plain instanceof Decimal128 ? decimalToNumber(plain) : Number(plain);
  return Number.isSafeInteger(number) ? number : null;
}

export function isNumber(value: unknown): boolean {
  return plainOf(value) !== null;
}
