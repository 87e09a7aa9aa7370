/** What OpenAPI 3.1 demands of a document beyond its shapes, as far as ours makes use of it; each break in a sentence. */
import type { Schema } from './json-schema.ts';

interface Media {
  readonly schema?: Schema;
  readonly example?: unknown;
  readonly examples?: Readonly<Record<string, { readonly $ref?: string; readonly value?: unknown }>>;
}
export interface Operation {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly security?: readonly Readonly<Record<string, unknown>>[];
  readonly parameters?: readonly {
    readonly name: string;
    readonly in: string;
    readonly required?: boolean;
    readonly schema?: Schema;
  }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, Media>> };
  readonly responses: Readonly<
    Record<string, { readonly description?: string; readonly content?: Readonly<Record<string, Media>> }>
  >;
}
export interface Document {
  readonly openapi: string;
  readonly info: { readonly title?: string; readonly version?: string; readonly license?: object };
  readonly servers: readonly { readonly url: string }[];
  readonly tags: readonly { readonly name: string }[];
  readonly security: readonly Readonly<Record<string, unknown>>[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, Schema>>;
    readonly examples: Readonly<Record<string, { readonly value: unknown }>>;
    readonly securitySchemes: Readonly<Record<string, unknown>>;
  };
}

const verbs = new Set(['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace']);

export function operationsOf(document: Document) {
  return Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({ path, method, operation })),
  );
}

export function rulesBroken(document: Document): string[] {
  const operations = operationsOf(document);
  const names = operations.map((o) => o.operation.operationId);
  return [
    ...rootFaults(document),
    ...names.filter((name, i) => names.indexOf(name) !== i).map((name) => `two operations are named ${name}`),
    ...operations.flatMap((o) => operationFaults(o, document).map((fault) => `${o.method} ${o.path}: ${fault}`)),
    ...referenceFaults(document, document),
  ];
}

function rootFaults({ openapi, info, components, servers, tags, security }: Document): string[] {
  const keys = [components.schemas, components.examples, components.securitySchemes].flatMap((part) =>
    Object.keys(part),
  );
  return [
    ...(/^3\.1\.\d+$/.test(openapi) ? [] : ['it is not 3.1']),
    ...(info.title && info.version ? [] : ['title and version are needed']),
    ...keys.filter((key) => !/^[\w.-]+$/.test(key)).map((key) => `"${key}" cannot name a component`),
    ...servers.filter(({ url }) => !URL.canParse(url)).map(({ url }) => `${url} is no address`),
    ...(new Set(tags.map((t) => t.name)).size === tags.length ? [] : ['a tag is listed twice']),
    ...security.flatMap((need) => Object.keys(need)).filter((name) => !(name in components.securitySchemes)),
  ];
}

function operationFaults(o: ReturnType<typeof operationsOf>[number], document: Document): string[] {
  const { parameters = [], responses, requestBody, tags } = o.operation;
  const ids = parameters.map((p) => `${p.in} ${p.name}`);
  const inPath = parameters.filter((p) => p.in === 'path');
  const named = [...o.path.matchAll(/\{(\w+)\}/g)].map((m) => m[1]);
  const answers = Object.entries(responses);
  const media = [requestBody, ...answers.map(([, answer]) => answer)].flatMap((part) =>
    Object.entries(part?.content ?? {}),
  );
  return [
    ...(o.path.startsWith('/') ? [] : ['a path starts with /']),
    ...(verbs.has(o.method) ? [] : ['there is no such method']),
    ...(o.method === 'get' && requestBody !== undefined ? ['a GET has no body'] : []),
    ...(new Set(ids).size === ids.length ? [] : ['a parameter comes twice']),
    ...(inPath.map((p) => p.name).join() === named.join() ? [] : ['the path names other parameters']),
    ...inPath.filter((p) => p.required !== true).map((p) => `${p.name} in a path is always required`),
    ...parameters.filter((p) => p.schema === undefined).map((p) => `${p.name} has no schema`),
    ...parameters.filter((p) => !/^(path|query|header|cookie)$/.test(p.in)).map((p) => `${p.name} is nowhere`),
    ...tags.filter((tag) => !document.tags.some((t) => t.name === tag)).map((tag) => `${tag} is not among the tags`),
    ...(answers.length > 0 ? [] : ['it answers nothing']),
    ...answers.filter(([status]) => !/^[1-5]\d\d$/.test(status)).map(([status]) => `${status} is no status`),
    ...answers.filter(([, a]) => !a.description).map(([status]) => `${status} is not described`),
    ...media.filter(([type]) => !/^[a-z]+\/[a-z+-]+$/.test(type)).map(([type]) => `${type} is no media type`),
    ...media.filter(([, m]) => m.schema === undefined).map(([type]) => `${type} has no schema`),
    ...media.filter(([, m]) => 'example' in m && 'examples' in m).map(() => 'example and examples exclude each other'),
  ];
}

/** Every `$ref` leads to something in the document. */
function referenceFaults(node: unknown, document: Document): string[] {
  if (typeof node !== 'object' || node === null) return [];
  const ref = '$ref' in node ? String(node.$ref) : null;
  const inner = Object.values(node).flatMap((next) => referenceFaults(next, document));
  return ref === null || leads(ref, document) ? inner : [`${ref} leads nowhere`, ...inner];
}
function leads(ref: string, document: Document): boolean {
  let node: unknown = document;
  for (const step of ref.replace(/^#\//, '').split('/')) {
    if (typeof node !== 'object' || node === null || !(step in node)) return false;
    node = Reflect.get(node, step);
  }
  return ref.startsWith('#/');
}
