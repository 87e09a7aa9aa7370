/** Counts what a preview finds, and keeps the first of each kind. */
import type { Preview, PreviewItem, PreviewList } from '../domain/preview.ts';

const mostShown = 20;

interface Counter {
  add(item: PreviewItem): void;
  list(): PreviewList;
}

/** Memory does not grow with the calendar: beyond a few, only the soonest are kept. */
function counter(): Counter {
  let count = 0;
  let kept: PreviewItem[] = [];
  const soonest = () => kept.sort((a, b) => a.start - b.start).slice(0, mostShown);
  return {
    add({ title, start, end }) {
      count += 1;
      kept.push({ title, start, end });
      if (kept.length > 10 * mostShown) kept = soonest();
    },
    list: () => ({ count, first: soonest() }),
  };
}

export interface Tally extends Record<Exclude<keyof Preview, 'looked' | 'unreadable'>, Counter> {
  looked: number;
  unreadable: number;
  preview(): Preview;
}

export function tally(): Tally {
  const self: Tally = {
    ...{ looked: 0, unreadable: 0 },
    ...{ blocked: counter(), freed: counter(), overlapping: counter() },
    ...{ created: counter(), changed: counter(), deleted: counter() },
    preview: () => ({
      ...{ looked: self.looked, unreadable: self.unreadable },
      ...{ blocked: self.blocked.list(), freed: self.freed.list(), overlapping: self.overlapping.list() },
      ...{ created: self.created.list(), changed: self.changed.list(), deleted: self.deleted.list() },
    }),
  };
  return self;
}
