// $dateAdd in UTC.
import { CommandError } from './errors.ts';
import { isNullish, shifted } from './expression-values.ts';
import { integerOf } from './numbers.ts';
import { typeName } from './types.ts';

const UNIT_MS: ReadonlyMap<string, number> = new Map([
  ['millisecond', 1],
  ['second', 1000],
  ['minute', 60_000],
  ['hour', 3_600_000],
  ['day', 86_400_000],
  ['week', 604_800_000],
]);

const UNIT_MONTHS: ReadonlyMap<string, number> = new Map([
  ['month', 1],
  ['quarter', 3],
  ['year', 12],
]);

export function addDates(start: unknown, unit: unknown, amount: unknown): unknown {
  if (isNullish(start) || isNullish(unit) || isNullish(amount)) return null;
  if (!(start instanceof Date)) {
    throw new CommandError(5166403, `$dateAdd requires startDate to be convertible to a date, not ${typeName(start)}`);
  }
  if (typeof unit !== 'string') throw new CommandError(5166404, `$dateAdd expects string defining the time unit`);
  const count = integerOf(amount);
  if (count === null) throw new CommandError(5166405, '$dateAdd expects integer amount of time units');
  const ms = UNIT_MS.get(unit);
  if (ms !== undefined) return shifted(start, ms * count);
  const months = UNIT_MONTHS.get(unit);
  if (months === undefined) throw new CommandError(9, `unknown time unit value: ${unit}`);
  return plusMonths(start, months * count);
}

/** The day stays, or becomes the last day of a shorter month. */
function plusMonths(start: Date, months: number): Date {
  const first = new Date(start);
  first.setUTCDate(1);
  first.setUTCMonth(first.getUTCMonth() + months);
  const lastDay = new Date(Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + 1, 0)).getUTCDate();
  first.setUTCDate(Math.min(start.getUTCDate(), lastDay));
  if (Number.isNaN(first.getTime())) throw new CommandError(15, 'date overflow');
  return first;
}
