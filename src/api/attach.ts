/** Ties a calendar of an account to a resource, and changes what was agreed then. */
import type { z } from 'zod';
import type { Calendar, Connection, RemoteCalendar } from '../domain/calendar.ts';
import { asRemoteId, newId, partitionOf, type TenantId } from '../domain/ids.ts';
import type { Resource } from '../domain/resource.ts';
import { changedRules, noRules, type OwnRules, type Rules } from '../domain/rules.ts';
import type { Instant } from '../domain/time.ts';
import { every } from './every.ts';
import { given } from './given.ts';
import type { AppParts } from './parts.ts';
import { notFound, Refusal } from './problems.ts';
import { withAccount } from './provider.ts';
import { alignCalendar, settingsUnder, tenantRules } from './rules.ts';
import type { calendarChange, calendarIn } from './schemas-calendars.ts';

type Wish = z.output<typeof calendarIn>;
type Change = z.output<typeof calendarChange>;

/** A calendar as it would be attached, nothing of it stored yet. */
export interface Prepared {
  readonly connection: Connection;
  readonly calendar: Calendar;
}

/** @throws Refusal when the account does not offer that calendar, or it may not be written, or is attached already */
export async function prepare(parts: AppParts, tenantId: TenantId, wish: Wish): Promise<Prepared> {
  const { store } = parts;
  const connection = await store.connections.get(tenantId, wish.connectionId);
  if (connection === null) throw notFound('connection');
  const resource = await store.resources.get(tenantId, wish.resourceId);
  if (resource === null || resource.deletedAt !== null) throw notFound('resource');
  const remoteId = asRemoteId(wish.remoteId);
  const before = await attachedAs(parts, connection, remoteId);
  if (before !== null) throw alreadyAttached(before);
  const offered = await withAccount(parts, connection, (account) => account.calendars());
  const remote = offered.find((c) => c.remoteId === remoteId);
  if (remote === undefined) throw ruleViolation('no-such-calendar', 'The account has no calendar with this remoteId.');
  if (wish.role !== 'read' && !remote.canWrite) {
    throw ruleViolation('read-only', 'The account may not write this calendar; attach it with role read.');
  }
  const own = changedRules(noRules, { policy: wish.policy, busyRules: wish.busyRules, copies: wish.copies });
  const { rules } = await tenantRules(parts.store, tenantId);
  return {
    connection,
    calendar: calendarOf(wish, { connection, resource, remote, now: parts.clock.now(), own, rules }),
  };
}

/** @throws Refusal as `prepare` */
export async function attach(parts: AppParts, tenantId: TenantId, wish: Wish): Promise<Calendar> {
  const { store } = parts;
  const { connection, calendar: made } = await prepare(parts, tenantId, wish);
  if ((await store.calendars.insert(made)) === 'duplicate') {
    throw alreadyAttached(await attachedAs(parts, connection, made.remoteId));
  }
  // The tenant's rules may have changed while the provider was asked.
  const calendar = await alignCalendar(parts.store, made);
  await parts.attachLinks(calendar);
  await visitSoon(parts, calendar);
  return calendar;
}

function calendarOf(
  wish: Wish,
  o: {
    readonly connection: Connection;
    readonly resource: Resource;
    readonly remote: RemoteCalendar;
    readonly now: Instant;
    readonly own: OwnRules;
    readonly rules: Rules;
  },
): Calendar {
  const id = newId('calendar');
  return {
    id,
    tenantId: o.connection.tenantId,
    version: 1,
    connectionId: o.connection.id,
    provider: o.connection.provider,
    remoteId: o.remote.remoteId,
    name: o.remote.name,
    resourceId: o.resource.id,
    zone: o.remote.zone ?? o.resource.zone,
    role: wish.role,
    share: wish.share,
    mirror: wish.mirror,
    ...settingsUnder(o.rules, o.own, o.connection.provider),
    ownRules: o.own,
    appliedVersion: 1,
    state: 'active',
    cursor: null,
    partition: partitionOf(id),
    dueAt: o.now,
    readDueAt: o.now,
    requestedSeq: 0,
    servedSeq: 0,
    lease: { owner: '', fence: 0, until: 0 as Instant },
    health: { failures: 0, lastFault: null, alarm: null, quarantined: [] },
    channels: [],
    lastSyncedAt: null,
    createdAt: o.now,
  };
}

async function attachedAs(parts: AppParts, connection: Connection, remoteId: string): Promise<Calendar | null> {
  const { calendars } = parts.store;
  for await (const calendar of every((q) =>
    calendars.list(connection.tenantId, { ...q, connectionId: connection.id }),
  )) {
    if (calendar.remoteId === remoteId) return calendar;
  }
  return null;
}

const alreadyAttached = (as: Calendar | null): Refusal =>
  new Refusal('already_attached', 'One calendar of an account attaches once.', {
    extra: as === null ? {} : { calendarId: as.id },
  });
const ruleViolation = (rule: string, sentence: string): Refusal =>
  new Refusal('rule_violation', sentence, { extra: { rule } });

export async function visitSoon(parts: AppParts, calendar: Calendar): Promise<void> {
  await parts.store.calendars.request([calendar.id]);
  parts.nudge.nudge(calendar.id);
}

/** The calendar as it would be with these settings; `below` are the tenant's rules. */
export function withSettings(calendar: Calendar, change: Change, below: Rules): Calendar {
  const { busyRules, policy, copies, ...rest } = change;
  const ownRules = changedRules(calendar.ownRules, { busyRules, policy, copies });
  const counts = settingsUnder(below, ownRules, calendar.provider);
  return { ...calendar, ...given(rest), ...counts, ownRules, version: calendar.version + 1 };
}
