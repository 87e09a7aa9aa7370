/** Puts routes behind HTTP: who asks, how often, what is validated, run once, rendered, counted and logged. */
import { randomBytes } from 'node:crypto';
import express, { type Express, type NextFunction, type Request, type Response } from 'express';
import { ipKeyGenerator, rateLimit } from 'express-rate-limit';
import type { Scope } from '../domain/tenant.ts';
import type { Authenticator } from './auth.ts';
import { readBearer, readIdempotencyKey, readIfMatch, readLastEventId, readPreferWait } from './headers.ts';
import { fingerprint, once, type Rendered } from './idempotency.ts';
import type { AppParts } from './parts.ts';
import { problemDocument, Refusal, refusalOf } from './problems.ts';
import type { Answer, CallContext, Caller, Route } from './route.ts';

const bodyLimit = 1_048_576;

/** What is known of a request beside Express's own object. */
interface Visitor {
  readonly requestId: string;
  readonly startedAt: number;
  /** The route's pattern, never the address: an address may hold names. */
  route: string;
  caller: Caller | null;
}
const visitors = new WeakMap<Request, Visitor>();
const visitorOf = (request: Request, parts: AppParts): Visitor => {
  const known = visitors.get(request);
  if (known !== undefined) return known;
  const made: Visitor = {
    requestId: `req_${randomBytes(9).toString('base64url')}`,
    startedAt: parts.clock.monotonic(),
    route: 'none',
    caller: null,
  };
  visitors.set(request, made);
  return made;
};

/** First in the chain: gives each request its id and counts it when its answer is over. */
export function observe(parts: AppParts) {
  return (request: Request, response: Response, next: NextFunction): void => {
    const visitor = visitorOf(request, parts);
    response.setHeader('X-Request-Id', visitor.requestId);
    response.once('close', () => {
      const ms = parts.clock.monotonic() - visitor.startedAt;
      const { route } = visitor;
      parts.metrics.countRequest({ method: request.method, route, status: response.statusCode, ms });
      parts.log.debug('request', {
        requestId: visitor.requestId,
        method: request.method,
        route,
        status: response.statusCode,
        ms: Math.round(ms),
      });
    });
    next();
  };
}

/** Registers all routes; paths that exist answer 405 to other methods. */
export function serveRoutes(app: Express, parts: AppParts, auth: Authenticator, routes: readonly Route[]): void {
  const limit = limiter(parts);
  const json = express.json({ limit: bodyLimit, strict: false, type: 'application/json' });
  for (const path of new Set(routes.map((route) => route.path))) {
    const mine = routes.filter((route) => route.path === path);
    const pattern = path.replace(/\{(\w+)\}/g, ':$1');
    for (const route of mine) {
      const serving = (request: Request, response: Response) => serve(parts, route, request, response);
      app[route.method](pattern, identify(parts, auth, route), limit, admit(parts, route), json, serving);
    }
    const allowed = mine.map((m) => m.method.toUpperCase()).join(', ');
    app.all(pattern, (request) => {
      visitorOf(request, parts).route = path;
      throw new Refusal('method_not_allowed', `This address knows ${allowed}.`, { headers: { Allow: allowed } });
    });
  }
}

const identify =
  (parts: AppParts, auth: Authenticator, route: Route) =>
  async (request: Request, _response: Response, next: NextFunction): Promise<void> => {
    const visitor = visitorOf(request, parts);
    visitor.route = route.path;
    const key = readBearer(request);
    visitor.caller = key === null ? null : await auth.authenticate(key);
    next();
  };

/** Before the body is read: a stranger's body costs us nothing. */
const admit =
  (parts: AppParts, route: Route) =>
  (request: Request, _response: Response, next: NextFunction): void => {
    mustHave(visitorOf(request, parts).caller, route.scope);
    mustBeJson(request, route);
    next();
  };

/** Per key; callers without a known key share the quota of their address, which also slows guessing down. */
function limiter(parts: AppParts) {
  return rateLimit({
    windowMs: 60_000,
    limit: parts.config.rateLimitPerMinute,
    standardHeaders: 'draft-8',
    legacyHeaders: false,
    // Behind a proxy the header is there although we do not trust it; that is no mistake to complain about.
    validate: { xForwardedForHeader: false, forwardedHeader: false },
    keyGenerator: (request) => visitors.get(request)?.caller?.keyId ?? ipKeyGenerator(request.ip ?? ''),
    handler: (_request, _response, next) =>
      next(new Refusal('rate_limited', `More than ${parts.config.rateLimitPerMinute} requests in a minute.`)),
  });
}

function mustHave(caller: Caller | null, scope: Scope): asserts caller is Caller {
  if (caller === null) {
    throw new Refusal('unauthorized', 'Send a valid key as `Authorization: Bearer <key>`.', {
      headers: { 'WWW-Authenticate': 'Bearer' },
    });
  }
  if (!caller.scopes.includes(scope)) {
    throw new Refusal('forbidden', `This needs a key with the scope ${scope}.`, { extra: { scope } });
  }
}

