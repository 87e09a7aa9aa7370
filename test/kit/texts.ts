/** Keeps account of every text that people and REST write, so that a lost or invented edit shows. */
import type { Event, EventFields, InstanceFields } from '../../src/domain/event.ts';
import type { EventId } from '../../src/domain/ids.ts';
import { instanceKeyFor } from '../../src/domain/series.ts';
import type { Store } from '../../src/store/store.ts';
import { zoned } from './builders.ts';
import type { Unit, Whim } from './history-steps.ts';

/** Which text was written over which, and whether anybody could still know of it. */
export interface Edit {
  readonly text: string;
  readonly over: string;
  readonly by: 'person' | 'rest';
  /** A person wrote over it, deleted it where it stood, or wrote it where we may not read. */
  isExcused: boolean;
}

export interface Ledger {
  readonly edits: Map<string, Edit>;
  /** Texts that were in a canonical event at some time. */
  readonly seen: Set<string>;
  /** Every replacement of one text by another in a canonical event. */
  readonly replaced: { readonly from: string; readonly to: string }[];
  /** Grows with every edit. */
  count(): number;
  /** A change of one unit: a text never used before, or another time. */
  write(by: Edit['by'], unit: Unit, old: EventFields): Partial<EventFields>;
  excuse(fields: Pick<EventFields, 'title' | 'location'>): void;
  /** The store with every saved text noted. */
  watch(inner: Store): Store;
}

export function makeLedger(): Ledger {
  const edits = new Map<string, Edit>();
  const seen = new Set<string>();
  const replaced: Ledger['replaced'] = [];
  let count = 0;
  return {
    ...{ edits, seen, replaced, count: () => count },
    write(by, unit, old) {
      count += 1;
      if (unit === 'when') return { ...slot(count * 7), series: old.series };
      const text = `t${count}`;
      const over = unit === 'what' ? old.title : old.location;
      edits.set(text, { text, over, by, isExcused: false });
      return unit === 'what' ? { title: text } : { location: text };
    },
    excuse({ title, location }) {
      for (const text of [title, location]) {
        const edit = edits.get(text);
        if (edit !== undefined) edit.isExcused = true;
      }
    },
    watch: (inner) => watched(inner, seen, replaced),
  };
}

/** Three quarters of an hour on one of the first days of June. */
export function slot(n: number): Pick<EventFields, 'start' | 'end'> {
  const hour = String(6 + (n % 12)).padStart(2, '0');
  const day = String(1 + (Math.floor(n / 12) % 5)).padStart(2, '0');
  return { start: zoned(`2027-06-${day}T${hour}:00`), end: zoned(`2027-06-${day}T${hour}:45`) };
}

/** What a person does to an event besides writing: marks, answers, series and single occurrences. */
export function whimsical(whim: Whim, fields: EventFields): Partial<EventFields> {
  const key = instanceKeyFor(fields.start);
  const { series, instances, ...own } = fields;
  const one: InstanceFields = { ...own, ...slot(whim === 'shift' ? own.title.length + 17 : 0) };
  switch (whim) {
    case 'free':
    case 'busy':
      return { busy: whim };
    case 'private':
      return { privacy: 'private' };
    case 'open':
      return { privacy: 'default' };
    case 'declined':
      return { response: fields.response === 'declined' ? 'accepted' : 'declined' };
    case 'weekly':
      return series === null
        ? { series: { rules: ['FREQ=DAILY;COUNT=4'], extraDates: [] } }
        : { series: null, instances: {} };
    case 'skip':
      return series === null ? {} : { instances: { ...instances, [key]: 'cancelled' } };
    case 'shift':
      return series === null ? {} : { instances: { ...instances, [key]: one } };
  }
}

function watched(inner: Store, seen: Set<string>, replaced: Ledger['replaced']): Store {
  const texts = new Map<EventId, readonly [string, string]>();
  const note = (events: readonly Event[], isSaved: readonly boolean[]): void => {
    for (const [i, event] of events.entries()) {
      if (!isSaved[i]) continue;
      const now = [event.fields.title, event.fields.location] as const;
      const before = texts.get(event.id) ?? now;
      texts.set(event.id, now);
      for (const k of [0, 1] as const) {
        seen.add(now[k]);
        if (before[k] !== now[k]) replaced.push({ from: before[k], to: now[k] });
      }
    }
  };
  return {
    ...inner,
    events: {
      ...inner.events,
      async saveMany(next) {
        const isSaved = await inner.events.saveMany(next);
        note(next, isSaved);
        return isSaved;
      },
      async save(next) {
        const isSaved = await inner.events.save(next);
        note([next], [isSaved]);
        return isSaved;
      },
      async insert(event) {
        const outcome = await inner.events.insert(event);
        note([event], [outcome === 'inserted']);
        return outcome;
      },
    },
  };
}
