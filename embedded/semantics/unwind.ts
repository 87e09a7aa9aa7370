// The stage $unwind: one document for each element of an array.
import { Long } from 'bson';
import { CommandError } from './errors.ts';
import { parsePath } from './expression.ts';
import { copyDoc, fieldNames, getField, MISSING, removeField, setField } from './fields.ts';
import type { Stage } from './group.ts';
import { isDoc } from './types.ts';
import type { Doc } from './values.ts';

interface Options {
  readonly parts: readonly string[];
  readonly indexParts: readonly string[] | null;
  readonly keepsEmpty: boolean;
}

export function compileUnwind(spec: unknown): Stage {
  const options = parseOptions(spec);
  return function* unwound(docs) {
    for (const doc of docs) yield* unwind(doc, options);
  };
}

function parseOptions(spec: unknown): Options {
  if (typeof spec === 'string') return { parts: parseUnwindPath(spec), indexParts: null, keepsEmpty: false };
  if (!isDoc(spec))
    throw new CommandError(15981, 'expected either a string or an object as specification for $unwind stage');
  for (const name of fieldNames(spec)) {
    if (!['path', 'includeArrayIndex', 'preserveNullAndEmptyArrays'].includes(name)) {
      throw new CommandError(28811, `unrecognized option to $unwind stage: ${name}`);
    }
  }
  const { path, includeArrayIndex: index, preserveNullAndEmptyArrays: keepsEmpty = false } = spec;
  if (typeof path !== 'string') throw new CommandError(28808, 'expected a string as the path for $unwind stage');
  if (typeof keepsEmpty !== 'boolean') {
    throw new CommandError(28809, 'expected a boolean for the preserveNullAndEmptyArrays option to $unwind stage');
  }
  return { parts: parseUnwindPath(path), indexParts: parseIndexName(index), keepsEmpty };
}

function parseIndexName(name: unknown): readonly string[] | null {
  if (name === undefined) return null;
  if (typeof name !== 'string' || name === '') {
    throw new CommandError(28810, 'expected a non-empty string for the includeArrayIndex option to $unwind stage');
  }
  if (name.startsWith('$'))
    throw new CommandError(28822, 'includeArrayIndex option to $unwind stage should not be prefixed with a $');
  return parsePath(name);
}

function parseUnwindPath(path: string): readonly string[] {
  if (!path.startsWith('$'))
    throw new CommandError(28818, `path option to $unwind stage should be prefixed with a '$': ${path}`);
  return parsePath(path.slice(1));
}

function* unwind(doc: Doc, { parts, indexParts, keepsEmpty }: Options): Iterable<Doc> {
  const value = valueAt(doc, parts);
  const indexed = (result: Doc, index: unknown): Doc =>
    indexParts === null ? result : replaced(result, indexParts, 0, index);
  if (Array.isArray(value) && value.length > 0) {
    for (const [index, element] of value.entries()) {
      yield indexed(replaced(doc, parts, 0, element), Long.fromNumber(index));
    }
    return;
  }
  const isEmpty = Array.isArray(value) || value === MISSING || value === null || value === undefined;
  if (!isEmpty) yield indexed(doc, null);
  // An empty array is left out of the document that is kept; null stays.
  else if (keepsEmpty) yield indexed(Array.isArray(value) ? replaced(doc, parts, 0, MISSING) : doc, null);
}

/** No walk through arrays on the way: only the last name may be one. */
function valueAt(doc: Doc, parts: readonly string[]): unknown {
  let value: unknown = doc;
  for (const name of parts) value = isDoc(value) ? getField(value, name) : MISSING;
  return value;
}

function replaced(doc: Doc, parts: readonly string[], at: number, value: unknown): Doc {
  const name = parts[at]!;
  const inner = getField(doc, name);
  const result = copyDoc(doc);
  const next = at === parts.length - 1 ? value : replaced(isDoc(inner) ? inner : {}, parts, at + 1, value);
  if (next === MISSING) removeField(result, name);
  else setField(result, name, next);
  return result;
}
