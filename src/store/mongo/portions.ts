/** Cuts a large bulk into portions, so that neither this process nor the database is deaf to others while it is worked off. */

/** Encoding so many events takes a few milliseconds. */
const portionSize = 64;

/**
 * Does the work portion by portion and answers for all items in their order. The next portion is made ready while the
 * database works on the one before. Every portion ends before a failure is thrown.
 */
export async function inPortions<T, R>(
  items: readonly T[],
  work: (portion: readonly T[]) => Promise<readonly R[]>,
): Promise<readonly R[]> {
  if (items.length === 0) return [];
  if (items.length <= portionSize) return work(items);
  const running: Promise<readonly R[]>[] = [];
  for (let at = 0; at < items.length; at += portionSize) {
    if (at > 0) await new Promise((resolve) => setImmediate(resolve));
    const portion = work(items.slice(at, at + portionSize));
    portion.catch(() => {}); // heard below, when all have ended
    running.push(portion);
  }
  await Promise.allSettled(running);
  return (await Promise.all(running)).flat();
}
