/** Wires the rooms into one running gateway and takes it down in reverse. */
import { randomBytes } from 'node:crypto';
import type { Server } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { hostname } from 'node:os';
import { holdDefaults, journalMs, nudgeDefaults, visitDefaults, webhookDefaults } from '../config/defaults.ts';
import type { Config, EncryptionKey } from '../config/index.ts';
import { buildRegistry } from '../connectors/registry.ts';
import { describeBooking } from '../mappings/crm.ts';
import { createApp } from './api/app.ts';
import { bootstrapKeys } from './api/bootstrap.ts';
import { makeMetrics } from './api/metrics.ts';
import { reviewConflicts } from './api/resolve.ts';
import { spreadOwedRules } from './api/rules.ts';
import { makeStreamHub, type StreamHub } from './api/stream-hub.ts';
import type { Calendar, Connection } from './domain/calendar.ts';
import { Fault } from './domain/fault.ts';
import type { Clock, Log } from './domain/ports.ts';
import { dayMs } from './domain/time.ts';
import { type Jobs, makeJobs } from './jobs/agenda.ts';
import { networkGuard } from './net/guard.ts';
import { makePoster } from './net/post.ts';
import { noticeTransport } from './notify/notice-transport.ts';
import { sweepNotices } from './notify/notices.ts';
import { tellOwedNews } from './notify/owed-news.ts';
import { makeWebhooks } from './notify/webhooks.ts';
import { telling } from './notify/webhooks-fan-out.ts';
import { type DeskDeps, makeAlternatives, makeDesk } from './scheduling/book.ts';
import { makeLater } from './scheduling/later.ts';
import { makeSecrets } from './secrets.ts';
import { connectMongo } from './store/mongo/connect.ts';
import { openAccount } from './sync/accounts.ts';
import { attachLinks } from './sync/attach.ts';
import type { PushAddresses } from './sync/channels.ts';
import { detachCalendar } from './sync/detach.ts';
import { makeDisputes } from './sync/disputes.ts';
import { examine } from './sync/doctor.ts';
import { followAtOnce } from './sync/follow.ts';
import { linksFor } from './sync/links.ts';
import { makeNudge } from './sync/nudge.ts';
import { makePreviews } from './sync/preview.ts';
import { makeSweeps } from './sync/sweep.ts';
import { makeVisitor, type VisitDeps, type Visitor } from './sync/visit.ts';

export interface Gateway {
  /** Where it listens, without a slash at the end. */
  readonly address: string;
  /** The first API key, when this start made it. */
  readonly freshKey: string | null;
  /** Takes no new work, ends what runs, frees the leases. */
  stop(): Promise<void>;
}

export interface GatewayParts {
  readonly config: Config;
  readonly mongodbUri: string;
  readonly keys: readonly EncryptionKey[];
  readonly version: string;
  readonly pageDir: string | null;
  readonly clock: Clock;
  readonly log: Log;
}

const drainMs = 10_000;
/** A booking may take this long from claim to confirmation; what is left of a crash is free again after it. */
const holdMs = 120_000;
const sweepMs = 10_000;

