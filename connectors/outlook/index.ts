/** The Outlook connector (Microsoft Graph): what it can do, how an account is checked, and how it is opened. */
import { outlookCarries, projectOutlook } from '../../mappings/outlook.ts';
import type { Connection } from '../../src/domain/calendar.ts';
import type { Capabilities, Connector, ConnectorDeps, OpenConnection } from '../../src/domain/connector.ts';
import { Fault } from '../../src/domain/fault.ts';
import { type Log, silentLog } from '../../src/domain/ports.ts';
import { listCalendars } from './calendars.ts';
import { channelDesk, channelLifeMs, readHook } from './channel.ts';
import { defaultLimits, graphClient, type Limits, seg } from './client.ts';
import type { OutlookConfig } from './config.ts';
import { type ClientFor, consentDesk, newConnection } from './consent.ts';
import { pull } from './feed.ts';
import { type Lanes, makeLanes } from './lanes.ts';
import type { Account } from './lists.ts';
import { parseConnectInput, parseSecret, type Secret } from './secret.ts';
import { readHere, remoteOf } from './series.ts';
import { keepTokens, withToken } from './tokens.ts';
import { write } from './write.ts';

export type { OutlookConfig } from './config.ts';

export interface OutlookOptions {
  readonly outlook: OutlookConfig;
  readonly limits?: Partial<Limits>;
}

interface Parts {
  readonly config: OutlookConfig;
  readonly limits: Limits;
  readonly lanes: Lanes;
}

export function outlookConnector(o: OutlookOptions): Connector {
  const limits: Limits = { ...defaultLimits, ...o.limits };
  const parts: Parts = { config: o.outlook, limits, lanes: makeLanes(limits.parallel) };
  return {
    provider: 'outlook',
    capabilities: capabilitiesOf(limits),
    async connect(input, { clock, log }) {
      const given = parseConnectInput(input);
      if (typeof given === 'string') throw new Fault('invalid', given);
      return newConnection(await withToken(o.outlook, given, clock), clientWith(parts, log), clock);
    },
    open: (connection, deps) => openAccount(parts, connection, deps),
    consent: consentDesk(o.outlook, clientWith(parts, silentLog)),
    readHook,
    project: projectOutlook,
  };
}

function capabilitiesOf(limits: Limits): Capabilities {
  return {
    feed: 'windowed-delta',
    push: { maxLifeMs: channelLifeMs, renew: 'in-place', lifecycle: true, lagMs: 4_000 },
    guard: { update: 'enforced', remove: 'enforced' },
    createBy: 'transaction-key',
    mark: 'on-read',
    series: 'master',
    carries: outlookCarries,
    parallel: limits.parallel,
  };
}

/** Where the mailbox of a secret is: an application has no `/me`. */
const baseOf = (secret: Secret | null): string => (secret?.kind === 'app' ? `/users/${seg(secret.mailbox)}` : '/me');

function clientWith({ config, limits, lanes }: Parts, log: Log): ClientFor {
  return (secret, clock) => {
    const tokens = { current: async () => secret.access?.value ?? '', refuse: () => {} };
    const base = baseOf(secret);
    return graphClient({ graphUrl: config.graphUrl, base, limits, clock, log, mailbox: '', lanes, tokens });
  };
}

function openAccount({ config, limits, lanes }: Parts, connection: Connection, deps: ConnectorDeps): OpenConnection {
  const { clock, log } = deps;
  const tokens = keepTokens(config, deps);
  const base = baseOf(parseSecret(deps.secret));
  const mailbox = connection.account;
  const client = graphClient({ graphUrl: config.graphUrl, base, limits, clock, log, mailbox, lanes, tokens });
  const account: Account = { client, clock, log, limits };
  return {
    calendars: () => listCalendars(client),
    pull: (request) => pull(account, request),
    async read(calendar, id) {
      const group = await readHere(account, calendar, id);
      if (group === null || group.head.isUnfinished) return null;
      const remote = remoteOf(calendar, group);
      if ('kind' in remote) throw new Fault('invalid', `The event cannot be read: ${remote.why}.`);
      return remote;
    },
    write: (calendar, intent) => write(account, calendar, intent),
    channels: channelDesk(account),
    async close() {
      client.close();
    },
  };
}
