/** The heart of a booking: win the rows, save the event, confirm the rows; each step may be the last before a crash. */
import type { Calendar } from '../domain/calendar.ts';
import type { Event } from '../domain/event.ts';
import { withoutNews } from '../domain/event.ts';
import type { ClaimId, ResourceId, TenantId } from '../domain/ids.ts';
import { claimOfHold } from '../domain/ids.ts';
import type { Hold, Resource } from '../domain/resource.ts';
import { utcDaysOf } from '../domain/span.ts';
import { padded, plainTakes } from '../domain/takes.ts';
import type { Instant } from '../domain/time.ts';
import { formatInstant } from '../domain/time.ts';
import type { Cell } from './cells.ts';
import { cellsOf, placesOf } from './cells.ts';
import { confirm, letGo, win } from './claims.ts';
import type { Obstacle } from './desk.ts';
import type { Draft } from './draft.ts';
import { newEvent, pendingRow } from './draft.ts';
import type { DeskDeps } from './parts.ts';
import { again, setOff, withNews } from './parts.ts';
import { markSettled, settleEvent } from './settle.ts';

/** `known`: the event's id or its external reference was there already; the caller looks which. */
export type Taken =
  | { readonly kind: 'booked'; readonly event: Event }
  | { readonly kind: 'known' }
  | { readonly kind: 'lost'; readonly obstacles: readonly Obstacle[] };

export async function take(
  deps: DeskDeps,
  draft: Draft,
  resources: readonly Resource[],
  hold: Hold | null,
): Promise<Taken> {
  const { tenantId, id } = draft;
  const until = (deps.store.now() + deps.settings.holdMs) as Instant;
  // Version 0: another run of the same request may have confirmed its rows at version 1 already, and keeps them.
  const cells = cellsOf(draft.span, resources, pendingRow(id, 0, until), draft.takes);
  const ids = resources.map((r) => r.id);
  // Calendars are looked at before the claim: the receipt must not call knowledge fresh that came after it.
  const looking = calendarsOf(deps, tenantId, ids);
  const [won, calendars] = await Promise.all([win(deps, tenantId, { cells, hold, self: id }), looking]);
  if (won.kind === 'lost') return won;
  const known = { resourceIds: ids, zone: resources[0]!.zone, rows: won.rows, calendars: ageOf(calendars) };
  const bare = newEvent(draft, known, deps.describe);
  const text = `Booked from ${formatInstant(draft.span.start)}.`;
  const event = withNews({ ...bare, links: deps.linksFor(bare, calendars) }, 'booking.created', text);
  if (deps.store.now() >= until) {
    await letGo(deps, tenantId, cells);
    return { kind: 'lost', obstacles: [] };
  }
  const inserting = deps.store.events.insert(event);
  // A visit takes its lease meanwhile; where the event does not come about, it finds nothing to do.
  if (deps.later !== undefined) setOff(deps, [event], inserting);
  if ((await inserting) === 'duplicate') {
    await letGo(deps, tenantId, cells);
    return { kind: 'known' };
  }
  return finish(deps, { event, cells, until, hold });
}

interface Inserted {
  readonly event: Event;
  readonly cells: readonly Cell[];
  readonly until: Instant;
  readonly hold: Hold | null;
}

/**
 * From here on the booking is made: its rows block until `until`, and an event that owes rows gets them back even after
 * that (`win` looks for such debtors). So they may become firm behind the answer, many at once, unless the insert came so
 * late that somebody may have taken lapsed rows without having seen the event.
 */
async function finish(deps: DeskDeps, { event, cells, until, hold }: Inserted): Promise<Taken> {
  if (deps.later !== undefined && deps.store.now() < until - lateMs) {
    if (hold !== null) deps.later.run(() => dropHold(deps, hold));
    deps.later.confirm(event, cells);
    return { kind: 'booked', event };
  }
  const lost = await confirm(deps, event, cells);
  if (lost !== null) {
    await retract(deps, event, cells);
    return { kind: 'lost', obstacles: lost };
  }
  if (hold !== null) await dropHold(deps, hold);
  const saved = await markSettled(deps, event, placesOf(cells));
  setOff(deps, [saved]);
  return { kind: 'booked', event: saved };
}

/** More than clocks of two processes differ once both have measured the database's. */
const lateMs = 5_000;

const ageOf = (calendars: readonly Calendar[]) =>
  calendars.filter((c) => c.role !== 'write').map((c) => ({ calendarId: c.id, syncedAt: c.lastSyncedAt }));

/** A booking that was never granted: a tombstone with an empty receipt, which frees its external reference. */
async function retract(deps: DeskDeps, event: Event, cells: readonly Cell[]): Promise<void> {
  await again(async () => {
    const current = (await deps.store.events.get(event.tenantId, event.id)) ?? event;
    const booking = current.booking!;
    const receipt = { ...booking.receipt, rows: [] };
    const bare: Event = {
      ...current,
      rev: current.rev + 1,
      version: current.version + 1,
      booking: { ...booking, status: 'cancelled', externalRef: null, receipt },
      fields: { ...current.fields, status: 'cancelled' },
      deletedAt: deps.clock.now(),
      updatedAt: deps.clock.now(),
    };
    const tombstone = neverTold({ ...bare, links: deps.linksFor(bare, []) });
    if (!(await deps.store.events.save(tombstone))) return 'again';
    await settleEvent(deps, tombstone, 'debt', placesOf(cells));
    return null;
  });
}

/** A state that was taken back: where it is not told yet nothing needs to be; else the world hears that it is over. */
function neverTold(back: Event): Event {
  const wasUntold = back.untold?.some((news) => news.kind === 'booking.created') === true;
  return wasUntold ? withoutNews(back) : withNews(back, 'booking.cancelled', 'It could not be granted after all.');
}

/** Whether this booking was taken back before it was ever granted. */
export const wasNeverGranted = (event: Event): boolean =>
  event.deletedAt !== null && event.booking?.receipt.rows.length === 0;

export async function calendarsOf(deps: DeskDeps, tenantId: TenantId, ids: readonly ResourceId[]) {
  return ids.length === 0 ? [] : deps.store.calendars.ofResources(tenantId, ids);
}

/** Rows first: a record without rows is a hold that has ended, rows without a record end by themselves. */
export async function dropHold(deps: DeskDeps, hold: Hold): Promise<boolean> {
  const claim: ClaimId = claimOfHold(hold.id);
  const days = utcDaysOf(padded(hold.span, hold.takes ?? plainTakes));
  const puts = hold.resourceIds.flatMap((resourceId) => days.map((day) => ({ resourceId, day, claim, rows: [] })));
  await deps.store.sheets.putMany(hold.tenantId, puts);
  return deps.store.holds.delete(hold.tenantId, hold.id);
}
