// Projections of find, and the same without array operators for $project.
import { addToValue } from './add-fields.ts';
import { CommandError } from './errors.ts';
import type { Environment, Expression } from './expression.ts';
import { fieldNames, getField, MISSING, setField } from './fields.ts';
import type { Matcher } from './filter.ts';
import type { PathNode, PathTree } from './path-tree.ts';
import { type ParsedProjection, type ProjectionLeaf, parseProjection } from './projection-parse.ts';
import { isDoc } from './types.ts';
import type { Doc } from './values.ts';

/** `filter` is the query of the find: `array.$` shows the element which it matched. */
export function compileProjection(spec: Doc, filter: Matcher | null, now: Date = new Date()): (doc: Doc) => Doc {
  if (fieldNames(spec).length === 0) return (doc) => doc;
  const projection = parseProjection(spec, 'find');
  return (doc) => {
    const position = projection.isPositional ? (filter?.positionOf(doc) ?? null) : null;
    return project(projection, { root: doc, now, position });
  };
}

export function compileProjectStage(spec: unknown): (environment: Environment) => Doc {
  if (!isDoc(spec)) throw new CommandError(15969, '$project specification must be an object');
  if (fieldNames(spec).length === 0)
    throw new CommandError(51272, 'projection specification must have at least one field');
  const projection = parseProjection(spec, '$project');
  return (environment) => project(projection, { ...environment, position: null });
}

interface Scope extends Environment {
  readonly position: number | null;
}

type Tree = PathTree<ProjectionLeaf>;

function project({ isInclusion, tree }: ParsedProjection, scope: Scope): Doc {
  return isInclusion ? keepDoc(scope.root, tree, scope) : dropDoc(scope.root, tree, scope);
}

function keepDoc(doc: Doc, tree: Tree, scope: Scope): Doc {
  const result: Doc = {};
  for (const name of fieldNames(doc)) {
    const node = tree.get(name);
    const value = node === undefined ? MISSING : kept(doc[name], node, scope);
    if (value !== MISSING) setField(result, name, value);
  }
  // Computed fields come after the stored ones, in the order of the projection.
  for (const [name, node] of tree) {
    const computed = computedPart(node);
    if (computed === null) continue;
    const value =
      computed.kind === 'leaf' ? computed.leaf(scope) : addToValue(getField(result, name), computed.children, scope);
    if (value !== MISSING) setField(result, name, value);
  }
  return result;
}

function kept(value: unknown, node: PathNode<ProjectionLeaf>, scope: Scope): unknown {
  return node.kind === 'leaf' ? keptLeaf(value, node.leaf, scope) : keptBelow(value, node.children, scope);
}

/** Elements that are no documents have nothing at the path, so they go. */
function keptBelow(value: unknown, tree: Tree, scope: Scope): unknown {
  if (isDoc(value)) return keepDoc(value, withoutComputed(tree), scope);
  if (!Array.isArray(value)) return MISSING;
  return value.map((element: unknown) => keptBelow(element, tree, scope)).filter((element) => element !== MISSING);
}

function keptLeaf(value: unknown, leaf: ProjectionLeaf, scope: Scope): unknown {
  switch (leaf.kind) {
    case 'include':
      return value;
    case 'exclude':
    case 'compute':
      return MISSING;
    case 'slice':
      return sliced(value, leaf.skip, leaf.limit);
    case 'element':
      return firstElement(value, leaf.matcher);
    case 'positional':
      return positioned(value, scope.position);
  }
}

function sliced(value: unknown, skip: number, limit: number): unknown {
  if (!Array.isArray(value)) return value;
  const start = skip < 0 ? Math.max(value.length + skip, 0) : skip;
  return value.slice(start, start + limit);
}

function firstElement(value: unknown, matcher: Matcher): unknown {
  if (!Array.isArray(value)) return MISSING;
  const index = matcher.positionOf({ element: value });
  return index === null ? MISSING : [value[index]];
}

function positioned(value: unknown, position: number | null): unknown {
  if (!Array.isArray(value)) return value;
  if (position === null || position >= value.length) {
    const message =
      "Executor error during find command :: caused by :: positional operator '.$' couldn't find a matching element in the array";
    throw new CommandError(51246, message);
  }
  return [value[position]];
}

function dropDoc(doc: Doc, tree: Tree, scope: Scope): Doc {
  const result: Doc = {};
  for (const name of fieldNames(doc)) {
    const node = tree.get(name);
    const value = node === undefined ? doc[name] : dropped(doc[name], node, scope);
    if (value !== MISSING) setField(result, name, value);
  }
  return result;
}

function dropped(value: unknown, node: PathNode<ProjectionLeaf>, scope: Scope): unknown {
  return node.kind === 'leaf' ? keptLeaf(value, node.leaf, scope) : droppedBelow(value, node.children, scope);
}

function droppedBelow(value: unknown, tree: Tree, scope: Scope): unknown {
  if (isDoc(value)) return dropDoc(value, tree, scope);
  return Array.isArray(value) ? value.map((element: unknown) => droppedBelow(element, tree, scope)) : value;
}

/** The part of a subtree that adds values, or null. */
function computedPart(node: PathNode<ProjectionLeaf>): PathNode<Expression> | null {
  if (node.kind === 'leaf') return node.leaf.kind === 'compute' ? { kind: 'leaf', leaf: node.leaf.expression } : null;
  const children = new Map<string, PathNode<Expression>>();
  for (const [name, child] of node.children) {
    const computed = computedPart(child);
    if (computed !== null) children.set(name, computed);
  }
  return children.size === 0 ? null : { kind: 'branch', children };
}

function withoutComputed(tree: Tree): Tree {
  return new Map([...tree].filter(([, node]) => node.kind === 'branch' || node.leaf.kind !== 'compute'));
}
