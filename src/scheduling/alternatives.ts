/** What to offer for a slot that was lost: the nearest ones that are really free. */
import type { Slot } from '../domain/resource.ts';
import { overlaps } from '../domain/span.ts';
import type { Takes } from '../domain/takes.ts';
import type { Instant, Span, Zone } from '../domain/time.ts';
import { resourcesAt, slotOf } from './availability.ts';
import type { Requirement } from './desk.ts';
import type { Diary } from './diary.ts';
import { gridStarts } from './grid.ts';

export interface AlternativesQuery {
  readonly lost: Slot;
  /** Where to look; nothing outside is offered. */
  readonly window: Span;
  readonly granularityMs: number;
  readonly zone: Zone;
  readonly requires: readonly Requirement[] | null;
  readonly limit: number;
  readonly takes?: Takes;
}

/**
 * Nearest first, the later one of two equally near. Those that overlap a nearer one are kept back until nothing else
 * is left: three starts within the same half hour are no choice. The same time with other resources comes first.
 */
export function alternativesFor(query: AlternativesQuery, diaries: readonly Diary[]): readonly Slot[] {
  const picked: Slot[] = [];
  const kept: Slot[] = [];
  for (const start of nearestFirst(query)) {
    if (picked.length >= query.limit) break;
    const slot = slotAt(query, diaries, start);
    if (slot === null) continue;
    (picked.some((other) => overlaps(other, slot)) ? kept : picked).push(slot);
  }
  picked.push(...kept.slice(0, Math.max(0, query.limit - picked.length)));
  return picked.sort((a, b) => distance(a.start, query) - distance(b.start, query) || b.start - a.start);
}

function nearestFirst(query: AlternativesQuery): readonly Instant[] {
  const { lost, window } = query;
  const durationMs = lost.end - lost.start;
  if (durationMs <= 0) return [];
  const starts = new Set<Instant>(gridStarts(window, durationMs, query.granularityMs, query.zone));
  if (lost.start >= window.start && lost.end <= window.end) starts.add(lost.start);
  return [...starts].sort((a, b) => distance(a, query) - distance(b, query) || b - a);
}

function slotAt(query: AlternativesQuery, diaries: readonly Diary[], start: Instant): Slot | null {
  const { lost, requires, takes } = query;
  const span = { start, end: (start + (lost.end - lost.start)) as Instant };
  const chosen = resourcesAt(requires, diaries, span, takes);
  if (chosen === null) return null;
  const slot = slotOf(span, chosen, takes);
  return isLost(slot, lost) ? null : slot;
}

const distance = (start: Instant, query: AlternativesQuery): number => Math.abs(start - query.lost.start);

function isLost(slot: Slot, lost: Slot): boolean {
  const lostIds = new Set(lost.resourceIds);
  return (
    slot.start === lost.start &&
    slot.resourceIds.length === lostIds.size &&
    slot.resourceIds.every((id) => lostIds.has(id))
  );
}
