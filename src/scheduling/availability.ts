/** Which slots can be offered: every start on the grid at which all that is needed works and is free. */
import type { ResourceId } from '../domain/ids.ts';
import type { Slot } from '../domain/resource.ts';
import type { Takes } from '../domain/takes.ts';
import { plainTakes, unitsIn } from '../domain/takes.ts';
import type { Instant, Span, Zone } from '../domain/time.ts';
import { dayMs } from '../domain/time.ts';
import { offsetMsAt } from '../domain/zone.ts';
import type { Reason } from './assign.ts';
import { choose, refusals } from './assign.ts';
import type { Requirement } from './desk.ts';
import type { Diary } from './diary.ts';
import { isFree, refusalsAt } from './diary.ts';
import { gridStarts } from './grid.ts';

export interface SlotQuery {
  readonly window: Span;
  readonly durationMs: number;
  readonly granularityMs: number;
  /** Zone of the grid. */
  readonly zone: Zone;
  /** Null: the diaries' resources are needed all together. Otherwise they are the candidates. */
  readonly requires: readonly Requirement[] | null;
  readonly limit: number;
  readonly explain: boolean;
  /** Pads, and units of named resources. */
  readonly takes?: Takes;
}
export interface SlotAnswer {
  readonly slots: readonly Slot[];
  /** For each reason the number of refused starts at which it was met; null unless asked for. */
  readonly why: Readonly<Record<string, number>> | null;
}

export function slotsIn(query: SlotQuery, diaries: readonly Diary[]): SlotAnswer {
  const slots: Slot[] = [];
  const why: Record<string, number> = {};
  if (query.durationMs > 0) {
    for (const start of gridStarts(query.window, query.durationMs, query.granularityMs, query.zone)) {
      const span = { start, end: (start + query.durationMs) as Instant };
      const chosen = resourcesAt(query.requires, diaries, span, query.takes);
      if (chosen !== null) slots.push(slotOf(span, chosen, query.takes));
      else if (query.explain) {
        for (const reason of reasonsAt(query.requires, diaries, span, query.takes))
          why[reason] = (why[reason] ?? 0) + 1;
      }
    }
  }
  return { slots: spread(slots, query.limit, query.zone), why: query.explain ? why : null };
}

function isEmpty(units: Takes['units']): boolean {
  for (const _ in units) return false;
  return true;
}

/** A slot of resources of which some may be named several times. */
export function slotOf(span: Span, chosen: readonly ResourceId[], takes: Takes = plainTakes): Slot {
  const { start, end } = span;
  if (chosen.length === 1 && isEmpty(takes.units)) return { start, end, resourceIds: chosen };
  const units = { ...takes.units, ...unitsIn(chosen) };
  const resourceIds = [...new Set(chosen)];
  return { ...span, resourceIds, ...(Object.keys(units).length === 0 ? {} : { units }) };
}

/** The resources that would serve this span, one name for each unit, or null when it cannot be served. */
export function resourcesAt(
  requires: readonly Requirement[] | null,
  diaries: readonly Diary[],
  span: Span,
  takes: Takes = plainTakes,
): readonly ResourceId[] | null {
  if (requires !== null) return choose(requires, diaries, span, takes);
  const all = diaries.length > 0 && diaries.every((diary) => isFree(diary, span, takes));
  return all ? diaries.map((diary) => diary.resource.id) : null;
}

function reasonsAt(
  requires: readonly Requirement[] | null,
  diaries: readonly Diary[],
  span: Span,
  takes: Takes = plainTakes,
): ReadonlySet<Reason> {
  if (requires !== null) return refusals(requires, diaries, span, takes);
  if (diaries.length === 0) return new Set(['RESOURCE_SHORT']);
  const found = new Set<Reason>(diaries.flatMap((diary) => refusalsAt(diary, span, takes)));
  return found.size === 0 ? new Set(['RESOURCE_SHORT']) : found;
}

const halfDayMs = dayMs / 2;

/**
 * At most `limit` slots by start. When there are more, they are taken in turns from every half-day, so that a caller
 * who wants ten hears of several days; the soonest is always among them.
 */
export function spread(slots: readonly Slot[], limit: number, zone: Zone): readonly Slot[] {
  if (slots.length <= limit) return slots;
  const halves = new Map<number, Slot[]>();
  for (const slot of slots) {
    const half = Math.floor((slot.start + offsetMsAt(zone, slot.start)) / halfDayMs);
    const known = halves.get(half);
    if (known === undefined) halves.set(half, [slot]);
    else known.push(slot);
  }
  const picked: Slot[] = [];
  for (let turn = 0; picked.length < limit; turn += 1) {
    for (const half of halves.values()) {
      const slot = half[turn];
      if (slot !== undefined && picked.length < limit) picked.push(slot);
    }
  }
  return picked.sort((a, b) => a.start - b.start);
}
