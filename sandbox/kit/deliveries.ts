/** Sends webhooks over real HTTP, and loses, doubles, delays, reorders or holds them when told to. */
import type { SandboxClock } from './clock.ts';
import type { Dice } from './dice.ts';

export interface Delivery {
  readonly to: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** What it is about, for the record. */
  readonly about: string;
}
export interface DeliveryRecord {
  readonly at: string;
  readonly to: string;
  readonly about: string;
  readonly outcome: 'under way' | 'delivered' | 'dropped' | 'failed';
  /** Status of the last answer; null when nothing answered. */
  readonly status: number | null;
  readonly attempts: number;
}
export interface DeliveryKnobs {
  /** Chances from 0 to 1. */
  drop: number;
  double: number;
  /** Every delivery waits so long, and up to `spreadMs` more by chance: so they overtake each other. */
  delayMs: number;
  spreadMs: number;
  /** The next so many are lost. */
  dropNext: number;
  /** Kept back until released. */
  hold: boolean;
  /** Pause before the first retry after 500, 502, 503, 504 or no answer; doubles with each. */
  retryMs: number;
}
export const calmKnobs: Readonly<DeliveryKnobs> = {
  drop: 0,
  double: 0,
  delayMs: 0,
  spreadMs: 0,
  dropNext: 0,
  hold: false,
  retryMs: 1000,
};

export interface Deliveries {
  readonly knobs: DeliveryKnobs;
  send(delivery: Delivery): void;
  /** Lets go of what is held, in this order. @returns how many */
  release(order: 'kept' | 'reversed' | 'shuffled'): number;
  log(): readonly DeliveryRecord[];
  /** Nothing is under way any more (held ones do not count). */
  settled(): Promise<void>;
  /** Forgets everything and stops retrying. */
  clear(): void;
}

/** What a sender takes for a failure, and how long it waits for an answer. */
export interface DeliveryHabits {
  /** Statuses after which it tries again; null stands for no answer. */
  readonly isRetried: (status: number | null) => boolean;
  readonly firstPatienceMs: number;
  readonly patienceMs: number;
}
const retried: readonly (number | null)[] = [null, 500, 502, 503, 504];
const usualHabits: DeliveryHabits = {
  isRetried: (status) => retried.includes(status),
  firstPatienceMs: 10_000,
  patienceMs: 10_000,
};
const mostAttempts = 5;
const mostRecords = 2000;

export function deliveryDesk({
  clock,
  chance,
  habits = usualHabits,
}: {
  readonly clock: SandboxClock;
  readonly chance: Dice;
  readonly habits?: DeliveryHabits;
}): Deliveries {
  const knobs: DeliveryKnobs = { ...calmKnobs };
  const records: DeliveryRecord[] = [];
  const held: Delivery[] = [];
  const waiting: (() => void)[] = [];
  const timers = new Set<NodeJS.Timeout>();
  let underWay = 0;
  let era = 0;

  function record(delivery: Delivery, outcome: DeliveryRecord['outcome']): number {
    if (records.length >= mostRecords) return -1;
    const { to, about } = delivery;
    const at = new Date(clock.now()).toISOString();
    return records.push({ at, to, about, outcome, status: null, attempts: 0 }) - 1;
  }
  function later(ms: number, act: () => void): void {
    const timer = setTimeout(() => {
      timers.delete(timer);
      act();
    }, ms);
    timers.add(timer);
  }
  function leave(born: number): void {
    if (born !== era) return;
    underWay -= 1;
    if (underWay === 0) for (const tell of waiting.splice(0)) tell();
  }

  function start(delivery: Delivery): void {
    underWay += 1;
    const place = record(delivery, 'under way');
    const born = era;
    const attempt = (count: number): void => {
      post(delivery, count === 1 ? habits.firstPatienceMs : habits.patienceMs).then((status) => {
        if (born !== era) return;
        const isOk = status !== null && status < 300;
        const again = !isOk && habits.isRetried(status) && count < mostAttempts;
        const outcome = isOk ? 'delivered' : again ? 'under way' : 'failed';
        if (place >= 0) records[place] = { ...records[place]!, outcome, status, attempts: count };
        if (again) later(knobs.retryMs * 2 ** (count - 1), () => attempt(count + 1));
        else leave(born);
      });
    };
    const waitMs = knobs.delayMs + chance.roll() * knobs.spreadMs;
    if (waitMs > 0) later(waitMs, () => attempt(1));
    else attempt(1);
  }

  function send(delivery: Delivery): void {
    if (knobs.dropNext > 0 || (knobs.drop > 0 && chance.roll() < knobs.drop)) {
      knobs.dropNext = Math.max(0, knobs.dropNext - 1);
      record(delivery, 'dropped');
      return;
    }
    const copies = knobs.double > 0 && chance.roll() < knobs.double ? 2 : 1;
    for (let copy = 0; copy < copies; copy += 1) {
      if (knobs.hold) held.push(delivery);
      else start(delivery);
    }
  }

  return {
    knobs,
    send,
    release(order) {
      const free = held.splice(0);
      if (order === 'reversed') free.reverse();
      if (order === 'shuffled') shuffle(free, chance);
      knobs.hold = false;
      for (const delivery of free) start(delivery);
      return free.length;
    },
    log: () => [...records],
    settled: () => new Promise((done) => (underWay === 0 ? done() : waiting.push(done))),
    clear() {
      era += 1;
      underWay = 0;
      for (const timer of timers) clearTimeout(timer);
      timers.clear();
      records.length = 0;
      held.length = 0;
      Object.assign(knobs, calmKnobs);
      for (const tell of waiting.splice(0)) tell();
    },
  };
}

function shuffle(list: Delivery[], chance: Dice): void {
  for (let at = list.length - 1; at > 0; at -= 1) {
    const other = Math.floor(chance.roll() * (at + 1));
    [list[at], list[other]] = [list[other]!, list[at]!];
  }
}

/** The status that came back, or null when nothing did. */
async function post({ to, headers, body }: Delivery, patienceMs: number): Promise<number | null> {
  try {
    const signal = AbortSignal.timeout(patienceMs);
    const answer = await fetch(to, { method: 'POST', headers, body, signal, redirect: 'manual' });
    await answer.arrayBuffer();
    return answer.status;
  } catch {
    return null;
  }
}
