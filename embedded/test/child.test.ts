import { spawn } from 'node:child_process';
import { lstat, mkdir, symlink, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { mongo } from 'mongoose';
import { type ExitReason, startEmbedded } from '../child.ts';
import { parseCli } from '../cli-options.ts';
import { CLI, failure, temporaryFolder, until } from './running.ts';

const socketOf = (uri: string): string => decodeURIComponent(uri.slice('mongodb://'.length, uri.lastIndexOf('/')));

async function insertInto(uri: string, doc: object): Promise<number> {
  const client = await mongo.MongoClient.connect(uri);
  await client
    .db()
    .collection('a')
    .insertOne({ ...doc });
  const count = await client.db().collection('a').countDocuments();
  await client.close();
  return count;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe('the server as a child process', function () {
  this.timeout(60_000);
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  beforeEach(async () => {
    folder = await temporaryFolder();
  });
  afterEach(() => folder.remove());

  it('gives its URI when it is ready, serves several clients, stops when asked and removes its socket', async () => {
    const dataDir = join(folder.path, 'data');
    const child = await startEmbedded({ dataDir, entry: CLI });
    const exits: ExitReason[] = [];
    child.onExit((reason) => exits.push(reason));
    expect(socketOf(child.uri)).to.equal(join(dataDir, 'db.sock'));
    expect((await lstat(dataDir)).mode & 0o777).to.equal(0o700);
    expect((await Promise.all([insertInto(child.uri, { n: 1 }), insertInto(child.uri, { n: 2 })])).sort()).to.include(
      2,
    );
    await child.stop();
    expect(isAlive(child.pid)).to.equal(false);
    expect((await failure(lstat(join(dataDir, 'db.sock')))).code).to.equal('ENOENT');
    await until(() => exits.length === 1, 'the exit is told');
    expect(exits[0]).to.deep.include({ code: 0, signal: null });
  });

  it('ends by itself when its parent is killed, and the next start finds everything', async () => {
    const script = `
      const { startEmbedded } = await import(${JSON.stringify(new URL('../child.ts', import.meta.url).href)});
      const child = await startEmbedded({ dataDir: ${JSON.stringify(folder.path)}, entry: ${JSON.stringify(CLI)} });
      console.log(JSON.stringify({ uri: child.uri, pid: child.pid }));`;
    const parent = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let said = '';
    parent.stdout.on('data', (chunk) => {
      said += chunk;
    });
    await until(() => said.includes('\n'), 'the parent has started the server', 30_000);
    const { uri, pid } = JSON.parse(said) as { uri: string; pid: number };
    expect(await insertInto(uri, { n: 1 })).to.equal(1);
    parent.kill('SIGKILL');
    await until(() => !isAlive(pid), 'the server is gone');
    const again = await startEmbedded({ dataDir: folder.path, entry: CLI });
    expect(await insertInto(again.uri, { n: 2 })).to.equal(2);
    await again.stop();
  });

  it('starts after a kill although the socket file is still there, and tells how it ended', async () => {
    const child = await startEmbedded({ dataDir: folder.path, entry: CLI });
    const ended = new Promise<ExitReason>((resolve) => child.onExit(resolve));
    process.kill(child.pid, 'SIGKILL');
    expect((await ended).signal).to.equal('SIGKILL');
    expect((await lstat(socketOf(child.uri))).isSocket()).to.equal(true);
    const again = await startEmbedded({ dataDir: folder.path, entry: CLI });
    await again.stop();
  });

  it('puts its socket into a private temporary folder when the path is too long, and says so', async () => {
    const dataDir = join(folder.path, 'long'.repeat(20), 'longer'.repeat(10));
    await mkdir(dataDir, { recursive: true });
    const messages: string[] = [];
    const child = await startEmbedded({ dataDir, entry: CLI, onMessage: (text) => messages.push(text) });
    const socket = socketOf(child.uri);
    expect(socket.startsWith(tmpdir())).to.equal(true);
    expect((await lstat(join(socket, '..'))).mode & 0o777).to.equal(0o700);
    await until(() => /is too long for a unix socket/.test(messages.join('')), 'it says so');
    expect(await insertInto(child.uri, {})).to.equal(1);
    const ended = new Promise<ExitReason>((resolve) => child.onExit(resolve));
    process.kill(child.pid, 'SIGKILL');
    await ended;
    const again = await startEmbedded({ dataDir, entry: CLI, onMessage: () => undefined });
    expect(again.uri, 'it comes back under the same address').to.equal(child.uri);
    await again.stop();
    expect((await failure(lstat(join(socket, '..')))).code).to.equal('ENOENT');
    await symlink(folder.path, join(socket, '..'));
    const refusal = await failure(startEmbedded({ dataDir, entry: CLI }));
    expect(refusal.message).to.match(/belongs to somebody else; use a data folder with a shorter path/);
    await unlink(join(socket, '..'));
  });

  it('listens on TCP on this machine only when asked', async () => {
    const child = await startEmbedded({ dataDir: folder.path, entry: CLI, port: 0, onMessage: () => undefined });
    expect(child.uri).to.match(/^mongodb:\/\/127\.0\.0\.1:\d+\/interlock$/);
    expect(await insertInto(child.uri, {})).to.equal(1);
    await child.stop();
  });

  it('reports what the server said when it cannot start', async () => {
    const error = await failure(startEmbedded({ dataDir: '/dev/null/nowhere', entry: CLI }));
    expect(error.message).to.match(/did not start \(exit code 1\): .*\/dev\/null\/nowhere/s);
  });
});

describe('the command line', () => {
  it('refuses production unless it is allowed', () => {
    const env = { NODE_ENV: 'production' };
    expect(() => parseCli(['--data', 'x'], env)).to.throw(/set MONGODB_URI, or pass --allow-production/);
    expect(parseCli(['--data', '/x', '--allow-production'], env)).to.deep.equal({
      dataDir: '/x',
      port: null,
      hasLifeline: false,
    });
    expect(parseCli(['--data', '/x'], { ...env, ALLOW_EMBEDDED_IN_PRODUCTION: 'true' }).dataDir).to.equal('/x');
  });

  it('reads its options and explains the missing and the wrong ones', () => {
    expect(parseCli(['--data', '/x', '--port', '0', '--lifeline'], {})).to.deep.equal({
      dataDir: '/x',
      port: 0,
      hasLifeline: true,
    });
    expect(() => parseCli([], {})).to.throw(/--data is missing\nusage:/);
    expect(() => parseCli(['--data', 'x', '--port', '70000'], {})).to.throw(/--port has to be a number/);
    expect(() => parseCli(['--datta', 'x'], {})).to.throw(/datta/);
  });
});
