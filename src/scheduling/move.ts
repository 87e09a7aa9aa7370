/** Moves a booking in time or to other resources: new rows are won beside the old ones, which go last. */
import type { Booking } from '../domain/booking.ts';
import type { Event } from '../domain/event.ts';
import { withoutNews } from '../domain/event.ts';
import { claimOfEvent } from '../domain/ids.ts';
import type { Resource } from '../domain/resource.ts';
import { plainTakes, takesFor } from '../domain/takes.ts';
import type { Instant } from '../domain/time.ts';
import { formatInstant } from '../domain/time.ts';
import type { Cell } from './cells.ts';
import { cellsOf, placesOf } from './cells.ts';
import { confirm, letGo, win } from './claims.ts';
import type { BookOutcome, Obstacle } from './desk.ts';
import type { Wish } from './draft.ts';
import { changedEvent, pendingRow } from './draft.ts';
import { slotTaken } from './outcomes.ts';
import type { DeskDeps } from './parts.ts';
import { again, contextOf, setOff, withNews } from './parts.ts';
import type { Place } from './settle.ts';
import { markSettled, settleEvent } from './settle.ts';
import type { SheetPut } from './sheet.ts';
import { rowsFor, sheetMoves } from './sheet.ts';
import { calendarsOf } from './take.ts';

export async function move(
  deps: DeskDeps,
  event: Event,
  booking: Booking,
  wish: Wish,
  resources: readonly Resource[],
): Promise<BookOutcome | 'again'> {
  const until = (deps.store.now() + deps.settings.holdMs) as Instant;
  const cells = await newCells(deps, event, wish, resources, until);
  const won =
    cells.length === 0
      ? { kind: 'won' as const, rows: [] }
      : await win(deps, event.tenantId, { cells, hold: null, self: event.id });
  if (won.kind === 'lost') return taken(deps, event, wish, resources, won.obstacles);
  // Until the old rows are gone, the receipt names them too: a crash must be able to find them.
  const rows = [...won.rows, ...booking.receipt.rows, ...(await rowsLeft(deps, event, booking))];
  const bare = changedEvent(event, booking, wish, { at: deps.clock.now(), rows }, deps.describe);
  const links = deps.linksFor(bare, await calendarsOf(deps, event.tenantId, bare.resources));
  const next = withNews({ ...bare, links }, 'booking.moved', `Now from ${formatInstant(wish.span.start)}.`);
  if (deps.store.now() >= until || !(await deps.store.events.save(next))) {
    await letGo(deps, event.tenantId, cells);
    return 'again';
  }
  const lost = await confirm(deps, next, cells);
  if (lost !== null) {
    await retreat(deps, event, next, cells);
    return taken(deps, event, wish, resources, lost);
  }
  const left = await leaveOldRows(deps, event, next);
  const saved = await markSettled(deps, next, [...left, ...placesOf(cells)]);
  setOff(deps, [saved]);
  return { kind: 'booked', event: saved };
}

/** The cells that the booking does not have yet. A row that stays must not be claimed: it would become unconfirmed. */
async function newCells(
  deps: DeskDeps,
  event: Event,
  wish: Wish,
  resources: readonly Resource[],
  until: Instant,
): Promise<readonly Cell[]> {
  const own = await ownRows(deps, event);
  const takes = takesFor(event.booking?.takes ?? plainTakes, wish.resourceIds);
  return cellsOf(wish.span, resources, pendingRow(event.id, event.version, until), takes).filter(
    ({ resource, day, row }) =>
      !own.some(
        (put) =>
          put.resourceId === resource.id &&
          put.day === day &&
          put.rows.some((r) => r.start === row.start && r.end === row.end),
      ),
  );
}

/** Rows that the receipt does not name, because somebody moved the booking in a calendar: they may lie behind any window. */
async function rowsLeft(deps: DeskDeps, event: Event, booking: Booking): Promise<Booking['receipt']['rows']> {
  if (event.fields.series !== null) return [];
  const named = new Set(booking.receipt.rows.map(({ resourceId, span }) => `${resourceId} ${span.start} ${span.end}`));
  const rows = (await ownRows(deps, event)).flatMap(({ resourceId, rows: own }) =>
    own.map(({ start, end }) => ({ resourceId, span: { start, end }, sheetVersion: 0 })),
  );
  return rows.filter(({ resourceId, span }) => !named.has(`${resourceId} ${span.start} ${span.end}`));
}

async function ownRows(deps: DeskDeps, event: Event): Promise<readonly SheetPut[]> {
  const resources = await deps.store.resources.getMany(event.tenantId, event.resources);
  return rowsFor(event, await contextOf(deps, event, resources));
}

/** The new time was lost between winning and confirming; the old one is still blocked, so the booking goes back. */
async function retreat(deps: DeskDeps, event: Event, moved: Event, cells: readonly Cell[]): Promise<void> {
  let current: Event | null = moved;
  await again(async () => {
    if (current === null) return null;
    const { start, end, series, instances } = event.fields;
    const bare: Event = {
      ...current,
      rev: current.rev + 1,
      version: current.version + 1,
      fields: { ...current.fields, start, end, series, instances },
      resources: event.resources,
      booking: withTakesOf(current.booking, event.booking),
      updatedAt: deps.clock.now(),
    };
    const links = deps.linksFor(bare, await calendarsOf(deps, bare.tenantId, bare.resources));
    const back = takenBack({ ...bare, links }, moved.version);
    if (await deps.store.events.save(back)) {
      await settleEvent(deps, back, 'debt', placesOf(cells));
      return null;
    }
    current = await deps.store.events.get(event.tenantId, event.id);
    return 'again';
  });
}

/** The move is not told where nobody heard of it yet; else the world hears of the way back. */
function takenBack(back: Event, version: number): Event {
  const others = back.untold?.filter((news) => news.version !== version) ?? [];
  if (others.length === (back.untold?.length ?? 0)) return withNews(back, 'booking.moved', 'It went back.');
  return others.length === 0 ? withoutNews(back) : { ...back, untold: others };
}

/** Units of resources that were left for the move count again. */
function withTakesOf(booking: Booking | null, before: Booking | null): Booking | null {
  return booking === null || before?.takes === undefined ? booking : { ...booking, takes: before.takes };
}

async function leaveOldRows(deps: DeskDeps, event: Event, next: Event): Promise<readonly Place[]> {
  const ids = [...new Set([...event.resources, ...next.resources])];
  const resources = await deps.store.resources.getMany(event.tenantId, ids);
  const { settle } = sheetMoves(event, next, await contextOf(deps, next, resources));
  if (settle.length > 0) await deps.store.sheets.putMany(next.tenantId, settle);
  return settle;
}

function taken(
  deps: DeskDeps,
  event: Event,
  wish: Wish,
  resources: readonly Resource[],
  obstacles: readonly Obstacle[],
): Promise<BookOutcome> {
  const ignore = new Set([claimOfEvent(event.id)]);
  const takes = takesFor(event.booking?.takes ?? plainTakes, wish.resourceIds);
  return slotTaken(deps, event.tenantId, { span: wish.span, resources, requires: null, obstacles, ignore, takes });
}
