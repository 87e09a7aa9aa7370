/** Reads index specifications, and refuses by name what this server does not index. */
import { CommandError, unsupported } from '../semantics/errors.ts';
import { fieldNames } from '../semantics/fields.ts';
import { isDoc } from '../semantics/types.ts';
import { compareValues, type Doc } from '../semantics/values.ts';

export interface IndexField {
  readonly path: string;
  readonly descending: boolean;
}

export interface IndexSpec {
  readonly name: string;
  readonly fields: readonly IndexField[];
  /** The key pattern as it was given, for listIndexes and error messages. */
  readonly key: Doc;
  readonly unique: boolean;
  readonly sparse: boolean;
  readonly expireAfterSeconds: number | null;
}

const KNOWN_OPTIONS = new Set(['key', 'name', 'unique', 'sparse', 'expireAfterSeconds', 'background', 'v', 'ns']);

export const ID_INDEX: IndexSpec = {
  name: '_id_',
  fields: [{ path: '_id', descending: false }],
  key: { _id: 1 },
  unique: true,
  sparse: false,
  expireAfterSeconds: null,
};

export function parseIndexSpec(raw: Doc): IndexSpec {
  for (const [option, value] of Object.entries(raw)) {
    if (KNOWN_OPTIONS.has(option)) continue;
    if (option === 'collation' && isDoc(value) && value.locale === 'simple') continue;
    throw unsupported(`index option ${option}`);
  }
  if (!isDoc(raw.key)) throw new CommandError(9, "The 'key' field is a required property of an index");
  const key = raw.key;
  const fields = fieldNames(key).map((path) => parseField(path, key[path]));
  if (fields.length === 0) throw new CommandError(67, 'Index keys cannot be empty.');
  const isId = fields.length === 1 && fields[0]!.path === '_id';
  const spec = {
    name: isId ? '_id_' : parseName(raw.name),
    fields,
    key,
    unique: isId || truthy(raw.unique),
    sparse: truthy(raw.sparse),
    expireAfterSeconds: parseTtl(raw.expireAfterSeconds, fields),
  };
  return isId ? ID_INDEX : spec;
}

function parseField(path: string, direction: unknown): IndexField {
  if (typeof direction === 'string') throw unsupported(`index type ${direction}`);
  const number = Number(direction);
  if (!Number.isFinite(number) || number === 0) {
    throw new CommandError(67, `Values in the index key pattern must be 1 or -1, not ${number}`);
  }
  if (path.includes('$')) throw unsupported(`index on ${path}`);
  const parts = path.split('.');
  if (parts.includes('')) throw new CommandError(67, `Index key ${path} contains an empty field name`);
  // In `a.0` the digit may be a position or a name; an index would have to guess.
  if (parts.some((part) => /^\d+$/.test(part))) throw unsupported(`index on the array position ${path}`);
  return { path, descending: number < 0 };
}

function parseName(name: unknown): string {
  if (typeof name === 'string' && name !== '' && name !== '*') return name;
  throw new CommandError(67, "The index 'name' must be a non-empty string");
}

function parseTtl(raw: unknown, fields: readonly IndexField[]): number | null {
  if (raw === undefined || raw === null) return null;
  const seconds = Number(raw);
  if (!Number.isFinite(seconds) || seconds < 0 || seconds > 2 ** 31 - 1) {
    throw new CommandError(67, `TTL index 'expireAfterSeconds' must be within 0..${2 ** 31 - 1}`);
  }
  if (fields.length > 1 || fields[0]!.path === '_id') {
    throw new CommandError(67, 'TTL indexes are single-field indexes and never on _id');
  }
  return seconds;
}

function truthy(value: unknown): boolean {
  return value === true || (value !== undefined && value !== null && value !== false && Number(value) !== 0);
}

export function describeIndex(spec: IndexSpec): Doc {
  const doc: Doc = { v: 2, key: spec.key, name: spec.name };
  if (spec.unique && spec.name !== '_id_') doc.unique = true;
  if (spec.sparse) doc.sparse = true;
  if (spec.expireAfterSeconds !== null) doc.expireAfterSeconds = spec.expireAfterSeconds;
  return doc;
}

/** True when the index is there already; throws MongoDB's 85 or 86 when something else is in its place. */
export function existsAlready(spec: IndexSpec, existing: readonly IndexSpec[]): boolean {
  const sameName = existing.find((other) => other.name === spec.name);
  if (sameName !== undefined) {
    if (!hasSameKey(spec, sameName)) {
      throw new CommandError(
        86,
        `An existing index has the same name as the requested index. Requested index: ${printIndex(spec)}, existing index: ${printIndex(sameName)}`,
      );
    }
    if (hasSameOptions(spec, sameName)) return true;
    throw new CommandError(
      85,
      `An equivalent index already exists with the same name but different options. Requested index: ${printIndex(spec)}, existing index: ${printIndex(sameName)}`,
    );
  }
  const sameKey = existing.find((other) => hasSameKey(spec, other));
  if (sameKey === undefined) return false;
  throw new CommandError(85, `Index already exists with a different name: ${sameKey.name}`);
}

function hasSameKey(a: IndexSpec, b: IndexSpec): boolean {
  return (
    a.fields.length === b.fields.length &&
    a.fields.every((field, i) => field.path === b.fields[i]!.path && field.descending === b.fields[i]!.descending)
  );
}

function hasSameOptions(a: IndexSpec, b: IndexSpec): boolean {
  return a.unique === b.unique && a.sparse === b.sparse && a.expireAfterSeconds === b.expireAfterSeconds;
}

export function matchesKeyPattern(spec: IndexSpec, pattern: Doc): boolean {
  return compareValues(spec.key, pattern) === 0;
}

function printIndex(spec: IndexSpec): string {
  return JSON.stringify({
    key: Object.fromEntries(spec.fields.map((f) => [f.path, f.descending ? -1 : 1])),
    name: spec.name,
  });
}
