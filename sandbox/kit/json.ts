/** What JSON can hold, and safe ways to look into it: everything that a client sends is unknown until it was looked at. */

export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [name: string]: Json | undefined;
}

/** The value that a text holds; undefined when it is no JSON. */
export function parseJson(text: string): Json | undefined {
  try {
    const value: Json = JSON.parse(text);
    return value;
  } catch {
    return undefined;
  }
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export const objectAt = (from: JsonObject | undefined, name: string): JsonObject | undefined => {
  const value = from?.[name];
  return isObject(value) ? value : undefined;
};

export const textAt = (from: JsonObject | undefined, name: string): string | undefined => {
  const value = from?.[name];
  return typeof value === 'string' ? value : undefined;
};

export function listAt(from: JsonObject | undefined, name: string): readonly Json[] {
  const value = from?.[name];
  return Array.isArray(value) ? value : [];
}

/** The same object without members that are undefined: answers never carry them. */
export function compact(from: JsonObject): JsonObject {
  // A plain loop: long lists are made of these.
  const kept: Record<string, Json> = {};
  for (const name of Object.keys(from)) {
    const value = from[name];
    if (value !== undefined) kept[name] = value;
  }
  return kept;
}
