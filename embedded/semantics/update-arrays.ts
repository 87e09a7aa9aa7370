// Update operators on arrays: $push, $addToSet, $pop, $pull, $pullAll.
import { BSONRegExp } from 'bson';
import { isOperatorDoc } from './comparisons.ts';
import { describeField } from './describe.ts';
import { CommandError } from './errors.ts';
import { fieldNames, getField, MISSING } from './fields.ts';
import { compileFilter } from './filter.ts';
import { integerOf } from './numbers.ts';
import { parsePushClauses } from './push-clauses.ts';
import { isDoc, typeName } from './types.ts';
import type { ParseOperator } from './update-fields.ts';
import type { UpdateContext } from './update-tree.ts';
import { compareValues } from './values.ts';

export const parsePush: ParseOperator = (path, argument) => {
  const clauses = parsePushClauses(argument);
  return {
    name: '$push',
    deadEnd: () => 'create',
    apply: (current, context) => {
      if (current === MISSING) return clauses.apply([]);
      if (!Array.isArray(current)) throw notAnArray(path, current, context);
      return clauses.changesNothing ? current : clauses.apply(current);
    },
  };
};

function notAnArray(path: string, value: unknown, context: UpdateContext): CommandError {
  const id = describeField('_id', getField(context.root, '_id'));
  return new CommandError(
    2,
    `The field '${path}' must be an array but is of type ${typeName(value)} in document ${id}`,
  );
}

export const parseAddToSet: ParseOperator = (path, argument) => {
  const added = valuesToAdd(argument);
  return {
    name: '$addToSet',
    deadEnd: () => 'create',
    apply: (current) => {
      if (current !== MISSING && !Array.isArray(current)) {
        const name = path.split('.').at(-1);
        const message = `Cannot apply $addToSet to non-array field. Field named '${name}' has non-array type ${typeName(current)}`;
        throw new CommandError(2, message);
      }
      const array: readonly unknown[] = current === MISSING ? [] : current;
      const result = [...array];
      for (const value of added) {
        if (!result.some((member) => compareValues(member, value) === 0)) result.push(value);
      }
      return current !== MISSING && result.length === array.length ? current : result;
    },
  };
};

function valuesToAdd(argument: unknown): readonly unknown[] {
  if (!isDoc(argument) || fieldNames(argument)[0] !== '$each') return [argument];
  const values = argument.$each;
  if (!Array.isArray(values)) {
    throw new CommandError(
      14,
      `The argument to $each in $addToSet must be an array but it was of type ${typeName(values)}`,
    );
  }
  const other = fieldNames(argument)[1];
  if (other !== undefined) throw new CommandError(2, `Found unexpected fields after $each in $addToSet: ${other}`);
  return values;
}

export const parsePop: ParseOperator = (path, argument) => {
  const side = integerOf(argument);
  if (side !== 1 && side !== -1)
    throw new CommandError(9, `$pop expects 1 or -1, found: ${describeField(path, argument)}`);
  return {
    name: '$pop',
    deadEnd: () => 'traverse',
    apply: (current) => {
      if (current === MISSING) return current;
      if (!Array.isArray(current)) {
        throw new CommandError(14, `Path '${path}' contains an element of non-array type '${typeName(current)}'`);
      }
      if (current.length === 0) return current;
      return side === 1 ? current.slice(0, -1) : current.slice(1);
    },
  };
};

export const parsePull: ParseOperator = (_path, argument) => culling('$pull', pullTest(argument));

export const parsePullAll: ParseOperator = (_path, argument) => {
  if (!Array.isArray(argument)) {
    throw new CommandError(2, `$pullAll requires an array argument but was given a ${typeName(argument)}`);
  }
  return culling('$pullAll', (element) => argument.some((value) => compareValues(value, element) === 0));
};

function culling(name: string, isCulled: (element: unknown) => boolean): ReturnType<ParseOperator> {
  return {
    name,
    deadEnd: () => 'traverse',
    apply: (current) => {
      if (current === MISSING) return current;
      if (!Array.isArray(current)) throw new CommandError(2, 'Cannot apply $pull to a non-array value');
      const kept = current.filter((element) => !isCulled(element));
      return kept.length === current.length ? current : kept;
    },
  };
}

/** A document is a query for the elements that are documents; operators and expressions apply to the element itself. */
function pullTest(condition: unknown): (element: unknown) => boolean {
  if (condition instanceof BSONRegExp || isOperatorOnValue(condition)) {
    const matcher = compileFilter({ element: condition });
    return (element) => matcher.matches({ element });
  }
  if (isDoc(condition)) {
    const matcher = compileFilter(condition);
    return (element) => isDoc(element) && matcher.matches(element);
  }
  return (element) => compareValues(element, condition) === 0;
}

function isOperatorOnValue(condition: unknown): boolean {
  return (
    isDoc(condition) && isOperatorDoc(condition) && !['$and', '$or', '$nor'].includes(fieldNames(condition)[0] ?? '')
  );
}
