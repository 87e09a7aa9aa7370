/** Runs the embedded server as a child process of this one, which ends when this process does. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import type { Readable, Writable } from 'node:stream';
import { pathToFileURL } from 'node:url';

export interface StartEmbeddedOptions {
  readonly dataDir: string;
  /** The path of `cli.js`, or of `cli.ts` when running from source. */
  readonly entry: string;
  /** Listen on 127.0.0.1 instead of a socket in the data folder. */
  readonly port?: number;
  /** How long the server may take until it is ready [60 s]; a big folder has to be read. */
  readonly startTimeoutMs?: number;
  /** Receives what the server says on stderr once it runs [our stderr]. */
  readonly onMessage?: (text: string) => void;
}

export interface ExitReason {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The last words on stderr. */
  readonly message: string;
}

export interface EmbeddedChild {
  readonly uri: string;
  readonly pid: number;
  /** Lets the server answer what it has in hand and close; resolves when the process is gone. */
  stop(): Promise<void>;
  /** Called once when the process ends, also after `stop`; at once when it has ended already. */
  onExit(listener: (reason: ExitReason) => void): void;
}

type Child = ChildProcessByStdio<Writable, Readable, Readable>;

const KEPT_MESSAGE_CHARS = 4000;
const STOP_TIMEOUT_MS = 15_000;

export async function startEmbedded(options: StartEmbeddedOptions): Promise<EmbeddedChild> {
  const child = spawnServer(options);
  const exit = watch(child, options);
  const uri = await readUri(child, exit, options.startTimeoutMs ?? 60_000);
  exit.isReady = true;
  // Warnings of the start; when the start failed they are in the error instead.
  if (exit.message !== '') exit.onMessage(exit.message);
  return {
    uri,
    pid: child.pid!,
    stop: () => stop(child, exit),
    onExit: (listener) => void exit.ended.then(listener),
  };
}

function spawnServer({ dataDir, entry, port }: StartEmbeddedOptions): Child {
  const loader = entry.endsWith('.ts') ? ['--import', typeScriptLoader()] : [];
  const args = [...loader, entry, '--data', dataDir, '--lifeline'];
  if (port !== undefined) args.push('--port', String(port));
  // A process group of its own: Ctrl-C in a terminal reaches the parent only, which then stops us in order.
  return spawn(process.execPath, args, { detached: true, stdio: ['pipe', 'pipe', 'pipe'] });
}

/** Only when running from source; resolved from here, because the working folder may be anywhere. */
function typeScriptLoader(): string {
  return pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
}

interface Exit {
  readonly ended: Promise<ExitReason>;
  isReady: boolean;
  message: string;
  readonly onMessage: (text: string) => void;
}

function watch(child: Child, options: StartEmbeddedOptions): Exit {
  const onMessage = options.onMessage ?? ((text) => void process.stderr.write(text));
  const exit: Exit = {
    isReady: false,
    message: '',
    onMessage,
    ended: new Promise((resolve) => {
      child.once('error', (error) => resolve({ code: null, signal: null, message: error.message }));
      child.once('close', (code, signal) => resolve({ code, signal, message: exit.message.trim() }));
    }),
  };
  child.stdin.on('error', () => undefined);
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    exit.message = (exit.message + text).slice(-KEPT_MESSAGE_CHARS);
    if (exit.isReady) onMessage(text);
  });
  return exit;
}

async function readUri(child: Child, exit: Exit, timeoutMs: number): Promise<string> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`the embedded database was not ready after ${timeoutMs} ms`)), timeoutMs);
  });
  const ended = exit.ended.then(({ code, signal, message }) => {
    throw new Error(`the embedded database did not start (${signal ?? `exit code ${code}`}): ${message}`);
  });
  try {
    return await Promise.race([firstLine(child.stdout), ended, timeout]);
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  } finally {
    clearTimeout(timer);
    // The process may well end later; by then `onExit` tells it.
    ended.catch(() => undefined);
  }
}

function firstLine(stream: Readable): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      const end = text.indexOf('\n');
      if (end >= 0) resolve(text.slice(0, end));
    });
  });
}

async function stop(child: Child, exit: Exit): Promise<void> {
  child.stdin.end();
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
  await exit.ended;
  clearTimeout(timer);
}
