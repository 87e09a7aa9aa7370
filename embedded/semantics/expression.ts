// Aggregation expressions: what may stand on the right-hand side of $set, $project or $group.
import { CommandError, unsupported } from './errors.ts';
import { operatorOf } from './expression-operators.ts';
import { fieldNames, getField, MISSING, setField } from './fields.ts';
import { isDoc } from './types.ts';
import type { Doc } from './values.ts';

export interface Environment {
  readonly root: Doc;
  /** The value of `$$NOW`: the same for a whole command. */
  readonly now: Date;
}

/** MISSING is an answer, too: the field is then left out. */
export type Expression = (environment: Environment) => unknown;

export function compileExpression(spec: unknown): Expression {
  if (typeof spec === 'string') return compileText(spec);
  if (Array.isArray(spec)) return compileArray(spec);
  if (isDoc(spec)) return compileObject(spec);
  return () => spec;
}

function compileText(text: string): Expression {
  if (text.startsWith('$$')) return compileVariable(text.slice(2));
  if (text.startsWith('$')) return fieldPath(text.slice(1));
  return () => text;
}

function fieldPath(path: string): Expression {
  const parts = parsePath(path);
  return ({ root }) => readPath(root, parts, 0);
}

function compileVariable(text: string): Expression {
  const [name = '', ...rest] = text.split('.');
  switch (name) {
    case 'ROOT':
    case 'CURRENT':
      return rest.length === 0 ? ({ root }) => root : fieldPath(rest.join('.'));
    case 'NOW':
      return rest.length === 0 ? ({ now }) => now : () => MISSING;
    case 'REMOVE':
      return () => MISSING;
    default:
      if (/^[A-Z]/.test(name)) throw unsupported(`$$${name}`, 17276);
      throw new CommandError(17276, `Use of undefined variable: ${name}`);
  }
}

export function parsePath(path: string): readonly string[] {
  if (path === '') throw new CommandError(16872, "'$' by itself is not a valid FieldPath");
  const parts = path.split('.');
  if (parts.includes('')) throw new CommandError(15998, 'FieldPath field names may not be empty strings.');
  const dollar = parts.find((part) => part.startsWith('$'));
  if (dollar !== undefined) throw new CommandError(16410, `FieldPath field names may not start with '$': ${dollar}`);
  return parts;
}

/** Unlike in queries a number in a path is only a name; through an array, the path gives an array of what it finds. */
function readPath(value: unknown, parts: readonly string[], from: number): unknown {
  let current = value;
  for (let at = from; at < parts.length; at += 1) {
    if (Array.isArray(current)) return readFromElements(current, parts, at);
    if (!isDoc(current)) return MISSING;
    current = getField(current, parts[at]!);
  }
  return current;
}

function readFromElements(array: readonly unknown[], parts: readonly string[], at: number): unknown[] {
  const found: unknown[] = [];
  for (const element of array) {
    const value = isDoc(element) ? readPath(element, parts, at) : MISSING;
    if (value !== MISSING) found.push(value);
  }
  return found;
}

function compileArray(items: readonly unknown[]): Expression {
  const expressions = items.map(compileExpression);
  return (environment) =>
    expressions.map((expression) => {
      const value = expression(environment);
      return value === MISSING ? null : value;
    });
}

function compileObject(spec: Doc): Expression {
  const names = fieldNames(spec);
  const operator = names.find((name) => name.startsWith('$'));
  if (operator === undefined) return compileFields(spec, names);
  if (names.length !== 1) {
    throw new CommandError(
      15983,
      `an object representing an expression must have exactly one field: ${names.join(', ')}`,
    );
  }
  return operatorOf(operator, spec[operator], compileExpression);
}

function compileFields(spec: Doc, names: readonly string[]): Expression {
  const fields = names.map((name) => {
    if (name.includes('.')) throw new CommandError(16412, `FieldPath field names may not contain '.': ${name}`);
    return { name, expression: compileExpression(spec[name]) };
  });
  return (environment) => {
    const result: Doc = {};
    for (const { name, expression } of fields) {
      const value = expression(environment);
      if (value !== MISSING) setField(result, name, value);
    }
    return result;
  };
}
