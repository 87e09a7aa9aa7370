// Decimal128 as an exact pair of coefficient and exponent: enough for comparing, adding and multiplying.
import { Decimal128 } from 'bson';

export type Decimal =
  | { readonly kind: 'finite'; readonly coefficient: bigint; readonly exponent: number }
  | { readonly kind: 'infinite'; readonly sign: 1 | -1 }
  | { readonly kind: 'nan' };

const MAX_DIGITS = 34;
const MAX_COEFFICIENT = 10n ** BigInt(MAX_DIGITS) - 1n;
const MAX_EXPONENT = 6111;
const MIN_EXPONENT = -6176;

/** Reads the IEEE 754-2008 binary integer encoding: sign, 14 bits of exponent, 113 bits of coefficient. */
export function parseDecimal(value: Decimal128): Decimal {
  const view = new DataView(value.bytes.buffer, value.bytes.byteOffset, 16);
  const high = view.getBigUint64(8, true);
  const low = view.getBigUint64(0, true);
  const sign = high >> 63n === 1n ? -1 : 1;
  const top = Number((high >> 58n) & 0x1fn);
  if (top === 0x1f) return { kind: 'nan' };
  if (top === 0x1e) return { kind: 'infinite', sign };
  // A coefficient too large for 34 digits is a non-canonical way to write zero.
  if (top >= 0x18) return { kind: 'finite', coefficient: 0n, exponent: 0 };
  const exponent = Number((high >> 49n) & 0x3fffn) + MIN_EXPONENT;
  const coefficient = ((high & 0x1ffffffffffffn) << 64n) | low;
  if (coefficient > MAX_COEFFICIENT) return { kind: 'finite', coefficient: 0n, exponent };
  return { kind: 'finite', coefficient: sign < 0 ? -coefficient : coefficient, exponent };
}

/** The nearest double. Not by the library's text, which shows the non-canonical zeros as the numbers they would be. */
export function decimalToNumber(value: Decimal128): number {
  const decimal = parseDecimal(value);
  if (decimal.kind === 'nan') return Number.NaN;
  if (decimal.kind === 'infinite') return decimal.sign * Number.POSITIVE_INFINITY;
  return Number(`${decimal.coefficient}e${decimal.exponent}`);
}

export function formatDecimal(value: Decimal): Decimal128 {
  if (value.kind === 'nan') return Decimal128.fromString('NaN');
  if (value.kind === 'infinite') return Decimal128.fromString(value.sign < 0 ? '-Infinity' : 'Infinity');
  let { coefficient, exponent } = roundTo34Digits(value.coefficient, value.exponent);
  if (coefficient === 0n) exponent = Math.min(Math.max(exponent, MIN_EXPONENT), MAX_EXPONENT);
  while (exponent < MIN_EXPONENT && coefficient !== 0n) {
    coefficient = divideHalfEven(coefficient, 10n);
    exponent += 1;
  }
  if (exponent > MAX_EXPONENT + MAX_DIGITS) return Decimal128.fromString(coefficient < 0n ? '-Infinity' : 'Infinity');
  return Decimal128.fromString(`${coefficient}E${Math.max(exponent, MIN_EXPONENT)}`);
}

function roundTo34Digits(coefficient: bigint, exponent: number): { coefficient: bigint; exponent: number } {
  const excess = digits(coefficient) - MAX_DIGITS;
  if (excess <= 0) return { coefficient, exponent };
  const rounded = divideHalfEven(coefficient, 10n ** BigInt(excess));
  // Rounding 99..9 up gives one digit more than wanted.
  return digits(rounded) > MAX_DIGITS
    ? { coefficient: rounded / 10n, exponent: exponent + excess + 1 }
    : { coefficient: rounded, exponent: exponent + excess };
}

function divideHalfEven(value: bigint, divisor: bigint): bigint {
  const quotient = value / divisor;
  const rest = value % divisor;
  const twice = (rest < 0n ? -rest : rest) * 2n;
  const up = twice > divisor || (twice === divisor && quotient % 2n !== 0n);
  return up ? quotient + (value < 0n ? -1n : 1n) : quotient;
}

function digits(value: bigint): number {
  return (value < 0n ? -value : value).toString().length;
}

/** The server turns a Double into a Decimal128 by its 15 significant digits when it calculates (not when it compares). */
export function decimalOfDouble(value: number): Decimal {
  if (Number.isNaN(value)) return { kind: 'nan' };
  if (!Number.isFinite(value)) return { kind: 'infinite', sign: value < 0 ? -1 : 1 };
  const [mantissa = '0', exponent = '0'] = value.toExponential(14).split('e');
  return { kind: 'finite', coefficient: BigInt(mantissa.replace('.', '')), exponent: Number(exponent) - 14 };
}

export function addDecimals(a: Decimal, b: Decimal): Decimal {
  if (a.kind === 'nan' || b.kind === 'nan') return { kind: 'nan' };
  if (a.kind === 'infinite') return b.kind === 'infinite' && a.sign !== b.sign ? { kind: 'nan' } : a;
  if (b.kind === 'infinite') return b;
  const exponent = Math.min(a.exponent, b.exponent);
  const sum = scaled(a.coefficient, a.exponent - exponent) + scaled(b.coefficient, b.exponent - exponent);
  return { kind: 'finite', coefficient: sum, exponent };
}

export function multiplyDecimals(a: Decimal, b: Decimal): Decimal {
  if (a.kind === 'nan' || b.kind === 'nan') return { kind: 'nan' };
  if (a.kind === 'finite' && b.kind === 'finite') {
    return { kind: 'finite', coefficient: a.coefficient * b.coefficient, exponent: a.exponent + b.exponent };
  }
  const sign = signOf(a) * signOf(b);
  if (sign === 0) return { kind: 'nan' };
  return { kind: 'infinite', sign: sign < 0 ? -1 : 1 };
}

function signOf(value: Decimal): number {
  if (value.kind === 'nan') return 0;
  if (value.kind === 'infinite') return value.sign;
  return value.coefficient === 0n ? 0 : value.coefficient < 0n ? -1 : 1;
}

function scaled(coefficient: bigint, power: number): bigint {
  return coefficient * 10n ** BigInt(power);
}

/** Divides by a count, for $avg: 34 significant digits, half to even. */
export function divideByCount(value: Decimal, count: number): Decimal {
  if (value.kind !== 'finite') return value;
  const shift = MAX_DIGITS + 4;
  const widened = scaled(value.coefficient, shift);
  return trimmed(divideHalfEven(widened, BigInt(count)), value.exponent - shift, value.exponent);
}

/** Takes away the zeros which the widening above put at the end. */
function trimmed(coefficient: bigint, exponent: number, upTo: number): Decimal {
  while (exponent < upTo && coefficient % 10n === 0n) {
    coefficient /= 10n;
    exponent += 1;
  }
  return { kind: 'finite', coefficient, exponent };
}
