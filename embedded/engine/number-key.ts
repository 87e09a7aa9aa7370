/**
 * Order-preserving bytes for numbers of all four BSON types.
 *
 * The head is the greatest double that is not above the value (8 bytes). Int32, Double and nearly
 * all Longs are exact there. What a double cannot hold (Longs beyond 2^53, most Decimal128) gets
 * its exact decimal digits behind the head, so that equality stays exact: unique indexes depend on it.
 */
import { Decimal128, Double, Int32, type Long } from 'bson';

const EXACT = 0;
const WITH_DIGITS = 1;
const EXPONENT_BIAS = 0x4000;

/** Appends the key of a number to `out`. */
export function pushNumber(out: number[], value: unknown): void {
  if (typeof value === 'number') {
    pushExact(out, value);
    return;
  }
  if (value instanceof Int32 || value instanceof Double) {
    pushExact(out, value.value);
    return;
  }
  if (value instanceof Decimal128) {
    pushDecimal(out, value.toString());
    return;
  }
  const big = typeof value === 'bigint' ? value : (value as Long).toBigInt();
  const near = Number(big);
  if (BigInt(near) === big) {
    pushExact(out, near);
    return;
  }
  pushDecimal(out, big.toString());
}

const scratch = new DataView(new ArrayBuffer(8));

function pushDouble(out: number[], value: number): void {
  // NaN sorts before all numbers; -0 equals 0.
  if (Number.isNaN(value)) {
    for (let i = 0; i < 8; i++) out.push(0);
    return;
  }
  scratch.setFloat64(0, value === 0 ? 0 : value);
  const negative = (scratch.getUint8(0) & 0x80) !== 0;
  for (let i = 0; i < 8; i++) {
    const byte = scratch.getUint8(i);
    out.push(negative ? byte ^ 0xff : i === 0 ? byte ^ 0x80 : byte);
  }
}

function pushExact(out: number[], value: number): void {
  pushDouble(out, value);
  out.push(EXACT);
}

function pushDecimal(out: number[], text: string): void {
  const near = Number(text);
  if (!Number.isFinite(near) && /nan|inf/i.test(text)) {
    pushExact(out, near);
    return;
  }
  const exact = parseDecimal(text);
  const floor = greatestDoubleNotAbove(near, exact);
  pushDouble(out, floor);
  if (compareToDouble(exact, floor) === 0) {
    out.push(EXACT);
    return;
  }
  out.push(WITH_DIGITS);
  pushDigits(out, exact);
}

interface Decimal {
  readonly digits: bigint;
  readonly exponent: number;
}

function parseDecimal(text: string): Decimal {
  const match = /^([+-]?)(\d*)(?:\.(\d*))?(?:E([+-]?\d+))?$/i.exec(text);
  if (match === null) throw new TypeError(`not a decimal: ${text}`);
  const [, sign = '', whole = '', fraction = '', power = '0'] = match;
  const digits = BigInt(whole + fraction);
  return { digits: sign === '-' ? -digits : digits, exponent: Number(power) - fraction.length };
}

function greatestDoubleNotAbove(near: number, exact: Decimal): number {
  if (near === Number.POSITIVE_INFINITY) return Number.MAX_VALUE;
  if (near === Number.NEGATIVE_INFINITY) return near;
  return compareToDouble(exact, near) < 0 ? nextBelow(near) : near;
}

/** Exact: a double is an integer times a power of two, so both sides become integers. */
function compareToDouble(exact: Decimal, value: number): number {
  if (value === Number.NEGATIVE_INFINITY) return 1;
  const { mantissa, power } = splitDouble(value);
  let left = exact.digits;
  let right = mantissa;
  if (exact.exponent >= 0) left *= 10n ** BigInt(exact.exponent);
  else right *= 10n ** BigInt(-exact.exponent);
  if (power >= 0) right <<= BigInt(power);
  else left <<= BigInt(-power);
  return left < right ? -1 : left > right ? 1 : 0;
}

function splitDouble(value: number): { mantissa: bigint; power: number } {
  scratch.setFloat64(0, value);
  const bits = scratch.getBigUint64(0);
  const biased = Number((bits >> 52n) & 0x7ffn);
  const fraction = bits & 0xfffffffffffffn;
  const mantissa = biased === 0 ? fraction : fraction | 0x10000000000000n;
  return { mantissa: bits >> 63n ? -mantissa : mantissa, power: (biased === 0 ? 1 : biased) - 1075 };
}

function nextBelow(value: number): number {
  if (value === 0) return -Number.MIN_VALUE;
  scratch.setFloat64(0, value);
  const bits = scratch.getBigInt64(0);
  scratch.setBigInt64(0, value > 0 ? bits - 1n : bits + 1n);
  return scratch.getFloat64(0);
}

/** Exponent and digits of the value itself; all bytes are turned round for negative numbers. */
function pushDigits(out: number[], exact: Decimal): void {
  const negative = exact.digits < 0n;
  const text = (negative ? -exact.digits : exact.digits).toString();
  const exponent = exact.exponent + text.length + EXPONENT_BIAS;
  const significant = text.replace(/0+$/, '');
  const mask = negative ? 0xff : 0;
  out.push((exponent >> 8) ^ mask, (exponent & 0xff) ^ mask);
  for (let i = 0; i < significant.length; i++) out.push(significant.charCodeAt(i) ^ mask);
  out.push(mask);
}
