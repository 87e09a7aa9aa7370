/**
 * Reads requests by Microsoft's own description of Graph v1.0: which operation it is, whether its query and its body are
 * what the description allows. `contract.json` holds the facts of it that the simulator needs, in a form of its own.
 */
import { readFileSync } from 'node:fs';
import type { Json, JsonObject } from '../kit/json.ts';
import { isObject } from '../kit/json.ts';
import { breach, Refusal } from './refusal.ts';

interface Schema {
  readonly ref?: string;
  readonly type?: string;
  readonly format?: string;
  readonly enum?: readonly string[];
  readonly nullable?: boolean;
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
}
interface Written {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly required: readonly string[];
  readonly body: Schema | null;
}
interface Contract {
  readonly operations: readonly Written[];
  readonly schemas: Readonly<Record<string, Schema>>;
}

const contract: Contract = JSON.parse(readFileSync(new URL('./contract.json', import.meta.url), 'utf8'));

/** The profile is described elsewhere than the calendars. */
const profile: Written = {
  ...{ id: 'me.get', method: 'GET', path: '/{mailbox}', query: { $select: 'array' }, required: [], body: null },
};

export interface Operation extends Omit<Written, 'required'> {
  readonly required: readonly string[];
}
export interface Read {
  readonly operation: Operation;
  /** Decoded segments of the path: `calendar`, `event`, `subscription`; `mailbox` is `me` or an address. */
  readonly inPath: Readonly<Record<string, string>>;
}

const version = '/v1.0';
const routes = [...contract.operations, profile].map((operation) => ({
  operation,
  names: [...operation.path.matchAll(/\{(\w+)\}/g)].map((m) => m[1]!),
  pattern: new RegExp(
    `^${operation.path
      .replace('$', '\\$')
      .replace('{mailbox}', '(me|users/[^/]+)')
      .replace(/\{\w+\}/g, '([^/]+)')}$`,
  ),
}));

/** @throws Refusal for a path or a method that the description does not know */
export function operationOf(verb: string, path: string): Read {
  const rest = path.startsWith(`${version}/`) ? path.slice(version.length) : null;
  const fitting = rest === null ? [] : routes.filter(({ pattern }) => pattern.test(rest));
  if (rest === null || fitting.length === 0) {
    throw breach('BadRequest', `Resource not found for the segment '${path.split('/').at(-1)}'.`);
  }
  // `calendarView/delta` fits the pattern of no id, but `events/delta` that of an event: gaps count least.
  const route = fitting
    .filter(({ operation }) => operation.method === verb)
    .sort((a, b) => a.names.length - b.names.length)[0];
  if (route === undefined) throw breach('Request_BadRequest', `${path} does not take ${verb}.`, 405);
  const values = route.pattern.exec(rest)!.slice(1).map(decoded);
  const inPath = Object.fromEntries(route.names.map((name, at) => [name, values[at]!]));
  return { operation: route.operation, inPath: { ...inPath, ...mailboxOf(inPath.mailbox) } };
}

const mailboxOf = (segment: string | undefined): { readonly mailbox?: string } =>
  segment === undefined ? {} : { mailbox: segment.replace(/^users\//, '') };

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw breach('BadRequest', `The path segment ${segment} is not percent-encoded.`);
  }
}

/** Events can be expanded by their extended properties, which the description leaves out; not so on delta. */
const expandable: readonly string[] = ['events.list', 'events.get', 'calendarView.list', 'events.instances'];

export interface Query {
  text(name: string): string | undefined;
  number(name: string): number | undefined;
}

/**
 * Names are taken in any case, with or without the dollar sign, as OData has it.
 * @throws Refusal for a parameter that is unknown, doubled or of the wrong type
 */
export function queryOf(operation: Operation, given: URLSearchParams): Query {
  const plain = (name: string): string => name.toLowerCase().replace(/^\$/, '');
  const known = new Map(Object.entries(operation.query).map(([name, type]) => [plain(name), type]));
  if (expandable.includes(operation.id)) known.set('expand', 'array');
  if (operation.method === 'GET' && operation.id.endsWith('.list')) known.set('skiptoken', 'string');
  const values = new Map<string, string>();
  for (const [name, value] of given) {
    const type = known.get(plain(name));
    if (type === undefined) throw unknownParameter(operation, name);
    if (values.has(plain(name))) throw breach('BadRequest', `Query option '${name}' was specified more than once.`);
    if (type === 'integer' && !/^\d+$/.test(value)) {
      throw breach('BadRequest', `Invalid value '${value}' for ${name} query option found.`);
    }
    values.set(plain(name), value);
  }
  for (const name of operation.required) {
    const needed = `This request requires a time window specified by the query string parameters StartDateTime and EndDateTime.`;
    if (!values.has(plain(name)) && !values.has('skiptoken')) throw breach('ErrorInvalidParameter', needed);
  }
  return {
    text: (name) => values.get(plain(name)),
    number: (name) => (values.has(plain(name)) ? Number(values.get(plain(name))) : undefined),
  };
}

