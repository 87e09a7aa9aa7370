// Reads the arguments of $type and $mod.
import { Decimal128 } from 'bson';
import { hasRemainder, truncated, type ValueTest } from './comparisons.ts';
import { CommandError } from './errors.ts';
import { integerOf, plainOf } from './numbers.ts';
import { BsonType } from './types.ts';

const NUMBERS = [BsonType.double, BsonType.int, BsonType.long, BsonType.decimal];

const ALIASES: ReadonlyMap<string, readonly number[]> = new Map([
  ...Object.entries(BsonType)
    .filter(([name]) => name !== 'missing')
    .map(([name, code]): [string, readonly number[]] => [name, [code]]),
  ['number', NUMBERS],
  ['dbPointer', [12]],
]);

const CODES: ReadonlySet<number> = new Set([...ALIASES.values()].flat());

export function parseTypes(argument: unknown): ReadonlySet<number> {
  const types = Array.isArray(argument) ? argument : [argument];
  if (types.length === 0) throw new CommandError(9, '$type must match at least one type');
  return new Set(types.flatMap(parseTypeOf));
}

function parseTypeOf(type: unknown): readonly number[] {
  if (typeof type === 'string') {
    const codes = ALIASES.get(type);
    if (codes === undefined) throw new CommandError(2, `Unknown type name alias: ${type}`);
    return codes;
  }
  const code = integerOf(type);
  if (plainOf(type) === null) throw new CommandError(14, 'type must be represented as a number or a string');
  if (code === null || !CODES.has(code)) throw new CommandError(2, `Invalid numerical type code: ${String(type)}`);
  return [code];
}

export function parseMod(argument: unknown): ValueTest {
  if (!Array.isArray(argument)) throw new CommandError(2, 'malformed mod, needs to be an array');
  if (argument.length < 2) throw new CommandError(2, 'malformed mod, not enough elements');
  if (argument.length > 2) throw new CommandError(2, 'malformed mod, too many elements');
  const divisor = parseWhole(argument[0], 'divisor');
  const remainder = parseWhole(argument[1], 'remainder');
  if (divisor === 0n) throw new CommandError(2, 'divisor cannot be 0');
  return hasRemainder(divisor, remainder);
}

function parseWhole(value: unknown, what: string): bigint {
  const plain = plainOf(value);
  if (plain === null) throw new CommandError(2, `malformed mod, ${what} not a number`);
  const whole = typeof plain === 'number' || plain instanceof Decimal128 ? truncated(plain) : plain;
  if (whole === null || BigInt.asIntN(64, whole) !== whole) {
    throw new CommandError(2, `malformed mod, ${what} value is invalid`);
  }
  return whole;
}
