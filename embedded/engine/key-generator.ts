/**
 * The entries one document has in one index, as MongoDB makes them: an array gives one entry for
 * each element, paths through the same array walk it together, two different arrays are refused.
 */
import { CommandError } from '../semantics/errors.ts';
import { getField, MISSING } from '../semantics/fields.ts';
import { isDoc } from '../semantics/types.ts';
import type { Doc } from '../semantics/values.ts';

export interface GeneratedKeys {
  /** One row for each entry, one value for each field of the index; MISSING where the path leads nowhere. */
  readonly rows: readonly (readonly unknown[])[];
  /** Which fields of the index went through an array. */
  readonly multikey: readonly boolean[];
  /** True when no field of the index is there at all. */
  readonly isAbsent: boolean;
}

interface Cursor {
  readonly value: unknown;
  readonly rest: readonly string[];
}

export function generateKeys(doc: Doc, paths: readonly (readonly string[])[]): GeneratedKeys {
  const multikey = paths.map(() => false);
  const rows: unknown[][] = [];
  expand(
    paths.map((rest) => ({ value: doc, rest })),
    multikey,
    rows,
  );
  return { rows, multikey, isAbsent: rows.every((row) => row.every((value) => value === MISSING)) };
}

/** Walks all paths to their end or to the first array; expands that array; goes on. */
function expand(start: readonly Cursor[], multikey: boolean[], rows: unknown[][]): void {
  const cursors = start.map(walk);
  const array = findArray(cursors);
  if (array === null) {
    rows.push(cursors.map(({ value }) => (value instanceof Settled ? value.value : value)));
    return;
  }
  const inside = cursors.map((cursor) => cursor.value === array);
  inside.forEach((isInside, i) => {
    if (isInside) multikey[i] = true;
  });
  // MongoDB indexes an empty array as undefined, which sorts before null.
  const elements = array.length > 0 ? array : [undefined];
  for (const element of elements) {
    expand(
      cursors.map((cursor, i) => (inside[i] ? enter(cursor, element) : cursor)),
      multikey,
      rows,
    );
  }
}

/** Marks an element that is itself an array and is indexed whole, because the path ends here. */
class Settled {
  readonly value: unknown;
  constructor(value: unknown) {
    this.value = value;
  }
}

function enter(cursor: Cursor, element: unknown): Cursor {
  if (cursor.rest.length === 0) return { value: new Settled(element), rest: [] };
  // An array directly inside an array is not searched by a path without positions.
  if (!isDoc(element)) return { value: MISSING, rest: [] };
  return { value: element, rest: cursor.rest };
}

function walk(cursor: Cursor): Cursor {
  let { value, rest } = cursor;
  while (rest.length > 0 && !Array.isArray(value)) {
    value = isDoc(value) ? getField(value, rest[0]!) : MISSING;
    if (value === MISSING) return { value, rest: [] };
    rest = rest.slice(1);
  }
  return { value, rest };
}

function findArray(cursors: readonly Cursor[]): unknown[] | null {
  let found: unknown[] | null = null;
  for (const { value } of cursors) {
    if (!Array.isArray(value)) continue;
    if (found !== null && found !== value) {
      throw new CommandError(171, 'cannot index parallel arrays');
    }
    found = value;
  }
  return found;
}
