/** Keeps account of every text that people and REST write, so that a lost or invented edit shows. */
import type { Event, EventFields } from '../../src/domain/event.ts';
import type { EventId } from '../../src/domain/ids.ts';
import type { Store } from '../../src/store/store.ts';

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
  /** Every replacement of one text by another in the event of a booking. */
  readonly replaced: { readonly from: string; readonly to: string }[];
  /** Events that carry a booking, by id. */
  readonly bookings: Set<EventId>;
  /** How many links each event had at last, tombstones included. */
  readonly links: Map<EventId, number>;
  /** Grows with every edit. */
  count(): number;
  /** A text never used before, written over `over`. */
  write(by: Edit['by'], over: string): string;
  /** A number that no edit had before. */
  next(): number;
  excuse(texts: Iterable<string>): void;
  /** The store with every saved text noted. */
  watch(inner: Store): Store;
}

/** All texts of an event: its own and those of its occurrences. */
export function textsOf(fields: EventFields): Set<string> {
  const texts = new Set([fields.title, fields.location]);
  for (const instance of Object.values(fields.instances)) {
    if (instance !== 'cancelled') texts.add(instance.title).add(instance.location);
  }
  return texts;
}

export function makeLedger(): Ledger {
  const edits = new Map<string, Edit>();
  const seen = new Set<string>();
  const replaced: Ledger['replaced'] = [];
  const bookings = new Set<EventId>();
  const links = new Map<EventId, number>();
  let count = 0;
  return {
    ...{ edits, seen, replaced, bookings, links, count: () => count },
    write(by, over) {
      count += 1;
      const text = `t${count}`;
      edits.set(text, { text, over, by, isExcused: false });
      return text;
    },
    next() {
      count += 1;
      return count;
    },
    excuse(texts) {
      for (const text of texts) {
        const edit = edits.get(text);
        if (edit !== undefined) edit.isExcused = true;
      }
    },
    watch: (inner) => watched(inner, { seen, replaced, bookings, links }),
  };
}

function watched(inner: Store, ledger: Pick<Ledger, 'seen' | 'replaced' | 'bookings' | 'links'>): Store {
  const { seen, replaced, bookings, links } = ledger;
  const texts = new Map<EventId, readonly [string, string]>();
  const note = (events: readonly Event[], isSaved: readonly boolean[]): void => {
    for (const [i, event] of events.entries()) {
      if (!isSaved[i]) continue;
      if (event.booking !== null) bookings.add(event.id);
      links.set(event.id, event.links.length);
      const now = [event.fields.title, event.fields.location] as const;
      const before = texts.get(event.id) ?? now;
      texts.set(event.id, now);
      // What somebody does to a copy of a booking that they made for themselves is no concern of REST.
      for (const k of [0, 1] as const) {
        if (event.booking !== null && before[k] !== now[k]) replaced.push({ from: before[k], to: now[k] });
      }
      for (const text of textsOf(event.fields)) seen.add(text);
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
