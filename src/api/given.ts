/** Reads partial changes. */

type Given<T> = { [K in keyof T]: Exclude<T[K], undefined> };

/** Only the fields that have a value: a change must never write `undefined` over something. */
export function given<T extends object>(fields: T): Partial<Given<T>> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Partial<Given<T>>;
}
