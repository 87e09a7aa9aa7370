/** The OpenAPI 3.1 document, made from the same validators that the routes use. */
import { z } from 'zod';
import { createDocument, type ZodOpenApiOperationObject, type ZodOpenApiPathsObject } from 'zod-openapi';
import { type Example, examplesOf } from './examples.ts';
import { problemExample } from './examples-problems.ts';
import type { AppConfig } from './parts.ts';
import { codeShown, type ProblemCode, problemCodes, problemTable } from './problems.ts';
import type { Route } from './route.ts';
import { problemOut } from './schemas.ts';

/** What any route may answer besides its own. */
const common: readonly ProblemCode[] = ['unauthorized', 'forbidden', 'rate_limited', 'internal_error', 'unavailable'];

export function openApiDocument(config: AppConfig, routes: readonly Route[]) {
  const problems = shownProblems(config.publicUrl);
  const paths: ZodOpenApiPathsObject = {};
  for (const route of routes) paths[route.path] = { ...paths[route.path], [route.method]: operation(route, problems) };
  const document = createDocument({
    openapi: '3.1.0',
    info: {
      title: 'Interlock',
      version: config.version,
      description:
        'Two-way calendar sync with one canonical booking store. Times come in as RFC 3339 with an offset and go out in UTC; durations are ISO 8601; ids are opaque.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: config.publicUrl }],
    security: [{ key: [] }],
    tags: [...new Set(routes.map((r) => r.tag))].map((name) => ({ name })),
    paths,
    components: {
      securitySchemes: {
        key: { type: 'http', scheme: 'bearer', description: 'An API key of one tenant with scopes' },
      },
    },
  });
  // Also those that no operation gives, such as the answer to a method that an address does not know.
  const examples = Object.fromEntries([...problems].map(([code, { value }]) => [code, { value }]));
  return { ...document, components: { ...document.components, examples } };
}

type ShownProblems = ReadonlyMap<ProblemCode, { readonly id: string; readonly value: unknown }>;

/** One example of each problem; its id makes it a component to which every operation points. */
const shownProblems = (publicUrl: string): ShownProblems =>
  new Map(problemCodes.map((code) => [code, { id: code, value: problemExample(code, publicUrl) }]));

function operation(route: Route, problems: ShownProblems): ZodOpenApiOperationObject {
  const { body } = route;
  return {
    operationId: route.name,
    summary: route.summary,
    description: [route.details, `Needs the scope \`${route.scope}\`.`].filter((t) => t !== undefined).join('\n\n'),
    tags: [route.tag],
    requestParams: { path: route.params, query: route.query, header: headersOf(route) },
    ...(body === null
      ? {}
      : {
          requestBody: {
            required: !body.safeParse({}).success,
            content: { 'application/json': { schema: body, ...bodiesOf(route, body) } },
          },
        }),
    responses: { ...answersOf(route, problems), ...problemsOf(route, problems) },
  };
}

function headersOf(route: Route): z.ZodObject {
  return z.object({
    ...(route.idempotent
      ? {
          'Idempotency-Key': z.string().min(1).max(255).optional().meta({
            description: 'Repeating the request with the same key gives the first answer again, for 24 hours',
          }),
        }
      : {}),
    ...(route.takesIfMatch
      ? { 'If-Match': z.string().optional().meta({ description: 'Only if the version is still this one: "3"' }) }
      : {}),
    ...(route.takesPreferWait
      ? {
          Prefer: z
            .string()
            .optional()
            .meta({ description: '`wait=5`: answer after the calendar copies are written, or after 5 s (at most 30)' }),
        }
      : {}),
    ...(route.name === 'stream'
      ? { 'Last-Event-ID': z.string().optional().meta({ description: 'Go on after this event' }) }
      : {}),
  });
}

type Responses = ZodOpenApiOperationObject['responses'];

/** Only what this gateway takes: bodies of a provider without a connector here are left out. */
function bodiesOf(route: Route, body: z.ZodType) {
  const taken = Object.entries(examplesOf(route.name).bodies ?? {}).filter(
    ([, value]) => body.safeParse(value).success,
  );
  if (taken.length === 0) return {};
  const shown = taken.map(([name, value]) => [name, { summary: name.replaceAll('-', ' '), value }] as const);
  return { examples: Object.fromEntries(shown) };
}

function answersOf(route: Route, problems: ShownProblems): Responses {
  const responses: Responses = {};
  for (const [key, { description, schema }] of Object.entries(route.answers)) {
    const status = Number(key);
    const examples = status >= 400 ? examplesOfProblems(route, status, problems) : exampleOfAnswer(route, status);
    responses[asStatus(status)] = {
      description,
      ...(schema === null ? {} : { content: { [mediaTypeOf(route, status)]: { schema, ...examples } } }),
    };
  }
  return responses;
}

function exampleOfAnswer(route: Route, status: number): { readonly example?: Example } {
  const example = examplesOf(route.name).answers?.[status];
  return example === undefined ? {} : { example };
}

function examplesOfProblems(route: Route, status: number, problems: ShownProblems) {
  const codes = problemCodesOf(route).filter((code) => problemTable[code].status === status);
  const shown = codes.flatMap((code) => {
    const example = problems.get(code);
    return example === undefined ? [] : [[code, example] as const];
  });
  return { examples: Object.fromEntries(shown) };
}

function mediaTypeOf(route: Route, status: number): string {
  if (status >= 400) return 'application/problem+json';
  return route.name === 'stream' ? 'text/event-stream' : 'application/json';
}

function problemsOf(route: Route, problems: ShownProblems): Responses {
  const byStatus = new Map<number, string[]>();
  for (const code of problemCodesOf(route)) {
    const { status } = problemTable[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), codeShown(code)]);
  }
  const responses: Responses = {};
  for (const [status, codes] of byStatus) {
    if (route.answers[status] !== undefined) continue;
    responses[asStatus(status)] = {
      description: codes.map((code) => `\`${code}\``).join(', '),
      content: {
        'application/problem+json': { schema: problemOut, ...examplesOfProblems(route, status, problems) },
      },
    };
  }
  return responses;
}

/** Every code that a route may answer with. */
export function problemCodesOf(route: Route): readonly ProblemCode[] {
  const hasInput = route.body !== null || Object.keys(route.query.shape).length > 0;
  return [
    ...new Set<ProblemCode>([
      ...(hasInput || route.takesIfMatch ? (['invalid_request'] as const) : []),
      ...(route.path.includes('{') ? (['not_found'] as const) : []),
      ...(route.body === null ? [] : (['payload_too_large', 'unsupported_media_type'] as const)),
      ...(route.idempotent ? (['invalid_request', 'idempotency_mismatch', 'in_flight'] as const) : []),
      ...(route.takesIfMatch ? (['version_mismatch'] as const) : []),
      ...(route.problems ?? []),
      ...common,
    ]),
  ].sort((a, b) => problemTable[a].status - problemTable[b].status);
}

/** The library's type wants to see the first digit. */
function asStatus(status: number): `${1 | 2 | 3 | 4 | 5}${string}` {
  const rest = String(status).slice(1);
  if (status >= 500) return `5${rest}`;
  if (status >= 400) return `4${rest}`;
  return status >= 300 ? `3${rest}` : `2${rest}`;
}
