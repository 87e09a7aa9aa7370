/** Everything that one visit carries from step to step. */
import type {
  Calendar,
  MassChangeAlarm,
  PushChannel,
  PushTrouble,
  Quarantined,
  RemoteCalendar,
} from '../domain/calendar.ts';
import type { Connector, OpenConnection } from '../domain/connector.ts';
import type { Event } from '../domain/event.ts';
import type { CalendarId, EventId, RemoteId, RemoteStamp, ResourceId } from '../domain/ids.ts';
import { derivedId } from '../domain/ids.ts';
import type { Clock, Log } from '../domain/ports.ts';
import type { Resource, Slot } from '../domain/resource.ts';
import type { Instant, Span } from '../domain/time.ts';
import type { VisitAim, VisitCounts } from '../domain/visit.ts';
import type { Store } from '../store/store.ts';
import type { AccountDeps } from './accounts.ts';
import type { PushAddresses } from './channels.ts';
import type { HeldChanges } from './held-changes.ts';
import type { Lease } from './lease.ts';
import { holdLease } from './lease.ts';
import type { Ground } from './plan.ts';

export interface VisitSettings {
  /** Names this process in leases; a second process with the same name would take them over. */
  readonly owner: string;
  readonly leaseMs: number;
  readonly pollMs: number;
  /** The backstop where hints are known to arrive. */
  readonly pollWithPushMs: number;
  readonly windowPastMs: number;
  readonly windowAheadMs: number;
  /** Writes that are announced and answered by one bulk save each. */
  readonly chunk: number;
  /** Stale answers in one visit after which a link waits. */
  readonly staleRounds: number;
  /** Turns of a visit that was asked for again while it ran. */
  readonly rounds: number;
  readonly backoffMs: number;
  readonly backoffMaxMs: number;
  readonly stoppedMs: number;
}

export interface VisitDeps extends AccountDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly settings: VisitSettings;
  /** Where providers send their hints; left out: nobody is asked to. */
  readonly addresses?: PushAddresses;
  /** Told which other calendars now owe something; their requests are saved already. */
  onRequested?(ids: readonly CalendarId[]): void;
  /** Other times for an event that overlaps another; none where it is left out. */
  alternativesFor?(event: Event): Promise<readonly Slot[]>;
  /** Jitter in [0, 1). */
  random?(): number;
}

export interface Session {
  readonly deps: VisitDeps;
  readonly aim: VisitAim;
  readonly calendar: Calendar;
  readonly remote: RemoteCalendar;
  readonly connector: Connector;
  readonly open: OpenConnection;
  readonly lease: Lease;
  readonly window: Span;
  readonly counts: { -readonly [K in keyof VisitCounts]: number };
  readonly quarantined: Map<RemoteId, Quarantined>;
  readonly resources: Map<ResourceId, Resource>;
  alarm: MassChangeAlarm | null;
  channels: readonly PushChannel[];
  pushTrouble: PushTrouble | null;
  siblings: readonly Calendar[] | null;
  /** On their way. */
  siblingsRead: Promise<readonly Calendar[]> | null;
  isAwaitingOwn: boolean | null;
  /** The first reading of a calendar is told in one line, not in thousands. */
  readonly isFirst: boolean;
  /** The feed's place says nothing of what has to be read: the calendar is listed. */
  isToList: boolean;
  /** When this visit last read the feed to its end; null: not at all. */
  readAt: Instant | null;
  /** Something was written since the feed was last read. */
  hasWrittenUnread: boolean;
  /** Where removals and moves wait while a feed is read; null otherwise. */
  held: HeldChanges | null;
}

export const noCounts: VisitCounts = {
  pulled: 0,
  created: 0,
  changed: 0,
  removed: 0,
  pushed: 0,
  conflicts: 0,
  quarantined: 0,
};

