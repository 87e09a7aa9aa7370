/** Runs a benchmark as the gateway runs: compiled, without a loader that translates at run time and slows every function. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL(import.meta.url.endsWith('.ts') ? '../' : '../../', import.meta.url));

/** Where `dist` is, seen from a source as from its compiled form. */
export const distOf = (path: string): string => `${root}dist/${path}`;

/** Called from a source: compiles the benchmarks and runs `name` with the same flags in this one's place. Else does nothing. */
export function compileFirst(moduleUrl: string, name: string): void {
  if (!moduleUrl.endsWith('.ts')) return;
  const tsc = `${root}node_modules/.bin/tsc`;
  const steps: readonly (readonly [string, readonly string[]])[] = [
    [tsc, ['-p', 'bench/tsconfig.json']],
    [process.execPath, [distOf(`bench/${name}.js`), ...process.argv.slice(2)]],
  ];
  for (const [command, args] of steps) {
    const { status } = spawnSync(command, args, { cwd: root, stdio: 'inherit', shell: process.platform === 'win32' });
    if (status !== 0) process.exit(status ?? 1);
  }
  process.exit(0);
}
