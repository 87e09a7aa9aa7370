/** Stores the account that a connector opened: a fresh connection, or new credentials for one that we know. */
import type { Calendar, Connection } from '../domain/calendar.ts';
import type { NewConnection } from '../domain/connector.ts';
import { sameValue } from '../domain/event.ts';
import { Fault } from '../domain/fault.ts';
import { newId, type TenantId } from '../domain/ids.ts';
import { visitSoon } from './attach.ts';
import { every } from './every.ts';
import type { AppParts } from './parts.ts';

export interface KeptConnection {
  readonly status: 200 | 201;
  readonly connection: Connection;
}

/** @throws Fault `clash` when others change the connection at the same time */
export async function keepConnection(
  parts: AppParts,
  tenantId: TenantId,
  provider: string,
  made: NewConnection,
): Promise<KeptConnection> {
  const { account, known } = await nameFor(parts, tenantId, provider, made);
  if (known !== null) return { status: 200, connection: await heal(parts, known, made) };
  const connection: Connection = {
    id: newId('connection'),
    tenantId,
    version: 1,
    provider,
    account,
    settings: made.settings,
    secret: parts.secrets.seal(made.secret),
    tokenRev: 1,
    state: 'ok',
    pausedUntil: null,
    lastFault: null,
    createdAt: parts.clock.now(),
  };
  await parts.store.connections.insert(connection);
  return { status: 201, connection };
}

/** Two servers may both have an account `alice`; the second one is called `alice (2)` here. */
async function nameFor(
  parts: AppParts,
  tenantId: TenantId,
  provider: string,
  made: NewConnection,
): Promise<{ readonly account: string; readonly known: Connection | null }> {
  for (let n = 1; ; n += 1) {
    const account = n === 1 ? made.account : `${made.account} (${n})`;
    const known = await parts.store.connections.byAccount(tenantId, provider, account);
    if (known === null || isSameServer(known.settings, made.settings)) return { account, known };
  }
}

/** Whatever was wrong with the account is forgotten, its calendars go on. */
async function heal(parts: AppParts, before: Connection, made: NewConnection): Promise<Connection> {
  const next: Connection = {
    ...before,
    version: before.version + 1,
    settings: made.settings,
    secret: parts.secrets.seal(made.secret),
    tokenRev: before.tokenRev + 1,
    state: 'ok',
    pausedUntil: null,
    lastFault: null,
  };
  if (!(await parts.store.connections.save(next)))
    throw new Fault('clash', 'the connection is being changed by others');
  const list = every((q) => parts.store.calendars.list(before.tenantId, { ...q, connectionId: before.id }));
  for await (const calendar of list) {
    await renewChannels(parts, calendar);
    await visitSoon(parts, calendar);
  }
  return next;
}

/** Providers may silence channels that were opened under the authorisation that ended. */
async function renewChannels(parts: AppParts, calendar: Calendar): Promise<void> {
  for (const { id, lastHintAt, openedAt } of calendar.channels) {
    await parts.store.calendars.noteHint(calendar.id, id, { at: lastHintAt ?? openedAt, isDue: true, end: 'renew' });
  }
}

type Settings = Connection['settings'];
/** A setting `server` names the place for good; the other settings are discovered there and may change. */
const isSameServer = (a: Settings, b: Settings): boolean =>
  a.server === undefined ? sameValue(a, b) : a.server === b.server;
