/** Writes the rows of saved events, a portion of day sheets at a time, and finds what they overlap. */
import type { Event } from '../domain/event.ts';
import { claimOfEvent } from '../domain/ids.ts';
import type { Conflict } from '../domain/policy.ts';
import type { DaySheet, SheetRow, Slot } from '../domain/resource.ts';
import { isLive } from '../domain/sheet-row.ts';
import { overlaps } from '../domain/span.ts';
import type { SheetPut } from '../scheduling/sheet.ts';
import { clashes } from '../scheduling/sheet.ts';
import { overlapConflict } from './conflicts.ts';
import { inParallel } from './parallel.ts';
import type { Session } from './session.ts';

/** A saved event and exactly the rows that it has from now on. */
export interface Settling {
  readonly next: Event;
  readonly settle: readonly SheetPut[];
}

/** Names the day sheet of a put. */
export const keyOf = (put: Pick<SheetPut, 'resourceId' | 'day'>): string => `${put.resourceId} ${put.day}`;

/**
 * Sheets that are held at one time: a page of a feed may touch every day of a year, and the sheets of a full calendar
 * together are most of what it holds. Two portions are under way, so that the database is not idle between them.
 */
const sheetsAtOnce = 32;
const portionsAtOnce = 2;

/** Writes all rows; answers the conflicts of overlaps that are seen then, each once. */
export async function settleAll(s: Session, steps: readonly Settling[]): Promise<readonly Conflict[]> {
  const found = new Map<string, Conflict>();
  await inParallel(portionsOf(steps), portionsAtOnce, async (portion) => {
    const puts = portion.flatMap((step) => step.settle);
    const written = await s.deps.store.sheets.putMany(s.calendar.tenantId, puts);
    for (const conflict of await overlapsOf(s, portion, written)) found.set(conflict.id, conflict);
  });
  return [...found.values()];
}

/** By day, so that a sheet is written once for all events of a page. */
function portionsOf(steps: readonly Settling[]): readonly (readonly Settling[])[] {
  const firstKey = (step: Settling): string => `${step.settle[0]!.day} ${step.settle[0]!.resourceId}`;
  const moving = steps.filter((step) => step.settle.length > 0).map((step) => ({ step, key: firstKey(step) }));
  moving.sort((a, b) => (a.key < b.key ? -1 : Number(a.key > b.key)));
  const portions: Settling[][] = [];
  let sheets = new Set<string>();
  for (const { step } of moving) {
    if (portions.length === 0 || sheets.size >= sheetsAtOnce) {
      portions.push([]);
      sheets = new Set();
    }
    portions.at(-1)!.push(step);
    for (const put of step.settle) sheets.add(keyOf(put));
  }
  return portions;
}

/** Two events of one resource at one time are told where one of them is a booking; holds are judged when they are used. */
async function overlapsOf(s: Session, kept: readonly Settling[], written: readonly DaySheet[]): Promise<Conflict[]> {
  const found = new Map<string, Conflict>();
  const sheetOf = new Map(written.map((sheet) => [keyOf(sheet), sheet]));
  for (const { next, settle } of kept) {
    const sheets = settle.flatMap((put) => sheetOf.get(keyOf(put)) ?? []);
    const claim = claimOfEvent(next.id);
    const matters = (row: SheetRow) => row.claim !== claim && (next.booking !== null || row.kind === 'booking');
    if (!sheets.some((sheet) => sheet.rows.some(matters))) continue;
    for (const conflict of await overlapsOfOne(s, next, sheets)) found.set(conflict.id, conflict);
  }
  return [...found.values()];
}

async function overlapsOfOne(s: Session, event: Event, sheets: readonly DaySheet[]): Promise<Conflict[]> {
  const now = s.deps.store.now();
  const beside = clashes(event, sheets, now, (id) => s.resources.get(id)?.quantity ?? 1).filter(
    (row) => row.eventId !== null && (event.booking !== null || row.kind === 'booking'),
  );
  if (beside.length === 0) return [];
  const claim = claimOfEvent(event.id);
  const own = sheets.flatMap((sheet) => sheet.rows.filter((row) => row.claim === claim && isLive(row, now)));
  const found: Conflict[] = [];
  for (const row of beside) {
    const mine = own.find((r) => overlaps(r, row));
    if (mine === undefined) continue;
    const alternatives = await alternativesBeside(s, event, row);
    const { calendar } = s;
    const choice = calendar.policy.overlap === 'allow' ? 'both' : null;
    const now = s.deps.clock.now();
    found.push(overlapConflict({ event, calendar, now, own: mine, row, alternatives, choice }));
  }
  return found;
}

/** It is the booking that can go elsewhere; somebody's own appointment is not ours to move. */
async function alternativesBeside(s: Session, event: Event, row: SheetRow): Promise<readonly Slot[]> {
  if (s.deps.alternativesFor === undefined) return [];
  const booking =
    event.booking !== null || row.eventId === null ? event : await s.deps.store.events.get(event.tenantId, row.eventId);
  return booking === null ? [] : s.deps.alternativesFor(booking);
}
