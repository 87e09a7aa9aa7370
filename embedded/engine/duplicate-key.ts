/** The E11000 error exactly as drivers and mongoose read it. */
import { CommandError } from '../semantics/errors.ts';
import type { Doc } from '../semantics/values.ts';
import type { IndexSpec } from './index-spec.ts';
import type { IndexEntry } from './index-tree.ts';

export function duplicateKey(namespace: string, spec: IndexSpec, entry: IndexEntry): CommandError {
  const keyValue: Doc = {};
  spec.fields.forEach(({ path }, i) => {
    keyValue[path] = entry.values[i];
  });
  const shown = Object.entries(keyValue).map(([path, value]) => `${path}: ${print(value)}`);
  return new CommandError(
    11000,
    `E11000 duplicate key error collection: ${namespace} index: ${spec.name} dup key: { ${shown.join(', ')} }`,
    { keyPattern: spec.key, keyValue },
  );
}

function print(value: unknown): string {
  if (value === undefined) return 'undefined';
  if (typeof value === 'string') return JSON.stringify(value);
  if (value instanceof Date) return `new Date(${value.getTime()})`;
  if (value !== null && typeof value === 'object' && '_bsontype' in value) {
    if (value._bsontype === 'ObjectId') return `ObjectId('${String(value)}')`;
    if (value._bsontype !== 'Binary') return String(value);
  }
  return JSON.stringify(value);
}
