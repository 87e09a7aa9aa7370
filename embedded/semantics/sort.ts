// Sort order of documents: by the least key of an array upwards, by the greatest downwards.
import { CommandError, unsupported } from './errors.ts';
import { fieldNames } from './fields.ts';
import { indexKeys } from './index-keys.ts';
import { integerOf } from './numbers.ts';
import { isDoc } from './types.ts';
import { compareValues, type Doc } from './values.ts';

type Key = readonly unknown[];

/** For one sort: it remembers the keys of the documents it has seen. */
export function compileSort(spec: Doc): (a: Doc, b: Doc) => number {
  const names = fieldNames(spec);
  const directions = names.map((name) => directionOf(spec[name]));
  const paths = names.map((name) => parseSortPath(name));
  const compareKeys = (a: Key, b: Key): number => {
    for (let i = 0; i < directions.length; i += 1) {
      const order = compareValues(a[i], b[i]);
      if (order !== 0) return order * directions[i]!;
    }
    return 0;
  };
  // Sorting asks for the key of a document again and again. The keys go when the comparison goes.
  const keys = new Map<Doc, Key>();
  const keyOf = (doc: Doc): Key => {
    let key = keys.get(doc);
    if (key === undefined) {
      key = leastKey(rowsOf(doc, paths), compareKeys);
      keys.set(doc, key);
    }
    return key;
  };
  return (a, b) => compareKeys(keyOf(a), keyOf(b));
}

function rowsOf(doc: Doc, paths: ReadonlyArray<readonly string[]>): unknown[][] {
  try {
    return indexKeys(doc, paths);
  } catch (error) {
    if (!(error instanceof CommandError) || error.code !== 171) throw error;
    // The same trouble as in an index, under another code.
    throw new CommandError(2, 'cannot sort with keys that are parallel arrays');
  }
}

function leastKey(rows: readonly Key[], compare: (a: Key, b: Key) => number): Key {
  let least = rows[0] ?? [];
  for (const row of rows) if (compare(row, least) < 0) least = row;
  return least;
}

function parseSortPath(name: string): readonly string[] {
  const parts = name.split('.');
  if (parts.includes('')) throw new CommandError(40352, 'FieldPath field names may not be empty strings.');
  if (name.startsWith('$')) throw unsupported(`sort by ${name}`, 2);
  return parts;
}

function directionOf(value: unknown): 1 | -1 {
  if (isDoc(value)) throw unsupported(`sort by ${fieldNames(value)[0] ?? 'an empty document'}`, 2);
  const direction = integerOf(value);
  if (direction === 1 || direction === -1) return direction;
  throw new CommandError(15975, '$sort key ordering must be 1 (for ascending) or -1 (for descending)');
}
