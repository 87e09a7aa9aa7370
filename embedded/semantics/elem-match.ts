// $elemMatch: one element of the array has to meet all conditions at once.
import { mergeBounds } from './bounds.ts';
import { isOperatorDoc } from './comparisons.ts';
import { CommandError } from './errors.ts';
import { fieldNames } from './fields.ts';
import type { ElementTest, Trace } from './path.ts';
import { type PathBounds, type Predicate, parseOperators } from './predicates.ts';
import { parseQuery, type QueryTest } from './query.ts';
import { isDoc } from './types.ts';

const LOGICAL: ReadonlySet<string> = new Set(['$and', '$or', '$nor', '$where', '$expr']);

export function elemMatch(argument: unknown): Predicate {
  if (!isDoc(argument)) throw new CommandError(2, '$elemMatch needs an Object');
  const isOfValues = isOperatorDoc(argument) && !LOGICAL.has(fieldNames(argument)[0] ?? '');
  return isOfValues ? ofValues(parseOperators(argument)) : ofDocuments(parseQuery(argument));
}

/** {$elemMatch: {$gt: 1, $lt: 5}}: the operators look at the element itself, never into it. */
function ofValues(predicate: Predicate): Predicate {
  const test = elementTest(predicate);
  const own = boundsOf(withoutInner(predicate));
  const merged = mergeBounds(own.map(({ bounds }) => bounds));
  const bounds = merged === null ? [] : [{ below: '', bounds: merged }];
  return { kind: 'test', end: 'whole', test: anyOf((element) => test(element, null)), bounds };
}

/** {$elemMatch: {a: 1, b: 2}}: a query for documents (and arrays, seen as documents) inside the array. */
function ofDocuments(query: QueryTest): Predicate {
  const test = anyOf((element) => (isDoc(element) || Array.isArray(element)) && query.test(element, null));
  const bounds = query.bounds.map(({ below, bounds }): PathBounds => ({ below, bounds }));
  return { kind: 'test', end: 'whole', test, bounds };
}

/** What an $elemMatch in here says is about elements of elements, of which no index knows. */
function withoutInner(predicate: Predicate): Predicate {
  if (predicate.kind === 'test' && predicate.end === 'whole') return { ...predicate, bounds: [] };
  return predicate.kind === 'all' ? { kind: 'all', predicates: predicate.predicates.map(withoutInner) } : predicate;
}

function anyOf(accepts: (element: unknown) => boolean): ElementTest {
  return (value: unknown, trace: Trace | null) => {
    if (!Array.isArray(value)) return false;
    const index = value.findIndex(accepts);
    if (index < 0) return false;
    if (trace !== null) trace.position = index;
    return true;
  };
}

/** A predicate on one element, without a path and without a walk over arrays. */
function elementTest(predicate: Predicate): ElementTest {
  switch (predicate.kind) {
    case 'test':
      return predicate.test;
    case 'not': {
      const inner = elementTest(predicate.predicate);
      return (element) => !inner(element, null);
    }
    case 'all': {
      const tests = predicate.predicates.map(elementTest);
      return (element) => tests.every((test) => test(element, null));
    }
  }
}

export function boundsOf(predicate: Predicate): readonly PathBounds[] {
  switch (predicate.kind) {
    case 'test':
      return predicate.bounds;
    case 'all':
      return predicate.predicates.flatMap(boundsOf);
    case 'not':
      return [];
  }
}
