// Applies an update tree to a document, copying only what changes.
import { describe } from './describe.ts';
import { CommandError } from './errors.ts';
import { copyDoc, getField, isIndexName, MISSING, removeField, setField } from './fields.ts';
import { isDoc } from './types.ts';
import { cannotTraverse } from './update-fields.ts';
import { type Branch, isArrayName, join, leavesOf, mergeNodes, type Node, type UpdateContext } from './update-tree.ts';
import type { Doc } from './values.ts';

/** As the server: nobody means to create so many nulls. */
const MAX_BACKFILL = 1_500_000;

export function applyTree(tree: Branch, doc: Doc, context: UpdateContext): Doc {
  return applyToDoc(tree, doc, context);
}

function applyNode(node: Node, value: unknown, parentName: string, context: UpdateContext): unknown {
  if (node.kind === 'leaf') return node.operator.apply(value, context);
  if (isDoc(value)) return applyToDoc(node, value, context);
  if (Array.isArray(value)) return applyToArray(node, value, parentName, context);
  if (value === MISSING) return createDoc(node, context);
  refuseDeadEnd(node, parentName, value, context);
  return value;
}

function createDoc(branch: Branch, context: UpdateContext): unknown {
  refuseArrayNames(
    branch,
    () => `The path '${branch.path}' must exist in the document in order to apply array updates.`,
  );
  const created = applyToDoc(branch, {}, context);
  return Object.keys(created).length === 0 ? MISSING : created;
}

function applyToDoc(branch: Branch, doc: Doc, context: UpdateContext): Doc {
  refuseArrayNames(branch, () => `Cannot apply array updates to non-array element ${branch.path}: ${describe(doc)}`);
  let result = doc;
  for (const [name, child] of resolved(branch, context)) {
    const current = getField(result, name);
    const next = applyNode(child, current, name, context);
    if (next === current) continue;
    if (result === doc) result = copyDoc(doc);
    if (next === MISSING) removeField(result, name);
    else setField(result, name, next);
  }
  return result;
}

function refuseArrayNames(branch: Branch, message: () => string): void {
  for (const name of branch.children.keys()) {
    if (isArrayName(name)) throw new CommandError(2, message());
  }
}

/** The children with `$` replaced by the position that the query found. */
function resolved(branch: Branch, context: UpdateContext): ReadonlyMap<string, Node> {
  const positional = branch.children.get('$');
  if (positional === undefined) return branch.children;
  if (context.position === null) {
    throw new CommandError(2, 'The positional operator did not find the match needed from the query.');
  }
  const name = String(context.position);
  const others = new Map(branch.children);
  others.delete('$');
  const same = others.get(name);
  others.set(name, same === undefined ? positional : mergeNodes(positional, same, join(branch.path, name)));
  return others;
}

function applyToArray(branch: Branch, array: readonly unknown[], parentName: string, context: UpdateContext): unknown {
  const result = [...array];
  let isChanged = false;
  for (const [index, child] of elementsOf(branch, array, parentName, context)) {
    const current = index < result.length ? result[index] : MISSING;
    const next = applyNode(child, current, String(index), context);
    if (next === current) continue;
    isChanged = true;
    backfill(result, index);
    // An element cannot be missing: taking it away leaves null.
    result[index] = next === MISSING ? null : next;
  }
  return isChanged ? result : array;
}

function backfill(array: unknown[], index: number): void {
  if (index - array.length > MAX_BACKFILL) {
    throw new CommandError(2, `can't backfill more than ${MAX_BACKFILL} elements`);
  }
  while (array.length < index) array.push(null);
}

type Elements = ReadonlyArray<readonly [number, Node]>;

function elementsOf(branch: Branch, array: readonly unknown[], parentName: string, context: UpdateContext): Elements {
  if ([...branch.children.keys()].some(isArrayName)) return filteredElements(branch, array, context);
  const elements: Array<readonly [number, Node]> = [];
  for (const [name, child] of resolved(branch, context)) {
    if (isIndexName(name)) elements.push([Number(name), child]);
    else refuseDeadEnd({ ...branch, children: new Map([[name, child]]) }, parentName, array, context);
  }
  return elements;
}

/** `$[]` is every element, `$[id]` those that its array filter accepts. */
function filteredElements(branch: Branch, array: readonly unknown[], context: UpdateContext): Elements {
  const elements: Array<readonly [number, Node]> = [];
  for (const [index, element] of array.entries()) {
    let merged: Node | null = null;
    for (const [name, child] of branch.children) {
      if (!isAccepted(name.slice(2, -1), element, context)) continue;
      merged = merged === null ? child : mergeNodes(merged, child, join(branch.path, String(index)));
    }
    if (merged !== null) elements.push([index, merged]);
  }
  return elements;
}

function isAccepted(identifier: string, element: unknown, context: UpdateContext): boolean {
  if (identifier === '') return true;
  return context.arrayFilters.get(identifier)?.matches({ [identifier]: element }) ?? false;
}

/** The path goes on where there is no document: only some operators put up with it. */
function refuseDeadEnd(branch: Branch, parentName: string, value: unknown, context: UpdateContext): void {
  for (const { parts, path, operator } of leavesOf(branch)) {
    const name = parts[branch.path.split('.').length] ?? '';
    const deadEnd = operator.deadEnd(context);
    if (deadEnd === 'traverse') throw cannotTraverse(name, path, value);
    if (deadEnd === 'create') {
      throw new CommandError(28, `Cannot create field '${name}' in element {${parentName}: ${describe(value)}}`);
    }
  }
}