/** @throws Fault `unavailable` when the database does not answer; an Error when the port is taken */
export async function startGateway(p: GatewayParts): Promise<Gateway> {
  const { config, clock, log } = p;
  const undo: (() => Promise<unknown>)[] = [];
  const stop = async (): Promise<void> => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  try {
    const database = await connectMongo({ uri: p.mongodbUri, log, clock, keepJournalMs: journalMs });
    undo.push(() => database.close());
    const store = telling(database, (id) => webhooks.nudge(id));
    const freshKey = await bootstrapKeys(store, { bootstrapKey: config.bootstrapApiKey, clock });
    const secrets = makeSecrets(p.keys);
    const registry = buildRegistry(config);
    const metrics = makeMetrics(store, clock);
    const poster = makePoster({ guard: networkGuard(config), clock, timeoutMs: webhookDefaults.timeoutMs });
    const webhooks = makeWebhooks({
      ...{ store, clock, log, owner: ownerOf(config), leaseMs: webhookDefaults.leaseMs, random: Math.random },
      openSecret: (sealed) => secrets.open(sealed),
      onOutcome: (outcome) => metrics.countDelivery(outcome),
      poster,
    });
    undo.push(() => webhooks.stop());
    const openSecret = (connection: Connection): unknown => secrets.open(connection.secret);

    const visits: VisitDeps = {
      store,
      clock,
      log,
      registry,
      openSecret,
      sealSecret: (secret) => secrets.seal(secret),
      settings: {
        ...visitDefaults,
        owner: ownerOf(config),
        pollMs: config.pollSeconds * 1000,
        pollWithPushMs: config.pollSecondsWithPush * 1000,
        windowPastMs: config.windowPastDays * dayMs,
        windowAheadMs: config.windowAheadDays * dayMs,
      },
      addresses: pushAddresses(config),
      onRequested: (ids) => {
        for (const id of ids) nudge.nudge(id);
      },
      alternativesFor: (event) => makeAlternatives(desking)(event),
    };
    const visitor = makeVisitor(visits);
    const counted: Visitor = {
      visit: async (id, aim, after) => {
        const report = await visitor.visit(id, aim, after);
        metrics.countVisit(report);
        return report;
      },
      stop: () => visitor.stop(),
    };
    const nudge = makeNudge({ visitor: counted, store, clock, log, ...nudgeDefaults });
    undo.push(() => Promise.all([nudge.stop(), visitor.stop()]));

    const desking: DeskDeps = {
      store,
      clock,
      log,
      nudge,
      linksFor,
      describe: describeBooking,
      settings: {
        ...{ holdMs, windowPastMs: visits.settings.windowPastMs, windowAheadMs: visits.settings.windowAheadMs },
        ...{ holdCaps: holdDefaults, longestHoldMs: holdDefaults.longestMs },
      },
    };
    const later = makeLater(desking);
    undo.push(() => later.idle());
    const desk = makeDesk({ ...desking, later });
    const followSettings = (calendar: Calendar) => followAtOnce(visits, calendar);
    const resolving = { disputes: makeDisputes(visits), alternativesFor: makeAlternatives(desking) };
    const people = noticeTransport(config, { poster, clock });
    undo.push(async () => people?.close?.());
    const jobs = makeJobs({
      uri: p.mongodbUri,
      clock,
      log,
      everyMs: sweepMs,
      sweeps: {
        ...makeSweeps({
          ...{ store, nudge, clock, log },
          settleSheets: (limit) => desk.settleSheets(limit),
          spreadRules: () => spreadOwedRules({ store, nudge, log, followSettings }),
          tellPeople: async () => {
            await tellOwedNews({ store, clock, log });
            const onOutcome = (outcome: string) => metrics.countNotice(outcome);
            await sweepNotices({ store, clock, log, transport: people, onOutcome });
          },
          reviewConflicts: () => reviewConflicts({ store, desk, clock, log, ...resolving }),
        }),
        deliveries: (partitions) => webhooks.sweep(partitions),
      },
    });
    await jobs.start();
    undo.push(() => jobs.stop());

    const streams = makeStreamHub({ journal: store.journal, clock, log });
    const app = createApp({
      store,
      desk,
      nudge,
      linksFor,
      connectors: registry,
      secrets,
      clock,
      log,
      config: { ...config, version: p.version },
      openConnection: (connection) => openAccount(visits, connection),
      attachLinks: (calendar) => attachLinks(visits, calendar),
      followSettings,
      previews: makePreviews(visits),
      ...resolving,
      detach: (calendar, o) => detachCalendar(visits, calendar, o),
      examine: (calendar, o) => examine(visits, calendar, o),
      pageDir: p.pageDir,
      hasNoticeTransport: people !== null,
      streams,
      webhooks,
      metrics,
      checks: new Map([['jobs', () => assertHealthy(jobs)]]),
    });
    const server = createServer(app);
    await listen(server, config);
    undo.push(() => drain(server, streams, log));
    const { port } = server.address() as AddressInfo;
    const shownHost = config.host === '0.0.0.0' || config.host === '127.0.0.1' ? 'localhost' : config.host;
    return { address: `http://${shownHost}:${port}`, freshKey, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/**
 * The name under which leases are held. An embedded database has one gateway at a time, so that a new process may take over
 * at once what a killed one held; beside others on one MongoDB a process has to wait until such a lease ends.
 */
function ownerOf(config: Config): string {
  if (config.mongodbUri === null) return 'the only gateway';
  return `${hostname()}:${process.pid}:${randomBytes(6).toString('hex')}`;
}

/** Providers push only to addresses that they can reach and trust. */
function pushAddresses({ publicUrl, pushOverHttp }: Config): PushAddresses {
  if (!publicUrl.startsWith('https:') && !pushOverHttp)
    return { why: 'PUBLIC_URL is not https, so providers cannot push to it; the calendar is polled' };
  return {
    of: (provider) => ({
      notify: `${publicUrl}/hooks/${provider}`,
      lifecycle: `${publicUrl}/hooks/${provider}/lifecycle`,
    }),
  };
}

async function assertHealthy(jobs: Jobs): Promise<void> {
  if (!jobs.isHealthy()) throw new Fault('unavailable', 'no sweep ended well lately');
}

function listen(server: Server, { port, host }: Config): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(
        error.code === 'EADDRINUSE'
          ? new Fault(
              'invalid',
              `port ${port} on ${host} is taken; set PORT to another one or end what listens there`,
              { cause: error },
            )
          : error,
      );
    });
    server.listen(port, host, resolve);
  });
}

/** No new requests; those under way are answered, streams end at once; what still hangs after a while is cut. */
async function drain(server: Server, streams: StreamHub, log: Log): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  await streams.close();
  server.closeIdleConnections();
  const timer = setTimeout(() => {
    log.info('requests were still running at the end and were cut');
    server.closeAllConnections();
  }, drainMs);
  await closed;
  clearTimeout(timer);
}
