// `npm run torture -- --hours 1 [--workers 2] [--seed N] [--go-on]`: plays random histories with ever new seeds until the time is over.
import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { checkNode, fail, installIfNeeded, root } from './bootstrap.mjs';

const { values } = parseArgs({
  options: {
    hours: { type: 'string', default: '1' },
    workers: { type: 'string', default: String(availableParallelism()) },
    /** The first seed; the others follow it one by one. */
    seed: { type: 'string', default: String(randomInt(1, 1_000_000_000)) },
    /** After a violation the worker goes on with its next seed; the exit code says 1 in the end. */
    'go-on': { type: 'boolean', default: false },
  },
});
const [hours, workers] = [Number(values.hours), Number(values.workers)];
if (!(hours > 0) || !Number.isInteger(workers) || workers < 1)
  fail('Say --hours as a number above 0 and --workers as a count.');

const worker = join(root, 'test', 'kit', 'history-worker.ts');
const perSeed = 2000;
const everyMs = 10_000;
const started = Date.now();
const endsAt = started + hours * 3_600_000;
const none = () => ({ histories: 0, steps: 0, faults: 0, visits: 0 });
const done = none();
const running = new Map();
const failures = [];
let nextSeed = Number(values.seed);
let isOver = false;

checkNode();
installIfNeeded();
console.log(`Seeds from ${nextSeed} on, ${workers} workers, ${hours} hours.`);
const ticker = setInterval(() => process.stderr.write(`${progress()}\n`), everyMs);
await Promise.all(Array.from({ length: workers }, lane));
clearInterval(ticker);
console.log(progress());
process.exit(failures.length > 0 ? 1 : 0);

/** One seed after the other, each in a process of its own, so that none inherits the memory of another. */
async function lane() {
  while (!isOver && Date.now() < endsAt) {
    const seed = nextSeed++;
    const failure = await play(seed);
    if (failure === null) continue;
    failures.push(failure);
    report(failure);
    if (!values['go-on']) isOver = true;
  }
}

/** Ends early when the time is over. */
async function play(seed) {
  const child = spawn(process.execPath, ['--import', 'tsx', worker, String(perSeed), String(seed)], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, TZ: 'UTC' },
  });
  const timer = setTimeout(() => child.kill(), Math.max(0, endsAt - Date.now()));
  let failure = null;
  let hasEnded = false;
  for await (const text of createInterface({ input: child.stdout })) {
    const line = JSON.parse(text);
    running.set(seed, line.tally);
    if (line.kind !== 'end') continue;
    hasEnded = true;
    failure = line.failure;
  }
  clearTimeout(timer);
  add(done, running.get(seed) ?? none());
  running.delete(seed);
  if (!hasEnded && Date.now() < endsAt)
    return { seed, path: null, message: 'the process died', history: [], invariant: null };
  return failure;
}

function report({ seed, path, message, history }) {
  console.log(
    `\nViolation. To see it again: HISTORY_SEED=${seed} HISTORY_PATH=${path ?? ''} npm test -- test/property/sync.test.ts`,
  );
  for (const line of history) console.log(`  ${line}`);
  console.log(message);
}

function progress() {
  const all = { ...done };
  for (const tally of running.values()) add(all, tally);
  const minutes = (Date.now() - started) / 60_000;
  const speed = Math.round(all.histories / Math.max(minutes * 60, 1));
  const counts = `${all.histories} histories, ${all.steps} steps, ${all.faults} faults, ${all.visits} pulls`;
  return `${minutes.toFixed(1)} min: ${counts}, ${speed} histories/s, violations: ${failures.length}, next seed ${nextSeed}`;
}

function add(to, tally) {
  for (const key of Object.keys(to)) to[key] += tally[key];
}
