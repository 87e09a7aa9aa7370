// `npm run --silent embedded -- --data DIR [--port N]`: the embedded database alone, in the foreground.
// `npm run backup -- FILE`, `npm run restore -- FILE`, `npm run export -- DIR` run it with the name of the script in front.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { buildIfNeeded, checkNode, installIfNeeded, root } from './bootstrap.mjs';

checkNode();
installIfNeeded();
buildIfNeeded();
process.setSourceMapsEnabled(true);
await import(pathToFileURL(join(root, 'dist', 'embedded', 'cli.js')).href);
