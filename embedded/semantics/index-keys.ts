// What an index holds for a document: one row of values per key, several rows when a path runs through an array.
import { CommandError } from './errors.ts';
import { getField, isIndexName, MISSING } from './fields.ts';
import { isDoc } from './types.ts';
import type { Doc } from './values.ts';

interface Slot {
  readonly parts: readonly string[];
  /** How many parts are already walked. */
  readonly at: number;
  readonly value: unknown;
  /** The array the walk stopped in front of; its elements give one row each. */
  readonly array: readonly unknown[] | null;
}

/**
 * Rows for the (compound) paths. Paths through the same array take their values from the same element, as a unique
 * index needs it. Missing fields are null; with `sparse`, rows in which every field is missing are left out.
 */
export function indexKeys(doc: Doc, paths: ReadonlyArray<readonly string[]>, sparse = false): unknown[][] {
  const slots = paths.map((parts) => walk(parts, 0, doc));
  const rows: unknown[][] = [];
  expand(slots, rows);
  const kept = sparse ? rows.filter((row) => row.some((value) => value !== MISSING)) : rows;
  return kept.map((row) => row.map((value) => (value === MISSING ? null : value)));
}

function expand(slots: readonly Slot[], rows: unknown[][]): void {
  const array = commonArray(slots);
  if (array === null) {
    rows.push(slots.map((slot) => slot.value));
    return;
  }
  const elements = array.length === 0 ? [undefined] : array;
  for (const element of elements) {
    expand(
      slots.map((slot) => (slot.array === null ? slot : enter(slot, element))),
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
  if (slot.at === slot.parts.length) return { ...slot, value: element, array: null };
  if (!isDoc(element)) return { ...slot, value: MISSING, array: null };
  return walk(slot.parts, slot.at, element);
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
