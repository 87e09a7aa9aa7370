/** The sync engine as the gateway wires it, without its HTTP face: store, connector, visitor. */
import { randomBytes } from 'node:crypto';
import { defaultBusyRules, defaultConflictPolicy, nudgeDefaults, visitDefaults } from '../config/defaults.ts';
import { encryptionKey } from '../config/index.ts';
import { buildRegistry } from '../connectors/registry.ts';
import { systemClock } from '../src/clock.ts';
import type { Calendar, Mirror } from '../src/domain/calendar.ts';
import type { CalendarId, RemoteId } from '../src/domain/ids.ts';
import { defaultTenantId, newId, partitionOf } from '../src/domain/ids.ts';
import { silentLog } from '../src/domain/ports.ts';
import { noRules } from '../src/domain/rules.ts';
import type { Instant, Zone } from '../src/domain/time.ts';
import type { VisitReport } from '../src/domain/visit.ts';
import { makeSecrets } from '../src/secrets.ts';
import { connectMongo } from '../src/store/mongo/connect.ts';
import type { Store } from '../src/store/store.ts';
import { makeNudge } from '../src/sync/nudge.ts';
import { makeVisitor } from '../src/sync/visit.ts';

export interface Engine {
  readonly store: Store;
  /** One resource with one calendar per collection. */
  attach(collections: readonly string[], mirror: Mirror): Promise<readonly CalendarId[]>;
  visit(id: CalendarId): Promise<VisitReport>;
  /** Until no visit is running or waiting. */
  rest(): Promise<void>;
  /** Database calls made so far. */
  calls(): number;
  /** When events were last saved, on the clock of `performance.now()`. */
  savedAt(): number;
  stop(): Promise<void>;
}

const longestVisitMs = 600_000;

export async function startEngine(o: { readonly uri: string; readonly serverUrl: string }): Promise<Engine> {
  const counter = { calls: 0, savedAt: 0 };
  const real = await connectMongo({ uri: o.uri, log: silentLog, clock: systemClock });
  const store = counting(real, counter);
  const secrets = makeSecrets([encryptionKey(randomBytes(32))]);
  const registry = buildRegistry({ allowPrivateHosts: true });
  const visitor = makeVisitor({
    store,
    clock: systemClock,
    log: silentLog,
    registry,
    openSecret: (connection) => secrets.open(connection.secret),
    sealSecret: (secret) => secrets.seal(secret),
    settings: { ...visitDefaults, owner: 'bench' },
    // As in the gateway: a calendar that now owes something is visited while the other is still being read.
    onRequested: (ids) => {
      for (const id of ids) nudge.nudge(id);
    },
  });
  const nudge = makeNudge({ visitor, store, clock: systemClock, log: silentLog, ...nudgeDefaults });
  const provider = [...registry.keys()][0]!;
  const now = systemClock.now();
  const login = { serverUrl: `${o.serverUrl}/home/`, username: 'bench', password: 'bench' };
  const { account, settings, secret } = await registry
    .get(provider)!
    .connect(login, { clock: systemClock, log: silentLog });
  const connection = {
    ...{ id: newId('connection'), tenantId: defaultTenantId, version: 1, provider, account, settings },
    ...{
      secret: secrets.seal(secret),
      tokenRev: 1,
      state: 'ok' as const,
      pausedUntil: null,
      lastFault: null,
      createdAt: now,
    },
  };
  await store.connections.insert(connection);
  const opened = registry.get(provider)!.open(connection, {
    clock: systemClock,
    log: silentLog,
    secret,
    saveSecret: async () => {},
    renewSecret: (renew) => renew(secret),
  });
  const offered = await opened.calendars();
  await opened.close();

  return {
    store,
    async visit(id) {
      const report = await nudge.visitAndWait(id, longestVisitMs);
      if (report === null) throw new Error('a visit did not end');
      return report;
    },
    async rest() {
      while (nudge.load() > 0) await systemClock.sleep(1);
    },
    calls: () => counter.calls,
    savedAt: () => counter.savedAt,
    async attach(collections, mirror) {
      const resourceId = newId('resource');
      const zone = 'Europe/Berlin' as Zone;
      await store.resources.insert({
        ...{
          id: resourceId,
          tenantId: defaultTenantId,
          version: 1,
          kind: 'technician',
          name: 'Bench',
          zone,
          quantity: 1,
        },
        ...{
          skills: [],
          territoryIds: [],
          home: null,
          workingHours: [],
          overrides: [],
          limits: {},
          email: null,
          phone: null,
        },
        ...{ externalRef: null, createdAt: now, deletedAt: null },
      });
      const ids: CalendarId[] = [];
      for (const name of collections) {
        const remoteId = offered.find((c) => c.name === name)?.remoteId;
        if (remoteId === undefined) throw new Error(`no collection ${name}`);
        const calendar = calendarOf({
          name,
          remoteId,
          resourceId,
          connectionId: connection.id,
          provider,
          zone,
          mirror,
          now,
        });
        await store.calendars.insert(calendar);
        ids.push(calendar.id);
      }
      return ids;
    },
    async stop() {
      await nudge.stop();
      await visitor.stop();
      await store.close();
    },
  };
}

function calendarOf(
  o: Pick<Calendar, 'name' | 'resourceId' | 'connectionId' | 'provider' | 'zone' | 'mirror'> & {
    readonly remoteId: RemoteId;
    readonly now: Instant;
  },
): Calendar {
  const { now, ...given } = o;
  const id = newId('calendar');
  return {
    ...given,
    ...{ id, tenantId: defaultTenantId, version: 1, role: 'two-way', share: 'full', state: 'active', cursor: null },
    ...{ busyRules: defaultBusyRules, policy: defaultConflictPolicy, partition: partitionOf(id), dueAt: now },
    ...{
      readDueAt: now,
      requestedSeq: 1,
      servedSeq: 0,
      ownRules: noRules,
      appliedVersion: 1,
      lease: { owner: '', fence: 0, until: 0 as Instant },
      lastSyncedAt: null,
      createdAt: now,
    },
    health: { failures: 0, lastFault: null, alarm: null, quarantined: [] },
    channels: [],
  };
}

/** The same store, its calls counted; each is one round trip to the database or a few. */
function counting(store: Store, counter: { calls: number; savedAt: number }): Store {
  const watch = <T extends object>(part: T): T =>
    new Proxy(part, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name);
        if (typeof value !== 'function') return value;
        return (...args: unknown[]) => {
          counter.calls += 1;
          const answer: unknown = Reflect.apply(value, target, args);
          if (name !== 'saveMany' || !(answer instanceof Promise)) return answer;
          return answer.then((saved: unknown) => {
            counter.savedAt = performance.now();
            return saved;
          });
        };
      },
    });
  return {
    ...store,
    ...{ events: watch(store.events), sheets: watch(store.sheets), calendars: watch(store.calendars) },
    ...{ connections: watch(store.connections), resources: watch(store.resources), conflicts: watch(store.conflicts) },
    ...{ holds: watch(store.holds), journal: watch(store.journal), tenants: watch(store.tenants) },
  };
}
