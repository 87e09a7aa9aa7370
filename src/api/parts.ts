/** What the HTTP face is built from; main wires it, tests wire the same real parts on a port of their own. */
import type { Calendar, Connection } from '../domain/calendar.ts';
import type { Connector, OpenConnection } from '../domain/connector.ts';
import type { Diagnosis } from '../domain/diagnosis.ts';
import type { Disputes } from '../domain/dispute.ts';
import type { CalendarLink, Event } from '../domain/event.ts';
import type { Clock, Log } from '../domain/ports.ts';
import type { Previews } from '../domain/preview.ts';
import type { Slot } from '../domain/resource.ts';
import type { Nudge } from '../domain/visit.ts';
import type { Webhooks } from '../notify/webhooks.ts';
import type { BookingDesk } from '../scheduling/desk.ts';
import type { Store } from '../store/store.ts';
import type { Metrics } from './metrics.ts';
import type { StreamHub } from './stream-hub.ts';

export interface AppConfig {
  /** Address that callers use, without a slash at the end; problem types and links are built on it. */
  readonly publicUrl: string;
  /** Origins besides `publicUrl` to which a browser may be sent back. */
  readonly returnToOrigins: readonly string[];
  /** Whether webhooks may be sent without TLS and into private networks. */
  readonly allowPrivateHosts: boolean;
  readonly windowPastDays: number;
  readonly windowAheadDays: number;
  /** Requests per key and minute. */
  readonly rateLimitPerMinute: number;
  readonly version: string;
}

export interface AppParts {
  readonly store: Store;
  readonly desk: BookingDesk;
  readonly nudge: Nudge;
  /** By provider key; what `POST /v1/connections` accepts. */
  readonly connectors: ReadonlyMap<string, Connector>;
  readonly secrets: { seal(value: unknown): string; open(sealed: string): unknown };
  readonly clock: Clock;
  readonly log: Log;
  readonly config: AppConfig;
  /** The account opened with its sealed secret; the caller closes it. */
  openConnection(connection: Connection): OpenConnection;
  /** Gives the resource's existing events their links in a calendar that was just attached; may run twice. */
  attachLinks(calendar: Calendar): Promise<void>;
  /** Brings links, words and rows in line with a calendar's settings (`sync/follow.ts`); may run twice. */
  followSettings(calendar: Calendar): Promise<void>;
  /**
   * The links that an event should have (`sync/links.ts`): copies that a changed setting does not want any more are
   * taken back by it. Without it they stay until the event changes.
   */
  readonly linksFor?: (event: Event, calendars: readonly Calendar[]) => readonly CalendarLink[];
  /** Judges and settles open questions about copies (`sync/disputes.ts`). */
  readonly disputes: Disputes;
  /** Looks ahead without writing (`sync/preview.ts`). */
  readonly previews: Previews;
  /** Free times near an event's own, for all its resources together (`makeAlternatives`). */
  alternativesFor(event: Event): Promise<readonly Slot[]>;
  /** Unties a calendar; with `purge` the copies that we made there are removed first. */
  detach(calendar: Calendar, o: { readonly purge: boolean }): Promise<void>;
  /** Compares a calendar with its provider; with `apply` mends what differs (`sync/doctor.ts`). */
  examine(calendar: Calendar, o: { readonly apply: boolean }): Promise<Diagnosis>;
  /** Whether messages to people can be sent; left out: they are only shown. */
  readonly hasNoticeTransport?: boolean;
  /** Folder of the dashboard's files served at `/`, or null for none. */
  readonly pageDir: string | null;
  /** Sends outgoing webhooks (`notify/webhooks.ts`). */
  readonly webhooks: Pick<Webhooks, 'nudge' | 'test'>;
  /** The journal's fan-out (`makeStreamHub`); main closes it first at stop, so that open streams end. */
  readonly streams: StreamHub;
  /** `makeMetrics`; main also counts visits with it. */
  readonly metrics: Metrics;
  /** Further checks of `/readyz` by name besides the database, for instance the jobs; a throw means not ready. */
  readonly checks?: ReadonlyMap<string, () => Promise<void>>;
}
