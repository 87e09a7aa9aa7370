/** The whole gateway for journeys: in this process on a database in memory, or as the real program that can be killed. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { encryptionKey, loadConfig } from '../../config/index.ts';
import { systemClock } from '../../src/clock.ts';
import type { Log } from '../../src/domain/ports.ts';
import { startGateway } from '../../src/gateway.ts';
import { letGoOfAgendaTimers } from './agenda-timers.ts';
import { eventually } from './eventually.ts';
import { withMongo } from './mongo.ts';
import { type Daemon, freePort, startDaemon } from './programs.ts';
import { type Rest, restClient } from './rest.ts';

export interface RunningGateway {
  readonly url: string;
  readonly key: string;
  readonly rest: Rest;
  /** What it logged as an error, for the message of a failing test. */
  readonly errors: readonly string[];
  stop(): Promise<void>;
}

export interface GatewayOptions {
  readonly allowPrivateHosts?: boolean;
  /** Further settings, by their names. */
  readonly env?: Readonly<Record<string, string>>;
}

const freshKey = (): string => `key-${randomBytes(16).toString('hex')}`;

/** A gateway whose calendars are polled so rarely that a journey decides when they are visited. */
export async function aGateway({ allowPrivateHosts = true, env = {} }: GatewayOptions = {}): Promise<RunningGateway> {
  letGoOfAgendaTimers();
  const database = await withMongo();
  const key = freshKey();
  const config = loadConfig({
    PORT: '0',
    BOOTSTRAP_API_KEY: key,
    ALLOW_PRIVATE_HOSTS: String(allowPrivateHosts),
    POLL_SECONDS: '3600',
    RATE_LIMIT_PER_MINUTE: '100000',
    ...env,
  });
  const errors: string[] = [];
  const log: Log = {
    error: (message, details) => void errors.push(`${message} ${JSON.stringify(details ?? {})}`),
    info() {},
    debug() {},
  };
  const gateway = await startGateway({
    config,
    mongodbUri: database.uri,
    keys: [encryptionKey(randomBytes(32))],
    version: '0.0.0',
    pageDir: null,
    clock: systemClock,
    log,
  });
  const url = gateway.address.replace('localhost', '127.0.0.1');
  return {
    ...{ url, key, errors, rest: restClient(url, key) },
    async stop() {
      await gateway.stop();
      await database.stop();
    },
  };
}

export interface GatewayProgram {
  readonly url: string;
  readonly rest: Rest;
  readonly daemon: Daemon;
}

export interface ProgramHome {
  readonly dataDir: string;
  readonly port: number;
  readonly key: string;
}

export const aHome = async (dataDir: string): Promise<ProgramHome> => ({
  dataDir,
  port: await freePort(),
  key: freshKey(),
});

const root = join(import.meta.dirname, '../..');

/** Starts the real program from its sources on a data folder, without waiting for it. */
export function launchProgram({ dataDir, port, key }: ProgramHome): Daemon {
  return startDaemon(process.execPath, ['--import', 'tsx', join(root, 'src/run.ts')], {
    PATH: process.env.PATH,
    TZ: process.env.TZ,
    DATA_DIR: dataDir,
    PORT: String(port),
    BOOTSTRAP_API_KEY: key,
    ALLOW_PRIVATE_HOSTS: 'true',
    POLL_SECONDS: '5',
    RATE_LIMIT_PER_MINUTE: '100000',
  });
}

/** Starts the real program and waits until it is ready. @throws Error with its words when it ends instead */
export async function startProgram(home: ProgramHome): Promise<GatewayProgram> {
  const daemon = launchProgram(home);
  const url = `http://127.0.0.1:${home.port}`;
  const rest = restClient(url, home.key);
  await eventually(async () => {
    if (daemon.hasEnded()) throw new Error(`the gateway ended: ${daemon.said()}`);
    return daemon.said().includes('is ready');
  }, 60_000);
  return { url, rest, daemon };
}
