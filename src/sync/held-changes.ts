/** Removals and moves of a feed wait for its last page: only then is it known whether they are a mass. */
import type { Change } from '../domain/connector.ts';
import type { Event } from '../domain/event.ts';
import { sameUnit, sameValue } from '../domain/event.ts';
import type { RemoteId } from '../domain/ids.ts';
import { spanOf } from '../domain/series.ts';
import type { Zone } from '../domain/time.ts';
import type { HeldMove } from './absence.ts';
import type { News } from './absorb-page.ts';
import { remoteIdOf } from './lookup.ts';
import type { Plan } from './plan.ts';

type Removal = Extract<Change, { kind: 'remove' }>;

export interface HeldChanges {
  /** What of a page is planned at once. A copy that is named again later in the feed is there again. */
  sift(changes: readonly Change[]): readonly Change[];
  /** True: the plan would move or end a known event, so it waits; or it goes on from one that waits. */
  holds(item: News, event: Event | null, plan: Plan): boolean;
  readonly removals: readonly Removal[];
  readonly moves: readonly HeldMove[];
  /** Everything behind the moves, in the order in which it came. */
  readonly waiting: readonly News[];
  isEmpty(): boolean;
}

interface Waiting {
  readonly move: HeldMove;
  readonly items: readonly News[];
}

/** @param zone of the calendar: floating times and whole days lie there */
export function holdChanges(zone: Zone): HeldChanges {
  const removed = new Map<RemoteId, Removal>();
  const moved = new Map<RemoteId, Waiting>();
  return {
    sift(changes) {
      const now: Change[] = [];
      for (const change of changes) {
        if (change.kind !== 'remove') {
          removed.delete(remoteIdOf(change));
          now.push(change);
          continue;
        }
        removed.set(change.remoteId, change);
        moved.delete(change.remoteId);
      }
      return now;
    },
    holds(item, event, plan) {
      const id = remoteIdOf(item.change);
      const before = moved.get(id);
      // One occurrence says nothing of the rest, so it has to follow what waits; anything else replaces it.
      if (before !== undefined && item.change.kind === 'instance') {
        moved.set(id, { ...before, items: [...before.items, item] });
        return true;
      }
      moved.delete(id);
      const move = event === null ? null : moveOf(id, event, plan, zone);
      if (move === null) return false;
      moved.set(id, { move, items: [item] });
      return true;
    },
    get removals() {
      return [...removed.values()];
    },
    get moves() {
      return [...moved.values()].map(({ move }) => move);
    },
    get waiting() {
      return [...moved.values()].flatMap(({ items }) => items);
    },
    isEmpty: () => removed.size === 0 && moved.size === 0,
  };
}

/** Another wording of the same time (a zone renamed, an offset instead of a zone) moves nothing. */
function moveOf(remoteId: RemoteId, event: Event, plan: Plan, zone: Zone): HeldMove | null {
  const { next } = plan;
  if (next === null || next.id !== event.id || event.deletedAt !== null) return null;
  const from = spanOf(event.fields, zone);
  if (next.deletedAt !== null || (next.fields.status === 'cancelled' && event.fields.status !== 'cancelled')) {
    return { remoteId, eventId: event.id, from, to: null };
  }
  if (sameUnit('when', event.fields, next.fields)) return null;
  const to = spanOf(next.fields, zone);
  const isSame = from.start === to.start && from.end === to.end && sameValue(event.fields.series, next.fields.series);
  return isSame ? null : { remoteId, eventId: event.id, from, to };
}
