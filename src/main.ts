/** The process: settings, embedded database, banner, signals. What the gateway is made of stands in gateway.ts. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Config } from '../config/index.ts';
import { ConfigError, encryptionKey, loadConfig } from '../config/index.ts';
import { startEmbedded } from '../embedded/child.ts';
import { systemClock } from './clock.ts';
import { encryptionKeyOf, prepareFolder } from './data-folder.ts';
import type { Log } from './domain/ports.ts';
import type { Gateway } from './gateway.ts';
import { startGateway } from './gateway.ts';
import type { KeptDatabase } from './keep-embedded.ts';
import { keepEmbedded } from './keep-embedded.ts';
import { makeLog } from './log.ts';

const here = dirname(fileURLToPath(import.meta.url));
const isSource = import.meta.url.endsWith('.ts');

/** Runs until a signal ends it. Everything that keeps it from starting is told in one sentence, with exit code 1. */
export async function main(): Promise<void> {
  const config = settingsOrExit();
  const log = makeLog(config.logLevel);
  let database: KeptDatabase | null = null;
  try {
    prepareFolder(config.dataDir);
    database = config.mongodbUri === null ? await openEmbedded(config, log) : null;
    const gateway = await startGateway({
      config,
      mongodbUri: config.mongodbUri ?? database!.uri,
      keys: config.encryptionKeys ?? [encryptionKey(encryptionKeyOf(config.dataDir))],
      version: versionOf(),
      pageDir: join(here, 'dashboard'),
      clock: systemClock,
      log,
    });
    process.stdout.write(banner(config, gateway));
    stopOnSignal(gateway, database, log);
  } catch (error) {
    process.stderr.write(`\nInterlock could not start: ${error instanceof Error ? error.message : String(error)}\n`);
    await database?.stop();
    process.exit(1);
  }
}

function settingsOrExit(): Config {
  try {
    return loadConfig();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`\n${error.message}\n`);
    process.exit(1);
  }
}

function openEmbedded(config: Config, log: Log): Promise<KeptDatabase> {
  const start = () =>
    startEmbedded({
      dataDir: config.dataDir,
      entry: join(here, '..', 'embedded', isSource ? 'cli.ts' : 'cli.js'),
      onMessage: (text) => log.info('embedded database', { text: text.trim() }),
    });
  return keepEmbedded(start, { clock: systemClock, log });
}

function banner(config: Config, gateway: Gateway): string {
  const lines = [
    '',
    `Interlock ${versionOf()} is ready.`,
    '',
    `  Board      ${gateway.address}/`,
    `  API        ${gateway.address}/v1   (${gateway.address}/docs tells every route)`,
    config.mongodbUri === null
      ? `  Data       ${config.dataDir} (embedded database: for trying out and small installs; MONGODB_URI moves on)`
      : '  Data       MongoDB (MONGODB_URI)',
  ];
  if (gateway.freshKey !== null) {
    lines.push(`  API key    ${gateway.freshKey}`, '             shown this once; it is stored only as a hash');
  }
  lines.push('', '  Next       open the board and enter the key, then follow "The first booking" in README.md', '');
  return `${lines.join('\n')}\n`;
}

/** The first signal ends in order; a second one at once. */
function stopOnSignal(gateway: Gateway, database: KeptDatabase | null, log: Log): void {
  let isStopping = false;
  const stop = async (code: number): Promise<void> => {
    if (isStopping) process.exit(code === 0 ? 1 : code);
    isStopping = true;
    try {
      await gateway.stop();
      await database?.stop();
    } catch (error) {
      log.error('stopping failed', { reason: error instanceof Error ? error.message : String(error) });
      process.exit(1);
    }
    process.exit(code);
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      log.info('stopping', { signal });
      void stop(0);
    });
  }
  database?.onGivenUp((reason) => {
    log.error('the embedded database does not stay up; so the gateway ends', { reason });
    void stop(1);
  });
}

function versionOf(): string {
  for (const up of ['..', '../..']) {
    try {
      const text = readFileSync(join(here, up, 'package.json'), 'utf8');
      return (JSON.parse(text) as { readonly version: string }).version;
    } catch {
      // dist/ lies one level deeper than the sources.
    }
  }
  return 'unknown';
}
