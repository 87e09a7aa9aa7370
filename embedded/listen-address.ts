/** Where the server listens: a unix socket in a folder only its owner can enter, or TCP on this machine. */
import { createHash } from 'node:crypto';
import { chmod, lstat, mkdir, mkdtemp, rm, unlink } from 'node:fs/promises';
import { connect, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

export interface ListenOptions {
  readonly dataDir?: string;
  /** Listen on 127.0.0.1 instead of a socket file; 0 takes any free port. */
  readonly port?: number;
}

export interface Address {
  /** As it stands in a mongodb:// URI. */
  readonly host: string;
  release(): Promise<void>;
}

/** sun_path holds 104 bytes on macOS and 108 on Linux, the closing zero included. */
const MAX_SOCKET_PATH_BYTES = 100;

export async function claimAddress(
  server: Server,
  options: ListenOptions,
  warn: (message: string) => void,
): Promise<Address> {
  if (options.port !== undefined) return listenOnPort(server, options.port, warn);
  const { folder, isTemporary } = await socketFolder(options.dataDir, warn);
  const path = join(folder, 'db.sock');
  await removeStaleSocket(path);
  await listen(server, { path });
  await chmod(path, 0o600);
  const release = async (): Promise<void> => {
    if (isTemporary) await rm(folder, { recursive: true, force: true });
    else await rm(path, { force: true });
  };
  return { host: encodeURIComponent(path), release };
}

async function listenOnPort(server: Server, port: number, warn: (message: string) => void): Promise<Address> {
  await listen(server, { host: '127.0.0.1', port });
  warn('the embedded database has no passwords: with --port every user of this machine can read and change it');
  const address = server.address();
  const actual = typeof address === 'object' && address !== null ? address.port : port;
  return { host: `127.0.0.1:${actual}`, release: async () => undefined };
}

async function socketFolder(
  dataDir: string | undefined,
  warn: (message: string) => void,
): Promise<{ folder: string; isTemporary: boolean }> {
  if (dataDir !== undefined) {
    const folder = resolve(dataDir);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await chmod(folder, 0o700);
    if (Buffer.byteLength(join(folder, 'db.sock')) <= MAX_SOCKET_PATH_BYTES) return { folder, isTemporary: false };
    warn(`the path of ${folder} is too long for a unix socket; the socket goes to a private folder in ${tmpdir()}`);
    return { folder: await privateFolder(folder), isTemporary: true };
  }
  // mkdtemp makes the folder with mode 0700.
  return { folder: await mkdtemp(join(tmpdir(), 'interlock-')), isTemporary: true };
}

/**
 * The same one at every start, so that a server that was killed comes back under its address. Its name can be guessed,
 * so somebody else may have made it first: then it is not ours, and not used.
 */
async function privateFolder(dataDir: string): Promise<string> {
  const name = createHash('sha256').update(dataDir).digest('hex').slice(0, 24);
  const folder = join(tmpdir(), `interlock-${name}`);
  try {
    await mkdir(folder, { mode: 0o700 });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
  const found = await lstat(folder);
  const isOurs = found.isDirectory() && (process.getuid === undefined || found.uid === process.getuid());
  if (!isOurs) throw new Error(`${folder} belongs to somebody else; use a data folder with a shorter path`);
  await chmod(folder, 0o700);
  return folder;
}

/** A server that was killed leaves its socket file behind; one that lives answers on it. */
async function removeStaleSocket(path: string): Promise<void> {
  try {
    if (!(await lstat(path)).isSocket()) throw new Error(`${path} is in the way and is not a socket`);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return;
    throw error;
  }
  if (await isAnswering(path)) throw new Error(`another embedded database answers on ${path}`);
  await unlink(path);
}

function isAnswering(path: string): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect({ path });
    socket.once('connect', () => {
      socket.destroy();
      done(true);
    });
    socket.once('error', () => done(false));
  });
}

function listen(server: Server, where: { path: string } | { host: string; port: number }): Promise<void> {
  return new Promise((done, fail) => {
    server.once('error', fail);
    server.listen(where, () => {
      server.off('error', fail);
      done();
    });
  });
}