function unknownParameter(operation: Operation, name: string): Refusal {
  if (operation.id === 'calendarView.delta') {
    const how = 'The following parameters are not supported with change tracking over the ';
    const message = `${how}'CalendarView' resource: '${name}'.`;
    return new Refusal(400, 'ErrorInvalidUrlQuery', message, { violation: message });
  }
  return breach('BadRequest', `The query parameter '${name}' is not supported.`);
}

/**
 * The body as the operation's schema has it.
 * @throws Refusal for a body that is missing, no object, or has a member that is unknown or of the wrong type
 */
export function bodyOf(operation: Operation, given: Json | undefined): JsonObject {
  if (operation.body === null) {
    if (given !== undefined && !(isObject(given) && Object.keys(given).length === 0)) {
      throw breach('BadRequest', `${operation.id} takes no body.`);
    }
    return {};
  }
  if (!isObject(given)) {
    if (given === undefined && operation.body.properties !== undefined) return {};
    throw breach('BadRequest', 'Empty Payload. JSON content expected.');
  }
  return checkObject(resolved(operation.body), given, operation.body.ref ?? operation.id);
}

const resolved = (schema: Schema): Schema =>
  schema.ref === undefined ? schema : (contract.schemas[schema.ref] ?? schema);

/** Members of actions are written in either case: `Comment`, `comment`. */
function checkObject(schema: Schema, value: JsonObject, type: string): JsonObject {
  const kept: Record<string, Json> = {};
  for (const [name, member] of Object.entries(value)) {
    if (member === undefined) continue;
    if (name.includes('@odata.')) {
      if (name.startsWith('@')) kept[name] = member;
      continue;
    }
    const lower = name[0]!.toLowerCase() + name.slice(1);
    const own = Object.hasOwn(schema.properties ?? {}, lower) ? schema.properties![lower]! : null;
    if (own === null) {
      const what = `The property '${name}' does not exist on type 'microsoft.graph.${type}'.`;
      throw breach('RequestBodyRead', `${what} Make sure to only use property names that are defined by the type.`);
    }
    kept[lower] = checkMember(own, member, lower);
  }
  for (const name of schema.required ?? []) {
    if (kept[name] === undefined) throw breach('BadRequest', `The property '${name}' is required.`);
  }
  return kept;
}

function checkMember(written: Schema, value: Json, name: string): Json {
  const schema = resolved(written);
  // Nearly everything may be emptied; what may not is said where it is used.
  if (value === null) return null;
  const wrong = wrongAbout(schema, value);
  if (wrong !== null) {
    const what = `Cannot convert the value of '${name}' to the expected type: ${wrong} is needed.`;
    throw breach('RequestBodyRead', what);
  }
  if (schema.enum !== undefined) return schema.enum.find((word) => word.toLowerCase() === String(value).toLowerCase())!;
  if (Array.isArray(value)) return value.map((item: Json) => checkMember(schema.items ?? {}, item, name));
  if (isObject(value) && schema.properties !== undefined) return checkObject(schema, value, written.ref ?? name);
  return value;
}

function wrongAbout(schema: Schema, value: Json): string | null {
  if (schema.enum !== undefined) {
    const words = schema.enum.map((word) => word.toLowerCase());
    return typeof value === 'string' && words.includes(value.toLowerCase()) ? null : `one of ${schema.enum.join(', ')}`;
  }
  switch (schema.type) {
    case 'object':
      return isObject(value) ? null : 'an object';
    case 'array':
      return Array.isArray(value) ? null : 'a collection';
    case 'boolean':
      return typeof value === 'boolean' ? null : 'Edm.Boolean';
    case 'integer':
      return typeof value === 'number' && Number.isInteger(value) ? null : 'Edm.Int32';
    case 'number':
      return typeof value === 'number' ? null : 'a number';
    case 'string':
      return typeof value === 'string' ? null : 'Edm.String';
    default:
      return null;
  }
}
