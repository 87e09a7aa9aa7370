// $addFields, alias $set: computed values at paths, through arrays.
import { CommandError } from './errors.ts';
import { compileExpression, type Environment, type Expression } from './expression.ts';
import { copyDoc, fieldNames, getField, MISSING, removeField, setField } from './fields.ts';
import { buildPathTree, type PathTree } from './path-tree.ts';
import { isDoc } from './types.ts';
import type { Doc } from './values.ts';

export type Transform = (environment: Environment) => Doc;

export function compileAddFields(spec: unknown, stage: string): Transform {
  if (!isDoc(spec)) throw new CommandError(40272, `${stage} specification stage must be an object`);
  const entries = flatten(spec, '');
  if (entries.length === 0) throw new CommandError(40177, `${stage} specification must have at least one field`);
  const tree = buildPathTree(entries);
  return (environment) => addToDoc(environment.root, tree, environment);
}

type Entry = readonly [path: string, leaf: Expression];

/** A document without operators names fields of the document that is there: {a: {b: 1}} is {'a.b': 1}. */
function flatten(spec: Doc, prefix: string): readonly Entry[] {
  return fieldNames(spec).flatMap((name): readonly Entry[] => {
    const path = prefix === '' ? name : `${prefix}.${name}`;
    const value = spec[name];
    if (!isDoc(value)) return [[path, compileExpression(value)]];
    const first = fieldNames(value)[0];
    if (first === undefined)
      throw new CommandError(51270, `an empty object is not a valid value. Found at path ${path}`);
    return first.startsWith('$') ? [[path, compileExpression(value)]] : flatten(value, path);
  });
}

function addToDoc(doc: Doc, tree: PathTree<Expression>, environment: Environment): Doc {
  const result = copyDoc(doc);
  for (const [name, node] of tree) {
    const value =
      node.kind === 'leaf' ? node.leaf(environment) : addToValue(getField(result, name), node.children, environment);
    if (value === MISSING) removeField(result, name);
    else setField(result, name, value);
  }
  return result;
}

/** What is no document becomes one; arrays are changed in each element. */
export function addToValue(value: unknown, tree: PathTree<Expression>, environment: Environment): unknown {
  if (Array.isArray(value)) return value.map((element) => addToValue(element, tree, environment));
  return addToDoc(isDoc(value) ? value : {}, tree, environment);
}
