/** One opened account: its client, and what this process remembers of its calendars between two visits. */
import type { RemoteCalendar } from '../../src/domain/calendar.ts';
import type { RemoteId, RemoteStamp } from '../../src/domain/ids.ts';
import type { Clock, Log } from '../../src/domain/ports.ts';
import type { DavClient, Limits } from './client.ts';
import type { Trust } from './trust.ts';

export interface Account {
  readonly client: DavClient;
  readonly clock: Clock;
  readonly log: Log;
  readonly limits: Limits;
  readonly ownAddresses: readonly string[];
  readonly memory: AccountMemory;
}

/** Hints only: all of it may be lost at any time and costs no more than extra requests then. */
export interface AccountMemory {
  readonly trust: Trust;
  readonly texts: StoredTexts;
  /** Prefix of this account's keys in `texts`, which all accounts share. */
  readonly key: string;
  /** Calendars that we wrote to since their last pull: their next feed is mostly our own echo. */
  readonly echoing: Set<RemoteId>;
  /** Calendars whose listing tells no ETags: stamps are made of the content there, everywhere alike. */
  readonly unlisted: Set<string>;
}

/** Objects as the server stores them, by id and stamp, so that an update needs no read first. Bounded, oldest out. */
export class StoredTexts {
  private readonly texts = new Map<string, { readonly stamp: RemoteStamp; readonly text: string }>();
  private readonly limit: number;
  private size = 0;

  constructor(limitChars: number) {
    this.limit = limitChars;
  }

  get(key: string, stamp: RemoteStamp): string | null {
    const found = this.texts.get(key);
    if (found?.stamp !== stamp) return null;
    this.texts.delete(key);
    this.texts.set(key, found);
    return found.text;
  }

  put(key: string, stamp: RemoteStamp, text: string): void {
    this.drop(key);
    if (text.length > this.limit / 8) return;
    this.texts.set(key, { stamp, text });
    this.size += text.length;
    for (const [oldest] of this.texts) {
      if (this.size <= this.limit) break;
      this.drop(oldest);
    }
  }

  drop(key: string): void {
    const old = this.texts.get(key);
    if (old === undefined) return;
    this.texts.delete(key);
    this.size -= old.text.length;
  }
}

/** The calendar's address; its RemoteId is an absolute URL. */
export const urlOfCalendar = (calendar: RemoteCalendar): URL => new URL(calendar.remoteId);

export const textKey = (account: Account, calendar: URL, id: RemoteId): string =>
  `${account.memory.key} ${calendar.origin}${id}`;
