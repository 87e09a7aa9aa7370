/** Changes of versioned things: the caller's `If-Match`, and the compare-and-set underneath. */
import { Fault } from '../domain/fault.ts';
import { notFound, Refusal } from './problems.ts';

interface Versioned {
  readonly version: number;
}

export const etag = (thing: Versioned): Readonly<Record<string, string>> => ({ ETag: `"${thing.version}"` });

export const versionMismatch = (current: number): Refusal =>
  new Refusal('version_mismatch', `It was changed meanwhile and is now version ${current}.`, {
    extra: { version: current },
    headers: { ETag: `"${current}"` },
  });

const mostTries = 5;

/**
 * Reads, changes and saves until nobody was faster. Without `If-Match` a change is made on whatever is there.
 * @throws Refusal `not_found`, `version_mismatch`; Fault `clash` when somebody else is faster every time
 */
export async function savedAfterChange<T extends Versioned>(o: {
  readonly what: string;
  readonly ifVersion: number | null;
  load(): Promise<T | null>;
  next(thing: T): T;
  save(thing: T): Promise<boolean>;
}): Promise<T> {
  for (let tries = 0; tries < mostTries; tries += 1) {
    const thing = await o.load();
    if (thing === null) throw notFound(o.what);
    if (o.ifVersion !== null && o.ifVersion !== thing.version) throw versionMismatch(thing.version);
    const next = o.next(thing);
    if (await o.save(next)) return next;
  }
  throw new Fault('clash', `the ${o.what} is being changed by others`);
}
