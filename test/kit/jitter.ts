/** A store whose calls take turns in a random order, so that callers meet in every way; the seed repeats a meeting. */
import type { Store } from '../../src/store/store.ts';

/** A small seeded generator of numbers in [0, 1) (mulberry32). */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Every call waits up to `most` turns of the microtask queue before it acts and after. */
export function jittered(inner: Store, seed: number, most = 12): Store {
  const next = random(seed);
  const pause = async () => {
    for (let turns = Math.floor(next() * most); turns > 0; turns -= 1) await null;
  };
  return new Proxy(inner, { get: (target, key) => part(Reflect.get(target, key), target, pause) });
}

function part(value: unknown, owner: object, pause: () => Promise<void>): unknown {
  if (typeof value === 'function') return value.bind(owner);
  if (typeof value !== 'object' || value === null) return value;
  return new Proxy(value, {
    get(target, key) {
      const method: unknown = Reflect.get(target, key);
      if (typeof method !== 'function') return method;
      return async (...args: unknown[]) => {
        await pause();
        const result: unknown = await method.apply(target, args);
        await pause();
        return result;
      };
    },
  });
}
