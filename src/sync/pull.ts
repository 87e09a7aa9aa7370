/** The pull of a visit: pages in, absences last, and the cursor only after all of it. */
import type { SyncCursor } from '../domain/calendar.ts';
import type { Change, FeedPage } from '../domain/connector.ts';
import type { EventFields } from '../domain/event.ts';
import { sameValue } from '../domain/event.ts';
import { Fault } from '../domain/fault.ts';
import type { RemoteId } from '../domain/ids.ts';
import { expand } from '../domain/series.ts';
import type { Instant } from '../domain/time.ts';
import { dayMs } from '../domain/time.ts';
import type { LinkRow } from '../store/store.ts';
import { absence, always, mostRemovals } from './absence.ts';
import { absorbNews, absorbOne, absorbPage } from './absorb-page.ts';
import { sound } from './alarm.ts';
import { type HeldChanges, holdChanges } from './held-changes.ts';
import { LeaseLost } from './lease.ts';
import { remoteIdOf } from './lookup.ts';
import { inParallel } from './parallel.ts';
import { readSingly } from './read-singly.ts';
import type { Session } from './session.ts';
import { resourcesOf, siblingsOf } from './session.ts';

/** No feed of a real calendar is this long; one that is goes round in circles. */
const mostPages = 10_000;
const linksPerRead = 1000;

/** Reads the feed to its end. False: an alarm holds the visit; nothing was removed or moved, the cursor is as it was. */
export async function pull(s: Session, from: SyncCursor | null): Promise<boolean> {
  const present = new Set<RemoteId>();
  const held = holdChanges(s.calendar.zone);
  const last = await readPages(s, from, present, held);
  const missing = await missingRows(s, last.mode, present, held);
  if (missing === null) return false;
  await absorbNews(s, held.waiting, last.mode);
  const end = last.mode === 'listing' ? await absorbAbsences(s, missing) : await absorbRemovals(s, held.removals);
  s.alarm = null;
  // What else such a listing did not name nobody knows; without a place in the feed the next visit lists again.
  if (end === 'whole') await saveCursor(s, last.next, from);
  return true;
}

/** `partial`: the listing said that it is complete, and copies that it did not name are there. */
type PullEnd = 'whole' | 'partial';

async function readPages(
  s: Session,
  from: SyncCursor | null,
  present: Set<RemoteId>,
  held: HeldChanges,
): Promise<FeedPage> {
  const { calendar, open, remote, window, deps } = s;
  const known = (ids: readonly RemoteId[]) => deps.store.events.stampsOf(calendar.id, ids);
  let last: FeedPage | null = null;
  let pages = 0;
  s.held = held;
  expectNews(s);
  for await (const page of open.pull({ calendar: remote, from, window, known })) {
    pages += 1;
    if (pages > mostPages) throw new Fault('cursor-lost', 'the feed does not end');
    await s.lease.ensure();
    if (page.mode === 'listing') for (const change of page.changes) present.add(remoteIdOf(change));
    await absorbPage(s, page.mode === 'delta' ? held.sift(page.changes) : page.changes, page.mode);
    // A listing is begun anew after a crash: what earlier pages named is known only here.
    // So is what waits for the last page.
    const isWhole = page.mode === 'delta' && held.isEmpty();
    if (isWhole && page.resume !== null && page.next === null) await saveCursor(s, page.resume, from);
    last = page;
  }
  s.held = null;
  if (last === null || last.next === null) throw new Fault('transient', 'the feed ended without its last page');
  return last;
}

/** Where somebody said that there is news, what every change needs is read while the provider is asked for it. */
function expectNews(s: Session): void {
  if (s.calendar.readDueAt > 0) return;
  // Whoever needs it reads it again and hears of the failure.
  Promise.all([siblingsOf(s), resourcesOf(s, [s.calendar.resourceId])]).catch(() => {});
}

async function saveCursor(s: Session, next: SyncCursor | null, previous: SyncCursor | null): Promise<void> {
  if (next !== null && previous !== null && isSamePlace(s, next, previous)) return;
  await s.lease.ensure();
  if (!(await s.deps.store.calendars.saveCursor(s.calendar.id, s.lease.fence, next))) throw new LeaseLost();
}

/**
 * A window slides with every visit. Only a feed that is cut to its window reads the one in the cursor; in any other it is a
 * note, and an old one is harmless: a visit with nothing to do need not write it anew.
 */
const staleWindowMs = dayMs;

function isSamePlace(s: Session, next: SyncCursor, previous: SyncCursor): boolean {
  if (next.kind !== previous.kind || next.value !== previous.value) return false;
  if (s.connector.capabilities.feed === 'windowed-delta') return sameValue(next.window, previous.window);
  const moved = Math.max(
    Math.abs(next.window.start - previous.window.start),
    Math.abs(next.window.end - previous.window.end),
  );
  return moved < staleWindowMs;
}

/**
 * Known copies that the read says are gone; null when that, and what would move, is a mass that nobody has approved. The
 * links are read only where so many are concerned that it could be one, or where absence counts at all.
 */
async function missingRows(
  s: Session,
  mode: FeedPage['mode'],
  present: ReadonlySet<RemoteId>,
  held: HeldChanges,
): Promise<readonly LinkRow[] | null> {
  const { moves, removals } = held;
  const standing = s.alarm;
  const common = { moves, standing, now: s.deps.clock.now() };
  if (mode === 'delta' && removals.length + moves.length <= mostRemovals) return [];
  const known = await knownLinks(s);
  const gone = new Set(removals.map((removal) => removal.remoteId));
  const verdict =
    mode === 'listing'
      ? absence({ ...common, known, present, window: s.window })
      : absence({
          ...{ ...common, known, window: always },
          present: new Set(known.map((row) => row.remoteId).filter((id) => !gone.has(id))),
        });
  if (verdict.kind === 'missing') return verdict.rows;
  await sound(s, verdict.alarm);
  return null;
}

/** The removals of a change feed. */
async function absorbRemovals(s: Session, removals: readonly Change[]): Promise<PullEnd> {
  await absorbPage(s, removals, 'delta');
  return 'whole';
}

/** Copies that a complete listing did not name: read singly (an event may have left the window), then removed. */
async function absorbAbsences(s: Session, rows: readonly LinkRow[]): Promise<PullEnd> {
  let missed = 0;
  await inParallel(rows, s.connector.capabilities.parallel, async (row) => {
    await s.lease.ensure();
    const change = await readSingly(s, row.remoteId);
    if (change.kind === 'upsert' && isStillInside(s, change.remote.fields)) missed += 1;
    await absorbOne(s, { change, isVerified: true }, 'listing');
  });
  if (missed === 0) return 'whole';
  s.deps.log.info('a listing did not name what is there', { calendarId: s.calendar.id, missed });
  return 'partial';
}

/** Whether a listing of this window should have shown the copy, whatever zone its server counts whole days in. */
function isStillInside(s: Session, fields: EventFields): boolean {
  const { start, end } = s.window;
  const inner = { start: (start + dayMs) as Instant, end: (end - dayMs) as Instant };
  return expand(fields, inner, s.calendar.zone).occurrences.length > 0;
}

async function knownLinks(s: Session): Promise<readonly LinkRow[]> {
  const rows: LinkRow[] = [];
  let after: string | null = null;
  do {
    const page: { data: readonly LinkRow[]; next: string | null } = await s.deps.store.events.linksOf(s.calendar.id, {
      limit: linksPerRead,
      after,
    });
    rows.push(...page.data);
    after = page.next;
  } while (after !== null);
  return rows;
}
