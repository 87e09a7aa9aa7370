// `npm run sandbox [-- PORT [LATENCY_MS]]`: a CalDAV server in memory, for trying the gateway without a calendar account.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { buildIfNeeded, checkNode, installIfNeeded, root } from './bootstrap.mjs';

checkNode();
installIfNeeded();
buildIfNeeded();
await import(pathToFileURL(join(root, 'dist', 'sandbox', 'caldav-server.js')).href);
