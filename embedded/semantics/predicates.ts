// Parses what a query says about one field, e.g. {$gt: 1, $lt: 5}, into predicates.
import { BSONRegExp } from 'bson';
import type { Bounds } from './bounds.ts';
import { equalTo, hasSize, hasType, isOperatorDoc, isTruthy, oneOf, regexTest, within } from './comparisons.ts';
import { elemMatch } from './elem-match.ts';
import { CommandError, unsupported } from './errors.ts';
import { fieldNames, MISSING } from './fields.ts';
import { integerOf, isNumber } from './numbers.ts';
import type { ArrayEnd, ElementTest } from './path.ts';
import { parseMod, parseTypes } from './predicate-arguments.ts';
import { isDoc } from './types.ts';
import type { Doc } from './values.ts';

export type Predicate =
  | {
      readonly kind: 'test';
      readonly end: ArrayEnd;
      readonly test: ElementTest;
      readonly bounds: readonly PathBounds[];
    }
  | { readonly kind: 'all'; readonly predicates: readonly Predicate[] }
  | { readonly kind: 'not'; readonly predicate: Predicate };

/** What an index may use of a predicate; `below` is the rest of the path inside an $elemMatch. */
export interface PathBounds {
  readonly below: string;
  readonly bounds: Bounds;
}

/** The condition of one field: operators, a regular expression, or a value to be equal to. */
export function parseCondition(condition: unknown): Predicate {
  if (isDoc(condition) && isOperatorDoc(condition)) return parseOperators(condition);
  if (condition instanceof BSONRegExp) return test(regexTest(condition.pattern, condition.options));
  return equality(condition);
}

export function parseOperators(operators: Doc): Predicate {
  const predicates: Predicate[] = [];
  for (const name of fieldNames(operators)) {
    const predicate = parseOperator(name, operators[name], operators);
    if (predicate !== null) predicates.push(predicate);
  }
  return predicates.length === 1 ? predicates[0]! : { kind: 'all', predicates };
}

function test(valueTest: ElementTest, end: ArrayEnd = 'elements', bounds: Bounds | null = null): Predicate {
  return { kind: 'test', end, test: valueTest, bounds: bounds === null ? [] : [{ below: '', bounds }] };
}

function not(predicate: Predicate): Predicate {
  return { kind: 'not', predicate };
}

type Parser = (argument: unknown, operators: Doc) => Predicate | null;

const PARSERS: ReadonlyMap<string, Parser> = new Map<string, Parser>([
  ['$eq', (value) => equality(value)],
  ['$ne', (value) => not(equality(withoutRegex(value, '$ne')))],
  ['$gt', (value) => range('$gt', value)],
  ['$gte', (value) => range('$gte', value)],
  ['$lt', (value) => range('$lt', value)],
  ['$lte', (value) => range('$lte', value)],
  ['$in', (values) => membership(values, '$in')],
  ['$nin', (values) => not(membership(values, '$nin'))],
  ['$exists', (flag) => existence(isTruthy(flag))],
  ['$not', negation],
  ['$all', all],
  ['$elemMatch', elemMatch],
  ['$size', (size) => test(hasSize(parseSize(size)), 'whole')],
  ['$type', (types) => test(hasType(parseTypes(types)))],
  ['$mod', (argument) => test(parseMod(argument))],
  ['$regex', regex],
  ['$options', (_, operators) => optionsOnly(operators)],
  ['$comment', () => null],
]);

const REFUSED: ReadonlySet<string> = new Set([
  ...['$near', '$nearSphere', '$geoWithin', '$geoIntersects', '$within', '$minDistance', '$maxDistance', '$geoNear'],
  ...['$bitsAllSet', '$bitsAllClear', '$bitsAnySet', '$bitsAnyClear'],
]);

function parseOperator(name: string, argument: unknown, operators: Doc): Predicate | null {
  const parser = PARSERS.get(name);
  if (parser !== undefined) return parser(argument, operators);
  if (REFUSED.has(name)) throw unsupported(name, 2);
  throw new CommandError(2, `unknown operator: ${name}`);
}

function equality(value: unknown): Predicate {
  if (value === undefined) throw new CommandError(2, 'cannot compare to undefined');
  // An array is equal to the whole array or to an element; the index holds the elements only, so no bounds.
  return test(equalTo(value), 'elements', Array.isArray(value) ? null : { eq: [value] });
}

