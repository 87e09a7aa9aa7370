/** Follows the journal once per process and hands each line to the subscribers of its tenant. */
import type { TenantId } from '../domain/ids.ts';
import type { Clock, Log } from '../domain/ports.ts';
import type { JournalLine } from '../domain/tenant.ts';
import type { JournalStore } from '../store/store.ts';

export interface Subscriber {
  line(line: JournalLine): void;
  /** The hub stops: the subscriber should go. */
  end(): void;
}

export interface StreamHub {
  /**
   * Hands over every line of this tenant written after this resolved (and perhaps a few from just before), and gives
   * the way to leave. Null when the hub is closed or full. @throws Fault `unavailable`
   */
  subscribe(tenantId: TenantId, subscriber: Subscriber): Promise<(() => void) | null>;
  /** Ends all streams and the tail. */
  close(): Promise<void>;
}

const lookAgainMs = 200;
const afterFaultMs = 2_000;
const pageSize = 500;
/**
 * Lines of other processes may appear a little out of order of their ids: the tail starts again from what it saw this
 * long ago and drops what it has handed out already.
 */
const overlapMs = 2_000;
const mostPerTenant = 100;

export interface StreamHubDeps {
  readonly journal: JournalStore;
  readonly clock: Clock;
  readonly log: Log;
}

export function makeStreamHub(deps: StreamHubDeps): StreamHub {
  const subscribers = new Map<TenantId, Set<Subscriber>>();
  const stop = new AbortController();
  const tail = makeTail(deps, {
    isWanted: () => subscribers.size > 0 && !stop.signal.aborted,
    signal: stop.signal,
    line(line) {
      for (const subscriber of subscribers.get(line.tenantId) ?? []) subscriber.line(line);
    },
  });
  return {
    async subscribe(tenantId, subscriber) {
      const mine = subscribers.get(tenantId) ?? new Set<Subscriber>();
      if (stop.signal.aborted || mine.size >= mostPerTenant) return null;
      subscribers.set(tenantId, mine.add(subscriber));
      const leave = (): void => {
        mine.delete(subscriber);
        if (mine.size === 0 && subscribers.get(tenantId) === mine) subscribers.delete(tenantId);
      };
      try {
        await tail.start();
      } catch (error) {
        leave();
        throw error;
      }
      return leave;
    },
    async close() {
      stop.abort();
      for (const mine of [...subscribers.values()]) for (const subscriber of [...mine]) subscriber.end();
      await tail.ended();
    },
  };
}

interface TailOptions {
  readonly isWanted: () => boolean;
  readonly signal: AbortSignal;
  readonly line: (line: JournalLine) => void;
}

/** Reads the journal while anybody listens. */
function makeTail({ journal, clock, log }: StreamHubDeps, o: TailOptions) {
  let running: { readonly anchored: Promise<void>; readonly ended: Promise<void> } | null = null;

  async function follow(seen: SeenLines): Promise<void> {
    while (o.isWanted()) {
      try {
        const lines = await journal.tail(seen.anchor(), pageSize);
        for (const line of lines) if (seen.add(line.id)) o.line(line);
        if (lines.length < pageSize) await clock.sleep(lookAgainMs, o.signal);
        else seen.advance();
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        log.info('the journal cannot be followed, trying again', { reason });
        await clock.sleep(afterFaultMs, o.signal);
      }
    }
    // In the same breath as the last look at `isWanted`: who subscribes from now on starts a tail of their own.
    running = null;
  }
  function begin(): NonNullable<typeof running> {
    const seen = new SeenLines(clock);
    const anchored = journal.head().then((head) => seen.start(head));
    const giveUp = (): void => {
      running = null;
    };
    return { anchored, ended: anchored.then(() => follow(seen), giveUp) };
  }
  return {
    /** Resolves once everything written from now on will be seen. @throws Fault `unavailable` */
    start(): Promise<void> {
      running ??= begin();
      return running.anchored;
    },
    ended: async (): Promise<void> => running?.ended,
  };
}

/** The ids handed out lately, and from which of them to read again. */
class SeenLines {
  readonly #clock: Clock;
  readonly #recent = new Map<string, number>();
  #anchor: string | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }
  start(head: string | null): void {
    // An empty journal has no head; '' sorts before every id.
    this.#anchor = head ?? '';
  }
  anchor(): string | null {
    const old = this.#clock.monotonic() - overlapMs;
    for (const [id, at] of this.#recent) {
      if (at > old) break;
      this.#recent.delete(id);
      if (this.#anchor === null || id > this.#anchor) this.#anchor = id;
    }
    return this.#anchor;
  }
  /** False when it was there before. */
  add(id: string): boolean {
    if (this.#recent.has(id) || (this.#anchor !== null && id <= this.#anchor)) return false;
    this.#recent.set(id, this.#clock.monotonic());
    return true;
  }
  /** A full page: go on after its last line, whatever the overlap. */
  advance(): void {
    for (const id of this.#recent.keys()) if (this.#anchor === null || id > this.#anchor) this.#anchor = id;
    this.#recent.clear();
  }
}
