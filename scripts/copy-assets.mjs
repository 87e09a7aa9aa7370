// Copies what the compiler does not: the dashboard's files, which the browser gets as they are.
import { cpSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './bootstrap.mjs';

const from = join(root, 'src', 'dashboard');
if (existsSync(from)) cpSync(from, join(root, 'dist', 'src', 'dashboard'), { recursive: true });
