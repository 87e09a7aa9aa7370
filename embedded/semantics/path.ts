// How a dotted path of a query finds its elements: through documents, through every element of an array, and by index.
import { getField, isIndexName, MISSING } from './fields.ts';
import { isDoc } from './types.ts';

/** Remembers which element of the outermost array matched; positional `$` stands for it. */
export interface Trace {
  position: number | null;
}

export type ElementTest = (element: unknown, trace: Trace | null) => boolean;

/** What the test sees where a path ends in an array: each element and then the array, or the array alone. */
export type ArrayEnd = 'elements' | 'whole';

export interface Path {
  readonly dotted: string;
  readonly names: readonly string[];
  /** The array position each name can also stand for, or -1. */
  readonly indexes: readonly number[];
}

export function parsePath(dotted: string): Path {
  const names = dotted.split('.');
  return { dotted, names, indexes: names.map((name) => (isIndexName(name) ? Number(name) : -1)) };
}

export interface Search {
  readonly path: Path;
  readonly end: ArrayEnd;
  readonly test: ElementTest;
}

/** Whether any element at the path passes the test; a missing one is shown to the test as MISSING. */
export function anyElement(search: Search, root: unknown, trace: Trace | null): boolean {
  return searchFrom(search, root, 0, trace);
}

function searchFrom(search: Search, root: unknown, from: number, trace: Trace | null): boolean {
  const { names } = search.path;
  let value = childOf(root, names[from]!);
  let at = from + 1;
  while (at < names.length && isDoc(value)) {
    value = getField(value, names[at]!);
    at += 1;
  }
  if (Array.isArray(value)) return at === names.length ? atEnd(search, value, trace) : within(search, value, at, trace);
  // The path goes on where there is no document: nothing is stored at it.
  return search.test(at === names.length ? value : MISSING, trace);
}

function atEnd(search: Search, array: readonly unknown[], trace: Trace | null): boolean {
  if (search.end === 'elements') {
    for (let i = 0; i < array.length; i += 1) {
      if (search.test(array[i], trace)) return found(trace, i);
    }
  }
  return search.test(array, trace);
}

/** Documents in the array are searched by name; the element a number points at is also taken by its position. */
function within(search: Search, array: readonly unknown[], at: number, trace: Trace | null): boolean {
  const index = search.path.indexes[at]!;
  for (let i = 0; i < array.length; i += 1) {
    const element = array[i];
    if (isDoc(element) && searchFrom(search, element, at, trace)) return found(trace, i);
    // A position written in the query is no implicit walk over an array, so it leaves `$` alone.
    if (i === index && atPosition(search, element, at + 1, trace)) return true;
  }
  return false;
}

function atPosition(search: Search, element: unknown, at: number, trace: Trace | null): boolean {
  if (at === search.path.names.length) return search.test(element, trace);
  if (Array.isArray(element)) return within(search, element, at, trace);
  return isDoc(element) && searchFrom(search, element, at, trace);
}

function found(trace: Trace | null, index: number): true {
  if (trace !== null) trace.position = index;
  return true;
}

/** $elemMatch looks at arrays inside arrays as at documents with the names "0", "1", ... */
function childOf(container: unknown, name: string): unknown {
  if (isDoc(container)) return getField(container, name);
  if (Array.isArray(container) && isIndexName(name) && Number(name) < container.length) return container[Number(name)];
  return MISSING;
}
