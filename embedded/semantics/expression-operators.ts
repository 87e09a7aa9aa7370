// The expression operators we have; all others are refused by name.
import { isTruthy } from './comparisons.ts';
import { addDates } from './date-arithmetic.ts';
import { CommandError, unsupported } from './errors.ts';
import type { Expression } from './expression.ts';
import { addValues, concatenate, multiplyValues, subtractValues } from './expression-values.ts';
import { fieldNames, MISSING } from './fields.ts';
import { isDoc } from './types.ts';
import { compareValues, type Doc } from './values.ts';

type Compile = (spec: unknown) => Expression;
type Build = (argument: unknown, compile: Compile, name: string) => Expression;

const OPERATORS: ReadonlyMap<string, Build> = new Map<string, Build>([
  ['$literal', (argument) => () => argument],
  ['$cond', conditional],
  ['$ifNull', firstPresent],
  ['$eq', comparison((order) => order === 0)],
  ['$ne', comparison((order) => order !== 0)],
  ['$gt', comparison((order) => order > 0)],
  ['$gte', comparison((order) => order >= 0)],
  ['$lt', comparison((order) => order < 0)],
  ['$lte', comparison((order) => order <= 0)],
  ['$and', logical((values) => values.every(isTruthy))],
  ['$or', logical((values) => values.some(isTruthy))],
  ['$not', fixed(1, ([value]) => !isTruthy(value))],
  ['$add', logical(addValues)],
  ['$subtract', fixed(2, ([left, right]) => subtractValues(left, right))],
  ['$multiply', logical(multiplyValues)],
  ['$concat', logical(concatenate)],
  ['$max', extreme((order) => order > 0)],
  ['$min', extreme((order) => order < 0)],
  ['$dateAdd', dateAddition],
]);

export function operatorOf(name: string, argument: unknown, compile: Compile): Expression {
  const build = OPERATORS.get(name);
  if (build === undefined) throw unsupported(name, 168);
  return build(argument, compile, name);
}

function listOf(argument: unknown): readonly unknown[] {
  return Array.isArray(argument) ? argument : [argument];
}

function logical(combine: (values: readonly unknown[]) => unknown): Build {
  return (argument, compile) => {
    const operands = listOf(argument).map(compile);
    return (environment) => combine(operands.map((operand) => operand(environment)));
  };
}

function fixed(count: number, combine: (values: readonly unknown[]) => unknown): Build {
  return (argument, compile, name) => {
    const operands = listOf(argument);
    if (operands.length !== count) throw wrongCount(name, count, operands.length);
    const expressions = operands.map(compile);
    return (environment) => combine(expressions.map((expression) => expression(environment)));
  };
}

function wrongCount(name: string, count: number, given: number): CommandError {
  return new CommandError(16020, `Expression ${name} takes exactly ${count} arguments. ${given} were passed in.`);
}

function comparison(accepts: (order: number) => boolean): Build {
  return fixed(2, ([left, right]) => accepts(compareValues(left, right)));
}

function conditional(argument: unknown, compile: Compile, name: string): Expression {
  const [condition, then, otherwise] = (isDoc(argument) ? branchesOf(argument) : threeOf(argument, name)).map(compile);
  return (environment) => (isTruthy(condition!(environment)) ? then!(environment) : otherwise!(environment));
}

function threeOf(argument: unknown, name: string): readonly unknown[] {
  const parts = listOf(argument);
  if (parts.length !== 3) throw wrongCount(name, 3, parts.length);
  return parts;
}

function branchesOf(argument: Doc): readonly unknown[] {
  for (const name of fieldNames(argument)) {
    if (!['if', 'then', 'else'].includes(name))
      throw new CommandError(17083, `Unrecognized parameter to $cond: ${name}`);
  }
  for (const [at, name] of ['if', 'then', 'else'].entries()) {
    if (!Object.hasOwn(argument, name)) throw new CommandError(17080 + at, `Missing '${name}' parameter to $cond`);
  }
  return [argument.if, argument.then, argument.else];
}

function firstPresent(argument: unknown, compile: Compile): Expression {
  const operands = listOf(argument);
  if (operands.length < 2) {
    throw new CommandError(1257300, `$ifNull needs at least two arguments, had: ${operands.length}`);
  }
  const expressions = operands.map(compile);
  return (environment) => {
    let value: unknown = MISSING;
    for (const expression of expressions) {
      value = expression(environment);
      if (value !== MISSING && value !== null && value !== undefined) return value;
    }
    return value;
  };
}

/** One argument that is an array stands for its elements; null and missing do not count. */
function extreme(isBetter: (order: number) => boolean): Build {
  return (argument, compile) => {
    const operands = listOf(argument).map(compile);
    return (environment) => {
      const values = operands.map((operand) => operand(environment));
      const [only] = values;
      return best(values.length === 1 && Array.isArray(only) ? only : values, isBetter);
    };
  };
}

export function best(values: readonly unknown[], isBetter: (order: number) => boolean): unknown {
  let winner: unknown = null;
  for (const value of values) {
    if (value === null || value === undefined || value === MISSING) continue;
    if (winner === null || isBetter(compareValues(value, winner))) winner = value;
  }
  return winner;
}

function dateAddition(argument: unknown, compile: Compile, name: string): Expression {
  if (!isDoc(argument)) throw new CommandError(5166400, `${name} expects an object as its argument`);
  for (const field of fieldNames(argument)) {
    if (field === 'timezone') throw unsupported(`${name} with a timezone`, 168);
    if (!['startDate', 'unit', 'amount'].includes(field)) {
      throw new CommandError(5166401, `Unrecognized argument to ${name}: ${field}`);
    }
  }
  const [start, unit, amount] = ['startDate', 'unit', 'amount'].map((field) => {
    if (!Object.hasOwn(argument, field))
      throw new CommandError(5166402, `${name} requires startDate, unit, and amount to be present`);
    return compile(argument[field]);
  });
  return (environment) => addDates(start!(environment), unit!(environment), amount!(environment));
}
