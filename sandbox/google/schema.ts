/** Checks a JSON value against a schema of the discovery document. */
import type { Json, JsonObject } from '../kit/json.ts';
import { isObject } from '../kit/json.ts';

export interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly format?: string;
  readonly enum?: readonly string[];
  readonly minimum?: string;
  readonly maximum?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema;
  readonly items?: Schema;
  readonly readOnly?: boolean;
}

export interface Checked {
  /** The body without members that the schema does not know. */
  readonly value: JsonObject;
  readonly wrong: readonly string[];
  readonly unknown: readonly string[];
}

export function checkBody(schemas: Readonly<Record<string, Schema>>, name: string, body: JsonObject): Checked {
  const wrong: string[] = [];
  const unknown: string[] = [];

  function check(schema: Schema, value: Json, path: string): Json {
    const real = schema.$ref === undefined ? schema : schemas[schema.$ref]!;
    // Null takes a member away (PATCH) and is taken as absent elsewhere.
    if (value === null) return null;
    const fault = wrongAbout(real, value);
    if (fault !== null) {
      wrong.push(`${path} must be ${fault}`);
      return null;
    }
    if (Array.isArray(value)) return value.map((item: Json, at) => check(real.items ?? {}, item, `${path}[${at}]`));
    return isObject(value) ? checkObject(real, value, path) : value;
  }

  function checkObject(schema: Schema, value: JsonObject, path: string): JsonObject {
    const kept: Record<string, Json> = {};
    for (const [key, member] of Object.entries(value)) {
      if (member === undefined) continue;
      const inner = path === '' ? key : `${path}.${key}`;
      const own = Object.hasOwn(schema.properties ?? {}, key) ? schema.properties![key] : schema.additionalProperties;
      if (own === undefined) unknown.push(inner);
      else kept[key] = check(own, member, inner);
    }
    return kept;
  }

  return { value: checkObject(schemas[name]!, body, ''), wrong, unknown };
}

function wrongAbout(schema: Schema, value: Json): string | null {
  switch (schema.type) {
    case 'object':
      return isObject(value) ? null : 'an object';
    case 'array':
      return Array.isArray(value) ? null : 'an array';
    case 'boolean':
      return typeof value === 'boolean' ? null : 'true or false';
    case 'integer':
      return typeof value === 'number' && Number.isInteger(value) ? null : 'a whole number';
    case 'number':
      return typeof value === 'number' ? null : 'a number';
    case 'string':
      // Whole numbers of 64 bits travel as strings; plain numbers are taken as well.
      if (schema.format === 'int64' && typeof value === 'number') return null;
      if (typeof value !== 'string') return 'a string';
      return schema.enum !== undefined && !schema.enum.includes(value) ? `one of ${schema.enum.join(', ')}` : null;
    default:
      return null;
  }
}