function range(operator: '$gt' | '$gte' | '$lt' | '$lte', value: unknown): Predicate {
  withoutRegex(value, operator);
  if (value === undefined) throw new CommandError(2, 'cannot compare to undefined');
  return test(within(operator, value), 'elements', rangeBounds(operator, value));
}

function rangeBounds(operator: '$gt' | '$gte' | '$lt' | '$lte', value: unknown): Bounds | null {
  if (value === null) return operator === '$gte' || operator === '$lte' ? { eq: [null] } : { eq: [] };
  if (Array.isArray(value) || isEnd(value)) return null;
  switch (operator) {
    case '$gt':
      return { eq: null, gt: value };
    case '$gte':
      return { eq: null, gte: value };
    case '$lt':
      return { eq: null, lt: value };
    case '$lte':
      return { eq: null, lte: value };
  }
}

/** MinKey and MaxKey compare with values of all types, arrays included. */
function isEnd(value: unknown): boolean {
  return (
    typeof value === 'object' && value !== null && '_bsontype' in value && /^M(in|ax)Key$/.test(`${value._bsontype}`)
  );
}

function withoutRegex(value: unknown, operator: string): unknown {
  if (value instanceof BSONRegExp)
    throw new CommandError(2, `Can't have RegEx as arg to predicate over field with ${operator}.`);
  return value;
}

function membership(values: unknown, operator: string): Predicate {
  if (!Array.isArray(values)) throw new CommandError(2, `${operator} needs an array`);
  for (const value of values) {
    if (isOperatorDoc(value)) throw new CommandError(2, `cannot nest $ under ${operator}`);
    if (value === undefined) throw new CommandError(2, 'cannot compare to undefined');
  }
  const isExact = !values.some((value) => value instanceof BSONRegExp || Array.isArray(value));
  return test(oneOf(values), 'elements', isExact ? { eq: values } : null);
}

function existence(wanted: boolean): Predicate {
  const exists = test((element) => element !== MISSING, 'whole');
  return wanted ? exists : not(exists);
}

function negation(argument: unknown): Predicate {
  if (argument instanceof BSONRegExp) return not(parseCondition(argument));
  if (!isDoc(argument)) throw new CommandError(2, '$not needs a regex or a document');
  if (fieldNames(argument).length === 0) throw new CommandError(2, '$not cannot be empty');
  return not(parseOperators(argument));
}

function all(values: unknown): Predicate {
  if (!Array.isArray(values)) throw new CommandError(2, '$all needs an array');
  if (values.length === 0) return test(() => false, 'elements', { eq: [] });
  const areElemMatches = isElemMatch(values[0]);
  const predicates = values.map((value) => {
    if (isElemMatch(value) !== areElemMatches) throw new CommandError(2, 'no $ expressions in $all');
    if (!areElemMatches && isOperatorDoc(value)) throw new CommandError(2, 'no $ expressions in $all');
    return parseCondition(value);
  });
  return { kind: 'all', predicates };
}

function isElemMatch(value: unknown): boolean {
  return isDoc(value) && fieldNames(value)[0] === '$elemMatch';
}

function parseSize(value: unknown): number {
  if (!isNumber(value)) throw new CommandError(2, 'Failed to parse $size. Expected a number in: $size');
  const size = integerOf(value);
  if (size === null) throw new CommandError(2, 'Failed to parse $size. Expected an integer: $size');
  if (size < 0) throw new CommandError(2, 'Failed to parse $size. Expected a non-negative number in: $size');
  return size;
}

function regex(argument: unknown, operators: Doc): Predicate {
  const options = operators.$options;
  if (options !== undefined && typeof options !== 'string') throw new CommandError(2, '$options has to be a string');
  if (argument instanceof BSONRegExp) {
    if (argument.options !== '' && options !== undefined) {
      throw new CommandError(51075, 'options set in both $regex and $options');
    }
    return test(regexTest(argument.pattern, options ?? argument.options));
  }
  if (typeof argument !== 'string') throw new CommandError(2, '$regex has to be a string');
  return test(regexTest(argument, options ?? ''));
}

function optionsOnly(operators: Doc): null {
  if (!Object.hasOwn(operators, '$regex')) throw new CommandError(2, '$options needs a $regex');
  return null;
}
