/** What a route is: one record from which the router, the validators and the OpenAPI document are all made. */
import type { ServerResponse } from 'node:http';
import type { z } from 'zod';
import type { KeyId, TenantId } from '../domain/ids.ts';
import type { Scope } from '../domain/tenant.ts';
import { type FieldError, type ProblemCode, Refusal } from './problems.ts';

/** Who asks: the key and what it may do. */
export interface Caller {
  readonly tenantId: TenantId;
  readonly keyId: KeyId;
  readonly keyHash: string;
  readonly scopes: readonly Scope[];
}

/** Headers that several routes share, already read. */
export interface CallContext {
  readonly caller: Caller;
  readonly requestId: string;
  /** `If-Match: "<version>"`, or null. */
  readonly ifVersion: number | null;
  /** `Prefer: wait=<seconds>` in milliseconds, 0 without. */
  readonly preferWaitMs: number;
  /** Idempotency key bound to method, address and body, or null. */
  readonly idempotency: string | null;
  readonly lastEventId: string | null;
  /** Aborts when the caller hangs up. */
  readonly gone: AbortSignal;
}

export interface Call<P, Q, B> extends CallContext {
  readonly params: P;
  readonly query: Q;
  readonly body: B;
}

export interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly headers: Readonly<Record<string, string>>;
  /** For streams: takes the response over instead of a body. */
  readonly takeOver?: (response: ServerResponse) => void;
}

/** An answer whose body must fit its schema at compile time. */
export function answer<S extends z.ZodType>(
  status: number,
  _schema: S,
  body: z.input<S>,
  headers: Readonly<Record<string, string>> = {},
): Answer {
  return { status, body, headers };
}
export const noContent: Answer = { status: 204, body: null, headers: {} };

export type Method = 'get' | 'post' | 'patch' | 'delete';
export interface AnswerDescription {
  readonly description: string;
  readonly schema: z.ZodType | null;
}

interface Description {
  readonly method: Method;
  /** `/v1/resources/{id}` */
  readonly path: string;
  /** Stable name of the operation in the OpenAPI document. */
  readonly name: string;
  readonly summary: string;
  readonly details?: string;
  readonly tag: string;
  readonly scope: Scope;
  /** By status. */
  readonly answers: Readonly<Record<number, AnswerDescription>>;
  /** Besides those that every route can give. */
  readonly problems?: readonly ProblemCode[];
  /** A changing POST takes `Idempotency-Key`. */
  readonly idempotent?: boolean;
  /** The work is known again by what it made (its id follows from the key), so its answer need not wait to be kept. */
  readonly findsItself?: boolean;
  /** The answer holds a secret: what is kept of it for replays is sealed. */
  readonly secretAnswer?: boolean;
  readonly takesIfMatch?: boolean;
  readonly takesPreferWait?: boolean;
}

interface Spec<P extends z.ZodObject, Q extends z.ZodObject, B extends z.ZodType | null> extends Description {
  readonly params: P;
  readonly query: Q;
  readonly body: B;
  handle(call: Call<z.output<P>, z.output<Q>, B extends z.ZodType ? z.output<B> : null>): Promise<Answer>;
}

export interface RawCall {
  readonly params: unknown;
  readonly query: unknown;
  readonly body: unknown;
}

/** A route with its types folded away: `prepare` validates, the function it gives runs. */
export interface Route extends Description {
  readonly params: z.ZodObject;
  readonly query: z.ZodObject;
  readonly body: z.ZodType | null;
  /** @throws Refusal `invalid_request` naming each path, `not_found` for an id in the path of the wrong form */
  prepare(raw: RawCall): (context: CallContext) => Promise<Answer>;
}

export function route<P extends z.ZodObject, Q extends z.ZodObject, B extends z.ZodType | null>(
  spec: Spec<P, Q, B>,
): Route {
  return {
    ...spec,
    prepare(raw) {
      const params = spec.params.safeParse(raw.params);
      if (!params.success) throw new Refusal('not_found', 'There is nothing under this id.');
      const query = parse(spec.query, raw.query);
      const body = parseBody(spec.body, raw.body);
      return (context) => spec.handle({ ...context, params: params.data, query, body });
    },
  };
}

type BodyOf<B> = B extends z.ZodType ? z.output<B> : null;

function parseBody<B extends z.ZodType | null>(schema: B, raw: unknown): BodyOf<B> {
  // The one cast of this file: TypeScript cannot follow a conditional type through a null check.
  return (schema === null ? null : parse(schema, raw === undefined ? {} : raw)) as BodyOf<B>;
}

function parse<S extends z.ZodType>(schema: S, raw: unknown): z.output<S> {
  const result = schema.safeParse(raw);
  if (result.success) return result.data;
  const errors = fieldErrors(result.error.issues);
  const first = errors[0] ?? { path: '', message: 'is not valid' };
  throw new Refusal('invalid_request', `${first.path === '' ? 'The body' : first.path}: ${first.message}`, { errors });
}

const mostErrors = 50;
/** The validator's issues as path and message; unknown fields one by one, of alternatives the one that came closest. */
export function fieldErrors(issues: readonly z.core.$ZodIssue[]): FieldError[] {
  return issues
    .flatMap((issue) => flat(issue, []))
    .map(({ path, message }) => ({ path: pathText(path), message }))
    .slice(0, mostErrors);
}

interface FlatIssue {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}
function flat(issue: z.core.$ZodIssue, above: readonly PropertyKey[]): FlatIssue[] {
  const path = [...above, ...issue.path];
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ path: [...path, key], message: 'is not a known field' }));
  }
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    const branches = issue.errors.map((inner) => inner.flatMap((i) => flat(i, path)));
    const depth = (branch: readonly FlatIssue[]): number => Math.max(0, ...branch.map((i) => i.path.length));
    return branches.reduce((best, branch) => (depth(branch) > depth(best) ? branch : best));
  }
  return [{ path, message: issue.message }];
}

function pathText(path: readonly PropertyKey[]): string {
  const text = path.reduce<string>((so, key) => {
    if (typeof key === 'number') return `${so}[${key}]`;
    return so === '' ? String(key) : `${so}.${String(key)}`;
  }, '');
  return text.length > 200 ? `${text.slice(0, 200)}...` : text;
}
