// The only place that reads and writes fields of a document by name, because JavaScript objects need care for it:
// integer-like names ("0", "10") move to the front of an object, and `__proto__` or `toString` exist on every object.
import type { Doc } from './values.ts';

/** What a path finds where nothing is stored; MongoDB tells it apart from null and from the BSON type undefined. */
export const MISSING: unique symbol = Symbol('missing');

/** The true field order of those few documents that have integer-like names; all others keep their own. */
const orders = new WeakMap<Doc, string[]>();

/** Whether JavaScript treats the name as an array index and therefore sorts it before all other names. */
export function isIndexName(name: string): boolean {
  const first = name.charCodeAt(0);
  if (!(first >= 48 && first <= 57)) return false;
  return /^(0|[1-9]\d{0,9})$/.test(name) && Number(name) < 4294967295;
}

export function fieldNames(doc: Doc): readonly string[] {
  const names = Object.keys(doc);
  const first = names[0];
  if (first === undefined || !isIndexName(first)) return names;
  const ordered = orders.get(doc);
  return ordered !== undefined && ordered.length === names.length ? ordered : names;
}

export function getField(doc: Doc, name: string): unknown {
  return Object.hasOwn(doc, name) ? doc[name] : MISSING;
}

/** Sets a field in place; a new one goes last. Only for documents the caller made itself. */
export function setField(doc: Doc, name: string, value: unknown): void {
  if ((isIndexName(name) || orders.has(doc)) && !Object.hasOwn(doc, name)) {
    orders.set(doc, [...fieldNames(doc), name]);
  }
  defineField(doc, name, value);
}

export function removeField(doc: Doc, name: string): void {
  if (!Object.hasOwn(doc, name)) return;
  const rest = fieldNames(doc).filter((other) => other !== name);
  delete doc[name];
  if (orders.has(doc)) orders.set(doc, rest);
}

/** For the decoder, which has the complete order at hand. */
export function rememberOrder(doc: Doc, names: string[]): void {
  orders.set(doc, names);
}

export function copyDoc(doc: Doc): Doc {
  const copy: Doc = Object.hasOwn(doc, '__proto__') ? copyOneByOne(doc) : { ...doc };
  const ordered = orders.get(doc);
  if (ordered !== undefined) orders.set(copy, [...ordered]);
  return copy;
}

function copyOneByOne(doc: Doc): Doc {
  const copy: Doc = {};
  for (const name of Object.keys(doc)) defineField(copy, name, doc[name]);
  return copy;
}

/** Plain assignment to `__proto__` would change the prototype instead of storing a field. */
export function defineField(doc: Doc, name: string, value: unknown): void {
  if (name === '__proto__') {
    Object.defineProperty(doc, name, { value, writable: true, enumerable: true, configurable: true });
  } else {
    doc[name] = value;
  }
}
