/** Starts programs of the system for tests, hears their last words, and never leaves one behind. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { delimiter, join } from 'node:path';

/** Debian keeps servers where the path of a plain user does not lead. */
const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin'];
const keptChars = 4000;

/** Where a program is. @throws Error naming the Debian package when it is not installed */
export function findProgram(name: string, debianPackage = name): string {
  for (const folder of folders) {
    const path = join(folder, name);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // It may be in the next folder.
    }
  }
  throw new Error(`the program ${name} is not installed; on Debian: apt-get install ${debianPackage}`);
}

export interface Daemon {
  readonly child: ChildProcess;
  /** The end of what it said, on both channels. */
  said(): string;
  /** Resolves when the process is gone. */
  readonly gone: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
  hasEnded(): boolean;
  /** Asks it to end; after 5 s it must. */
  stop(): Promise<void>;
}

/** Starts a program that stays. It dies with this process, whatever happens to us. */
export function startDaemon(path: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env): Daemon {
  const child = spawn(path, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let words = '';
  let ended = false;
  const hear = (part: Buffer): void => {
    words = (words + part.toString('utf8')).slice(-keptChars);
  };
  child.stdout.on('data', hear);
  child.stderr.on('data', hear);
  const killNow = (): void => void child.kill('SIGKILL');
  process.once('exit', killNow);
  const gone = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) => {
    const end = (code: number | null, signal: NodeJS.Signals | null): void => {
      ended = true;
      process.removeListener('exit', killNow);
      resolve({ code, signal });
    };
    child.once('error', (error) => {
      words += error.message;
      end(null, null);
    });
    child.once('close', end);
  });
  return {
    child,
    gone,
    said: () => words,
    hasEnded: () => ended,
    async stop() {
      child.kill('SIGTERM');
      const timer = setTimeout(killNow, 5_000);
      await gone;
      clearTimeout(timer);
    },
  };
}

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end, with a text on its standard input when given. */
export async function runProgram(
  path: string,
  args: readonly string[],
  o: { readonly env?: NodeJS.ProcessEnv; readonly input?: string; readonly timeoutMs?: number } = {},
): Promise<Ran> {
  const child = spawn(path, args, { env: o.env ?? process.env, timeout: o.timeoutMs ?? 60_000 });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (part: Buffer) => {
    stdout += part.toString('utf8');
  });
  child.stderr.on('data', (part: Buffer) => {
    stderr += part.toString('utf8');
  });
  child.stdin.on('error', () => {
    // A program may end without reading what we offer.
  });
  child.stdin.end(o.input ?? '');
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  return { code, stdout, stderr };
}

/** A port on 127.0.0.1 that nobody listened on a moment ago. */
export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}
