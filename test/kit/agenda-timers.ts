/** Lets a test process end although agenda leaves a timer behind for every job that it ran, for half of the job's lock. */

const halfOfTheLockMs = 60_000;
let isDone = false;

/** From now on those timers, and no others, do not keep the process alive. */
export function letGoOfAgendaTimers(): void {
  if (isDone) return;
  isDone = true;
  const original = globalThis.setTimeout;
  const patched = (...args: Parameters<typeof original>): NodeJS.Timeout => {
    const timer = original(...args);
    const isAgendas = args[1] === halfOfTheLockMs && /[\\/]agenda[\\/]/.test(new Error('where').stack ?? '');
    return isAgendas ? timer.unref() : timer;
  };
  globalThis.setTimeout = Object.assign(patched, original);
}
