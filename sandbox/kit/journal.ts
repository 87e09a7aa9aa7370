/** Remembers what was asked and what of it was wrong: the evidence on which a client is judged. */
export interface Entry {
  readonly at: string;
  readonly method: string;
  readonly verb: string;
  readonly path: string;
  readonly account: string | null;
  readonly status: number | 'cut';
  readonly reason: string | null;
}

/** A request that the real service would refuse or silently misunderstand. */
export interface Violation {
  readonly at: string;
  readonly method: string;
  readonly path: string;
  readonly what: string;
}

export interface Journal {
  asked(entry: Entry): void;
  violated(violation: Violation): void;
  /** Newest last; the oldest fall out beyond the limit. */
  requests(): readonly Entry[];
  violations(): readonly Violation[];
  /** How often each method was asked since the last clearing. */
  counts(): Readonly<Record<string, number>>;
  clear(): void;
}

const most = 5000;

export function journal(): Journal {
  const entries: Entry[] = [];
  const wrongs: Violation[] = [];
  const counts = new Map<string, number>();
  return {
    asked(entry) {
      entries.push(entry);
      if (entries.length > most * 2) entries.splice(0, most);
      counts.set(entry.method, (counts.get(entry.method) ?? 0) + 1);
    },
    violated(violation) {
      if (wrongs.length < most) wrongs.push(violation);
    },
    requests: () => entries.slice(-most),
    violations: () => [...wrongs],
    counts: () => Object.fromEntries(counts),
    clear() {
      entries.length = 0;
      wrongs.length = 0;
      counts.clear();
    },
  };
}
