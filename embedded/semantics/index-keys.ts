// What an index holds for a document: one row of values per key, several rows when a path runs through an array.
import { CommandError } from './errors.ts';
import { getField, isIndexName, MISSING } from './fields.ts';
import { isDoc } from './types.ts';
import type { Doc } from './values.ts';

export interface GeneratedKeys {
  /** One row for each key, one value for each path; MISSING where the path leads nowhere. */
  readonly rows: readonly (readonly unknown[])[];
  /** Which paths went through an array. */
  readonly multikey: readonly boolean[];
  /** True when no path leads to a value. */
  readonly isAbsent: boolean;
}

interface Slot {
  readonly parts: readonly string[];
  /** How many parts are already walked. */
  readonly at: number;
  readonly value: unknown;
  /** The array the walk stopped in front of; its elements give one row each. */
  readonly array: readonly unknown[] | null;
}

/**
 * Keys for the (compound) paths. Paths through the same array take their values from the same element, as a unique
 * index needs it; two different arrays are refused. An empty array gives undefined, which sorts before null.
 */
export function generateKeys(doc: Doc, paths: ReadonlyArray<readonly string[]>): GeneratedKeys {
  const multikey = paths.map(() => false);
  const rows: unknown[][] = [];
  expand(
    paths.map((parts) => walk(parts, 0, doc)),
    multikey,
    rows,
  );
  return { rows, multikey, isAbsent: rows.every((row) => row.every((value) => value === MISSING)) };
}

/** The rows alone, with null for what is missing: the keys that sorting compares. */
export function indexKeys(doc: Doc, paths: ReadonlyArray<readonly string[]>): unknown[][] {
  return generateKeys(doc, paths).rows.map((row) => row.map((value) => (value === MISSING ? null : value)));
}

function expand(slots: readonly Slot[], multikey: boolean[], rows: unknown[][]): void {
  const array = commonArray(slots);
  if (array === null) {
    rows.push(slots.map((slot) => slot.value));
    return;
  }
  for (const [i, slot] of slots.entries()) if (slot.array !== null) multikey[i] = true;
  const elements = array.length === 0 ? [undefined] : array;
  for (const element of elements) {
    expand(
      slots.map((slot) => (slot.array === null ? slot : enter(slot, element))),
      multikey,
      rows,
    );
  }
}

function commonArray(slots: readonly Slot[]): readonly unknown[] | null {
  let common: readonly unknown[] | null = null;
  for (const { array } of slots) {
    if (array === null || array === common) continue;
    if (common !== null) throw new CommandError(171, 'cannot index parallel arrays');
    common = array;
  }
  return common;
}

/** At the end of its path a slot takes the element itself; otherwise only documents inside the array are followed. */
function enter(slot: Slot, element: unknown): Slot {
  const { parts, at } = slot;
  if (at === parts.length) return { parts, at, value: element, array: null };
  if (!isDoc(element)) return { parts, at, value: MISSING, array: null };
  return walk(parts, at, element);
}

function walk(parts: readonly string[], from: number, root: Doc): Slot {
  let value: unknown = root;
  let at = from;
  while (at < parts.length) {
    const name = parts[at]!;
    if (isDoc(value)) {
      value = getField(value, name);
    } else if (Array.isArray(value)) {
      if (!isIndexName(name) || Number(name) >= value.length) return { parts, at, value: MISSING, array: value };
      value = value[Number(name)];
    } else {
      return { parts, at: parts.length, value: MISSING, array: null };
    }
    at += 1;
  }
  return { parts, at, value, array: Array.isArray(value) ? value : null };
}
