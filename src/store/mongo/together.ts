/** Lets calls that come while one is under way share the next: many callers at once then cost one command, one caller waits for nobody. */

/** So many calls share one command; more wait for the one after. */
const mostShared = 64;

interface Waiting<Q, R> {
  readonly asked: Q;
  readonly resolve: (answer: R) => void;
  readonly reject: (reason: unknown) => void;
}

/**
 * `run` answers for all that was asked, in its order, and fails for all. Nobody joins a run that has begun: each call sees
 * whatever was stored before it was made, as if it had been alone.
 */
export function together<Q, R>(run: (asked: readonly Q[]) => Promise<readonly R[]>): (asked: Q) => Promise<R> {
  let waiting: Waiting<Q, R>[] = [];
  let isBusy = false;
  const work = async (): Promise<void> => {
    isBusy = true;
    while (waiting.length > 0) {
      const batch = waiting.slice(0, mostShared);
      waiting = waiting.slice(mostShared);
      try {
        const answers = await run(batch.map(({ asked }) => asked));
        for (const [i, { resolve }] of batch.entries()) resolve(answers[i]!);
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    isBusy = false;
  };
  return (asked) =>
    new Promise((resolve, reject) => {
      waiting.push({ asked, resolve, reject });
      if (!isBusy) void work();
    });
}

interface AskedOf<T, K> {
  readonly tenantId: T;
  readonly ids: readonly K[];
}

/** A read by keys of one tenant, shared per tenant: each caller gets the rows whose key it asked for. */
export function readTogether<T, K, R>(
  read: (tenantId: T, ids: readonly K[]) => Promise<readonly R[]>,
  keyOf: (row: R) => K | null,
): (tenantId: T, ids: readonly K[]) => Promise<R[]> {
  const share = together<AskedOf<T, K>, R[]>(async (asked) => {
    const ofTenant = new Map<T, K[]>();
    for (const { tenantId, ids } of asked) ofTenant.set(tenantId, [...(ofTenant.get(tenantId) ?? []), ...ids]);
    const reads = [...ofTenant].map(
      async ([tenantId, ids]) => [tenantId, await read(tenantId, [...new Set(ids)])] as const,
    );
    const found = new Map(await Promise.all(reads));
    return asked.map(({ tenantId, ids }) => {
      const wanted = new Set<K | null>(ids);
      return (found.get(tenantId) ?? []).filter((row) => wanted.has(keyOf(row)));
    });
  });
  // Many keys are a command of their own: nobody who asks for one should wait for them.
  return async (tenantId, ids) => (ids.length > mostKeys ? [...(await read(tenantId, ids))] : share({ tenantId, ids }));
}
const mostKeys = 16;
