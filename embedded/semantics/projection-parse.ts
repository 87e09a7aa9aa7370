// Parses a projection into a tree and decides whether it keeps what it names or leaves it out.
import { isTruthy } from './comparisons.ts';
import { CommandError, unsupported } from './errors.ts';
import { compileExpression, type Expression } from './expression.ts';
import { fieldNames } from './fields.ts';
import { compileFilter, type Matcher } from './filter.ts';
import { integerOf, isNumber } from './numbers.ts';
import { buildPathTree, type PathTree } from './path-tree.ts';
import { isDoc } from './types.ts';
import type { Doc } from './values.ts';

export type ProjectionLeaf =
  | { readonly kind: 'include' }
  | { readonly kind: 'exclude' }
  | { readonly kind: 'compute'; readonly expression: Expression }
  | { readonly kind: 'slice'; readonly skip: number; readonly limit: number }
  | { readonly kind: 'element'; readonly matcher: Matcher }
  | { readonly kind: 'positional' };

export interface ParsedProjection {
  readonly isInclusion: boolean;
  readonly tree: PathTree<ProjectionLeaf>;
  readonly isPositional: boolean;
}

type Entry = readonly [path: string, leaf: ProjectionLeaf];

/** `find` knows $slice, $elemMatch and `array.$` besides; in a pipeline these are refused. */
export function parseProjection(spec: Doc, place: 'find' | '$project'): ParsedProjection {
  const entries = flatten(spec, '', place);
  const isInclusion = decide(entries);
  const named = isInclusion
    ? withId(entries)
    : entries.filter(([path, leaf]) => path !== '_id' || leaf.kind !== 'include');
  const tree = buildPathTree(
    named.filter(([path, leaf]) => !(isInclusion && path === '_id' && leaf.kind === 'exclude')),
  );
  return { isInclusion, tree, isPositional: entries.some(([, leaf]) => leaf.kind === 'positional') };
}

function withId(entries: readonly Entry[]): readonly Entry[] {
  const names = entries.some(([path]) => path === '_id' || path.startsWith('_id.'));
  return names ? entries : [['_id', { kind: 'include' }], ...entries];
}

function decide(entries: readonly Entry[]): boolean {
  let isInclusion: boolean | null = null;
  for (const [path, { kind }] of entries) {
    if (path === '_id' || kind === 'slice') continue;
    const keeps = kind !== 'exclude';
    if (isInclusion === true && !keeps) {
      throw new CommandError(31254, `Cannot do exclusion on field ${path} in inclusion projection`);
    }
    if (isInclusion === false && keeps) {
      throw new CommandError(31253, `Cannot do inclusion on field ${path} in exclusion projection`);
    }
    isInclusion = keeps;
  }
  const id = entries.find(([path]) => path === '_id');
  // Only _id is named, perhaps beside a $slice: it decides.
  return isInclusion ?? (id !== undefined && id[1].kind !== 'exclude');
}

function flatten(spec: Doc, prefix: string, place: 'find' | '$project'): readonly Entry[] {
  return fieldNames(spec).flatMap((name): readonly Entry[] => {
    const path = prefix === '' ? name : `${prefix}.${name}`;
    const value = spec[name];
    if (path.endsWith('.$') && place === 'find') return [[path.slice(0, -2), { kind: 'positional' }]];
    if (!isDoc(value)) return [[path, leafOf(value)]];
    const operator = fieldNames(value)[0];
    if (operator === undefined)
      throw new CommandError(51270, `An empty sub-projection is not a valid value. Found at path ${path}`);
    if (!operator.startsWith('$')) return flatten(value, path, place);
    return [[path, operatorLeaf(operator, value, place)]];
  });
}

function leafOf(value: unknown): ProjectionLeaf {
  if (typeof value === 'boolean' || isNumber(value)) return { kind: isTruthy(value) ? 'include' : 'exclude' };
  return { kind: 'compute', expression: compileExpression(value) };
}

function operatorLeaf(operator: string, value: Doc, place: 'find' | '$project'): ProjectionLeaf {
  if (place === 'find') {
    if (operator === '$slice') return sliceLeaf(value.$slice);
    if (operator === '$elemMatch') return elementLeaf(value.$elemMatch);
  }
  if (operator === '$meta') throw unsupported('$meta', 2);
  return { kind: 'compute', expression: compileExpression(value) };
}

function sliceLeaf(argument: unknown): ProjectionLeaf {
  const [first, second] = Array.isArray(argument) ? argument.map(integerOf) : [integerOf(argument)];
  if (first === undefined || first === null || second === null)
    throw new CommandError(28724, '$slice needs whole numbers');
  if (second === undefined) return { kind: 'slice', skip: Math.min(first, 0), limit: Math.abs(first) };
  if (second <= 0) throw new CommandError(28724, 'Third argument to $slice must be positive');
  return { kind: 'slice', skip: first, limit: second };
}

function elementLeaf(argument: unknown): ProjectionLeaf {
  if (!isDoc(argument)) throw new CommandError(2, 'elemMatch: Invalid argument, object required');
  return { kind: 'element', matcher: compileFilter({ element: { $elemMatch: argument } }) };
}
