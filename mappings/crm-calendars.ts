/** Connections and calendars as REST shows them; secrets, cursors and leases stay inside. */
import type {
  BusyRules,
  Calendar,
  CalendarRole,
  Connection,
  ConnectionState,
  MassChangeAlarm,
  Mirror,
  RemoteCalendar,
  Share,
  SyncState,
} from '../src/domain/calendar.ts';
import type { CopyRules } from '../src/domain/job-words.ts';
import { plainCopies } from '../src/domain/job-words.ts';
import type { ConflictPolicy } from '../src/domain/policy.ts';
import { type PushHealth, type PushState, pushHealthOf } from '../src/domain/push.ts';
import type { OwnRules, Rules } from '../src/domain/rules.ts';
import type { TenantRules } from '../src/domain/tenant.ts';
import type { Instant } from '../src/domain/time.ts';
import { formatInstant } from '../src/domain/time.ts';

export interface ConnectionView {
  id: string;
  version: number;
  provider: string;
  account: string;
  state: ConnectionState;
  pausedUntil: string | null;
  lastFault: string | null;
  createdAt: string;
}
export const showConnection = (c: Connection): ConnectionView => ({
  id: c.id,
  version: c.version,
  provider: c.provider,
  account: c.account,
  state: c.state,
  pausedUntil: c.pausedUntil === null ? null : formatInstant(c.pausedUntil),
  lastFault: c.lastFault,
  createdAt: formatInstant(c.createdAt),
});

export interface OfferedCalendarView {
  remoteId: string;
  name: string;
  timeZone: string | null;
  canWrite: boolean;
  attachedAs: string | null;
}
export const showOffered = (remote: RemoteCalendar, attachedAs: string | null): OfferedCalendarView => ({
  remoteId: remote.remoteId,
  name: remote.name,
  timeZone: remote.zone,
  canWrite: remote.canWrite,
  attachedAs,
});

export interface PushView {
  state: PushState;
  endsAt: string | null;
  lastHintAt: string | null;
  why: string | null;
}
const showPush = (push: PushHealth | null): PushView | null =>
  push === null
    ? null
    : {
        state: push.state,
        endsAt: push.endsAt === null ? null : formatInstant(push.endsAt),
        lastHintAt: push.lastHintAt === null ? null : formatInstant(push.lastHintAt),
        why: push.why,
      };

export interface RulesView extends Omit<Rules, 'copies'> {
  copies: CopyRules;
  version: number;
  own: OwnRules;
}
export const showRules = (own: TenantRules, rules: Rules): RulesView => ({
  version: own.version,
  busyRules: rules.busyRules,
  policy: rules.policy,
  copies: rules.copies ?? plainCopies,
  own: own.own,
});

export interface AlarmView {
  id: string;
  at: string;
  known: number;
  wouldRemove: number;
  wouldMove: number;
  sentence: string;
  approvedAt: string | null;
  changes: {
    eventId: string;
    change: 'remove' | 'move';
    title: string | null;
    start: string;
    end: string;
    newStart: string | null;
    newEnd: string | null;
  }[];
}
const showAlarm = (a: MassChangeAlarm): AlarmView => ({
  id: a.id,
  at: formatInstant(a.at),
  known: a.known,
  wouldRemove: a.wouldRemove,
  wouldMove: a.wouldMove,
  sentence: a.sentence,
  approvedAt: a.approvedAt === null ? null : formatInstant(a.approvedAt),
  changes: a.shown.map(({ eventId, title, from, to }) => ({
    ...{ eventId, title, change: to === null ? ('remove' as const) : ('move' as const) },
    start: formatInstant(from.start),
    end: formatInstant(from.end),
    newStart: to === null ? null : formatInstant(to.start),
    newEnd: to === null ? null : formatInstant(to.end),
  })),
});

export interface SyncView {
  state: SyncState;
  why: string[];
  lastSyncedAt: string | null;
  staleForMs: number | null;
  push: PushView | null;
  pending: number;
  conflicts: number;
  lastFault: string | null;
  quarantined: number;
  alarm: AlarmView | null;
}
export interface CalendarView {
  id: string;
  version: number;
  connectionId: string;
  remoteId: string;
  resourceId: string;
  name: string;
  timeZone: string;
  role: CalendarRole;
  share: Share;
  mirror: Mirror;
  busyRules: BusyRules;
  policy: ConflictPolicy;
  own: OwnRules;
  sync: SyncView;
  createdAt: string;
}

/** What is not in the calendar's own document. */
export interface SyncFacts {
  readonly state: SyncState;
  readonly why: readonly string[];
  readonly now: Instant;
  readonly pending: number;
  readonly conflicts: number;
  readonly connectionFault: string | null;
}
export function showCalendar(c: Calendar, facts: SyncFacts): CalendarView {
  return {
    id: c.id,
    version: c.version,
    connectionId: c.connectionId,
    remoteId: c.remoteId,
    resourceId: c.resourceId,
    name: c.name,
    timeZone: c.zone,
    role: c.role,
    share: c.share,
    mirror: c.mirror,
    busyRules: c.busyRules,
    policy: c.policy,
    own: c.ownRules,
    sync: {
      state: facts.state,
      why: [...facts.why],
      lastSyncedAt: c.lastSyncedAt === null ? null : formatInstant(c.lastSyncedAt),
      staleForMs: c.lastSyncedAt === null ? null : Math.max(0, facts.now - c.lastSyncedAt),
      push: showPush(pushHealthOf(c.channels, c.health.pushTrouble, facts.now)),
      pending: facts.pending,
      conflicts: facts.conflicts,
      lastFault: c.health.alarm?.sentence ?? c.health.lastFault ?? facts.connectionFault,
      quarantined: c.health.quarantined.length,
      alarm: c.health.alarm === null ? null : showAlarm(c.health.alarm),
    },
    createdAt: formatInstant(c.createdAt),
  };
}
