/** The in-process runner of visits: bounded, one at a time per calendar, hints that come together become one visit. */
import type { CalendarId } from '../domain/ids.ts';
import type { Clock, Log } from '../domain/ports.ts';
import type { Nudge, VisitAim, VisitReport } from '../domain/visit.ts';
import type { Store } from '../store/store.ts';
import type { Visitor } from './visit.ts';

export interface NudgeDeps {
  readonly visitor: Visitor;
  readonly store: Pick<Store, 'calendars'>;
  readonly clock: Clock;
  readonly log: Log;
  /** Visits at once. */
  readonly inFlight: number;
  /** Calendars waiting behind them; for more, the visit is asked for in the database, where sweeps find it. */
  readonly queueLimit: number;
}

type Waiter = (report: VisitReport | null) => void;

interface Waiting {
  readonly waiters: Set<Waiter>;
  /** Of several, the one that asks for more. */
  aim: VisitAim;
  /** Savings that the visit has to see. */
  readonly after: Promise<unknown>[];
  /** What no visit under way can be known to serve: debts, callers who wait, requests that are not on record yet. */
  unserved: number;
  /** Monotonic milliseconds at which the last request was on record. */
  requestedAt: number;
}

interface Reason {
  readonly after?: Promise<unknown>;
  readonly reason?: 'debt' | 'request';
}

/** All that waits is requests, and the visit that has just ended saw them: the database lets no lease go before one is served. */
const isServed = (waiting: Waiting | undefined, report: VisitReport | null): boolean =>
  waiting?.unserved === 0 && report?.kind === 'done' && waiting.requestedAt < (report.servedUntil ?? 0);

/** `visitor` may be made after the nudge: only `visit` is asked of it, and only later. */
export function makeNudge(deps: NudgeDeps): Nudge & { /** Waiting and running visits. */ load(): number } {
  const queue = new Map<CalendarId, Waiting>();
  const running = new Map<CalendarId, Promise<void>>();
  let isStopped = false;

  const pump = (): void => {
    for (const [id, waiting] of queue) {
      if (running.size >= deps.inFlight) return;
      if (running.has(id)) continue;
      queue.delete(id);
      const visit = run(id, waiting).then((report) => {
        running.delete(id);
        if (isServed(queue.get(id), report)) queue.delete(id);
        pump();
      });
      running.set(id, visit);
    }
  };

  const run = async (id: CalendarId, { waiters, aim, after }: Waiting): Promise<VisitReport | null> => {
    let report: VisitReport | null = null;
    try {
      report = await deps.visitor.visit(id, aim, Promise.allSettled(after));
    } catch (error) {
      deps.log.error('a visit failed beyond its own handling', { calendarId: id, reason: String(error) });
    }
    for (const waiter of waiters) waiter(report);
    return report;
  };

  const askLater = (id: CalendarId, aim: VisitAim): void => {
    deps.store.calendars.request([id], aim === 'read' ? 'read' : 'write').catch((error: unknown) => {
      deps.log.info('a visit was not asked for; the sweep of debts finds it', {
        calendarId: id,
        reason: String(error),
      });
    });
  };

  const noteRequest = (waiting: Waiting, after: Promise<unknown> = Promise.resolve()): void => {
    const onRecord = (): void => {
      waiting.unserved -= 1;
      waiting.requestedAt = deps.clock.monotonic();
    };
    after.then(onRecord, () => {}); // where it failed, a visit is one too many at worst
  };

  /** Joins the visit that is waiting to start, or begins to wait for one. */
  const enqueue = (id: CalendarId, aim: VisitAim, waiter: Waiter | null, o: Reason = {}): boolean => {
    const { after, reason } = o;
    const waiting = queue.get(id);
    if (waiting === undefined && (isStopped || queue.size >= deps.queueLimit)) {
      if (!isStopped) Promise.allSettled([after]).then(() => askLater(id, aim));
      return false;
    }
    const next = waiting ?? { waiters: new Set<Waiter>(), aim, after: [], unserved: 0, requestedAt: 0 };
    next.unserved += 1;
    if (reason === 'request') noteRequest(next, after);
    if (aim === 'read') next.aim = aim;
    if (after !== undefined) next.after.push(after);
    if (waiter !== null) next.waiters.add(waiter);
    queue.set(id, next);
    pump();
    return true;
  };

  return {
    nudge(id, after, reason = 'debt') {
      enqueue(id, 'due', null, after === undefined ? { reason } : { after, reason });
    },
    async visitAndWait(id, waitMs, aim = 'read') {
      const timer = new AbortController();
      const report = new Promise<VisitReport | null>((resolve) => {
        if (!enqueue(id, aim, resolve)) resolve(null);
      });
      const timeout = deps.clock.sleep(waitMs, timer.signal).then(() => null);
      try {
        return await Promise.race([report, timeout]);
      } finally {
        timer.abort();
      }
    },
    async stop() {
      isStopped = true;
      for (const { waiters } of queue.values()) for (const waiter of waiters) waiter(null);
      queue.clear();
      await Promise.all(running.values());
    },
    load: () => queue.size + running.size,
  };
}
