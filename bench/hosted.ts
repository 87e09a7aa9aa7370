/**
 * Hosted calendars with push, on their simulator: how soon a booking is written, how soon a change on the phone blocks its
 * time, how many requests each costs, a first listing, and many calendars at once. Simulator, database and callers are
 * processes of their own; the gateway runs in this one.
 */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { encryptionKey, loadConfig } from '../config/index.ts';
import { systemClock } from '../src/clock.ts';
import { silentLog } from '../src/domain/ports.ts';
import { startGateway } from '../src/gateway.ts';
import { distOf } from './compiled.ts';
import type { Place } from './hosted-scenes.ts';
import { scenes } from './hosted-scenes.ts';
import { cpuMs, freePort, startDatabase } from './programs.ts';
import { simulators } from './simulators.ts';
import { machine } from './statistics.ts';

const key = 'bench-key-0123456789';
const option = (name: string): string | undefined =>
  process.argv.find((a) => a.startsWith(`--${name}=`))?.slice(name.length + 3);

/** `--latency=0,50 --only=bookings,edits,listing,many --runs=60 --events=10000 --calendars=100` */
export async function benchHosted(provider: string, moduleUrl: string): Promise<void> {
  const callers = option('callers');
  if (callers !== undefined) return asCallers(JSON.parse(callers) as Place);
  console.log(
    `${machine()}; embedded database with fsync; simulator, database and callers in processes of their own\n`,
  );
  const wanted = option('only')?.split(',') ?? [...scenes.keys()];
  for (const only of wanted) {
    for (const latencyMs of (option('latency') ?? '0,50').split(',').map(Number)) {
      await asServers({ provider, latencyMs, only }, fileURLToPath(moduleUrl));
    }
  }
}

interface Run {
  readonly provider: string;
  readonly latencyMs: number;
  readonly only: string;
}

async function asServers(run: Run, own: string): Promise<void> {
  const simulated = simulators.get(run.provider);
  if (simulated === undefined) throw new Error(`no simulator "${run.provider}"`);
  const ends: (() => unknown)[] = [];
  try {
    const simulator = await startSimulator(run);
    ends.push(() => simulator.process.kill());
    const database = await startDatabase();
    ends.push(() => database.stop());
    const port = await freePort();
    const config = loadConfig({
      ...{ PORT: String(port), PUBLIC_URL: `http://127.0.0.1:${port}`, PUSH_OVER_HTTP: 'true' },
      ...{ BOOTSTRAP_API_KEY: key, RATE_LIMIT_PER_MINUTE: '1000000', ALLOW_PRIVATE_HOSTS: 'true' },
      ...simulated.settings(simulator.url),
    });
    const gateway = await startGateway({
      ...{ config, mongodbUri: database.uri, keys: [encryptionKey(randomBytes(32))], version: 'bench', pageDir: null },
      ...{ clock: systemClock, log: silentLog },
    });
    ends.push(() => gateway.stop());
    const place: Place = {
      ...{ ...run, simulatorUrl: simulator.url, key, gateway: gateway.address, mongodbUri: database.uri },
      pids: { gateway: process.pid, database: database.pid, simulator: simulator.process.pid! },
      ...{ runs: Number(option('runs') ?? 60), calendars: Number(option('calendars') ?? 100) },
    };
    const child = spawn(process.execPath, [own, `--callers=${JSON.stringify(place)}`], { stdio: 'inherit' });
    const [code] = (await once(child, 'exit')) as [number | null];
    if (code !== 0) throw new Error(`the callers of "${run.only}" failed`);
  } finally {
    for (const end of ends.reverse()) await end();
  }
}

async function startSimulator({ provider, latencyMs, only }: Run) {
  const events = only === 'listing' ? (option('events') ?? '10000') : '0';
  const args = [provider, String(await freePort()), String(latencyMs), 'big@bench.test', events];
  const child = spawn(process.execPath, [distOf('bench/simulator.js'), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [said] = (await once(child.stdout, 'data')) as [Buffer];
  return { url: said.toString('utf8').trim(), process: child };
}

async function asCallers(place: Place): Promise<void> {
  const scene = scenes.get(place.only);
  if (scene === undefined)
    throw new Error(`there is no part "${place.only}"; there are ${[...scenes.keys()].join(', ')}`);
  const used = (): number[] => Object.values(place.pids).map(cpuMs);
  await scene(place, used);
}
