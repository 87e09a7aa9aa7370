/**
 * Reads requests by the official discovery document: which method it is, whether its parameters and its body are what the
 * document allows. `discovery.json` is that document of revision 20260708 without its prose.
 */
import { readFileSync } from 'node:fs';
import type { Json, JsonObject } from '../kit/json.ts';
import { breach } from './refusal.ts';
import { checkBody, type Schema } from './schema.ts';

interface Parameter extends Schema {
  readonly location: 'path' | 'query';
  readonly required?: boolean;
  readonly repeated?: boolean;
}
interface Method {
  readonly httpMethod: string;
  readonly path: string;
  readonly parameters: Readonly<Record<string, Parameter>>;
  readonly request: string | null;
  readonly response: string | null;
  readonly scopes: readonly string[];
}
interface Discovery {
  readonly parameters: Readonly<Record<string, Parameter>>;
  readonly methods: Readonly<Record<string, Method>>;
  readonly schemas: Readonly<Record<string, Schema>>;
}

const discovery: Discovery = JSON.parse(readFileSync(new URL('./discovery.json', import.meta.url), 'utf8'));
export const schemas = discovery.schemas;

export interface Operation extends Method {
  /** As in the document, for instance `events.insert`. */
  readonly id: string;
}
/** What the path and the query say, checked. */
export interface Params {
  text(name: string): string | undefined;
  flag(name: string): boolean;
  number(name: string): number | undefined;
  all(name: string): readonly string[];
  has(name: string): boolean;
}

const service = '/calendar/v3/';
const routes = Object.entries(discovery.methods).map(([id, method]) => ({
  operation: { id, ...method } satisfies Operation,
  names: [...method.path.matchAll(/\{(\w+)\}/g)].map((m) => m[1]!),
  pattern: new RegExp(`^${method.path.replace(/\{\w+\}/g, '([^/]+)')}$`),
}));

/** @throws Refusal for a path or a method that the document does not know */
export function operationOf(
  verb: string,
  path: string,
): { readonly operation: Operation; readonly inPath: JsonObject } {
  const rest = path.startsWith(service) ? path.slice(service.length) : null;
  const fitting = rest === null ? [] : routes.filter(({ pattern }) => pattern.test(rest));
  if (rest === null || fitting.length === 0) throw breach('unknownMethod', `there is no path ${path}`);
  // `events/import` fits the pattern of `events/{eventId}` too: the one with fewer gaps is meant.
  const route = fitting
    .filter(({ operation }) => operation.httpMethod === verb)
    .sort((a, b) => a.names.length - b.names.length)[0];
  if (route === undefined) throw breach('unknownMethod', `${path} does not take ${verb}`);
  const values = route.pattern.exec(rest)!.slice(1).map(decoded);
  return { operation: route.operation, inPath: Object.fromEntries(route.names.map((name, at) => [name, values[at]])) };
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw breach('badRequest', `the path segment ${segment} is not percent-encoded`);
  }
}

/** @throws Refusal for a parameter that is unknown, doubled, of the wrong type or out of bounds */
export function paramsOf(operation: Operation, inPath: JsonObject, query: URLSearchParams): Params {
  const known: Readonly<Record<string, Parameter>> = { ...discovery.parameters, ...operation.parameters };
  const given = new Map<string, readonly string[]>();
  for (const [name, value] of Object.entries(inPath)) given.set(name, [String(value)]);
  for (const name of new Set(query.keys())) {
    const parameter = Object.hasOwn(known, name) ? known[name]! : null;
    if (parameter === null || parameter.location !== 'query') {
      const what = `Invalid JSON payload received. Unknown name "${name}": Cannot bind query parameter.`;
      throw breach('badRequest', what, at(name));
    }
    const values = query.getAll(name);
    if (values.length > 1 && parameter.repeated !== true) {
      throw breach('invalidParameter', `The parameter ${name} may be given once only.`, at(name));
    }
    for (const value of values) {
      const wrong = wrongInQuery(parameter, value);
      if (wrong !== null) throw breach('invalidParameter', `Invalid value '${value}' for ${name}: ${wrong}.`, at(name));
    }
    given.set(name, values);
  }
  for (const [name, parameter] of Object.entries(known)) {
    if (parameter.required === true && !given.has(name))
      throw breach('required', `Missing parameter: ${name}`, at(name));
  }
  return {
    text: (name) => given.get(name)?.[0],
    flag: (name) => given.get(name)?.[0] === 'true',
    number: (name) => (given.has(name) ? Number(given.get(name)![0]) : undefined),
    all: (name) => given.get(name) ?? [],
    has: (name) => given.has(name),
  };
}

const at = (name: string) => ({ location: { type: 'parameter', name } }) as const;

function wrongInQuery(parameter: Parameter, value: string): string | null {
  if (parameter.enum !== undefined && !parameter.enum.includes(value)) return `one of ${parameter.enum.join(', ')}`;
  if (parameter.type === 'boolean') return value === 'true' || value === 'false' ? null : 'true or false';
  if (parameter.type === 'integer') {
    const number = Number(value);
    if (!/^-?\d+$/.test(value)) return 'a whole number';
    if (parameter.minimum !== undefined && number < Number(parameter.minimum)) return `at least ${parameter.minimum}`;
    if (parameter.maximum !== undefined && number > Number(parameter.maximum)) return `at most ${parameter.maximum}`;
    return null;
  }
  if (parameter.format === 'date-time' && !isRfc3339(value)) return 'RFC 3339 with an offset';
  return null;
}

/** A time with its offset, as `timeMin` and its like demand. */
export const isRfc3339 = (text: string): boolean =>
  /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/.test(text) && !Number.isNaN(Date.parse(text));

/**
 * The body as the method's schema has it. Unknown members are taken out: Google ignores them in silence, so they are told
 * to `note` instead of being refused.
 * @throws Refusal for a body that is missing, no object, or has a member of the wrong type
 */
export function bodyOf(operation: Operation, given: Json | undefined, note: (what: string) => void): JsonObject {
  if (operation.request === null) {
    if (given !== undefined) note(`${operation.id} takes no body`);
    return {};
  }
  if (given === undefined || typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw breach('parseError', `${operation.id} needs a JSON object as its body`);
  }
  const { value, wrong, unknown } = checkBody(schemas, operation.request, given as JsonObject);
  if (wrong[0] !== undefined) throw breach('invalid', `Invalid value for: ${wrong[0]}`);
  for (const name of unknown) note(`${operation.id} knows no member ${name} in its body`);
  return value;
}
