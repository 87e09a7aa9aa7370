// `npm test [-- FILE ...]`: installs what is missing and runs the suite; with --real the suites against real servers.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { checkNode, fail, installIfNeeded, root } from './bootstrap.mjs';

const real = process.argv.includes('--real');
const rest = process.argv.slice(2).filter((arg) => arg !== '--real');
const named = rest.some((arg) => arg.endsWith('.ts'));
// The whole suite must meet every answer of the REST interface.
const whole = !real && rest.length === 0 ? ['--require', './test/kit/every-answer.ts'] : [];
const suites = real ? ['test/real/**/*.real.ts'] : ['test/**/*.test.ts', 'embedded/test/**/*.test.ts'];

checkNode();
installIfNeeded();
const mocha = join(root, 'node_modules', 'mocha', 'bin', 'mocha.js');
const done = spawnSync(process.execPath, [mocha, ...whole, ...(named ? rest : [...suites, ...rest])], {
  cwd: root,
  stdio: 'inherit',
  // One zone for every developer: nothing may depend on the machine's own.
  env: { ...process.env, TZ: 'UTC' },
});
if (done.error) fail(`The test runner could not be started: ${done.error.message}`);
process.exit(done.status ?? 1);
