/** Waiting for something to become true, instead of sleeping for as long as it usually takes. */

import { setTimeout as pause } from 'node:timers/promises';

/** Asks again and again, with a pause of `everyMs`, until the answer is neither null nor false; fails after `withinMs`. */
export async function eventually<T>(ask: () => Promise<T | null | false>, withinMs = 5_000, everyMs = 2): Promise<T> {
  const giveUpAt = performance.now() + withinMs;
  for (;;) {
    const answer = await ask();
    if (answer !== null && answer !== false) return answer;
    if (performance.now() > giveUpAt) throw new Error('the awaited condition did not come about');
    await pause(everyMs);
  }
}
