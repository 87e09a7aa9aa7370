// `npm run sandbox [-- --google=PORT --caldav=PORT --latency=MS]`: Google Calendar and CalDAV in memory, without any account.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { buildIfNeeded, checkNode, fail, installIfNeeded, root } from './bootstrap.mjs';

const wishes = { google: 8090, caldav: 8081, latency: 0 };
for (const word of process.argv.slice(2)) {
  const [, name, value] = /^--(google|caldav|latency)=(\d+)$/.exec(word) ?? [];
  if (name === undefined)
    fail(`"${word}" is not known here. Usage: npm run sandbox [-- --google=PORT --caldav=PORT --latency=MS]`);
  wishes[name] = Number(value);
}

checkNode();
installIfNeeded();
buildIfNeeded();
const { startSandbox } = await import(pathToFileURL(join(root, 'dist', 'sandbox', 'run.js')).href);
try {
  const sandbox = await startSandbox({ google: wishes.google, caldav: wishes.caldav, latencyMs: wishes.latency });
  process.stdout.write(`${sandbox.lines.join('\n')}\n`);
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => void sandbox.close());
} catch (fault) {
  if (fault.code !== 'EADDRINUSE') throw fault;
  fail(`Port ${fault.port} is taken; choose others with --google=PORT and --caldav=PORT.`);
}
