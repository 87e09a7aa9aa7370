/** A store whose process dies at its n-th call: that call fails before or after its effect, and so does every later one. */
import type { Store } from '../../src/store/store.ts';

export interface Crash {
  readonly store: Store;
  /** Calls seen so far; the number of places at which a journey can be cut. */
  calls(): number;
  hasCrashed(): boolean;
}

/** `n` counts from 1; 0 never crashes. */
export function failAt(inner: Store, n: number, when: 'before' | 'after'): Crash {
  let calls = 0;
  let crashed = false;
  const died = () => new Error(`the process died at call ${n}`);
  const run = async (call: () => Promise<unknown>): Promise<unknown> => {
    if (crashed) throw died();
    calls += 1;
    if (calls !== n) return call();
    crashed = true;
    if (when === 'after') await call();
    throw died();
  };
  return {
    store: new Proxy(inner, { get: (target, key) => part(Reflect.get(target, key), target, run) }),
    calls: () => calls,
    hasCrashed: () => crashed,
  };
}

type Run = (call: () => Promise<unknown>) => Promise<unknown>;

/** `now()` is no effect; the parts of the store are wrapped method by method. */
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
