/** Runs the gateway as a program of its own, on a folder that is thrown away. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Program {
  stop(): Promise<void>;
}

const readyMs = 60_000;
const endMs = 15_000;

/**
 * @param command arguments for this Node, the gateway's entry last
 * @param settings its whole environment, `DATA_DIR` aside
 * @throws Error with the gateway's own words when it does not come up
 */
export async function startGateway(
  command: readonly string[],
  settings: Readonly<Record<string, string>>,
): Promise<Program> {
  const folder = await mkdtemp(join(tmpdir(), 'interlock-demo-'));
  const env = { ...settings, DATA_DIR: folder };
  const child = spawn(process.execPath, [...command], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  try {
    await ready(child);
  } catch (fault) {
    child.kill('SIGKILL');
    await rm(folder, { recursive: true, force: true });
    throw fault;
  }
  return {
    async stop() {
      await ended(child);
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

function ready(child: ChildProcess): Promise<void> {
  return new Promise((done, failed) => {
    let said = '';
    const patience = setTimeout(() => failed(new Error(`the gateway did not come up: ${said}`)), readyMs);
    const listen = (chunk: Buffer): void => {
      said = (said + chunk.toString()).slice(-4000);
      if (!said.includes('is ready')) return;
      clearTimeout(patience);
      done();
    };
    child.stdout?.on('data', listen);
    child.stderr?.on('data', listen);
    child.once('exit', () => {
      clearTimeout(patience);
      failed(new Error(`the gateway ended: ${said}`));
    });
  });
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((done) => child.once('exit', done));
  const patience = setTimeout(() => child.kill('SIGKILL'), endMs);
  child.kill('SIGTERM');
  await gone;
  clearTimeout(patience);
}

/** The wished port when it is free, else another one. */
export function portNear(wished: number): Promise<number> {
  return new Promise((done, failed) => {
    const probe = createServer();
    probe.once('error', () => (wished === 0 ? failed(new Error('no port is free')) : done(portNear(0))));
    probe.listen(wished, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => done(typeof address === 'object' && address !== null ? address.port : wished));
    });
  });
}
