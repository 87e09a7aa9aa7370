/** Confirms bookings behind their answers: many rows and marks share one write each. */
import type { Event } from '../domain/event.ts';
import type { TenantId } from '../domain/ids.ts';
import type { SheetRow } from '../domain/resource.ts';
import type { Cell } from './cells.ts';
import { placesOf } from './cells.ts';
import type { DeskDeps, Later } from './parts.ts';
import { tellNews } from './parts.ts';
import { reportOverlaps, settleEvent } from './settle.ts';
import type { SheetPut } from './sheet.ts';

interface Waiting {
  readonly event: Event;
  readonly cells: readonly Cell[];
}

/** One round is under way at a time; whatever comes meanwhile shares the next one. */
export function makeLater(deps: Omit<DeskDeps, 'later'>): Later {
  let waiting: Waiting[] = [];
  let round: Promise<void> | null = null;
  const running = new Set<Promise<unknown>>();

  const start = (): Promise<void> => {
    const batch = waiting;
    waiting = [];
    return confirmAll(deps, batch).then(() => {
      round = waiting.length > 0 ? start() : null;
    });
  };
  return {
    confirm(event, cells) {
      waiting.push({ event, cells });
      round ??= start();
    },
    run(work) {
      const done: Promise<unknown> = work()
        .catch((error: unknown) => deps.log.error('work behind an answer failed', { error: String(error) }))
        .finally(() => running.delete(done));
      running.add(done);
    },
    async idle() {
      while (round !== null || running.size > 0) await Promise.all([round, ...running]);
    },
  };
}

async function confirmAll(deps: Omit<DeskDeps, 'later'>, batch: readonly Waiting[]): Promise<void> {
  const telling = tellNews(
    deps,
    batch.map(({ event }) => event),
  );
  for (const tenantId of new Set(batch.map(({ event }) => event.tenantId))) {
    const mine = batch.filter(({ event }) => event.tenantId === tenantId);
    try {
      await confirmOf(deps, tenantId, mine, telling);
    } catch (error) {
      // Their rows block for a while longer, and the sweep of debts takes them up.
      deps.log.error('bookings could not be confirmed behind their answers', { tenantId, error: String(error) });
    }
  }
  await telling;
}

async function confirmOf(
  deps: DeskDeps,
  tenantId: TenantId,
  mine: readonly Waiting[],
  telling: Promise<boolean>,
): Promise<void> {
  const puts = mine.map(({ event, cells }) => cells.map((cell) => putOf(event, cell)));
  const sheets = await deps.store.sheets.putMany(tenantId, puts.flat());
  let read = 0;
  for (const [i, { event }] of mine.entries()) {
    const from = read;
    read += puts[i]!.length;
    await reportOverlaps(deps, event, sheets.slice(from, read));
  }
  // What is not told stays owed, and the sweep tells it.
  if (!(await telling)) return;
  const settled = await deps.store.events.settleRows(mine.map(({ event }) => event));
  for (const [i, { event, cells }] of mine.entries()) {
    // Somebody changed it meanwhile: then its rows are made from what it is now.
    if (!settled[i]) await settleLate(deps, event, cells);
  }
}

async function settleLate(deps: DeskDeps, event: Event, cells: readonly Cell[]): Promise<void> {
  const current = await deps.store.events.get(event.tenantId, event.id);
  if (current !== null) await settleEvent(deps, current, 'debt', placesOf(cells));
}

function putOf(event: Event, { resource, day, row }: Cell): SheetPut {
  const firm: SheetRow = { ...row, firm: true, until: null, version: event.version };
  return { resourceId: resource.id, day, claim: row.claim, rows: [firm], version: event.version };
}
