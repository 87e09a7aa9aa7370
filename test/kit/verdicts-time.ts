/** What the day sheets must hold: at every moment for time that is promised, and exactly when all is quiet. */
import { expect } from 'chai';
import type { Event } from '../../src/domain/event.ts';
import type { ClaimId } from '../../src/domain/ids.ts';
import { claimOfEvent } from '../../src/domain/ids.ts';
import type { SheetRow } from '../../src/domain/resource.ts';
import { overlaps, subtract } from '../../src/domain/span.ts';
import type { Instant, Span } from '../../src/domain/time.ts';
import { formatInstant } from '../../src/domain/time.ts';
import { busySpans, overlapConflictId, rowsFor, sheetContext } from '../../src/scheduling/sheet.ts';
import type { Play } from './history.ts';
import { home, windowNow } from './history-times.ts';
import { tenant } from './stage.ts';
import { conflictsOf } from './verdicts-edits.ts';

async function contextOf(play: Play, event: Event, window: Span) {
  const origin = event.origin === 'rest' ? null : await play.store.calendars.get(tenant, event.origin);
  return sheetContext(event, origin, () => home, window);
}

const text = ({ claim, start, end, firm }: SheetRow): string => `${claim} ${start} ${end} ${firm}`;
const weekMs = 7 * 86_400_000;

/** The firm rows are those that the events alone give (invariant 8); of series, those whose days are due by now. */
export async function rowsAreDerivable(play: Play): Promise<void> {
  const { stage } = play;
  const now = stage.clock.now();
  const due: Span = { start: now, end: (windowNow(play.stage.clock.now()).end - weekMs) as Instant };
  const events = await stage.events();
  const series = new Set(events.filter((e) => e.fields.series !== null).map((e): ClaimId => claimOfEvent(e.id)));
  const isIn = (row: SheetRow, span: Span) => row.start >= span.start && row.end <= span.end;
  const counts = (row: SheetRow) => isIn(row, play.horizon) && (!series.has(row.claim) || isIn(row, due));
  const found = (await stage.rows(play.horizon)).filter(counts).map(text);
  const wanted: string[] = [];
  for (const event of events) {
    expect(event.sheetVersion, `${event.id} has no sheet debt`).to.equal(event.version);
    for (const put of rowsFor(event, await contextOf(play, event, windowNow(play.stage.clock.now())))) {
      wanted.push(...put.rows.filter(counts).map(text));
    }
  }
  expect(found.sort(), 'rows are those of the events').to.deep.equal(wanted.sort());
}

/**
 * Promised time is covered now (invariant 7): of every event whose rows were ever written. Only an event that just came
 * in, or a booking that nobody was told of, may still be on its way onto the sheets.
 */
export async function timeIsCovered(play: Play): Promise<void> {
  const events = (await play.stage.events()).filter((e) => e.sheetVersion > 0 && !hasLapsed(play, e));
  if (events.length === 0) return;
  const rows = await play.stage.rows(play.horizon);
  const { start, end } = windowNow(play.stage.clock.now());
  for (const event of events) {
    const until = event.fields.series === null ? end : Math.min(end, event.coveredUntil ?? end);
    const window = { start: Math.max(start, play.stage.clock.now()) as Instant, end: until as Instant };
    const wanted = busySpans(event, await contextOf(play, event, window), home).filter((s) =>
      overlaps(s, play.horizon),
    );
    const own = rows.filter((row) => row.claim === claimOfEvent(event.id));
    for (const span of subtract(wanted, own)) {
      if (!overlaps(span, window)) continue;
      const says = `${event.id} v${event.version} (rows of v${event.sheetVersion}) is covered`;
      expect.fail(`${says}: ${formatInstant(span.start)} to ${formatInstant(span.end)} is free`);
    }
  }
}

function hasLapsed({ lapsed }: Play, event: Event): boolean {
  if (event.sheetVersion === event.version) lapsed.delete(event.id);
  return lapsed.has(event.id);
}

/** Where a booking and another event hold one time, a conflict says so (invariant 6: REST itself never takes it twice). */
export async function overlapsAreTold(play: Play): Promise<void> {
  const told = new Set<string>((await conflictsOf(play)).map((c) => c.id));
  const rows = unique((await play.stage.rows(play.horizon)).filter((row) => row.firm));
  for (const [i, a] of rows.entries()) {
    for (const b of rows.slice(i + 1)) {
      if (b.start >= a.end) break;
      if (a.claim === b.claim || (a.kind !== 'booking' && b.kind !== 'booking') || !overlaps(a, b)) continue;
      expect(told.has(overlapConflictId(a, b)), `${text(a)} and ${text(b)} are told`).to.equal(true);
    }
  }
}

function unique(rows: readonly SheetRow[]): readonly SheetRow[] {
  return [...new Map(rows.map((row) => [text(row), row])).values()].sort((a, b) => a.start - b.start);
}
