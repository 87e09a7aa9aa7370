/** Two gateways over one database, as two processes behind a load balancer would be: nothing is shared but the database. */
import { randomBytes } from 'node:crypto';
import { encryptionKey, loadConfig } from '../../config/index.ts';
import { systemClock } from '../../src/clock.ts';
import { silentLog } from '../../src/domain/ports.ts';
import { type Gateway, startGateway } from '../../src/gateway.ts';
import { letGoOfAgendaTimers } from './agenda-timers.ts';
import type { TestDatabase } from './mongo.ts';
import { withMongo } from './mongo.ts';
import { type Rest, type RestReply, restClient } from './rest.ts';

export interface TwoGateways {
  /** Asks the n-th of them, counting round. */
  ask(n: number, ...request: Parameters<Rest>): Promise<RestReply>;
  readonly gateways: readonly Gateway[];
  readonly database: TestDatabase;
}

export async function twoGateways(env: Readonly<Record<string, string>> = {}): Promise<TwoGateways> {
  letGoOfAgendaTimers();
  const database = await withMongo();
  const key = `key-${randomBytes(16).toString('hex')}`;
  const secret = randomBytes(32);
  const config = loadConfig({
    PORT: '0',
    BOOTSTRAP_API_KEY: key,
    POLL_SECONDS: '3600',
    RATE_LIMIT_PER_MINUTE: '1000000',
    MONGODB_URI: database.uri,
    ENCRYPTION_KEY: secret.toString('base64'),
    ...env,
  });
  const start = () =>
    startGateway({
      ...{ config, mongodbUri: database.uri, keys: [encryptionKey(secret)], version: '0.0.0', pageDir: null },
      ...{ clock: systemClock, log: silentLog },
    });
  const gateways = [await start(), await start()];
  const clients = gateways.map((g) => restClient(g.address.replace('localhost', '127.0.0.1'), key));
  return { gateways, database, ask: (n, ...request) => clients[n % clients.length]!(...request) };
}

export async function afterTwo({ gateways, database }: TwoGateways): Promise<void> {
  for (const gateway of gateways) await gateway.stop();
  await database.stop();
}
