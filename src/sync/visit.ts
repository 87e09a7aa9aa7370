/** The visit: one leased pass over one calendar. Pull, absences, cursor, push, release; or only a push, where that is all that is due. */
import type { Calendar, CalendarHealth, Connection } from '../domain/calendar.ts';
import { Fault, withContext } from '../domain/fault.ts';
import type { CalendarId } from '../domain/ids.ts';
import type { Instant } from '../domain/time.ts';
import type { VisitAim, VisitReport } from '../domain/visit.ts';
import type { Account, Accounts } from './accounts.ts';
import { makeAccounts } from './accounts.ts';
import { tieEvents } from './attach.ts';
import { closeAllChannels, keepChannels, nextPollMs } from './channels.ts';
import { finishDetaching, withdrawCopies } from './detach.ts';
import { followSettings } from './follow.ts';
import { LeaseLost, Stopping } from './lease.ts';
import { pull } from './pull.ts';
import { push } from './push.ts';
import type { Session, VisitDeps } from './session.ts';
import { makeSession, noCounts } from './session.ts';
import { mayWriteUnread, nextReadAt } from './unread.ts';
import { afterFault, pauseOf } from './visit-faults.ts';
import { hasWindowMoved } from './window.ts';

export type { VisitDeps } from './session.ts';

export interface Visitor {
  /**
   * Never throws for what a provider or another process does; the report says it. Reads the feed unless told otherwise.
   * The lease is claimed at once, the calendar looked at when `after` is over, which must not fail.
   */
  visit(calendarId: CalendarId, aim?: VisitAim, after?: Promise<unknown>): Promise<VisitReport>;
  /** Ends running visits where it is safe, gives their leases back, closes the accounts. */
  stop(): Promise<void>;
}

export function makeVisitor(deps: VisitDeps): Visitor {
  const accounts = makeAccounts(deps);
  const running = new Map<CalendarId, Promise<VisitReport>>();
  let isStopping = false;

  const askAgain = (id: CalendarId, aim: VisitAim): Promise<void> =>
    deps.store.calendars.request([id], aim === 'read' ? 'read' : 'write');

  const begin = async (id: CalendarId, aim: VisitAim, after?: Promise<unknown>): Promise<VisitReport> => {
    const askedAt = deps.clock.monotonic();
    const claiming = deps.store.calendars.claim(id, deps.settings.owner, deps.settings.leaseMs);
    const reading = accounts.read(id);
    // Whoever awaits it hears of a failure; who does not need it must not be brought down by one.
    reading?.catch(() => {});
    const claimed = await claiming;
    // Whoever holds the lease is told only then, too: told sooner, it would go round and find nothing.
    await after;
    if (claimed === null) {
      await askAgain(id, aim);
      return { kind: 'busy' };
    }
    return leased({ deps, accounts, claimed, reading, aim, askedAt, isStopping: () => isStopping });
  };

  return {
    async visit(id, aim = 'read', after) {
      if (isStopping) return { kind: 'fault', fault: 'stopped', counts: noCounts };
      if (running.has(id)) {
        await after;
        await askAgain(id, aim);
        return { kind: 'busy' };
      }
      const visit = begin(id, aim, after).finally(() => running.delete(id));
      running.set(id, visit);
      return visit;
    },
    async stop() {
      isStopping = true;
      await Promise.allSettled(running.values());
      await accounts.close();
    },
  };
}

interface Leased {
  readonly deps: VisitDeps;
  readonly accounts: Accounts;
  readonly claimed: Calendar;
  /** The connection, already on its way where the calendar was visited before. */
  readonly reading: Promise<Connection | null> | null;
  readonly aim: VisitAim;
  readonly askedAt: number;
  readonly isStopping: () => boolean;
}

/** Everything between claim and release; whatever happens, the lease is given back or was lost. */
async function leased(o: Leased): Promise<VisitReport> {
  const { deps, claimed } = o;
  const { calendars } = deps.store;
  let connection: Connection | null = null;
  let account: Account | null = null;
  let session: Session | null = null;
  try {
    connection = await o.accounts.of(claimed, o.reading);
    const pause = pauseOf(connection, deps.clock.now());
    if (connection === null || pause !== null)
      return await waitFor(deps, claimed, pause?.until ?? null, pause?.why ?? '');
    account = o.accounts.use(connection);
    session = makeSession({
      ...{ deps, calendar: claimed, aim: o.aim, askedAt: o.askedAt, isStopping: o.isStopping },
      ...{ connector: account.connector, open: account.open },
    });
    return await rounds(session);
  } catch (error) {
    const counts = session?.counts ?? noCounts;
    if (error instanceof LeaseLost) return { kind: 'fault', fault: error.message, counts };
    const { fence } = claimed.lease;
    if (error instanceof Stopping) {
      await calendars.abandon(claimed.id, fence, deps.clock.now(), session === null ? null : healthOf(session));
      return { kind: 'fault', fault: error.message, counts };
    }
    const fault = withContext(error, { tenantId: claimed.tenantId, calendarId: claimed.id });
    return { kind: 'fault', fault: await giveUp(deps, claimed, connection, session, fault), counts };
  } finally {
    account?.release();
  }
}

async function waitFor(deps: VisitDeps, calendar: Calendar, until: Instant | null, why: string): Promise<VisitReport> {
  const dueAt = until ?? ((deps.clock.now() + deps.settings.stoppedMs) as Instant);
  await deps.store.calendars.abandon(calendar.id, calendar.lease.fence, dueAt, null);
  return { kind: 'fault', fault: why, counts: noCounts };
}

