/** Picks a few slots that are a real choice: the soonest first, then each unlike those picked before. */
import type { Slot } from '../domain/resource.ts';
import { overlaps } from '../domain/span.ts';
import type { Zone } from '../domain/time.ts';
import { dayMs } from '../domain/time.ts';
import { instantToWall } from '../domain/zone.ts';

/** In days of waiting: what a customer would rather wait than hear the same half-day, day or person again. */
const sameHalfDay = 4;
const sameDay = 2;
const sameResource = 1;

interface Placed {
  readonly slot: Slot;
  readonly day: string;
  readonly half: string;
}

/** At most `count` slots by start, none of which overlaps another of the same resource or one in `beside`. */
export function pickDiverse(
  slots: readonly Slot[],
  count: number,
  zone: Zone,
  beside: readonly Slot[] = [],
): readonly Slot[] {
  const place = (slot: Slot): Placed => {
    const wall = instantToWall(slot.start, zone);
    const day = wall.slice(0, 10);
    return { slot, day, half: `${day} ${wall.slice(11, 13) < '12' ? 'am' : 'pm'}` };
  };
  const known = beside.map(place);
  let open = slots.map(place).filter((p) => !known.some((k) => clashes(k.slot, p.slot)));
  const origin = Math.min(...slots.map((s) => s.start));
  const picked: Placed[] = [];
  while (picked.length < count && open.length > 0) {
    const so = [...known, ...picked];
    const best = open.reduce((a, b) => (costOf(b, so, origin) < costOf(a, so, origin) ? b : a));
    picked.push(best);
    open = open.filter((p) => !clashes(p.slot, best.slot));
  }
  return picked.map((p) => p.slot).sort((a, b) => a.start - b.start);
}

const shares = (a: Slot, b: Slot): boolean => a.resourceIds.some((id) => b.resourceIds.includes(id));
/** Two options at one and the same time are no choice for the customer, whoever comes. */
const clashes = (a: Slot, b: Slot): boolean => a.start === b.start || (overlaps(a, b) && shares(a, b));

function costOf(p: Placed, picked: readonly Placed[], origin: number): number {
  const waiting = (p.slot.start - origin) / dayMs;
  return picked.reduce(
    (cost, other) =>
      cost +
      (p.half === other.half ? sameHalfDay : p.day === other.day ? sameDay : 0) +
      (shares(p.slot, other.slot) ? sameResource : 0),
    waiting,
  );
}
