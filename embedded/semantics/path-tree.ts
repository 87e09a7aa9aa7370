// Dotted paths as a tree, refusing two paths of which one contains the other.
import { CommandError } from './errors.ts';
import { parsePath } from './expression.ts';

export type PathNode<T> =
  | { readonly kind: 'leaf'; readonly leaf: T }
  | { readonly kind: 'branch'; readonly children: Map<string, PathNode<T>> };

export type PathTree<T> = ReadonlyMap<string, PathNode<T>>;

export function buildPathTree<T>(entries: ReadonlyArray<readonly [path: string, leaf: T]>): PathTree<T> {
  const root = new Map<string, PathNode<T>>();
  for (const [path, leaf] of entries) insert(root, path, leaf);
  return root;
}

function insert<T>(root: Map<string, PathNode<T>>, path: string, leaf: T): void {
  const parts = parsePath(path);
  const last = parts.length - 1;
  let level = root;
  for (const [at, name] of parts.entries()) {
    const known = level.get(name);
    if (at === last) {
      if (known !== undefined) throw new CommandError(31249, `Path collision at ${path}`);
      level.set(name, { kind: 'leaf', leaf });
      return;
    }
    if (known?.kind === 'leaf') {
      const remaining = parts.slice(at + 1).join('.');
      throw new CommandError(31250, `Path collision at ${path} remaining portion ${remaining}`);
    }
    const children = known === undefined ? new Map<string, PathNode<T>>() : known.children;
    level.set(name, { kind: 'branch', children });
    level = children;
  }
}
