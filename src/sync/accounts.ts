/** Keeps provider accounts open between visits, so that a visit with nothing to do costs one call and no handshake. */
import { randomUUID } from 'node:crypto';
import type { Calendar, Connection, ProviderKey } from '../domain/calendar.ts';
import type { Connector, ConnectorDeps, OpenConnection } from '../domain/connector.ts';
import { Fault } from '../domain/fault.ts';
import type { CalendarId, ConnectionId } from '../domain/ids.ts';
import type { Clock, Log } from '../domain/ports.ts';
import type { Store } from '../store/store.ts';

export interface AccountDeps {
  readonly store: Pick<Store, 'connections'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly registry: ReadonlyMap<ProviderKey, Connector>;
  openSecret(connection: Connection): unknown;
  sealSecret(secret: unknown): string;
}

/** An account in use. `release` gives it back; it is closed when it is replaced or pushed out, never under a user. */
export interface Account {
  readonly connector: Connector;
  readonly open: OpenConnection;
  release(): void;
}

interface Entry {
  readonly version: number;
  readonly connector: Connector;
  readonly open: OpenConnection;
  users: number;
  isRetired: boolean;
}

const mostIdle = 200;
const mostOwners = 10_000;

export function makeAccounts(deps: AccountDeps) {
  const entries = new Map<ConnectionId, Entry>();
  const closing = new Set<Promise<void>>();
  const owners = new Map<CalendarId, Pick<Calendar, 'tenantId' | 'connectionId'>>();

  const close = (entry: Entry): void => {
    const done = entry.open
      .close()
      .catch((error: unknown) => deps.log.debug('an account did not close cleanly', { reason: String(error) }))
      .finally(() => closing.delete(done));
    closing.add(done);
  };
  const retire = (id: ConnectionId, entry: Entry): void => {
    if (entries.get(id) === entry) entries.delete(id);
    entry.isRetired = true;
    if (entry.users === 0) close(entry);
  };
  const begin = (connection: Connection): Entry => {
    const connector = connectorOf(deps, connection);
    const open = connector.open(connection, connectorDeps(deps, connection));
    return { version: connection.version, connector, open, users: 0, isRetired: false };
  };

  return {
    /** Begins to read the connection of a calendar that was visited before, beside the claim; null: it was not. */
    read(id: CalendarId): Promise<Connection | null> | null {
      const owner = owners.get(id);
      return owner === undefined ? null : deps.store.connections.get(owner.tenantId, owner.connectionId);
    },
    async of(calendar: Calendar, reading: Promise<Connection | null> | null): Promise<Connection | null> {
      const { id, tenantId, connectionId } = calendar;
      owners.delete(id);
      owners.set(id, { tenantId, connectionId });
      for (const old of owners.keys()) if (owners.size > mostOwners) owners.delete(old);
      const read = await reading;
      return read?.id === connectionId ? read : deps.store.connections.get(tenantId, connectionId);
    },
    /** @throws Fault `invalid` when the provider is unknown; what `openSecret` throws */
    use(connection: Connection): Account {
      const known = entries.get(connection.id);
      if (known !== undefined && known.version !== connection.version) retire(connection.id, known);
      const entry = entries.get(connection.id) ?? begin(connection);
      entries.delete(connection.id);
      entries.set(connection.id, entry);
      entry.users += 1;
      for (const [id, old] of entries) {
        if (entries.size <= mostIdle) break;
        if (old.users === 0) retire(id, old);
      }
      return {
        connector: entry.connector,
        open: entry.open,
        release() {
          entry.users -= 1;
          if (entry.users === 0 && entry.isRetired) close(entry);
        },
      };
    },
    async close(): Promise<void> {
      for (const [id, entry] of [...entries]) retire(id, entry);
      await Promise.all(closing);
    },
  };
}
export type Accounts = ReturnType<typeof makeAccounts>;

/** Rotated credentials go into the newest state of the connection; losing them would lock the user out. */
export async function saveSecret(deps: AccountDeps, connection: Connection, next: unknown): Promise<void> {
  const secret = deps.sealSecret(next);
  for (let attempt = 0; attempt < 5; attempt += 1) {
    const current = await deps.store.connections.get(connection.tenantId, connection.id);
    if (current === null) return;
    const { version, tokenRev } = current;
    if (await deps.store.connections.save({ ...current, secret, version: version + 1, tokenRev: tokenRev + 1 })) return;
  }
  throw new Fault('clash', 'rotated credentials could not be saved');
}

/** An account opened for a moment, outside a visit; the caller closes it. @throws Fault `invalid`: unknown provider */
export function openAccount(deps: AccountDeps, connection: Connection): OpenConnection {
  return connectorOf(deps, connection).open(connection, connectorDeps(deps, connection));
}

function connectorOf(deps: AccountDeps, connection: Connection): Connector {
  const connector = deps.registry.get(connection.provider);
  if (connector === undefined) throw new Fault('invalid', `no connector speaks to "${connection.provider}"`);
  return connector;
}

const connectorDeps = (deps: AccountDeps, connection: Connection): ConnectorDeps => ({
  clock: deps.clock,
  log: deps.log,
  secret: deps.openSecret(connection),
  saveSecret: (next) => saveSecret(deps, connection, next),
  renewSecret: secretRenewer(deps, connection),
});

const renewalLeaseMs = 30_000;
const renewalPauseMs = 100;

/**
 * `ConnectorDeps.renewSecret` of one opened account. Refresh tokens may be used only once, so one process at a time
 * renews, and who comes second takes what the first one stored.
 */
function secretRenewer(deps: AccountDeps, opened: Connection): ConnectorDeps['renewSecret'] {
  const { connections } = deps.store;
  let heldRev = opened.tokenRev;
  let running: Promise<unknown> | null = null;
  const current = async (): Promise<Connection> => {
    const connection = await connections.get(opened.tenantId, opened.id);
    if (connection === null) throw new Fault('consent', 'the connection does not exist any more');
    return connection;
  };
  const run = async (renew: (newest: unknown) => Promise<unknown>): Promise<unknown> => {
    const owner = randomUUID();
    const endAt = deps.clock.monotonic() + 2 * renewalLeaseMs;
    while (!(await connections.claimRenewal(opened.id, owner, renewalLeaseMs))) {
      const { tokenRev } = await current();
      if (tokenRev === heldRev && deps.clock.monotonic() > endAt)
        throw new Fault('transient', 'another process has been renewing the credentials for too long');
      await deps.clock.sleep(renewalPauseMs);
    }
    try {
      const stored = await current();
      const newest = deps.openSecret(stored);
      if (stored.tokenRev !== heldRev) {
        heldRev = stored.tokenRev;
        return newest;
      }
      const next = await renew(newest);
      await saveSecret(deps, stored, next);
      heldRev = stored.tokenRev + 1;
      return next;
    } finally {
      await connections.endRenewal(opened.id, owner);
    }
  };
  return (renew) => {
    running ??= run(renew).finally(() => {
      running = null;
    });
    return running;
  };
}
