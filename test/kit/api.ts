/** The HTTP face on a real port of this machine, over the store in memory, the real desk and the memory connector. */
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'chai';
import { nudgeDefaults, visitDefaults, webhookDefaults } from '../../config/defaults.ts';
import { encryptionKey } from '../../config/index.ts';
import type { World } from '../../connectors/memory/index.ts';
import { makeWorld, memoryConnector } from '../../connectors/memory/index.ts';
import { describeBooking } from '../../mappings/crm.ts';
import { createApp } from '../../src/api/app.ts';
import { hashOfKey, makeAuthenticator } from '../../src/api/auth.ts';
import { allScopes, bootstrapKeys } from '../../src/api/bootstrap.ts';
import { makeMetrics } from '../../src/api/metrics.ts';
import type { AppParts } from '../../src/api/parts.ts';
import type { Route } from '../../src/api/route.ts';
import { allRoutes } from '../../src/api/routes.ts';
import { problemOut } from '../../src/api/schemas.ts';
import { makeStreamHub, type StreamHub } from '../../src/api/stream-hub.ts';
import type { Event } from '../../src/domain/event.ts';
import { newId, type TenantId } from '../../src/domain/ids.ts';
import type { Clock } from '../../src/domain/ports.ts';
import { silentLog } from '../../src/domain/ports.ts';
import type { Scope } from '../../src/domain/tenant.ts';
import type { Instant } from '../../src/domain/time.ts';
import { dayMs } from '../../src/domain/time.ts';
import { networkGuard } from '../../src/net/guard.ts';
import { makePoster } from '../../src/net/post.ts';
import { makeWebhooks } from '../../src/notify/webhooks.ts';
import { telling } from '../../src/notify/webhooks-fan-out.ts';
import { makeAlternatives, makeDesk } from '../../src/scheduling/book.ts';
import { makeSecrets } from '../../src/secrets.ts';
import { memoryStore } from '../../src/store/memory.ts';
import type { Store } from '../../src/store/store.ts';
import { attachLinks } from '../../src/sync/attach.ts';
import { detachCalendar } from '../../src/sync/detach.ts';
import { makeDisputes } from '../../src/sync/disputes.ts';
import { examine } from '../../src/sync/doctor.ts';
import { followAtOnce } from '../../src/sync/follow.ts';
import { linksFor } from '../../src/sync/links.ts';
import { makeNudge } from '../../src/sync/nudge.ts';
import { makePreviews } from '../../src/sync/preview.ts';
import type { VisitDeps, Visitor } from '../../src/sync/visit.ts';
import { makeVisitor } from '../../src/sync/visit.ts';
import { noteAnswer } from './answers-met.ts';
import { at } from './builders.ts';
import { pathPattern } from './path-pattern.ts';

/** Runs like the real one from Tuesday, 1 June 2027, 06:00 UTC, and can be put forward. */
export interface RunningClock extends Clock {
  advance(ms: number): void;
}
export function runningClock(): RunningClock {
  const startedAt = performance.now();
  let ahead = 0;
  const passed = () => performance.now() - startedAt + ahead;
  return {
    now: () => Math.floor(at('2027-06-01T06:00:00Z') + passed()) as Instant,
    monotonic: passed,
    sleep: (ms, signal) => pause(ms, undefined, signal === undefined ? {} : { signal }).catch(() => {}),
    advance(ms) {
      ahead += ms;
    },
  };
}

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Parsed JSON, loosely typed: tests look at what they asked for. */
  // biome-ignore lint/suspicious/noExplicitAny: an answer from outside whose shape each test names
  readonly body: any;
}
export interface Ask {
  readonly key?: string | null;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as it is instead of a JSON body. */
  readonly raw?: string | Uint8Array<ArrayBuffer>;
}
type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE' | 'PUT';

export interface Api {
  readonly url: string;
  readonly store: Store;
  readonly clock: RunningClock;
  readonly streams: StreamHub;
  /** What the memory provider holds. */
  readonly world: World;
  /** Key of the first tenant with all scopes. */
  readonly key: string;
  readonly routes: readonly Route[];
  /** Asks and checks that the answer fits what the route promises in the OpenAPI document. */
  ask(method: Method, path: string, body?: unknown, o?: Ask): Promise<Reply>;
  /** A fresh key; of a fresh tenant when none is named. */
  keyWith(scopes?: readonly Scope[], tenantId?: TenantId): Promise<string>;
  close(): Promise<void>;
}

