// Update operators on one field: $set, $unset, $inc, $mul, $min, $max, $currentDate, $setOnInsert, $rename.
import { Decimal128, Double, Int32, Long, Timestamp } from 'bson';
import { calculate, type Operation } from './arithmetic.ts';
import { describe, describeField } from './describe.ts';
import { CommandError } from './errors.ts';
import { fieldNames, getField, isIndexName, MISSING } from './fields.ts';
import { isIdentical } from './identical.ts';
import { isNumber } from './numbers.ts';
import { isDoc, typeName } from './types.ts';
import type { Operator, UpdateContext } from './update-tree.ts';
import { compareValues, type Doc } from './values.ts';

export type ParseOperator = (path: string, argument: unknown) => Operator;

function unlessSame(current: unknown, value: unknown): unknown {
  return isIdentical(current, value) ? current : value;
}

export const parseSet: ParseOperator = (_path, value) => ({
  name: '$set',
  deadEnd: () => 'create',
  apply: (current) => unlessSame(current, value),
});

/** It takes part in the search for conflicts even where it does nothing. */
export const parseSetOnInsert: ParseOperator = (_path, value) => ({
  name: '$setOnInsert',
  deadEnd: ({ isInsert }) => (isInsert ? 'create' : 'ignore'),
  apply: (current, context) => (context.isInsert ? unlessSame(current, value) : current),
});

export const parseUnset: ParseOperator = () => ({ name: '$unset', deadEnd: () => 'ignore', apply: () => MISSING });

export const parseInc = arithmetic('$inc', 'add', 'increment');
export const parseMul = arithmetic('$mul', 'multiply', 'multiply');

function arithmetic(name: string, operation: Operation, verb: string): ParseOperator {
  return (path, argument) => {
    if (!isNumber(argument)) {
      throw new CommandError(14, `Cannot ${verb} with non-numeric argument: ${describeField(path, argument)}`);
    }
    return {
      name,
      deadEnd: () => 'create',
      apply: (current, context) => {
        if (current === MISSING)
          return operation === 'add' ? argument : calculate('multiply', zeroLike(argument), argument);
        return unlessSame(current, calculated(name, operation, path, current, argument, context));
      },
    };
  };
}

/** $mul of a missing field is zero in the type of the argument. */
function zeroLike(value: unknown): unknown {
  if (value instanceof Double) return new Double(0);
  if (value instanceof Long) return Long.fromNumber(0);
  return value instanceof Decimal128 ? Decimal128.fromString('0') : new Int32(0);
}

function calculated(
  name: string,
  operation: Operation,
  path: string,
  current: unknown,
  argument: unknown,
  context: UpdateContext,
): unknown {
  const id = describeField('_id', getField(context.root, '_id'));
  if (!isNumber(current)) {
    const field = `has the field '${path.split('.').at(-1)}' of non-numeric type ${typeName(current)}`;
    throw new CommandError(14, `Cannot apply ${name} to a value of non-numeric type. ${id} ${field}`);
  }
  const value = calculate(operation, current, argument);
  if (value !== null) return value;
  const message = `Failed to apply ${name} operations to current value (${describe(current)}) for document ${id}`;
  throw new CommandError(2, message);
}

export const parseMin = extreme('$min', (order) => order < 0);
export const parseMax = extreme('$max', (order) => order > 0);

/** Across types, too: the order of all values decides. */
function extreme(name: string, isBetter: (order: number) => boolean): ParseOperator {
  return (_path, value) => ({
    name,
    deadEnd: () => 'create',
    apply: (current) => (current === MISSING || isBetter(compareValues(value, current)) ? value : current),
  });
}

export const parseCurrentDate: ParseOperator = (_path, argument) => {
  const isTimestamp = wantsTimestamp(argument);
  return {
    name: '$currentDate',
    deadEnd: () => 'create',
    apply: (_, { now }) => (isTimestamp ? timestampOf(now) : now),
  };
};

function wantsTimestamp(argument: unknown): boolean {
  if (typeof argument === 'boolean') return false;
  if (!isDoc(argument)) {
    const message = `${typeName(argument)} is not valid type for $currentDate. Please use a boolean ('true') or a $type expression ({$type: 'timestamp/date'}).`;
    throw new CommandError(2, message);
  }
  const type = argument.$type;
  if (fieldNames(argument).length !== 1 || (type !== 'date' && type !== 'timestamp')) {
    const message = `The '$type' string field is required to be 'date' or 'timestamp': {$currentDate: {field : {$type: 'date'}}}`;
    throw new CommandError(2, message);
  }
  return type === 'timestamp';
}

let increment = 0;

function timestampOf(now: Date): Timestamp {
  increment = (increment + 1) % 0x7fffffff;
  return new Timestamp({ t: Math.floor(now.getTime() / 1000), i: increment + 1 });
}

/** The target side of a $rename: it takes the value which the document had at the source. */
export function renameFrom(source: string): Operator {
  return {
    name: '$rename',
    deadEnd: ({ root }) => (valueAt(root, source) === MISSING ? 'ignore' : 'create'),
    apply: (current, context) => {
      const value = valueAt(context.root, source);
      return value === MISSING ? current : value;
    },
  };
}

function valueAt(root: Doc, path: string): unknown {
  let value: unknown = root;
  let throughArray = false;
  for (const name of path.split('.')) {
    if (value === MISSING) return MISSING;
    if (isDoc(value)) value = getField(value, name);
    else if (Array.isArray(value) && isIndexName(name)) {
      throughArray = true;
      value = Number(name) < value.length ? value[Number(name)] : MISSING;
    } else throw cannotTraverse(name, path, value);
  }
  if (throughArray && value !== MISSING) {
    const id = describeField('_id', getField(root, '_id'));
    throw new CommandError(2, `The source field cannot be an array element, '${path}' in doc with ${id}`);
  }
  return value;
}

export function cannotTraverse(name: string, path: string, value: unknown): CommandError {
  return new CommandError(
    28,
    `Cannot use the part (${name}) of (${path}) to traverse the element (${describe(value)})`,
  );
}
