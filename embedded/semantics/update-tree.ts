// The paths of an update as a tree, so that two operators can never meet at the same place unnoticed.
import { CommandError } from './errors.ts';
import { isIndexName } from './fields.ts';
import type { Matcher } from './filter.ts';
import type { Doc } from './values.ts';
import { compareText } from './values.ts';

export interface UpdateContext {
  /** The document before the update. */
  readonly root: Doc;
  readonly position: number | null;
  readonly arrayFilters: ReadonlyMap<string, Matcher>;
  readonly isInsert: boolean;
  readonly now: Date;
}

/** Errors with the words of an operator that creates what is missing, or of one that only walks; or no effect. */
type DeadEnd = 'create' | 'traverse' | 'ignore';

export interface Operator {
  readonly name: string;
  /** What becomes of its path where it goes on, but there is no document to go into. */
  deadEnd(context: UpdateContext): DeadEnd;
  /** The new value of the field, MISSING to take it away; the very same value when there is nothing to do. */
  apply(current: unknown, context: UpdateContext): unknown;
}

export interface Leaf {
  readonly kind: 'leaf';
  readonly path: string;
  readonly parts: readonly string[];
  readonly operator: Operator;
}

export interface Branch {
  readonly kind: 'branch';
  readonly path: string;
  readonly children: ReadonlyMap<string, Node>;
}

export function leafAt(path: string, operator: Operator): Leaf {
  return { kind: 'leaf', path, parts: path.split('.'), operator };
}

export type Node = Leaf | Branch;

/** Numbers by value, all else by text: in this order operators are applied and new fields are added. */
function compareNames(a: string, b: string): number {
  return isIndexName(a) && isIndexName(b) ? Number(a) - Number(b) : compareText(a, b);
}

export function buildTree(leaves: readonly Leaf[]): Branch {
  return branchOf('', leaves, 0);
}

function branchOf(path: string, leaves: readonly Leaf[], depth: number): Branch {
  const groups = new Map<string, Leaf[]>();
  for (const leaf of leaves) {
    const name = leaf.parts[depth]!;
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [leaf]);
    else group.push(leaf);
  }
  refuseMixedArrays(path, [...groups.keys()]);
  const names = [...groups.keys()].sort(compareNames);
  const children = new Map(names.map((name) => [name, nodeOf(join(path, name), groups.get(name)!, depth + 1)]));
  return { kind: 'branch', path, children };
}

function nodeOf(path: string, leaves: readonly Leaf[], depth: number): Node {
  const ending = leaves.find((leaf) => leaf.parts.length === depth);
  if (ending === undefined) return branchOf(path, leaves, depth);
  const other = leaves.find((leaf) => leaf !== ending);
  if (other !== undefined) {
    throw new CommandError(40, `Updating the path '${other.path}' would create a conflict at '${path}'`);
  }
  return ending;
}

/** `a.$[].b` beside `a.b`: the same place is used as an array and as a document. */
function refuseMixedArrays(path: string, names: readonly string[]): void {
  const inArray = names.filter(isArrayName);
  if (inArray.length === 0 || inArray.length === names.length) return;
  throw new CommandError(40, `Updating the path '${join(path, inArray[0]!)}' would create a conflict at '${path}'`);
}

export function isArrayName(name: string): boolean {
  return name.startsWith('$[') && name.endsWith(']');
}

export function join(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}

/** Positional names only turn out at run time to be the same element. */
export function mergeNodes(a: Node, b: Node, path: string): Node {
  if (a.kind === 'leaf' || b.kind === 'leaf') throw new CommandError(40, `Update created a conflict at '${path}'`);
  const children = new Map(a.children);
  for (const [name, node] of b.children) {
    const other = children.get(name);
    children.set(name, other === undefined ? node : mergeNodes(other, node, join(path, name)));
  }
  const sorted = new Map([...children].sort(([left], [right]) => compareNames(left, right)));
  return { kind: 'branch', path: a.path, children: sorted };
}

export function leavesOf(node: Node): readonly Leaf[] {
  return node.kind === 'leaf' ? [node] : [...node.children.values()].flatMap(leavesOf);
}
