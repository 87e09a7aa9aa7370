// Tests for one element of a document: the leaves of a query.
import { BSONRegExp, BSONSymbol, Decimal128, ObjectId } from 'bson';
import { parseDecimal } from './decimal.ts';
import { fieldNames, MISSING } from './fields.ts';
import { comparePlain, plainOf } from './numbers.ts';
import { compileRegex } from './regex.ts';
import { BsonType, isDoc, rankOf, typeOf } from './types.ts';
import { compareSameRank, compareValues } from './values.ts';

export type ValueTest = (element: unknown) => boolean;

/** Numbers of all types that are the same number are equal; documents are equal field by field in order. */
export function equalTo(value: unknown): ValueTest {
  // As of MongoDB 8.0 null is equal to null and to nothing at all, no longer to the BSON type undefined.
  if (value === null) return (element) => element === null || element === MISSING;
  if (typeof value === 'boolean') return (element) => element === value;
  if (value instanceof ObjectId) return (element) => element instanceof ObjectId && element.equals(value);
  if (typeof value === 'string') {
    return (element) => element === value || (element instanceof BSONSymbol && element.value === value);
  }
  const plain = plainOf(value);
  if (plain === null) return (element) => compareValues(element, value) === 0;
  return (element) => {
    const other = plainOf(element);
    return other !== null && comparePlain(other, plain) === 0;
  };
}

export type RangeOperator = '$gt' | '$gte' | '$lt' | '$lte';

const ACCEPTS: Readonly<Record<RangeOperator, (order: number) => boolean>> = {
  $gt: (order) => order > 0,
  $gte: (order) => order >= 0,
  $lt: (order) => order < 0,
  $lte: (order) => order <= 0,
};

/** Only values of the same kind are compared: a number is neither less nor greater than a string. */
export function within(operator: RangeOperator, value: unknown): ValueTest {
  const type = typeOf(value);
  const rank = rankOf(value);
  const accepts = ACCEPTS[operator];
  if (type === BsonType.null) return accepts(0) ? equalTo(null) : () => false;
  // The two ends of the order are the exception: everything is greater than MinKey and less than MaxKey.
  if (type === BsonType.minKey || type === BsonType.maxKey) return (element) => accepts(compareValues(element, value));
  const plain = plainOf(value);
  if (plain !== null && isNaNumber(plain)) return accepts(0) ? equalTo(value) : () => false;
  if (plain !== null) {
    return (element) => {
      const other = plainOf(element);
      return other !== null && !isNaNumber(other) && accepts(comparePlain(other, plain));
    };
  }
  return (element) => rankOf(element) === rank && accepts(compareSameRank(element, value));
}

function isNaNumber(value: number | bigint | Decimal128): boolean {
  if (typeof value === 'number') return Number.isNaN(value);
  return value instanceof Decimal128 && comparePlain(value, Number.NaN) === 0;
}

export function regexTest(pattern: string, options: string): ValueTest {
  const regex = compileRegex(pattern, options);
  const sortedOptions = [...options].sort().join('');
  return (element) => {
    if (typeof element === 'string') return regex.test(element);
    if (element instanceof BSONSymbol) return regex.test(element.value);
    return element instanceof BSONRegExp && element.pattern === pattern && element.options === sortedOptions;
  };
}

/** A binary search over the sorted list, so that a $in of thousands of ids stays cheap; expressions are tried in turn. */
export function oneOf(values: readonly unknown[]): ValueTest {
  const regexes = values
    .filter((value) => value instanceof BSONRegExp)
    .map((value) => regexTest(value.pattern, value.options));
  const literals = values.filter((value) => !(value instanceof BSONRegExp));
  const isLiteral = literals.every((value) => typeof value === 'string') ? amongTexts(literals) : among(literals);
  return (element) => isLiteral(element) || (element !== MISSING && regexes.some((test) => test(element)));
}

/** Lists of ids are long and all texts. */
function amongTexts(texts: readonly string[]): ValueTest {
  const all = new Set(texts);
  return (element) => {
    const text = element instanceof BSONSymbol ? element.value : element;
    return typeof text === 'string' && all.has(text);
  };
}

function among(literals: readonly unknown[]): ValueTest {
  const sorted = [...literals].sort(compareValues);
  const takesMissing = sorted.includes(null);
  return (element) => (element === MISSING ? takesMissing : isAmong(sorted, element));
}

function isAmong(sorted: readonly unknown[], value: unknown): boolean {
  let low = 0;
  let high = sorted.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const order = compareValues(sorted[middle], value);
    if (order === 0) return true;
    if (order < 0) low = middle + 1;
    else high = middle - 1;
  }
  return false;
}

export function hasType(codes: ReadonlySet<number>): ValueTest {
  return (element) => element !== MISSING && codes.has(typeOf(element));
}

export function hasSize(size: number): ValueTest {
  return (element) => Array.isArray(element) && element.length === size;
}

/** Fractions are cut off first; what does not fit 64 bits has no remainder. */
export function hasRemainder(divisor: bigint, remainder: bigint): ValueTest {
  return (element) => {
    const plain = plainOf(element);
    if (plain === null) return false;
    const whole = typeof plain === 'bigint' ? plain : truncated(plain);
    return whole !== null && BigInt.asIntN(64, whole) === whole && whole % divisor === remainder;
  };
}

export function truncated(value: number | Decimal128): bigint | null {
  if (typeof value === 'number') return Number.isFinite(value) ? BigInt(Math.trunc(value)) : null;
  const decimal = parseDecimal(value);
  if (decimal.kind !== 'finite') return null;
  const { coefficient, exponent } = decimal;
  // Beyond 10^40 nothing fits 64 bits any more.
  if (coefficient !== 0n && exponent > 40) return null;
  return exponent >= 0 ? coefficient * 10n ** BigInt(exponent) : coefficient / 10n ** BigInt(-exponent);
}

/** How the server reads a flag: 0, false and null are no, everything else is yes. */
export function isTruthy(value: unknown): boolean {
  if (value === null || value === undefined || value === false || value === MISSING) return false;
  const plain = plainOf(value);
  return plain === null || comparePlain(plain, 0) !== 0;
}

export function isOperatorDoc(value: unknown): boolean {
  if (!isDoc(value)) return false;
  const first = fieldNames(value)[0] ?? '';
  // A reference to another collection starts with a dollar, too, and is a plain value.
  return first.startsWith('$') && !['$ref', '$id', '$db'].includes(first);
}
