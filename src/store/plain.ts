/** Values at the border of a store: copied and frozen, so that no caller shares state with it or with another caller. */

/** What was made here is frozen to its last leaf and may be handed on as it is: a save that keeps a part keeps its copy. */
const made = new WeakSet<object>();

/** A deep frozen copy of a plain value; properties that are `undefined` are left out, as a database would. */
export function frozenCopy<T>(value: T): T;
export function frozenCopy(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || made.has(value)) return value;
  const copy = Array.isArray(value) ? value.map((item: unknown) => frozenCopy(item)) : copiedObject(value);
  made.add(copy);
  return Object.freeze(copy);
}

/** By entries, so that a key such as `__proto__` stays a key. */
function copiedObject(value: object): object {
  const entries: [string, unknown][] = [];
  for (const [key, item] of Object.entries(value)) if (item !== undefined) entries.push([key, frozenCopy(item)]);
  return Object.fromEntries(entries);
}
