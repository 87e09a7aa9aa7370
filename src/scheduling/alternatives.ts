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
  const near = candidates(query, diaries).sort((a, b) => distance(a, query) - distance(b, query) || b.start - a.start);
  const picked: Slot[] = [];
  for (const slot of near) {
    if (picked.length < query.limit && !picked.some((other) => overlaps(other, slot))) picked.push(slot);
  }
  for (const slot of near) {
    if (picked.length < query.limit && !picked.includes(slot)) picked.push(slot);
  }
  return picked.sort((a, b) => distance(a, query) - distance(b, query) || b.start - a.start);
}

function candidates(query: AlternativesQuery, diaries: readonly Diary[]): Slot[] {
  const { lost, window, requires } = query;
  const durationMs = lost.end - lost.start;
  if (durationMs <= 0) return [];
  const starts = new Set<Instant>(gridStarts(window, durationMs, query.granularityMs, query.zone));
  if (lost.start >= window.start && lost.end <= window.end) starts.add(lost.start);
  const slots: Slot[] = [];
  for (const start of starts) {
    const span = { start, end: (start + durationMs) as Instant };
    const chosen = resourcesAt(requires, diaries, span, query.takes);
    const slot = chosen === null ? null : slotOf(span, chosen, query.takes);
    if (slot !== null && !isLost(slot, lost)) slots.push(slot);
  }
  return slots;
}

const distance = (slot: Slot, query: AlternativesQuery): number => Math.abs(slot.start - query.lost.start);

function isLost(slot: Slot, lost: Slot): boolean {
  const lostIds = new Set(lost.resourceIds);
  return (
    slot.start === lost.start &&
    slot.resourceIds.length === lostIds.size &&
    slot.resourceIds.every((id) => lostIds.has(id))
  );
}
