// The modifiers of $push: $each, $position, $sort, $slice.
import { CommandError } from './errors.ts';
import { fieldNames, getField, MISSING } from './fields.ts';
import { integerOf } from './numbers.ts';
import { isDoc, typeName } from './types.ts';
import { compareValues, type Doc } from './values.ts';

export interface PushClauses {
  /** Nothing is added, sorted or cut. */
  readonly changesNothing: boolean;
  apply(array: readonly unknown[]): unknown[];
}

const KNOWN: ReadonlySet<string> = new Set(['$each', '$position', '$sort', '$slice']);

export function parsePushClauses(argument: unknown): PushClauses {
  if (!isDoc(argument) || !Object.hasOwn(argument, '$each')) return append([argument]);
  const values = argument.$each;
  if (!Array.isArray(values)) {
    throw new CommandError(
      2,
      `The argument to $each in $push must be an array but it was of type: ${typeName(values)}`,
    );
  }
  for (const name of fieldNames(argument)) {
    if (!KNOWN.has(name)) throw new CommandError(2, `Unrecognized clause in $push: ${name}`);
  }
  const position = wholeClause(argument, '$position');
  const slice = wholeClause(argument, '$slice');
  const sort = Object.hasOwn(argument, '$sort') ? elementOrder(argument.$sort) : null;
  return {
    changesNothing: values.length === 0 && slice === null && sort === null,
    // Always in this order, whatever the order they are written in.
    apply: (array) => sliced(sorted(inserted(array, values, position), sort), slice),
  };
}

function append(values: readonly unknown[]): PushClauses {
  return { changesNothing: false, apply: (array) => [...array, ...values] };
}

function wholeClause(argument: Doc, name: string): number | null {
  if (!Object.hasOwn(argument, name)) return null;
  const value = integerOf(argument[name]);
  if (value === null) {
    throw new CommandError(
      2,
      `The value for ${name} must be an integer value but was given type: ${typeName(argument[name])}`,
    );
  }
  return value;
}

function inserted(array: readonly unknown[], values: readonly unknown[], position: number | null): unknown[] {
  if (position === null) return [...array, ...values];
  const at = position < 0 ? Math.max(array.length + position, 0) : Math.min(position, array.length);
  return [...array.slice(0, at), ...values, ...array.slice(at)];
}

/** In boxes, because JavaScript sorts a bare undefined to the end whatever the order says. */
function sorted(array: unknown[], order: ((a: unknown, b: unknown) => number) | null): unknown[] {
  if (order === null) return array;
  const boxes = array.map((value) => ({ value }));
  return boxes.sort((a, b) => order(a.value, b.value)).map(({ value }) => value);
}

function sliced(array: unknown[], slice: number | null): unknown[] {
  if (slice === null) return array;
  if (slice === 0) return [];
  return slice > 0 ? array.slice(0, slice) : array.slice(slice);
}

function elementOrder(spec: unknown): (a: unknown, b: unknown) => number {
  if (!isDoc(spec)) {
    const direction = directionOf(
      spec,
      'The $sort is invalid: use 1/-1 to sort the whole element, or {field:1/-1} to sort embedded fields',
    );
    return (a, b) => compareValues(a, b) * direction;
  }
  if (fieldNames(spec).length === 0)
    throw new CommandError(2, 'The $sort pattern is empty when it should be a set of fields.');
  const keys = fieldNames(spec).map((name) => ({
    parts: pathOf(name),
    direction: directionOf(spec[name], 'The $sort element value must be either 1 or -1'),
  }));
  return (a, b) => {
    for (const { parts, direction } of keys) {
      const order = compareValues(valueAt(a, parts), valueAt(b, parts));
      if (order !== 0) return order * direction;
    }
    return 0;
  };
}

function directionOf(value: unknown, message: string): 1 | -1 {
  const direction = integerOf(value);
  if (direction === 1 || direction === -1) return direction;
  throw new CommandError(2, message);
}

function pathOf(name: string): readonly string[] {
  const parts = name.split('.');
  if (parts.includes('')) throw new CommandError(2, 'The $sort field is a dotted field but has an empty part');
  return parts;
}

/** Elements without the field sort as null. */
function valueAt(element: unknown, parts: readonly string[]): unknown {
  let value = element;
  for (const name of parts) value = isDoc(value) ? getField(value, name) : MISSING;
  return value === MISSING ? null : value;
}
