/**
 * One process that plays random histories: `node --import tsx test/kit/history-worker.ts RUNS SEED [PATH]`. It says how it
 * goes and how it ended in lines of JSON; PATH, printed with a failure, leads straight to the shrunk history. With
 * `--no-shrink` in its place the first failure ends it.
 */
import fc from 'fast-check';
import { histories } from './history-arbitrary.ts';
import type { History } from './history-steps.ts';
import { holds, type Tally, tally, Violation } from './holds.ts';

export interface Failure {
  readonly seed: number;
  readonly path: string | null;
  /** Null: the history did not come to its end, which violates no invariant by name. */
  readonly invariant: number | null;
  readonly message: string;
  /** The shrunk history, steps one by one. */
  readonly history: readonly string[];
}
export type Line =
  | { readonly kind: 'progress'; readonly tally: Tally }
  | { readonly kind: 'end'; readonly tally: Tally; readonly failure: Failure | null };

const every = 1000;
const noShrink = '--no-shrink';

async function main(runs: number, seed: number, path: string | undefined): Promise<void> {
  const say = (line: Line): void => void process.stdout.write(`${JSON.stringify(line)}\n`);
  let said = Date.now();
  const property = fc.asyncProperty(histories, async (history) => {
    await holds(history);
    if (Date.now() - said < every) return;
    said = Date.now();
    say({ kind: 'progress', tally });
  });
  const isPath = path !== undefined && path !== noShrink;
  const details = await fc.check(property, {
    ...{ numRuns: runs, seed, endOnFailure: path === noShrink },
    ...(isPath ? { path } : {}),
  });
  const { counterexample, errorInstance: error } = details;
  const failure: Failure | null = details.failed
    ? {
        seed,
        path: details.counterexamplePath,
        invariant: error instanceof Violation ? error.invariant : null,
        message: error instanceof Error ? (error.stack ?? error.message) : String(error),
        history: counterexample === null ? [] : told(counterexample[0]),
      }
    : null;
  say({ kind: 'end', tally, failure });
}

function told({ setup, steps }: History): string[] {
  const plain = (_: string, value: unknown) => (value instanceof Set ? [...value] : value);
  const { calendars, policy, season } = setup;
  return [
    JSON.stringify({ season, policy }),
    ...calendars.map((calendar) => JSON.stringify(calendar, plain)),
    ...steps.map((step) => JSON.stringify(step)),
  ];
}

const [runs, seed, path] = process.argv.slice(2);
if (runs !== undefined) await main(Number(runs), Number(seed), path);
