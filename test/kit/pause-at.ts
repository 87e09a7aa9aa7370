/** A store whose process stands still at its n-th call, while the world goes on, until it is let go again. */
import type { Store } from '../../src/store/store.ts';

export interface Pause {
  readonly store: Store;
  /** Resolves when the process stands still. */
  readonly reached: Promise<void>;
  /** Lets it go on; harmless when it never stood still. */
  letGo(): void;
}

/** `n` counts from 1; `when` says on which side of the call's effect the process stops. */
export function pauseAt(inner: Store, n: number, when: 'before' | 'after'): Pause {
  let calls = 0;
  let letGo = (): void => {};
  let arrive = (): void => {};
  const free = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  const reached = new Promise<void>((resolve) => {
    arrive = resolve;
  });
  const stand = async (): Promise<void> => {
    arrive();
    await free;
  };
  const run = async (call: () => Promise<unknown>): Promise<unknown> => {
    calls += 1;
    if (calls !== n) return call();
    if (when === 'before') await stand();
    const result = await call();
    if (when === 'after') await stand();
    return result;
  };
  const wrapped = new Proxy(inner, { get: (target, key) => part(Reflect.get(target, key), target, run) });
  return { store: wrapped, reached, letGo: () => letGo() };
}

type Run = (call: () => Promise<unknown>) => Promise<unknown>;

function part(value: unknown, owner: object, run: Run): unknown {
  if (typeof value === 'function') return value.bind(owner);
  if (typeof value !== 'object' || value === null) return value;
  return new Proxy(value, {
    get(target, key) {
      const method: unknown = Reflect.get(target, key);
      return typeof method === 'function' ? (...args: unknown[]) => run(() => method.apply(target, args)) : method;
    },
  });
}
