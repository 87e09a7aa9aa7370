// `npm run demo [-- --fast]`: a gateway, three technicians and a story of five minutes, all on this machine and thrown away.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { buildIfNeeded, checkNode, fail, installIfNeeded, root } from './bootstrap.mjs';

const unknown = process.argv.slice(2).find((word) => word !== '--fast');
if (unknown !== undefined) fail(`"${unknown}" is not known here. Usage: npm run demo [-- --fast]`);

checkNode();
installIfNeeded();
buildIfNeeded();
const { runDemo } = await import(pathToFileURL(join(root, 'dist', 'sandbox', 'demo', 'run.js')).href);
const end = new AbortController();
// Ctrl-C reaches this process twice: from the terminal and from npm. The second one must not cut the cleaning up short.
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => end.abort());
try {
  await runDemo({
    fast: process.argv.includes('--fast'),
    gateway: [join(root, 'dist', 'src', 'run.js')],
    say: (line) => process.stdout.write(`${line}\n`),
    signal: end.signal,
  });
} catch (fault) {
  fail(`The demo stopped: ${fault.message}`);
}