export async function anApi(over: Partial<AppParts> & { readonly store?: Store } = {}): Promise<Api> {
  const clock = runningClock();
  const store = telling(over.store ?? memoryStore({ clock }), (id) => webhooks.nudge(id));
  const secrets = makeSecrets([encryptionKey(new Uint8Array(32).fill(7))]);
  const webhooks = makeWebhooks({
    ...{ store, clock, log: over.log ?? silentLog, owner: 'this', ...webhookDefaults, random: () => 0.5 },
    openSecret: (sealed) => secrets.open(sealed),
    poster: makePoster({ guard: networkGuard({ allowPrivateHosts: true }), clock, ...webhookDefaults }),
  });
  const world = makeWorld();
  const parts = partsOf(store, clock, world, { webhooks, ...over, store });
  const key = (await bootstrapKeys(store, { bootstrapKey: null, clock }))!;
  const server = createApp(parts).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const routes = allRoutes(parts, makeAuthenticator(store, clock));

  return {
    ...{ url, store, clock, key, routes, world, streams: parts.streams },
    async ask(method, path, body, o = {}) {
      const response = await fetch(url + path, requestOf(method, body, o, key));
      const reply = await replyOf(response);
      checkAgainstContract(routes, method, path, reply);
      return reply;
    },
    async keyWith(scopes = allScopes, tenantId = newId('tenant')) {
      if ((await store.tenants.get(tenantId)) === null) {
        await store.tenants.insert({ id: tenantId, name: tenantId, createdAt: clock.now() });
      }
      const secret = `test-key-${newId('key')}`;
      await store.tenants.insertKey({
        ...{ id: newId('key'), tenantId, name: 'test', scopes, hash: hashOfKey(secret), createdAt: clock.now() },
        ...{ expiresAt: null, revokedAt: null },
      });
      return secret;
    },
    async close() {
      await parts.streams.close();
      await parts.nudge.stop();
      await webhooks.stop();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function partsOf(
  store: Store,
  clock: RunningClock,
  world: World,
  over: Partial<AppParts> & Pick<AppParts, 'webhooks'>,
): AppParts {
  const log = over.log ?? silentLog;
  const secrets = makeSecrets([encryptionKey(new Uint8Array(32).fill(7))]);
  const connector = memoryConnector({ world });
  const connectors = new Map([[connector.provider, connector]]);
  const alternativesFor = (event: Event) => makeAlternatives({ store, settings })(event);
  const visits: VisitDeps = {
    alternativesFor,
    ...{ store, clock, log, registry: connectors, random: () => 0.5 },
    openSecret: (connection) => secrets.open(connection.secret),
    sealSecret: (secret) => secrets.seal(secret),
    onRequested: (ids) => ids.forEach((id) => void nudge.nudge(id)),
    settings: { ...visitDefaults, owner: 'this' },
  };
  const metrics = makeMetrics(store, clock);
  const visitor = makeVisitor(visits);
  const nudge = makeNudge({ visitor: counted(visitor, metrics), store, clock, log, ...nudgeDefaults });
  const settings = { holdMs: 120_000, windowPastMs: 30 * dayMs, windowAheadMs: 60 * dayMs };
  const desk = makeDesk({ ...{ store, clock, log, nudge, linksFor, settings }, describe: describeBooking });
  return {
    ...{ store, desk, nudge, clock, log, connectors, secrets, metrics, pageDir: null },
    config: {
      ...{ publicUrl: 'http://gateway.example.com', windowPastDays: 30, windowAheadDays: 60 },
      returnToOrigins: ['https://office.example.com'],
      allowPrivateHosts: true,
      ...{ rateLimitPerMinute: 100_000, version: '0.0.0' },
    },
    openConnection: (connection) =>
      connector.open(connection, {
        ...{ clock, log, secret: secrets.open(connection.secret) },
        saveSecret: async () => {},
        renewSecret: async (renew) => renew(null),
      }),
    linksFor,
    disputes: makeDisputes(visits),
    alternativesFor,
    previews: makePreviews(visits),
    followSettings: (calendar) => followAtOnce(visits, calendar),
    attachLinks: (calendar) => attachLinks(visits, calendar),
    detach: (calendar, o) => detachCalendar(visits, calendar, o),
    examine: (calendar, o) => examine(visits, calendar, o),
    streams: makeStreamHub({ journal: store.journal, clock, log }),
    ...over,
  };
}

const counted = (visitor: Visitor, metrics: AppParts['metrics']): Visitor => ({
  ...visitor,
  async visit(id, aim) {
    const report = await visitor.visit(id, aim);
    metrics.countVisit(report);
    return report;
  },
});

function requestOf(method: Method, body: unknown, o: Ask, ownKey: string): RequestInit {
  const key = o.key === undefined ? ownKey : o.key;
  const payload = o.raw ?? (body === undefined ? undefined : JSON.stringify(body));
  return {
    method,
    redirect: 'manual',
    headers: {
      ...(key === null ? {} : { Authorization: `Bearer ${key}` }),
      ...(payload === undefined ? {} : { 'Content-Type': 'application/json' }),
      ...o.headers,
    },
    ...(payload === undefined ? {} : { body: payload }),
  };
}

async function replyOf(response: Response): Promise<Reply> {
  const text = await response.text();
  const isJson = /json/.test(response.headers.get('content-type') ?? '');
  return { status: response.status, headers: response.headers, text, body: isJson ? JSON.parse(text) : null };
}

function checkAgainstContract(routes: readonly Route[], method: Method, path: string, reply: Reply): void {
  const { pathname } = new URL(path, 'http://x');
  noteAnswer(method, pathname, reply.status, reply.body?.code);
  const route = routes.find((r) => r.method.toUpperCase() === method && pathPattern(r.path).test(pathname));
  const shown = `${method} ${pathname} answered ${reply.status} ${reply.text}`;
  expect(reply.headers.get('x-request-id'), shown).to.be.a('string');
  const promised = route?.answers[reply.status];
  if (promised !== undefined) {
    if (promised.schema === null) expect(reply.text, shown).to.equal('');
    else expectFit(promised.schema.safeParse(reply.body), shown);
  }
  if (reply.status >= 400 && pathname.startsWith('/v1')) {
    expect(reply.headers.get('content-type'), shown).to.match(/^application\/problem\+json/);
    expectFit(problemOut.safeParse(reply.body), shown);
    expect(reply.body.requestId.length, shown).to.be.greaterThan(5);
  } else if (route !== undefined) expect(promised, `${shown}, which is not promised`).to.not.equal(undefined);
}

function expectFit(result: { readonly success: boolean; readonly error?: unknown }, shown: string): void {
  if (!result.success) throw new Error(`${shown}\nwhich does not fit its schema: ${String(result.error)}`);
}

/** A technician who works on weekdays from 08:00 to 17:00 UTC; the id of a fresh one. */
export async function aTechnician(
  api: Api,
  over: Readonly<Record<string, unknown>> = {},
  o: Ask = {},
): Promise<string> {
  const hours = [{ days: ['mon', 'tue', 'wed', 'thu', 'fri'], from: '08:00', to: '17:00' }];
  const body = { kind: 'technician', name: 'Sam Example', timeZone: 'UTC', workingHours: hours, ...over };
  const reply = await api.ask('POST', '/v1/resources', body, o);
  expect(reply.status, reply.text).to.equal(201);
  return reply.body.id;
}

/** The body of a booking on 2 June 2027, from 10:00 to 11:00 UTC. */
export const aBooking = (resourceId: string, over: Readonly<Record<string, unknown>> = {}) => ({
  start: '2027-06-02T10:00:00Z',
  end: '2027-06-02T11:00:00Z',
  resourceIds: [resourceId],
  title: 'Boiler service',
  ...over,
});

/** A connected account of the memory provider. */
export async function aConnectionOf(api: Api, account = 'sam@example.com', o: Ask = {}): Promise<string> {
  const reply = await api.ask('POST', '/v1/connections', { provider: 'memory', account }, o);
  expect([200, 201], reply.text).to.include(reply.status);
  return reply.body.id;
}
