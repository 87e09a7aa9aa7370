/** Servers and clients for tests; everything opened is closed again by the hook that opened it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mongo } from 'mongoose';
import { EmbeddedServer, type EmbeddedServerOptions } from '../server.ts';

export const CLI = new URL('../cli.ts', import.meta.url).pathname;

export interface Running {
  readonly server: EmbeddedServer;
  readonly uri: string;
  readonly client: mongo.MongoClient;
  readonly db: mongo.Db;
  readonly warnings: string[];
  stop(): Promise<void>;
}

export async function run(
  options: EmbeddedServerOptions = {},
  client: mongo.MongoClientOptions = {},
): Promise<Running> {
  const warnings: string[] = [];
  const server = new EmbeddedServer({ warn: (message) => warnings.push(message), ...options });
  const { uri } = await server.start();
  const connected = await mongo.MongoClient.connect(uri, client);
  const stop = async (): Promise<void> => {
    open.delete(stop);
    await connected.close();
    await server.stop();
  };
  open.add(stop);
  return { server, uri, client: connected, db: connected.db(), warnings, stop };
}

const open = new Set<() => Promise<void>>();

/** For hooks after tests that stop their servers themselves, unless they fail before. */
export async function stopAll(): Promise<void> {
  for (const stop of open) await stop();
}

/** A collection nobody else uses. */
export function fresh<T extends mongo.Document = mongo.Document>(db: mongo.Db): mongo.Collection<T> {
  lastName += 1;
  return db.collection<T>(`c${lastName}`);
}
let lastName = 0;

export async function temporaryFolder(): Promise<{ path: string; remove(): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'embedded-test-'));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}

/** The error a promise ends in; a test that expects one fails when there is none. */
export async function failure(promise: Promise<unknown>): Promise<Record<string, unknown> & { message: string }> {
  try {
    await promise;
  } catch (error) {
    return error as Record<string, unknown> & { message: string };
  }
  throw new Error('expected a failure');
}

/** Waits for a condition, looking whenever the loop has a free moment; never for a fixed time. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  what: string,
  timeoutMs = 15_000,
): Promise<void> {
  const end = Date.now() + timeoutMs;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`gave up waiting until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** A small seeded generator (mulberry32): a failing run can be repeated from its seed. */
export function seeded(seed: number): { next(): number; below(n: number): number; pick<T>(values: readonly T[]): T } {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (n: number): number => Math.floor(next() * n);
  return { next, below, pick: (values) => values[below(values.length)]! };
}
