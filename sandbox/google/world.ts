/** The simulated Google's memory and the only place where it changes. */
import type { Zone } from '../../src/domain/time.ts';
import type { SandboxClock } from '../kit/clock.ts';
import { Unmet } from '../kit/verbs.ts';
import type { Account, Calendar, Draft, ListEntry, Mail, Role, StoredEvent } from './model.ts';
import { zoneNamed } from './times.ts';

export interface World {
  readonly clock: SandboxClock;
  readonly accounts: Map<string, Account>;
  readonly calendars: Map<string, Calendar>;
  readonly mails: Mail[];
  /** Told after every change: `events` of a calendar, or the `list` of an account. */
  onChange(listener: (change: WorldChange) => void): void;
  addAccount(o: { email: string; name: string; zone: string }): Account;
  addCalendar(o: { id: string; name: string; owner: string; zone: string; isWatchable: boolean }): Calendar;
  /** Puts a calendar on an account's list, or changes its role there; `none` takes it away. */
  share(calendarId: string, email: string, role: Role): void;
  /** Stores a new state of an event under its id. `isQuiet` leaves `updated` as it was (reminders only). */
  put(calendar: Calendar, draft: Draft, o?: { readonly isQuiet?: boolean }): StoredEvent;
  /** Forgets an event without a trace, as Google does with old tombstones. */
  forget(calendar: Calendar, id: string): void;
  /** Announced nowhere: a list delta leaves out entries whose calendar alone changed, as Google's does. */
  changeCalendar(calendarId: string, o: { readonly name: string | undefined; readonly zone: string | undefined }): void;
  clear(): void;
}
export type WorldChange =
  | { readonly kind: 'events'; readonly calendarId: string }
  | { readonly kind: 'list'; readonly email: string };

export function createWorld(clock: SandboxClock): World {
  const accounts = new Map<string, Account>();
  const calendars = new Map<string, Calendar>();
  const mails: Mail[] = [];
  const listeners: ((change: WorldChange) => void)[] = [];
  let stamps = 0;
  const tell = (change: WorldChange): void => {
    for (const listener of listeners) listener(change);
  };
  // Google's etags are quoted numbers; these never repeat, also over a reset.
  const nextEtag = (): string => {
    stamps += 2;
    return `"${3_500_000_000_000_000 + stamps}"`;
  };

  function putEntry(account: Account, entry: Omit<ListEntry, 'changedAt'>): void {
    account.listRevision += 1;
    account.list.set(entry.calendarId, { ...entry, changedAt: account.listRevision });
    tell({ kind: 'list', email: account.email });
  }

  function addCalendar(o: Parameters<World['addCalendar']>[0], isPrimary = false): Calendar {
    if (calendars.has(o.id)) throw new Unmet(`there is a calendar ${o.id} already`);
    const owner = accountOf(o.owner);
    const fresh = { events: new Map(), exceptions: new Map(), revision: 1, epoch: 1 };
    const calendar: Calendar = { ...o, zone: knownZone(o.zone), isPrimary, ...fresh };
    calendars.set(o.id, calendar);
    putEntry(owner, { calendarId: o.id, role: 'owner', isPrimary, isHidden: false, isDeleted: false });
    return calendar;
  }
  function accountOf(email: string): Account {
    const account = accounts.get(email);
    if (account === undefined) throw new Unmet(`there is no account ${email}`);
    return account;
  }

  return {
    ...{ clock, accounts, calendars, mails },
    onChange: (listener) => void listeners.push(listener),
    addAccount({ email, name, zone }) {
      if (accounts.has(email)) throw new Unmet(`there is an account ${email} already`);
      const account: Account = { email, name, zone: knownZone(zone), list: new Map(), listRevision: 1, listEpoch: 1 };
      accounts.set(email, account);
      addCalendar({ id: email, name: email, owner: email, zone, isWatchable: true }, true);
      return account;
    },
    addCalendar: (o) => addCalendar(o),
    share(calendarId, email, role) {
      if (!calendars.has(calendarId)) throw new Unmet(`there is no calendar ${calendarId}`);
      const account = accountOf(email);
      const known = account.list.get(calendarId);
      const entry = { calendarId, isPrimary: known?.isPrimary ?? false, isHidden: known?.isHidden ?? false };
      putEntry(account, { ...entry, role, isDeleted: role === 'none' });
    },
    put(calendar, draft, { isQuiet = false } = {}) {
      const known = calendar.events.get(draft.id);
      calendar.revision += 1;
      const updated = isQuiet && known !== undefined ? known.updated : clock.now();
      const event: StoredEvent = { ...draft, etag: nextEtag(), changedAt: calendar.revision, updated };
      // Deleting first keeps the map in the order of changes.
      calendar.events.delete(event.id);
      calendar.events.set(event.id, event);
      if (event.of !== null) {
        const siblings = calendar.exceptions.get(event.of.master) ?? new Set();
        calendar.exceptions.set(event.of.master, siblings.add(event.id));
      }
      tell({ kind: 'events', calendarId: calendar.id });
      return event;
    },
    forget(calendar, id) {
      const known = calendar.events.get(id);
      calendar.events.delete(id);
      if (known?.of) calendar.exceptions.get(known.of.master)?.delete(id);
    },
    changeCalendar(calendarId, { name, zone }) {
      const calendar = calendars.get(calendarId);
      if (calendar === undefined) throw new Unmet(`there is no calendar ${calendarId}`);
      if (name !== undefined) calendar.name = name;
      if (zone !== undefined) calendar.zone = knownZone(zone);
    },
    clear() {
      accounts.clear();
      calendars.clear();
      mails.length = 0;
      tell({ kind: 'list', email: '' });
    },
  };
}

function knownZone(name: string): Zone {
  const zone = zoneNamed(name);
  if (zone === null) throw new Unmet(`there is no time zone ${name}`);
  return zone;
}
