/** Plays random histories in several processes at once, so that a suite of ten thousand takes as long as it must and no longer. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Failure, Line } from './history-worker.ts';
import type { Tally } from './holds.ts';

export interface Outcome {
  readonly tally: Tally;
  readonly failures: readonly Failure[];
}

const worker = fileURLToPath(new URL('./history-worker.ts', import.meta.url));

/** `seed` names all of it: the same seed and number of workers play the same histories. */
export async function playHistories(o: {
  readonly runs: number;
  readonly seed: number;
  readonly workers: number;
  readonly path: string | null;
}): Promise<Outcome> {
  const share = Math.ceil(o.runs / o.workers);
  const ends = await Promise.all(Array.from({ length: o.workers }, (_, i) => one(share, o.seed + i, o.path)));
  return {
    tally: ends.map((end) => end.tally).reduce(sum),
    failures: ends.flatMap((end) => end.failure ?? []),
  };
}

const sum = (a: Tally, b: Tally): Tally => ({
  histories: a.histories + b.histories,
  steps: a.steps + b.steps,
  faults: a.faults + b.faults,
  visits: a.visits + b.visits,
});

async function one(runs: number, seed: number, path: string | null): Promise<Extract<Line, { kind: 'end' }>> {
  const args = ['--import', 'tsx', worker, String(runs), String(seed), ...(path === null ? [] : [path])];
  const child = spawn(process.execPath, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, TZ: 'UTC' },
  });
  let complaint = '';
  child.stderr.on('data', (part: Buffer) => {
    complaint = (complaint + part.toString('utf8')).slice(-4000);
  });
  let end: Extract<Line, { kind: 'end' }> | null = null;
  for await (const text of createInterface({ input: child.stdout })) {
    const line = JSON.parse(text) as Line;
    if (line.kind === 'end') end = line;
  }
  if (end === null) throw new Error(`the histories of seed ${seed} did not come to an end: ${complaint}`);
  return end;
}
