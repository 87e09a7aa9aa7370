/** A line of work whose stages run at once: jobs are made ready ahead, worked at a few at a time, and cleared away in batches. */

export interface Line<J> {
  /** Jobs at work at once. */
  readonly width: number;
  /** More jobs are made ready as soon as no more than this wait for their turn. */
  readonly ahead: number;
  /** Done jobs are cleared away as soon as this many wait for it, or nothing else is left to do. */
  readonly batch: number;
  /** The next jobs, possibly none; null when there are no more. Never asked twice at once. */
  feed(): Promise<readonly J[] | null>;
  work(job: J): Promise<void>;
  /** How many wait to be cleared away. */
  done(): number;
  /** Clears away what is done by now. Never asked twice at once. */
  clear(): Promise<void>;
}

/**
 * Runs the line to its end. A failure of any stage stops the taking of new work; answers the failures, once everything that
 * had begun has ended. What was done by then may be left uncleared.
 */
export function convey<J>(line: Line<J>): Promise<readonly unknown[]> {
  const ready: J[] = [];
  const failures: unknown[] = [];
  const busy = { feeding: 0, working: 0, clearing: 0 };
  let isDry = false;
  return new Promise((resolve) => {
    const begin = (stage: keyof typeof busy, run: () => Promise<void>): void => {
      busy[stage] += 1;
      run()
        .catch((error: unknown) => void failures.push(error))
        .finally(() => {
          busy[stage] -= 1;
          turn();
        });
    };
    const feed = async (): Promise<void> => {
      const jobs = await line.feed();
      if (jobs === null) isDry = true;
      else ready.push(...jobs);
    };
    const isDrained = (): boolean => ready.length === 0 && busy.working === 0;
    const goOn = (): void => {
      while (busy.working < line.width && ready.length > 0) {
        const job = ready.shift()!;
        begin('working', () => line.work(job));
      }
      if (!isDry && busy.feeding === 0 && ready.length <= line.ahead) begin('feeding', feed);
      const isWorthIt = line.done() >= line.batch || (line.done() > 0 && isDrained());
      if (busy.clearing === 0 && isWorthIt) begin('clearing', () => line.clear());
    };
    const turn = (): void => {
      if (failures.length === 0) goOn();
      if (busy.feeding + busy.working + busy.clearing > 0) return;
      if (isDry || failures.length > 0) resolve(failures);
    };
    turn();
  });
}
