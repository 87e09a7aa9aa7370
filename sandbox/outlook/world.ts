/** The simulated Outlook's memory and the only place where it changes. */
import { createHash } from 'node:crypto';
import type { SandboxClock } from '../kit/clock.ts';
import { Unmet } from '../kit/verbs.ts';
import { keyOf, newCalendarId, newChangeKey } from './ids.ts';
import type { Calendar, Draft, Item, Listed, Mail, Mailbox } from './model.ts';
import { itemIn } from './series.ts';
import { windowsName, zoneNamed } from './zones.ts';

export type ChangeType = 'created' | 'updated' | 'deleted';
export type WorldChange =
  | { readonly kind: 'events'; readonly calendar: Calendar; readonly key: string; readonly type: ChangeType }
  | { readonly kind: 'list' };

export interface Found {
  readonly calendar: Calendar;
  readonly listed: Listed;
  readonly item: Item;
}

export interface World {
  readonly clock: SandboxClock;
  /** By address in lower case. */
  readonly mailboxes: Map<string, Mailbox>;
  readonly calendars: Map<string, Calendar>;
  readonly mails: Mail[];
  /** Mailbox and transaction id -> what was created by it. */
  readonly transactions: Map<string, { readonly key: string; readonly calendarId: string; readonly body: string }>;
  onChange(listener: (change: WorldChange) => void): void;
  addMailbox(o: { email: string; name: string; zone: string; tenantId: string; isPersonal: boolean }): Mailbox;
  addCalendar(o: { owner: string; name: string; id?: string | undefined }): Calendar;
  /** Puts a calendar on another mailbox's list, or takes it away. */
  share(calendarId: string, email: string, o: { canEdit: boolean; canViewPrivate: boolean } | null): void;
  removeCalendar(calendarId: string): void;
  mailboxOf(email: string): Mailbox;
  put(calendar: Calendar, draft: Draft): Item;
  /** Takes an item away; a master takes its exceptions along. */
  remove(calendar: Calendar, item: Item): void;
  /** Forgets exceptions of a series without telling of each: it has moved under them. */
  dropExceptions(calendar: Calendar, master: string): void;
  /** An item that a mailbox can see, by either form of its id. */
  find(mailbox: Mailbox, id: string, calendarId?: string): Found | null;
  clear(): void;
}

export function createWorld(clock: SandboxClock): World {
  const mailboxes = new Map<string, Mailbox>();
  const calendars = new Map<string, Calendar>();
  const mails: Mail[] = [];
  const transactions: World['transactions'] = new Map();
  const listeners: ((change: WorldChange) => void)[] = [];
  const tell = (change: WorldChange): void => {
    for (const listener of listeners) listener(change);
  };

  function mailboxOf(email: string): Mailbox {
    const mailbox = mailboxes.get(email.toLowerCase());
    if (mailbox === undefined) throw new Unmet(`there is no mailbox ${email}`);
    return mailbox;
  }
  function calendarOf(id: string): Calendar {
    const calendar = calendars.get(id);
    if (calendar === undefined) throw new Unmet(`there is no calendar ${id}`);
    return calendar;
  }
  function stamp(calendar: Calendar): number {
    calendar.revision += 1;
    calendar.times.push({ revision: calendar.revision, at: clock.now() });
    if (calendar.times.length > 10_000) calendar.times.splice(0, 5_000);
    return calendar.revision;
  }
  function addCalendar({ owner, name, id = newCalendarId() }: Parameters<World['addCalendar']>[0], isDefault = false) {
    const mailbox = mailboxOf(owner);
    if (calendars.has(id)) throw new Unmet(`there is a calendar ${id} already`);
    const fresh = {
      items: new Map(),
      exceptions: new Map(),
      garbled: new Map(),
      gone: new Map(),
      times: [],
      revision: 1,
      epoch: 1,
    };
    const calendar: Calendar = { id, name, owner: mailbox.email, ...fresh };
    calendars.set(id, calendar);
    mailbox.calendars.set(id, { calendarId: id, isDefault, canEdit: true, canViewPrivate: true });
    tell({ kind: 'list' });
    return calendar;
  }
  function dropExceptions(calendar: Calendar, master: string): void {
    const revision = calendar.revision;
    for (const key of calendar.exceptions.get(master) ?? []) {
      calendar.items.delete(key);
      calendar.gone.set(key, { revision, isOccurrence: true });
    }
    calendar.exceptions.delete(master);
  }

  return {
    ...{ clock, mailboxes, calendars, mails, transactions, mailboxOf, dropExceptions },
    onChange: (listener) => void listeners.push(listener),
    addMailbox({ email, name, zone, tenantId, isPersonal }) {
      if (mailboxes.has(email.toLowerCase())) throw new Unmet(`there is a mailbox ${email} already`);
      const real = zoneNamed(zone);
      if (real === null) throw new Unmet(`there is no time zone ${zone}`);
      const userId = createHash('sha256').update(email).digest('hex').slice(0, 16);
      const own = { email, name, userId, tenantId, isPersonal, zone: real, zoneName: windowsName(real) };
      const mailbox: Mailbox = { ...own, calendars: new Map() };
      mailboxes.set(email.toLowerCase(), mailbox);
      addCalendar({ owner: email, name: 'Calendar' }, true);
      return mailbox;
    },
    addCalendar: (o) => addCalendar(o),
    share(calendarId, email, given) {
      const { id } = calendarOf(calendarId);
      const { calendars: list } = mailboxOf(email);
      if (given === null) list.delete(id);
      else list.set(id, { calendarId: id, isDefault: false, ...given });
      tell({ kind: 'list' });
    },
    removeCalendar(calendarId) {
      calendars.delete(calendarOf(calendarId).id);
      for (const { calendars: list } of mailboxes.values()) list.delete(calendarId);
      tell({ kind: 'list' });
    },
    put(calendar, draft) {
      const isNew = itemIn(calendar, draft.key) === null;
      const item: Item = { ...draft, changedAt: stamp(calendar), changeKey: newChangeKey(), modified: clock.now() };
      // Deleting first keeps the map in the order of changes.
      calendar.items.delete(item.key);
      calendar.items.set(item.key, item);
      calendar.gone.delete(item.key);
      if (item.of !== null) {
        const siblings = calendar.exceptions.get(item.of.master) ?? new Set();
        calendar.exceptions.set(item.of.master, siblings.add(item.key));
      }
      tell({ kind: 'events', calendar, key: item.key, type: isNew ? 'created' : 'updated' });
      return item;
    },
    remove(calendar, item) {
      const revision = stamp(calendar);
      if (item.series !== null) dropExceptions(calendar, item.key);
      calendar.items.delete(item.key);
      if (item.of !== null) calendar.exceptions.get(item.of.master)?.delete(item.key);
      calendar.gone.set(item.key, { revision, isOccurrence: item.of !== null });
      tell({ kind: 'events', calendar, key: item.key, type: 'deleted' });
    },
    find(mailbox, id, calendarId) {
      const known = keyOf(id);
      if (known === null) return null;
      for (const listed of mailbox.calendars.values()) {
        if (calendarId !== undefined && listed.calendarId !== calendarId) continue;
        if (known.calendarEnd !== null && !listed.calendarId.endsWith(known.calendarEnd)) continue;
        const calendar = calendars.get(listed.calendarId);
        const item = calendar === undefined ? null : itemIn(calendar, known.key);
        if (calendar !== undefined && item !== null) return { calendar, listed, item };
      }
      return null;
    },
    clear() {
      for (const map of [mailboxes, calendars, transactions]) map.clear();
      mails.length = 0;
      tell({ kind: 'list' });
    },
  };
}
