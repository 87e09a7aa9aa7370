/** A clock that stands still until a test moves it. */

import type { Clock } from '../../src/domain/ports.ts';
import type { Instant } from '../../src/domain/time.ts';

export interface FakeClock extends Clock {
  /** Moves time on and wakes the sleepers whose time has come, in order of their waking. */
  advance(ms: number): void;
  /** How many are asleep. */
  sleepers(): number;
}

interface Sleeper {
  readonly wakeAt: number;
  wake(): void;
}

export function fakeClock(start: Instant): FakeClock {
  let now: number = start;
  const asleep = new Set<Sleeper>();
  return {
    now: () => now as Instant,
    monotonic: () => now - start,
    sleepers: () => asleep.size,
    advance(ms) {
      now += ms;
      const woken = [...asleep].filter((s) => s.wakeAt <= now).sort((a, b) => a.wakeAt - b.wakeAt);
      for (const sleeper of woken) sleeper.wake();
    },
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted || ms <= 0) return resolve();
        const sleeper: Sleeper = {
          wakeAt: now + ms,
          wake() {
            asleep.delete(sleeper);
            signal?.removeEventListener('abort', sleeper.wake);
            resolve();
          },
        };
        asleep.add(sleeper);
        signal?.addEventListener('abort', sleeper.wake, { once: true });
      }),
  };
}
