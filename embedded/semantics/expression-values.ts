// Arithmetic and text in expressions, null in any place making the whole null.
import { Int32, Long } from 'bson';
import { calculateWidening, toDouble } from './arithmetic.ts';
import { CommandError } from './errors.ts';
import { MISSING } from './fields.ts';
import { isNumber } from './numbers.ts';
import { typeName } from './types.ts';

export function isNullish(value: unknown): boolean {
  return value === null || value === undefined || value === MISSING;
}

export function addValues(values: readonly unknown[]): unknown {
  for (const value of values) {
    if (!isNullish(value) && !isNumber(value) && !(value instanceof Date)) {
      throw new CommandError(14, `$add only supports numeric or date types, not ${typeName(value)}`);
    }
  }
  if (values.some(isNullish)) return null;
  const dates = values.filter((value) => value instanceof Date);
  if (dates.length > 1) throw new CommandError(16612, 'only one date allowed in an $add expression');
  let sum: unknown = new Int32(0);
  for (const value of values) if (!(value instanceof Date)) sum = calculateWidening('add', sum, value);
  return dates[0] === undefined ? sum : shifted(dates[0], toDouble(sum));
}

/** A point in time moved by milliseconds; fractions are rounded. */
export function shifted(date: Date, ms: number): Date {
  const result = new Date(date.getTime() + Math.round(ms));
  if (Number.isNaN(result.getTime())) throw new CommandError(15, 'date overflow');
  return result;
}

export function subtractValues(left: unknown, right: unknown): unknown {
  if (isNullish(left) || isNullish(right)) return null;
  if (isNumber(left) && isNumber(right)) return calculateWidening('subtract', left, right);
  if (left instanceof Date && right instanceof Date) return Long.fromNumber(left.getTime() - right.getTime());
  if (left instanceof Date && isNumber(right)) return shifted(left, -toDouble(right));
  throw new CommandError(14, `can't $subtract ${typeName(right)} from ${typeName(left)}`);
}

export function multiplyValues(values: readonly unknown[]): unknown {
  let product: unknown = new Int32(1);
  for (const value of values) {
    if (isNullish(value)) return null;
    if (!isNumber(value)) throw new CommandError(14, `$multiply only supports numeric types, not ${typeName(value)}`);
    product = calculateWidening('multiply', product, value);
  }
  return product;
}

export function concatenate(values: readonly unknown[]): unknown {
  let text = '';
  for (const value of values) {
    if (isNullish(value)) return null;
    if (typeof value !== 'string')
      throw new CommandError(16702, `$concat only supports strings, not ${typeName(value)}`);
    text += value;
  }
  return text;
}
