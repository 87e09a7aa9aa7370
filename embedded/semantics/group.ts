// The stage $group and its accumulators.
import { Int32 } from 'bson';
import { type Accumulator, accumulatorOf } from './accumulators.ts';
import { canonicalKey } from './canonical-key.ts';
import { CommandError, unsupported } from './errors.ts';
import { compileExpression, type Environment, type Expression } from './expression.ts';
import { fieldNames, MISSING, setField } from './fields.ts';
import { isDoc } from './types.ts';
import type { Doc } from './values.ts';

export type Stage = (docs: Iterable<Doc>) => Iterable<Doc>;

interface Output {
  readonly name: string;
  readonly start: () => Accumulator;
  readonly expression: Expression;
}

export function compileGroup(spec: unknown, now: Date): Stage {
  if (!isDoc(spec)) throw new CommandError(15947, "a group's fields must be specified in an object");
  if (!Object.hasOwn(spec, '_id')) throw new CommandError(15955, 'a group specification must include an _id');
  const key = compileExpression(spec._id);
  const outputs = fieldNames(spec)
    .filter((name) => name !== '_id')
    .map((name) => compileOutput(name, spec[name]));
  return (docs) => groupsOf(docs, key, outputs, now);
}

function compileOutput(name: string, spec: unknown): Output {
  if (name.includes('.')) throw new CommandError(40235, `The field name '${name}' cannot contain '.'`);
  if (name.startsWith('$')) throw new CommandError(40236, `The field name '${name}' cannot be an operator name`);
  if (!isDoc(spec)) throw new CommandError(40234, `The field '${name}' must be an accumulator object`);
  const [operator = '', other] = fieldNames(spec);
  if (other !== undefined || operator === '') {
    throw new CommandError(40238, `The field '${name}' must specify one accumulator`);
  }
  const start = accumulatorOf(operator);
  if (start === null) throw unsupported(`${operator} in $group`, 15952);
  return { name, start, expression: argumentOf(operator, spec[operator]) };
}

function argumentOf(operator: string, argument: unknown): Expression {
  if (operator === '$count') {
    if (!isDoc(argument) || fieldNames(argument).length > 0) {
      throw new CommandError(14, '$count takes no arguments, i.e. $count:{}');
    }
    return () => new Int32(1);
  }
  if (Array.isArray(argument)) throw new CommandError(40237, `The ${operator} accumulator is a unary operator`);
  return compileExpression(argument);
}

interface Group {
  readonly id: unknown;
  readonly accumulators: readonly Accumulator[];
}

function* groupsOf(docs: Iterable<Doc>, key: Expression, outputs: readonly Output[], now: Date): Iterable<Doc> {
  const groups = new Map<string, Group>();
  for (const root of docs) {
    const environment: Environment = { root, now };
    const group = groupFor(groups, key(environment), outputs);
    for (const [at, { expression }] of outputs.entries()) group.accumulators[at]!.add(expression(environment));
  }
  for (const { id, accumulators } of groups.values()) {
    const result: Doc = { _id: id };
    for (const [at, { name }] of outputs.entries()) setField(result, name, accumulators[at]!.result());
    yield result;
  }
}

function groupFor(groups: Map<string, Group>, found: unknown, outputs: readonly Output[]): Group {
  const id = found === MISSING ? null : found;
  const text = canonicalKey(id);
  let group = groups.get(text);
  if (group === undefined) {
    group = { id, accumulators: outputs.map(({ start }) => start()) };
    groups.set(text, group);
  }
  return group;
}
