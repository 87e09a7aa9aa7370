// `npm run sandbox [-- --google=PORT --outlook=PORT --caldav=PORT --latency=MS]`: Google Calendar, Outlook and CalDAV in memory, without any account.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { buildIfNeeded, checkNode, fail, installIfNeeded, root } from './bootstrap.mjs';

const wishes = { google: 8090, outlook: 8091, caldav: 8081, latency: 0 };
const usage = 'npm run sandbox [-- --google=PORT --outlook=PORT --caldav=PORT --latency=MS]';
for (const word of process.argv.slice(2)) {
  const [, name, value] = /^--(google|outlook|caldav|latency)=(\d+)$/.exec(word) ?? [];
  if (name === undefined) fail(`"${word}" is not known here. Usage: ${usage}`);
  wishes[name] = Number(value);
}

checkNode();
installIfNeeded();
buildIfNeeded();
const { startSandbox } = await import(pathToFileURL(join(root, 'dist', 'sandbox', 'run.js')).href);
try {
  const { latency: latencyMs, ...ports } = wishes;
  const sandbox = await startSandbox({ ...ports, latencyMs });
  process.stdout.write(`${sandbox.lines.join('\n')}\n`);
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => void sandbox.close());
} catch (fault) {
  if (fault.code !== 'EADDRINUSE') throw fault;
  fail(`Port ${fault.port} is taken; choose others with --google=PORT, --outlook=PORT and --caldav=PORT.`);
}
