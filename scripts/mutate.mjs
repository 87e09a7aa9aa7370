// `npm run mutate [-- NAME ...] [--histories 3000] [--seed 1] [--all]`: switches each safeguard off in a copy of the tree and expects the suite to fail.
import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { checkNode, fail, installIfNeeded, root } from './bootstrap.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    histories: { type: 'string', default: '3000' },
    seed: { type: 'string', default: '1' },
    lanes: { type: 'string', default: '2' },
    /** Asks the histories also where a suite has noticed already. */
    all: { type: 'boolean', default: false },
  },
});
const copied = [
  'config',
  'connectors',
  'embedded',
  'mappings',
  'src',
  'test',
  'package.json',
  'tsconfig.json',
  '.mocharc.json',
];
/** Whatever takes longer than this does not end. */
const longestMs = 1_800_000;

checkNode();
installIfNeeded();
const { register } = await import('tsx/esm/api');
register();
const { mutations } = await import('../test/kit/mutations.ts');
const wanted = mutations.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
if (wanted.length === 0) fail(`There is no such safeguard; there are: ${mutations.map((m) => m.name).join(', ')}.`);

/** A copy of the tree in which edits hurt nobody. */
function makeCopy() {
  const place = mkdtempSync(join(tmpdir(), 'interlock-mutate-'));
  for (const name of copied) cpSync(join(root, name), join(place, name), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(place, 'node_modules'));
  return place;
}

/** A text that is not there exactly once is an error, never skipped. */
for (const { name, edits } of wanted) {
  for (const { file, from } of edits) {
    if (readFileSync(join(root, file), 'utf8').split(from).length === 2) continue;
    fail(`"${name}": its text is not in ${file} exactly once. Adapt test/kit/mutations.ts.`);
  }
}

/** Makes the edits; returns what undoes them. */
function apply(place, { edits }) {
  const before = new Map();
  for (const { file, from, to } of edits) {
    const path = join(place, file);
    const text = readFileSync(path, 'utf8');
    if (!before.has(path)) before.set(path, text);
    writeFileSync(
      path,
      text.replace(from, () => to),
    );
  }
  return () => {
    for (const [path, text] of before) writeFileSync(path, text);
  };
}

function run(place, args) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, { cwd: place, env: { ...process.env, TZ: 'UTC' } });
    const out = [];
    const err = [];
    child.stdout.on('data', (part) => out.push(part));
    child.stderr.on('data', (part) => err.push(part));
    const timer = setTimeout(() => child.kill('SIGKILL'), longestMs);
    child.once('close', (code, signal) => {
      clearTimeout(timer);
      resolve({ code, signal, out: Buffer.concat(out).toString(), err: Buffer.concat(err).toString() });
    });
  });
}

/** Null: they saw nothing. */
async function byHistories(place) {
  const { histories, seed } = values;
  const args = ['--import', 'tsx', 'test/kit/history-worker.ts', histories, seed, '--no-shrink'];
  const { code, signal, out, err } = await run(place, args);
  if (signal !== null) return 'do not end';
  const end = out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
    .find((line) => line.kind === 'end');
  if (end === undefined) throw new Error(`the histories could not be played (${code}): ${err.slice(-2000)}`);
  if (end.failure === null) return null;
  const { invariant, message } = end.failure;
  const what = invariant === null ? message.split('\n')[0] : `invariant ${invariant}`;
  return `${what}, history ${end.tally.histories}`;
}

async function bySuites(place, suites) {
  const mocha = join('node_modules', 'mocha', 'bin', 'mocha.js');
  const { code, signal, out, err } = await run(place, [
    mocha,
    '--bail',
    '--timeout',
    String(longestMs),
    '--reporter',
    'json',
    ...suites,
  ]);
  if (signal !== null) return 'do not end';
  if (code === 0) return null;
  const start = out.indexOf('{\n');
  if (start < 0) throw new Error(`the suites could not be run (${code}): ${err.slice(-2000)}`);
  const [first] = JSON.parse(out.slice(start)).failures;
  return first?.fullTitle ?? 'fails';
}

async function tryOne(place, mutation) {
  const undo = apply(place, mutation);
  try {
    const suites = await bySuites(place, mutation.suites);
    const isAsked = values.all || suites === null;
    return { mutation, suites, histories: isAsked ? await byHistories(place) : null };
  } finally {
    undo();
  }
}

/** The tree as it is must pass, or nothing is proved; it comes last because it takes longest. */
const whole = { name: 'nothing', without: '', edits: [], suites: [...new Set(wanted.flatMap((m) => m.suites))] };
const queue = [...wanted, whole];
const results = [];
const places = Array.from({ length: Number(values.lanes) }, makeCopy);
try {
  await Promise.all(
    places.map(async (place) => {
      for (let mutation = queue.shift(); mutation !== undefined; mutation = queue.shift()) {
        const result = await tryOne(place, mutation);
        results.push(result);
        const caught = [result.histories, result.suites].filter((by) => by !== null);
        process.stderr.write(`${mutation.name}: ${caught.length === 0 ? 'nothing noticed' : caught.join('; ')}\n`);
      }
    }),
  );
} finally {
  for (const place of places) rmSync(place, { recursive: true, force: true });
}

const short = (text) => (text.length > 110 ? `${text.slice(0, 107)}...` : text);
console.log('| safeguard switched off | what goes wrong | noticed by |\n| --- | --- | --- |');
for (const { name } of wanted) {
  const { mutation, histories, suites } = results.find((result) => result.mutation.name === name);
  const by = [suites, histories].filter((text) => text !== null).map(short);
  console.log(`| ${name} | ${mutation.without} | ${by.join('; ') || 'nobody'} |`);
}
const asItIs = results.find((result) => result.mutation === whole);
if (asItIs.histories !== null || asItIs.suites !== null)
  fail(`The tree as it is fails already: ${asItIs.histories ?? asItIs.suites}.`);
const survivors = results.filter((r) => r !== asItIs && r.histories === null && r.suites === null);
console.log(`\n${wanted.length - survivors.length} of ${wanted.length} were noticed.`);
if (survivors.length > 0) fail(`Nobody noticed: ${survivors.map((r) => r.mutation.name).join(', ')}.`);
