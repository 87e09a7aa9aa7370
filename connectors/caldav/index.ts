/** The CalDAV connector: what it can do, how an account is checked, and how it is opened. */
import { caldavCarries, projectICalendar } from '../../mappings/caldav.ts';
import type { Connection } from '../../src/domain/calendar.ts';
import type { Capabilities, Connector, ConnectorDeps, OpenConnection } from '../../src/domain/connector.ts';
import { Fault } from '../../src/domain/fault.ts';
import type { RemoteId } from '../../src/domain/ids.ts';
import type { Clock } from '../../src/domain/ports.ts';
import { type NetworkGuard, networkGuard, type ResolveAll } from '../../src/net/guard.ts';
import { type Account, type AccountMemory, StoredTexts, urlOfCalendar } from './account.ts';
import { fetchOne } from './bodies.ts';
import { listCalendars } from './calendars.ts';
import { DavClient, defaultLimits, type Limits, type Secret } from './client.ts';
import { connectAccount } from './connect.ts';
import { type ServiceRecords, systemRecords } from './discovery.ts';
import { pull } from './feed.ts';
import { readObject } from './objects.ts';
import { parseSecret, parseSettings } from './settings.ts';
import { Trust } from './trust.ts';
import { write } from './write.ts';

export interface CaldavOptions {
  /** Lets users name servers on private and loopback addresses. */
  readonly allowPrivateHosts: boolean;
  readonly limits?: Partial<Limits>;
  /** Replacements for DNS, in tests. */
  readonly resolve?: ResolveAll;
  readonly records?: ServiceRecords;
}

/** Characters of stored objects kept in memory over all accounts, so that most updates need no read first. */
const textsLimit = 16 * 1024 * 1024;
/** Accounts remembered at most; beyond that all start afresh, which costs requests and nothing else. */
const memoryLimit = 20_000;

export function caldavConnector(o: CaldavOptions): Connector {
  const limits: Limits = { ...defaultLimits, ...o.limits };
  const guard = networkGuard({ allowPrivateHosts: o.allowPrivateHosts, ...(o.resolve && { resolve: o.resolve }) });
  const texts = new StoredTexts(textsLimit);
  const memories = new Map<string, AccountMemory>();
  const memoryOf = (key: string): AccountMemory => {
    const known = memories.get(key) ?? {
      trust: new Trust(),
      texts,
      key,
      echoing: new Set<RemoteId>(),
      unlisted: new Set<string>(),
    };
    if (memories.size >= memoryLimit) memories.clear();
    memories.set(key, known);
    return known;
  };
  return {
    provider: 'caldav',
    capabilities: capabilitiesOf(limits),
    connect: (input, { clock }) => {
      const clientFor = (secret: Secret) => new DavClient({ secret, guard, limits, clock, firstContact: true });
      return connectAccount(input, clientFor, o.records ?? systemRecords);
    },
    open: (connection, deps) => openAccount(connection, deps, guard, limits, memoryOf(connection.id)),
    project: projectICalendar,
  };
}

function capabilitiesOf(limits: Limits): Capabilities {
  return {
    feed: 'delta',
    push: null,
    guard: { update: 'enforced', remove: 'enforced' },
    createBy: 'own-href',
    mark: 'in-feed',
    series: 'master',
    carries: caldavCarries,
    parallel: limits.parallel,
  };
}

function openAccount(
  connection: Connection,
  deps: ConnectorDeps,
  guard: NetworkGuard,
  limits: Limits,
  memory: AccountMemory,
): OpenConnection {
  const secret = parseSecret(deps.secret);
  if (secret === null) throw new Fault('consent', 'The stored credentials are not complete.');
  const place = parseSettings(connection.settings);
  const clock: Clock = deps.clock;
  const client = new DavClient({ secret, guard, limits, clock, firstContact: false });
  const account: Account = { client, clock, log: deps.log, limits, ownAddresses: place.addresses, memory };
  return {
    calendars: () => listCalendars(client, place),
    pull: (request) => pull(account, request),
    read: async (calendar, id) => {
      const fetched = await fetchOne(account, urlOfCalendar(calendar), id);
      if (fetched.kind === 'gone') return null;
      if (fetched.kind === 'failed') throw new Fault('invalid', fetched.why);
      const reading = readObject(account, calendar, fetched.object);
      if (reading.kind === 'event') return reading.remote;
      throw new Fault(
        'invalid',
        `The object cannot be read${reading.kind === 'other' ? ': it is no appointment' : ''}.`,
      );
    },
    write: (calendar, intent) => write(account, calendar, intent),
    close: () => client.close(),
  };
}