/** All calendars of this calendar's resource, read once in a visit. */
export async function siblingsOf(s: Session): Promise<readonly Calendar[]> {
  const { tenantId, resourceId } = s.calendar;
  if (s.siblings !== null) return s.siblings;
  s.siblingsRead ??= s.deps.store.calendars.ofResource(tenantId, resourceId);
  try {
    s.siblings ??= await s.siblingsRead;
    return s.siblings;
  } finally {
    s.siblingsRead = null;
  }
}

/** Resources, each read once in a visit. */
export async function resourcesOf(s: Session, ids: readonly ResourceId[]): Promise<void> {
  const missing = ids.filter((id) => !s.resources.has(id));
  if (missing.length === 0) return;
  for (const r of await s.deps.store.resources.getMany(s.calendar.tenantId, missing)) s.resources.set(r.id, r);
}

/** The ground for the planners. Sibling calendars are read once, and only when there is something to plan. */
export async function groundOf(s: Session): Promise<Ground> {
  const { calendar, connector, deps } = s;
  const siblings = await siblingsOf(s);
  s.isAwaitingOwn ??=
    connector.capabilities.mark === 'on-read' && (await deps.store.events.countOwing(calendar.id)) > 0;
  const own = siblings.some((c) => c.id === calendar.id) ? siblings : [...siblings, calendar];
  return {
    calendar,
    siblings: own,
    capabilities: connector.capabilities,
    project: (fields) => connector.project(fields, calendar.zone),
    fence: s.lease.fence,
    now: deps.clock.now(),
    isAwaitingOwn: s.isAwaitingOwn,
  };
}

/** The same visit proposes the same id for the same copy; another visit, or a second try, another one. */
export const birthIdOf = (s: Session, remoteId: RemoteId, stamp: RemoteStamp | null, attempt: number): EventId =>
  derivedId('event', s.calendar.id, remoteId, stamp ?? '', String(s.lease.fence), String(attempt));

/** A growing pause with jitter, so that many that failed together do not return together. */
export function backoff(deps: VisitDeps, failures: number): Instant {
  const { backoffMs, backoffMaxMs } = deps.settings;
  const pause = Math.min(backoffMaxMs, backoffMs * 2 ** Math.min(failures, 20));
  return (deps.clock.now() + Math.round(pause * (0.75 + 0.5 * (deps.random ?? Math.random)()))) as Instant;
}

export interface SessionInput {
  readonly deps: VisitDeps;
  /** As it was claimed: its lease names the fence of this visit. */
  readonly calendar: Calendar;
  /** Left out: to read. */
  readonly aim?: VisitAim;
  readonly connector: Connector;
  readonly open: OpenConnection;
  /** Monotonic milliseconds from before the claim. */
  readonly askedAt: number;
  readonly isStopping: () => boolean;
}

export function makeSession(o: SessionInput): Session {
  const { deps, calendar, askedAt, isStopping } = o;
  const { clock, settings } = deps;
  const { id, remoteId, name, zone, role } = calendar;
  const now = clock.now();
  const { fence } = calendar.lease;
  const { leaseMs } = settings;
  return {
    deps,
    aim: o.aim ?? 'read',
    calendar,
    remote: { remoteId, name, zone, canWrite: role !== 'read' },
    connector: o.connector,
    open: o.open,
    lease: holdLease({ calendars: deps.store.calendars, clock, id, fence, leaseMs, askedAt, isStopping }),
    window: { start: (now - settings.windowPastMs) as Instant, end: (now + settings.windowAheadMs) as Instant },
    counts: { ...noCounts },
    quarantined: new Map(calendar.health.quarantined.map((q) => [q.remoteId, q])),
    resources: new Map(),
    alarm: calendar.health.alarm,
    channels: calendar.channels,
    pushTrouble: calendar.health.pushTrouble ?? null,
    siblings: null,
    siblingsRead: null,
    isAwaitingOwn: null,
    isFirst: calendar.lastSyncedAt === null,
    readAt: null,
    hasWrittenUnread: false,
    held: null,
    isToList: false,
  };
}
