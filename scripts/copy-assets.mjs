// Copies what the compiler does not: files that the browser gets as they are, and data.
import { cpSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './bootstrap.mjs';

const assets = ['src/dashboard', 'sandbox/kit/phone', 'sandbox/google/discovery.json', 'sandbox/outlook/contract.json'];

for (const asset of assets) {
  const from = join(root, asset);
  if (existsSync(from)) cpSync(from, join(root, 'dist', asset), { recursive: true });
}
