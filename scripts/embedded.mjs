// `npm run --silent embedded -- --data DIR [--port N]`: the embedded database alone, in the foreground.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { buildIfNeeded, checkNode, installIfNeeded, root } from './bootstrap.mjs';

checkNode();
installIfNeeded();
buildIfNeeded();
process.setSourceMapsEnabled(true);
await import(pathToFileURL(join(root, 'dist', 'embedded', 'cli.js')).href);