/** Where even the giving up fails (our database is away) the lease ends by itself. */
async function giveUp(
  deps: VisitDeps,
  calendar: Calendar,
  connection: Connection | null,
  session: Session | null,
  fault: Fault,
): Promise<string> {
  try {
    const current =
      session === null
        ? calendar
        : { ...calendar, health: { ...healthOf(session), failures: calendar.health.failures } };
    const { dueAt, health } = await afterFault(deps, current, connection, fault);
    await deps.store.calendars.abandon(calendar.id, calendar.lease.fence, dueAt, health);
  } catch (error) {
    deps.log.error('a visit could not be ended in order; its lease will run out', {
      calendarId: calendar.id,
      reason: String(error),
    });
  }
  return fault.message;
}

/** Passes until nobody asked for another one meanwhile. */
async function rounds(first: Session): Promise<VisitReport> {
  const { deps } = first;
  const { calendars } = deps.store;
  let s = first;
  for (let round = 1; ; round += 1) {
    const report = await pass(s);
    if (report.kind === 'detached') return { kind: 'done', counts: s.counts };
    // One that is being detached is never read again: it rests like any other until its next try.
    const wasLeftUnread = report.kind === 'done' && s.readAt === null && s.calendar.state === 'active';
    const restsUntil = wasLeftUnread ? s.calendar.readDueAt : deps.clock.now() + jittered(deps, nextPollMs(s));
    const dueAt = nextReadAt(s, restsUntil as Instant);
    const health = healthOf(s);
    if (report.kind === 'done' && round < deps.settings.rounds) {
      const sawRequestedSeq = s.calendar.requestedSeq;
      const syncedAt = s.readAt;
      const servedUntil = deps.clock.monotonic();
      const end = await calendars.release(s.calendar.id, s.lease.fence, { sawRequestedSeq, dueAt, health, syncedAt });
      if (end === 'released') return { kind: 'done', counts: s.counts, servedUntil };
      if (end === 'lost') throw new LeaseLost();
      const again = await calendars.find(s.calendar.id);
      if (again === null || again.lease.fence !== s.lease.fence) throw new LeaseLost();
      s = {
        ...s,
        aim: 'due',
        calendar: again,
        channels: again.channels,
        siblings: null,
        siblingsRead: null,
        isAwaitingOwn: null,
        isFirst: false,
        isToList: false,
      };
      continue;
    }
    // Held by an alarm, or asked for again and again: give the lease back and let the next visit go on.
    await calendars.abandon(s.calendar.id, s.lease.fence, report.kind === 'done' ? deps.clock.now() : dueAt, health);
    return report.kind === 'done'
      ? { kind: 'done', counts: s.counts }
      : { kind: 'alarm', sentence: report.sentence, counts: s.counts };
  }
}

type PassReport =
  | { readonly kind: 'done' }
  | { readonly kind: 'detached' }
  | { readonly kind: 'alarm'; readonly sentence: string };

async function pass(s: Session): Promise<PassReport> {
  if (s.calendar.state === 'detaching') {
    await withdrawCopies(s);
    await push(s);
    await closeAllChannels(s);
    return (await finishDetaching(s)) ? { kind: 'detached' } : { kind: 'done' };
  }
  if (mayWriteUnread(s) && (await pushUnread(s))) return { kind: 'done' };
  // Again here: the process that attached the calendar may have died before it tied what the resource had.
  if (s.isFirst) await tieEvents(s.deps, s.calendar);
  if (s.calendar.appliedVersion < s.calendar.version) await followSettings(s);
  if (!(await pullOrRelist(s))) return { kind: 'alarm', sentence: s.alarm?.sentence ?? '' };
  s.readAt = s.deps.clock.now();
  s.hasWrittenUnread = false;
  await push(s);
  await keepChannels(s);
  return { kind: 'done' };
}

/** False: a write met something that we did not know of, and the feed is read now, before anything else is written. */
async function pushUnread(s: Session): Promise<boolean> {
  const before = s.counts.pushed;
  const end = await push(s, 'unread');
  if (s.counts.pushed > before) s.hasWrittenUnread = true;
  return end === 'paid';
}

/** A cursor that the provider lost is forgotten, and the calendar is listed in the same visit, once. */
async function pullOrRelist(s: Session): Promise<boolean> {
  try {
    return await pull(s, s.isToList || hasWindowMoved(s) ? null : s.calendar.cursor);
  } catch (error) {
    if (!(error instanceof Fault) || error.kind !== 'cursor-lost' || s.calendar.cursor === null) throw error;
    s.deps.log.info('the provider lost our place; listing anew', { calendarId: s.calendar.id });
    if (!(await s.deps.store.calendars.saveCursor(s.calendar.id, s.lease.fence, null))) throw new LeaseLost();
    return pull(s, null);
  }
}

const mostQuarantined = 50;

function healthOf(s: Session): CalendarHealth {
  const quarantined = [...s.quarantined.values()].slice(-mostQuarantined);
  const trouble = s.pushTrouble === null ? {} : { pushTrouble: s.pushTrouble };
  return { failures: 0, lastFault: null, alarm: s.alarm, quarantined, ...trouble };
}

const jittered = (deps: VisitDeps, ms: number): number => Math.round(ms * (0.9 + 0.2 * (deps.random ?? Math.random)()));
