/** The Google Calendar connector: what it can do, how an account is checked, and how it is opened. */
import { googleCarries, projectGoogle } from '../../mappings/google.ts';
import type { Connection } from '../../src/domain/calendar.ts';
import type { Capabilities, Connector, ConnectorDeps, OpenConnection } from '../../src/domain/connector.ts';
import { Fault } from '../../src/domain/fault.ts';
import { type Log, silentLog } from '../../src/domain/ports.ts';
import { type Buckets, defaultQuotas, makeBuckets, type Quotas } from './buckets.ts';
import { listCalendars } from './calendars.ts';
import { channelDesk, channelLifeMs, readHook } from './channel.ts';
import { defaultLimits, googleClient, type Limits } from './client.ts';
import type { GoogleConfig } from './config.ts';
import { type ClientFor, consentDesk, newConnection } from './consent.ts';
import { pull } from './feed.ts';
import type { Account } from './lists.ts';
import { parseConnectInput } from './secret.ts';
import { readGroup, remoteOf } from './series.ts';
import { revokeToken } from './token-endpoint.ts';
import { keepTokens, withToken } from './tokens.ts';
import { write } from './write.ts';

export type { GoogleConfig } from './config.ts';

export interface GoogleOptions {
  readonly google: GoogleConfig;
  readonly limits?: Partial<Limits>;
  readonly quotas?: Partial<Quotas>;
}

interface Parts {
  readonly config: GoogleConfig;
  readonly limits: Limits;
  readonly buckets: Buckets;
}

export function googleConnector(o: GoogleOptions): Connector {
  const limits: Limits = { ...defaultLimits, ...o.limits };
  const parts: Parts = { config: o.google, limits, buckets: makeBuckets({ ...defaultQuotas, ...o.quotas }) };
  return {
    provider: 'google',
    capabilities: capabilitiesOf(limits),
    async connect(input, { clock, log }) {
      const given = parseConnectInput(input);
      if (typeof given === 'string') throw new Fault('invalid', given);
      return newConnection(await withToken(o.google, given, clock), clientWith(parts, log), clock);
    },
    open: (connection, deps) => openAccount(parts, connection, deps),
    consent: consentDesk(o.google, clientWith(parts, silentLog)),
    readHook,
    project: projectGoogle,
  };
}

function capabilitiesOf(limits: Limits): Capabilities {
  return {
    feed: 'delta',
    push: { maxLifeMs: channelLifeMs, renew: 'replace', lifecycle: false },
    guard: { update: 'enforced', remove: 'enforced' },
    createBy: 'own-id',
    mark: 'in-feed',
    series: 'master',
    carries: googleCarries,
    parallel: limits.parallel,
  };
}

function clientWith({ config, limits, buckets }: Parts, log: Log): ClientFor {
  return (token, clock) => {
    const tokens = { current: async () => token, refuse: () => {} };
    return googleClient({ apiUrl: config.apiUrl, limits, clock, log, user: '', buckets, tokens });
  };
}

function openAccount({ config, limits, buckets }: Parts, connection: Connection, deps: ConnectorDeps): OpenConnection {
  const { clock, log } = deps;
  const tokens = keepTokens(config, deps);
  const user = connection.account;
  const client = googleClient({ apiUrl: config.apiUrl, limits, clock, log, user, buckets, tokens });
  const account: Account = { client, clock, log, limits };
  return {
    calendars: () => listCalendars(client),
    pull: (request) => pull(account, request),
    async read(calendar, id) {
      const group = await readGroup(account, calendar, id);
      if (group === null) return null;
      const remote = remoteOf(calendar, group);
      if ('kind' in remote) throw new Fault('invalid', `The event cannot be read: ${remote.why}.`);
      return remote;
    },
    write: (calendar, intent) => write(account, calendar, intent),
    channels: channelDesk(account),
    async revoke() {
      const { secret } = tokens;
      // A service account's right is the administrator's to give and to take.
      if (secret.kind === 'consent') await revokeToken(config, secret.refreshToken);
    },
    async close() {
      client.close();
    },
  };
}
