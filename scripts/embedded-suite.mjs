// `node scripts/embedded-suite.mjs [FILE ...]`: the suite, or these files of it, on an embedded database that is a process of its
// own with its data on disk. Without files: every suite that takes a database.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { checkNode, installIfNeeded, root } from './bootstrap.mjs';

checkNode();
installIfNeeded();
const named = process.argv.slice(2);
const files = named.length > 0 ? named : suitesOnDatabases();
const dataDir = mkdtempSync(join(tmpdir(), 'ilk-'));
const server = spawn(
  process.execPath,
  ['--import', 'tsx', join(root, 'embedded', 'cli.ts'), '--data', dataDir, '--lifeline'],
  { cwd: root, stdio: ['pipe', 'pipe', 'inherit'] },
);
const [uri] = await once(createInterface(server.stdout), 'line');
const done = spawnSync(process.execPath, [join(root, 'scripts', 'test.mjs'), ...files], {
  cwd: root,
  stdio: 'inherit',
  env: { ...process.env, MONGODB_URI: uri },
});
const isAlive = server.exitCode === null && server.signalCode === null;
server.stdin.end();
if (isAlive) await once(server, 'exit');
else console.error('The embedded database ended before the suite did.');
rmSync(dataDir, { recursive: true, force: true });
process.exit(isAlive ? (done.status ?? 1) : 1);

function suitesOnDatabases() {
  const names = readdirSync(join(root, 'test'), { recursive: true }).map((name) => join('test', String(name)));
  const isOnDatabase = (name) => /withMongo|aGateway\(/.test(readFileSync(join(root, name), 'utf8'));
  return names.filter((name) => /^test\/(?!main\/).*\.test\.ts$/.test(name) && isOnDatabase(name)).sort();
}