function mustBeJson(request: Request, route: Route): void {
  if (route.body === null || !hasBody(request) || request.is('application/json') !== false) return;
  throw new Refusal('unsupported_media_type', 'Send the body as application/json.');
}
const hasBody = (request: Request): boolean =>
  request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0;

async function serve(parts: AppParts, route: Route, request: Request, response: Response): Promise<void> {
  const { requestId, caller } = visitorOf(request, parts);
  mustHave(caller, route.scope);
  const body: unknown = request.body;
  const run = route.prepare({ params: request.params, query: { ...request.query }, body });
  const key = route.idempotent ? readIdempotencyKey(request) : null;
  const mark = fingerprint(route.method, request.originalUrl, body);
  const context: CallContext = {
    caller,
    requestId,
    ifVersion: route.takesIfMatch ? readIfMatch(request) : null,
    preferWaitMs: route.takesPreferWait ? readPreferWait(request) : 0,
    idempotency: key === null ? null : `${key}|${mark}`,
    lastEventId: readLastEventId(request),
    gone: hangUpSignal(response),
  };
  if (key !== null) return send(response, await serveOnce(parts, route, { key, mark, context }, () => run(context)));
  const answer = await run(context);
  if (answer.takeOver !== undefined) answer.takeOver(response);
  else send(response, render(answer));
}

async function serveOnce(
  parts: AppParts,
  route: Route,
  o: { readonly key: string; readonly mark: string; readonly context: CallContext },
  run: () => Promise<Answer>,
): Promise<Rendered> {
  const { secrets, clock, log, store } = parts;
  const sealed = route.secretAnswer === true;
  const about = {
    ...{ store: store.idempotency, clock, log, tenantId: o.context.caller.tenantId, key: o.key, fingerprint: o.mark },
    seal: (text: string) => (sealed ? secrets.seal(text) : text),
    open: (text: string) => (sealed ? String(secrets.open(text)) : text),
    isAwaited: route.findsItself !== true,
  };
  return once(about, async () => {
    try {
      return render(await run());
    } catch (error) {
      const problem = renderProblem(refusalOf(error, clock), parts, o.context.requestId);
      // A refusal is an answer too; a failure of ours is none and may be tried again.
      if (problem.status >= 500) throw error;
      return problem;
    }
  });
}

function hangUpSignal(response: Response): AbortSignal {
  const controller = new AbortController();
  response.once('close', () => controller.abort());
  return controller.signal;
}

const render = (answer: Answer): Rendered => ({
  status: answer.status,
  body: answer.body === null ? '' : JSON.stringify(answer.body),
  headers:
    answer.body === null ? answer.headers : { 'Content-Type': 'application/json; charset=utf-8', ...answer.headers },
});

function renderProblem(refusal: Refusal, parts: AppParts, requestId: string): Rendered {
  const { status, body } = problemDocument(refusal, { publicUrl: parts.config.publicUrl, requestId });
  return {
    status,
    body: JSON.stringify(body),
    headers: { 'Content-Type': 'application/problem+json; charset=utf-8', ...refusal.headers },
  };
}

function send(response: Response, rendered: Rendered): void {
  if (response.headersSent || response.destroyed) return;
  // Whatever stands here is somebody's and changes: no cache may keep it.
  response.setHeader('Cache-Control', 'no-store');
  for (const [name, value] of Object.entries(rendered.headers)) response.setHeader(name, value);
  response.status(rendered.status).end(rendered.body);
}

/** For every address that no route knows. */
export function unknownAddress(): never {
  throw new Refusal('not_found', 'There is nothing at this address.');
}

/** Last in the chain: anything thrown becomes a problem document; what only we may know goes to the log. */
export function problemHandler(parts: AppParts) {
  return (error: unknown, request: Request, response: Response, _next: NextFunction): void => {
    const visitor = visitorOf(request, parts);
    const refusal = refusalOf(error, parts.clock);
    const problem = renderProblem(refusal, parts, visitor.requestId);
    const details = {
      requestId: visitor.requestId,
      tenantId: visitor.caller?.tenantId ?? null,
      method: request.method,
      route: visitor.route,
      status: problem.status,
      code: refusal.code,
    };
    if (refusal.code === 'internal_error') {
      parts.log.error('a request failed', { ...details, reason: error instanceof Error ? error.stack : String(error) });
    } else if (problem.status >= 500) {
      parts.log.info('a request could not be served', {
        ...details,
        reason: error instanceof Error ? error.message : String(error),
      });
    } else parts.log.debug('a request was refused', details);
    if (response.headersSent) response.destroy();
    else send(response, problem);
  };
}
