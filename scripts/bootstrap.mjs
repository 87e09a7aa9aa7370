// Makes a fresh clone runnable without any dependency of its own: checks Node, installs and builds what is missing or stale.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
const oldest = [20, 19];
const sourceFolders = ['config', 'src', 'connectors', 'mappings', 'embedded', 'sandbox'];
const buildInputs = ['package-lock.json', 'tsconfig.json', 'tsconfig.build.json', 'scripts/copy-assets.mjs'];

/** Prints one sentence and ends the process: a failed start must say what to do, not show a stack. */
export function fail(sentence) {
  process.stderr.write(`\n${sentence}\n`);
  process.exit(1);
}

const say = (line) => process.stderr.write(`${line}\n`);

export function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > oldest[0] || (major === oldest[0] && minor >= oldest[1])) return;
  fail(
    `Interlock needs Node ${oldest.join('.')} or newer; this is ${process.versions.node}. Install a current Node and try again.`,
  );
}

/** `npm ci` when node_modules is missing or was installed from another lock file. */
export function installIfNeeded() {
  const stamp = join(root, 'node_modules', '.interlock-installed');
  const wanted = digest([readFileSync(join(root, 'package-lock.json'))]);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  say('Installing libraries (npm ci), about half a minute the first time ...');
  const started = Date.now();
  run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    ENOENT: 'npm was not found; it comes with Node, so check your PATH.',
    other: 'npm ci failed (see above); check that the package registry can be reached, then try again.',
  });
  writeFileSync(stamp, wanted);
  say(`Installed in ${seconds(started)} s.`);
}

/** Compiles to dist/ when a source is newer or other than at the last build. */
export function buildIfNeeded() {
  const stamp = join(root, 'dist', '.interlock-built');
  const wanted = digest(sourcesOf());
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  say('Building ...');
  const started = Date.now();
  run('npm', ['run', '--silent', 'build'], {
    ENOENT: 'npm was not found; it comes with Node, so check your PATH.',
    other: 'The build failed (see above); if you changed a source file, mend it, else please report this.',
  });
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, wanted);
  say(`Built in ${seconds(started)} s.`);
}

function* sourcesOf() {
  for (const file of buildInputs) yield* describe(join(root, file));
  for (const folder of sourceFolders) {
    const names = readdirSync(join(root, folder), { recursive: true }).map(String).sort();
    for (const name of names) yield* describe(join(root, folder, name));
  }
}

function* describe(path) {
  const stat = statSync(path);
  if (stat.isFile()) yield `${path}:${stat.size}:${stat.mtimeMs}\n`;
}

function digest(parts) {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
}

/** Child output goes to stderr, so that stdout stays the program's own. */
function run(command, args, sentences) {
  const done = spawnSync(command, args, { cwd: root, stdio: ['ignore', 2, 2], shell: process.platform === 'win32' });
  if (done.error)
    fail(done.error.code === 'ENOENT' ? sentences.ENOENT : `${command} could not be started: ${done.error.message}`);
  if (done.status !== 0) fail(sentences.other);
}

const seconds = (started) => ((Date.now() - started) / 1000).toFixed(1);
