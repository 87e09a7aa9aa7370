/** Child programs of a benchmark: the embedded database and the calendar server, each with its memory and its end. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbedded } from '../embedded/child.ts';
import { distOf } from './compiled.ts';

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/** Peak resident memory of a process in MiB (Linux only). */
export function peakMiB(pid: number): number {
  return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
}

/** A database on disk in a folder of its own; fsync is on. */
export async function startDatabase(): Promise<{ readonly uri: string; readonly pid: number; stop(): Promise<void> }> {
  const dataDir = mkdtempSync(join(tmpdir(), 'ilk-'));
  const entry = distOf('embedded/cli.js');
  const child = await startEmbedded({ dataDir, entry });
  return {
    uri: child.uri,
    pid: child.pid,
    async stop() {
      await child.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** Processor time that a process has used so far, in milliseconds (Linux only). */
export function cpuMs(pid: number): number {
  // After the name, which may hold spaces: user and system time are the 12th and 13th field, in hundredths of a second.
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

export interface CalendarServer {
  readonly url: string;
  readonly pid: number;
  reset(): Promise<void>;
  /** Puts [name, text] pairs into a collection at once; an empty text deletes. */
  fill(collection: string, items: readonly (readonly [string, string])[]): Promise<void>;
  size(collection: string): Promise<number>;
  counts(): Promise<Readonly<Record<string, number>>>;
  stop(): Promise<void>;
}

export async function startCalendarServer(latencyMs: number): Promise<CalendarServer> {
  const port = await freePort();
  const entry = distOf('sandbox/caldav-server.js');
  const child = spawn(process.execPath, [entry, String(port), String(latencyMs)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  const url = `http://127.0.0.1:${port}`;
  const ask = async (path: string, init: RequestInit = {}): Promise<Response> => {
    const answer = await fetch(`${url}/bench/${path}`, init);
    if (!answer.ok) throw new Error(`the calendar server answered ${answer.status} to ${path}`);
    return answer;
  };
  return {
    url,
    pid: child.pid!,
    reset: async () => void (await ask('reset', { method: 'POST' })),
    fill: async (collection, items) =>
      void (await ask(`fill/${collection}`, { method: 'PUT', body: JSON.stringify(items) })),
    size: async (collection) => Number(await (await ask(`size/${collection}`)).text()),
    counts: async () => (await (await ask('counts')).json()) as Record<string, number>,
    async stop() {
      child.kill();
      await once(child, 'exit');
    },
  };
}
