/** Numbers for Prometheus, without ids, names or anything else of a person. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Clock } from '../domain/ports.ts';
import type { VisitReport } from '../domain/visit.ts';
import type { Store } from '../store/store.ts';
import { every } from './every.ts';
import { syncStateOf } from './sync-state.ts';

export interface Metrics {
  /** Wire this to the end of every visit. */
  countVisit(report: VisitReport): void;
  countRequest(o: {
    readonly method: string;
    readonly route: string;
    readonly status: number;
    readonly ms: number;
  }): void;
  countHint(o: { readonly provider: string; readonly outcome: string }): void;
  openStreams(delta: 1 | -1): void;
  /** An attempt to deliver a webhook message, or its end. */
  countDelivery(outcome: string): void;
  /** A message to a person that was handed to the transport. */
  countNotice(outcome: string): void;
  /** The text format, and its content type. @throws Fault `unavailable` */
  render(): Promise<{ readonly type: string; readonly text: string }>;
}

/** Counting calendars reads them all; scrapes closer together than this share one count. */
const countedForMs = 30_000;

export function makeMetrics(store: Store, clock: Clock): Metrics {
  const register = new Registry();
  collectDefaultMetrics({ register });
  const { http, visits, visited, hints, streams, calendars, debts } = instruments([register]);
  const { deliveries, backlog, oldest, dead, notices } = outwardInstruments([register]);
  const census = cachedCensus(store, clock);
  return {
    countVisit(report) {
      visits.inc({ outcome: report.kind });
      if (report.kind === 'busy') return;
      for (const [what, count] of Object.entries(report.counts)) if (count > 0) visited.inc({ what }, count);
    },
    countRequest: ({ method, route, status, ms }) => http.observe({ method, route, status: String(status) }, ms / 1000),
    countHint: (labels) => hints.inc(labels),
    countDelivery: (outcome) => deliveries.inc({ outcome }),
    countNotice: (outcome) => notices.inc({ outcome }),
    openStreams: (delta) => (delta === 1 ? streams.inc() : streams.dec()),
    async render() {
      const { states, owed } = await census();
      calendars.reset();
      for (const [state, count] of states) calendars.set({ state }, count);
      debts.set(owed);
      const waiting = await store.deliveries.backlog(await store.webhooks.paused());
      backlog.set(waiting.pending);
      oldest.set(waiting.oldestAt === null ? 0 : Math.max(0, store.now() - waiting.oldestAt) / 1000);
      dead.set(waiting.dead);
      return { type: register.contentType, text: await register.metrics() };
    },
  };
}

const instruments = (registers: Registry[]) => ({
  http: new Histogram({
    name: 'interlock_http_request_duration_seconds',
    help: 'Time from request to answer by route',
    labelNames: ['method', 'route', 'status'] as const,
    buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    registers,
  }),
  visits: new Counter({
    name: 'interlock_visits_total',
    help: 'Visits of calendars by how they ended',
    labelNames: ['outcome'] as const,
    registers,
  }),
  visited: new Counter({
    name: 'interlock_visit_items_total',
    help: 'What visits did: pulled, created, changed, removed, pushed, conflicts, quarantined',
    labelNames: ['what'] as const,
    registers,
  }),
  hints: new Counter({
    name: 'interlock_hints_total',
    help: 'Hints of providers by what they were taken for',
    labelNames: ['provider', 'outcome'] as const,
    registers,
  }),
  streams: new Gauge({ name: 'interlock_streams', help: 'Open event streams', registers }),
  calendars: new Gauge({
    name: 'interlock_calendars',
    help: 'Attached calendars by sync state',
    labelNames: ['state'] as const,
    registers,
  }),
  debts: new Gauge({ name: 'interlock_debts', help: 'Copies that calendars are still owed', registers }),
});

const outwardInstruments = (registers: Registry[]) => ({
  deliveries: new Counter({
    name: 'interlock_webhook_deliveries_total',
    help: 'Attempts to deliver webhook messages: delivered, failed (tried again), dead (given up)',
    labelNames: ['outcome'] as const,
    registers,
  }),
  backlog: new Gauge({
    name: 'interlock_webhook_backlog',
    help: 'Webhook messages not delivered yet, of webhooks that are on',
    registers,
  }),
  oldest: new Gauge({
    name: 'interlock_webhook_oldest_seconds',
    help: 'Age of the oldest of these; 0 without any',
    registers,
  }),
  dead: new Gauge({
    name: 'interlock_webhook_dead_letters',
    help: 'Webhook messages given up and still kept, of webhooks that are on',
    registers,
  }),
  notices: new Counter({
    name: 'interlock_notices_total',
    help: 'Messages to people handed to the transport: sent, failed (tried again), refused (given up)',
    labelNames: ['outcome'] as const,
    registers,
  }),
});

interface Census {
  readonly states: ReadonlyMap<string, number>;
  readonly owed: number;
}

function cachedCensus(store: Store, clock: Clock): () => Promise<Census> {
  let last: { readonly at: number; readonly census: Census } | null = null;
  return async () => {
    if (last === null || clock.monotonic() - last.at > countedForMs) {
      last = { census: await takeCensus(store, clock), at: clock.monotonic() };
    }
    return last.census;
  };
}

async function takeCensus(store: Store, clock: Clock): Promise<Census> {
  const states = new Map<string, number>();
  let owed = 0;
  for await (const tenant of every((query) => store.tenants.list(query))) {
    const connections = new Map<string, Awaited<ReturnType<Store['connections']['get']>>>();
    for await (const calendar of every((query) => store.calendars.list(tenant.id, { ...query, connectionId: null }))) {
      if (!connections.has(calendar.connectionId)) {
        connections.set(calendar.connectionId, await store.connections.get(tenant.id, calendar.connectionId));
      }
      const state = syncStateOf(calendar, connections.get(calendar.connectionId) ?? null, clock.now());
      states.set(state, (states.get(state) ?? 0) + 1);
      owed += await store.events.countOwing(calendar.id);
    }
  }
  return { states, owed };
}
