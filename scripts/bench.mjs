// `npm run bench [-- NAME ...]`: builds, then measures; prints tables for docs/performance.md. Names: sync, memory, booking, google, outlook, embedded.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { buildIfNeeded, checkNode, fail, installIfNeeded, root } from './bootstrap.mjs';

const known = ['sync', 'memory', 'booking', 'google', 'outlook', 'embedded'];
const args = process.argv.slice(2);
const names = args.filter((arg) => !arg.startsWith('--'));
checkNode();
installIfNeeded();
buildIfNeeded();
for (const name of names.length > 0 ? names : known) {
  const file = join(root, 'bench', `${name}.ts`);
  if (!existsSync(file)) fail(`There is no benchmark "${name}"; there are ${known.join(', ')}.`);
  console.log(`\n## ${name}\n`);
  const flags = args.filter((arg) => arg.startsWith('--'));
  const done = spawnSync(process.execPath, ['--import', 'tsx', file, ...flags], {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, TZ: 'UTC' },
  });
  if (done.status !== 0) fail(`The benchmark "${name}" failed (see above).`);
}
