/** Opens the CalDAV connector on a server for a test, with the person who owns the calendar beside it. */

import type { Limits } from '../../connectors/caldav/client.ts';
import { caldavConnector } from '../../connectors/caldav/index.ts';
import { systemClock } from '../../src/clock.ts';
import type { RemoteCalendar } from '../../src/domain/calendar.ts';
import type { Connector, OpenConnection } from '../../src/domain/connector.ts';
import type { EventFields } from '../../src/domain/event.ts';
import { asRemoteId, newId, type RemoteId } from '../../src/domain/ids.ts';
import { type Clock, silentLog } from '../../src/domain/ports.ts';
import type { Person } from '../contract/connector.ts';
import type { CaldavDouble } from '../doubles/caldav-server.ts';
import { aConnection } from './builders.ts';
import { ics } from './ics.ts';

export interface OpenAccount {
  readonly connector: Connector;
  readonly connection: OpenConnection;
  readonly calendar: RemoteCalendar;
  /** Opens the same account anew: with the memory of the first, or without it as after a restart. */
  reopen(o?: { forgetting: boolean }): OpenConnection;
}

export interface AccountOptions {
  readonly limits?: Partial<Limits>;
  readonly clock?: Clock;
}

const reachable = { allowPrivateHosts: true };

/** Connects with the given input and opens the calendar whose address ends so. */
export async function openAccount(input: unknown, calendarEnd: string, o: AccountOptions = {}): Promise<OpenAccount> {
  const options = o.limits === undefined ? reachable : { ...reachable, limits: o.limits };
  const connector = caldavConnector(options);
  const deps = { clock: o.clock ?? systemClock, log: silentLog };
  const made = await connector.connect(input, deps);
  const connection = aConnection({
    id: newId('connection'),
    provider: 'caldav',
    account: made.account,
    settings: made.settings,
  });
  const openDeps = {
    ...deps,
    secret: made.secret,
    saveSecret: async () => {},
    renewSecret: async (renew: (newest: unknown) => Promise<unknown>) => renew(made.secret),
  };
  const open = connector.open(connection, openDeps);
  const calendar = (await open.calendars()).find((c) => c.remoteId.endsWith(calendarEnd));
  if (calendar === undefined) throw new Error(`no calendar ends in ${calendarEnd}`);
  const reopen = (how = { forgetting: false }) =>
    (how.forgetting ? caldavConnector(options) : connector).open(connection, openDeps);
  return { connector, connection: open, calendar, reopen };
}

export async function openDouble(server: CaldavDouble, o: AccountOptions = {}): Promise<OpenAccount> {
  const account = await openAccount({ serverUrl: server.origin, ...server.user }, '/work/', o);
  server.takeMethods();
  return account;
}

/** How a person's app reaches the objects of one calendar. */
export interface Shelf {
  put(name: string, text: string): Promise<void>;
  get(name: string): Promise<string | null>;
  remove(name: string): Promise<void>;
}

export function shelfOf(server: CaldavDouble): Shelf {
  return {
    put: async (name, text) => void server.work.put(name, text),
    get: async (name) => server.work.items.get(name)?.text ?? null,
    remove: async (name) => server.work.remove(name),
  };
}

let made = 0;

/** A person at a phone: makes objects under names of their own, overwrites without asking. */
export function personAt(shelf: Shelf, calendar: RemoteCalendar, litter = 'BEGIN:NONSENSE\r\n'): Person {
  const folder = decodeURIComponent(new URL(calendar.remoteId).pathname);
  const nameOf = (id: RemoteId): string => id.slice(folder.length);
  const idOf = (name: string): RemoteId => asRemoteId(folder + name);
  const put = async (text: string, uid: string): Promise<RemoteId> => {
    await shelf.put(`${uid}.ics`, text);
    return idOf(`${uid}.ics`);
  };
  const freshUid = (): string => {
    made += 1;
    return `phone-${String(made).padStart(5, '0')}`;
  };
  return {
    create: (fields: EventFields) => {
      const uid = freshUid();
      return put(ics(uid, fields), uid);
    },
    edit: async (id, fields) => {
      const old = (await shelf.get(nameOf(id))) ?? '';
      const uid = /^UID:(.*(?:\r?\n[ \t].*)*)$/m
        .exec(old)?.[1]
        ?.replace(/\r?\n[ \t]/g, '')
        .trim();
      if (uid === undefined) throw new Error('nothing to edit');
      await shelf.put(nameOf(id), ics(uid, fields));
    },
    remove: (id) => shelf.remove(nameOf(id)),
    litter: () => put(litter, freshUid()),
  };
}
