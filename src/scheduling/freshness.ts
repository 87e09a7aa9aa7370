/** How old our knowledge of calendars is, and reading them again before their word is taken for an answer. */
import type { Calendar } from '../domain/calendar.ts';
import type { CalendarId, ResourceId, TenantId } from '../domain/ids.ts';
import type { Instant } from '../domain/time.ts';
import type { DeskDeps } from './parts.ts';
import { unique } from './parts.ts';

export interface Knowledge {
  readonly calendarId: CalendarId;
  readonly resourceId: ResourceId;
  readonly syncedAt: Instant | null;
  /** Why it could not be read in time; null when it was, or when nobody asked for it. */
  readonly problem: string | null;
}

/** What to do about calendars that cannot be read: go on, leave their resources out, or go on and say that it is not sure. */
export type WhenIll = 'open' | 'closed' | 'tentative';

/** What a caller asks of our knowledge. */
export interface Freshly {
  /** Calendars last read longer ago than this are read first; null takes them as they are. */
  readonly maxStalenessMs: number | null;
  readonly whenIll: WhenIll;
}
export const asItIs: Freshly = { maxStalenessMs: null, whenIll: 'open' };

type FreshDeps = Pick<DeskDeps, 'store' | 'clock' | 'nudge'>;

/** All calendars together get this long. */
const waitMs = 2_000;
const lookAgainMs = 50;

/** Calendars that can block these resources; one that we only write to tells us nothing. */
export async function calendarsRead(
  deps: Pick<DeskDeps, 'store'>,
  tenantId: TenantId,
  ids: readonly ResourceId[],
): Promise<readonly Calendar[]> {
  if (ids.length === 0) return [];
  return (await deps.store.calendars.ofResources(tenantId, unique(ids))).filter((c) => c.role !== 'write');
}

export const knowledgeOf = (calendars: readonly Calendar[]): readonly Knowledge[] =>
  calendars.map((c) => ({ calendarId: c.id, resourceId: c.resourceId, syncedAt: c.lastSyncedAt, problem: null }));

/** With 0 nothing that was read before the question is fresh enough. */
export const isStale = (syncedAt: Instant | null, maxStalenessMs: number, now: Instant): boolean =>
  syncedAt === null || maxStalenessMs === 0 || now - syncedAt > maxStalenessMs;

/** `isRead`: at least one calendar was read again, so that what was loaded before may be old. */
export interface Freshened {
  readonly known: readonly Knowledge[];
  readonly isRead: boolean;
}

/** Reads the stale ones side by side, each at most once per request (`seen` remembers), all within two seconds. */
export async function freshen(
  deps: FreshDeps,
  tenantId: TenantId,
  ids: readonly ResourceId[],
  o: { readonly maxStalenessMs: number; readonly seen: Map<CalendarId, string | null> },
): Promise<Freshened> {
  const calendars = await calendarsRead(deps, tenantId, ids);
  const now = deps.clock.now();
  const until = deps.clock.monotonic() + waitMs;
  const stale = calendars.filter((c) => !o.seen.has(c.id) && isStale(c.lastSyncedAt, o.maxStalenessMs, now));
  await Promise.all(stale.map(async (c) => o.seen.set(c.id, await readNow(deps, c, until))));
  const after = stale.length === 0 ? calendars : await calendarsRead(deps, tenantId, ids);
  const known = knowledgeOf(after).map((k) => ({ ...k, problem: o.seen.get(k.calendarId) ?? null }));
  return { known, isRead: stale.length > 0 };
}

/** Null when the calendar was read after this call; otherwise why not. */
async function readNow(deps: FreshDeps, { id }: Calendar, until: number): Promise<string | null> {
  if (deps.nudge.visitAndWait === undefined) return 'nobody here reads calendars';
  const report = await deps.nudge.visitAndWait(id, Math.max(0, until - deps.clock.monotonic()));
  if (report === null) return 'still being read';
  if (report.kind === 'fault') return report.fault;
  if (report.kind === 'alarm') return report.sentence;
  return report.kind === 'busy' ? servedElsewhere(deps, id, until) : null;
}

/** Another process reads it and was asked to go round once more; that round is over when it has served our request. */
async function servedElsewhere(deps: FreshDeps, id: CalendarId, until: number): Promise<string | null> {
  const { calendars } = deps.store;
  const asked = (await calendars.find(id))?.requestedSeq ?? 0;
  while (deps.clock.monotonic() < until) {
    const current = await calendars.find(id);
    if (current === null || current.servedSeq >= asked) return null;
    await deps.clock.sleep(Math.min(lookAgainMs, until - deps.clock.monotonic()));
  }
  return 'still being read';
}

export const isIll = (known: readonly Knowledge[]): boolean => known.some((k) => k.problem !== null);

/** Resources of which a calendar could not be read. */
export const illOf = (known: readonly Knowledge[]): ReadonlySet<ResourceId> =>
  new Set(known.filter((k) => k.problem !== null).map((k) => k.resourceId));
