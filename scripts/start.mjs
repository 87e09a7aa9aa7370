// `npm start`: installs and builds what is missing, then runs the gateway in this process.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { buildIfNeeded, checkNode, installIfNeeded, root } from './bootstrap.mjs';

checkNode();
installIfNeeded();
buildIfNeeded();
process.setSourceMapsEnabled(true);
const { main } = await import(pathToFileURL(join(root, 'dist', 'src', 'main.js')).href);
await main();
