// Values as they appear in error messages.
import { BSONRegExp, ObjectId } from 'bson';
import { fieldNames } from './fields.ts';
import { plainOf } from './numbers.ts';
import { isDoc, typeName } from './types.ts';

const MAX_LENGTH = 200;

/** Short and one line: the message is for a person, and a document can be large. */
export function describe(value: unknown): string {
  const text = render(value, 0);
  return text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)}...` : text;
}

export function describeField(name: string, value: unknown): string {
  return `{${name}: ${describe(value)}}`;
}

function render(value: unknown, depth: number): string {
  if (depth > 4) return '...';
  const plain = plainOf(value);
  if (plain !== null) return plain.toString();
  if (typeof value === 'string') return JSON.stringify(value.slice(0, MAX_LENGTH));
  if (value === null || typeof value === 'boolean' || value === undefined) return String(value);
  if (Array.isArray(value))
    return `[${value
      .slice(0, 10)
      .map((item) => render(item, depth + 1))
      .join(', ')}]`;
  if (isDoc(value)) {
    const fields = fieldNames(value).slice(0, 10);
    return `{${fields.map((name) => `${name}: ${render(value[name], depth + 1)}`).join(', ')}}`;
  }
  if (value instanceof ObjectId) return `ObjectId('${value.toHexString()}')`;
  if (value instanceof Date) return `new Date(${value.getTime()})`;
  if (value instanceof BSONRegExp) return `/${value.pattern}/${value.options}`;
  return typeName(value);
}
