/** Lets others be heard while one visit computes: a long computation holds up the answers to every write in flight. */
import type { Clock } from '../domain/ports.ts';

/** A round trip to a provider takes some ten of these. */
const mostMs = 5;

/** Asked between items of a long piece of work: null while there is time left, else a promise to wait for. */
export type Breath = () => Promise<void> | null;

export function breather(clock: Pick<Clock, 'monotonic'>): Breath {
  let since = clock.monotonic();
  return () => {
    if (clock.monotonic() - since < mostMs) return null;
    return new Promise((resolve) => {
      setImmediate(() => {
        since = clock.monotonic();
        resolve();
      });
    });
  };
}
