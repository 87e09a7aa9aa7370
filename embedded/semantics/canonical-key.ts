// A text that is the same for two values exactly if MongoDB takes them for equal; for grouping by a hash map.
import { BSONSymbol, Decimal128 } from 'bson';
import { decimalToNumber, parseDecimal } from './decimal.ts';
import { fieldNames } from './fields.ts';
import { comparePlain, type Plain, plainOf } from './numbers.ts';
import { isDoc, rankOf } from './types.ts';
import { encode } from './values.ts';

export function canonicalKey(value: unknown): string {
  if (typeof value === 'string') return `s${value.length}:${value}`;
  const plain = plainOf(value);
  if (plain !== null) return `n${numberKey(plain)};`;
  if (value instanceof BSONSymbol) return canonicalKey(value.value);
  if (Array.isArray(value)) return `[${value.map(canonicalKey).join(',')}]`;
  if (isDoc(value)) {
    return `{${fieldNames(value)
      .map((name) => `${canonicalKey(name)}=${canonicalKey(value[name])}`)
      .join(',')}}`;
  }
  if (value === undefined || typeof value === 'symbol') return 'u';
  return `${rankOf(value)}:${Buffer.from(encode({ v: value })).toString('base64')}`;
}

/** Doubles by their shortest text; a number that no double equals by all of its digits. */
function numberKey(plain: Plain): string {
  if (typeof plain === 'number') return plain === 0 ? '0' : String(plain);
  const nearest = plain instanceof Decimal128 ? decimalToNumber(plain) : Number(plain);
  if (comparePlain(plain, nearest) === 0) return nearest === 0 ? '0' : String(nearest);
  return plain instanceof Decimal128 ? digitsOf(plain) : withoutZeros(plain, 0);
}

function digitsOf(value: Decimal128): string {
  const decimal = parseDecimal(value);
  return decimal.kind === 'finite' ? withoutZeros(decimal.coefficient, decimal.exponent) : value.toString();
}

function withoutZeros(coefficient: bigint, exponent: number): string {
  let rest = coefficient;
  let power = exponent;
  while (rest !== 0n && rest % 10n === 0n) {
    rest /= 10n;
    power += 1;
  }
  return `${rest}e${power}`;
}
