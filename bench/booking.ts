/** Booking over HTTP against the floor of express and one journaled insert, with the callers in a process of their own. */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import express from 'express';
import mongoose from 'mongoose';
import { encryptionKey, loadConfig } from '../config/index.ts';
import { systemClock } from '../src/clock.ts';
import { silentLog } from '../src/domain/ports.ts';
import type { Gateway } from '../src/gateway.ts';
import { startGateway } from '../src/gateway.ts';
import { startDatabase } from './programs.ts';
import { inParallel, machine, percentile, table } from './statistics.ts';

const key = 'bench-key-0123456789';
const option = (name: string): string | undefined =>
  process.argv.find((a) => a.startsWith(`--${name}=`))?.slice(name.length + 3);
const count = Number(option('count') ?? 600);
/** Days from tomorrow on, all inside the window in which series have rows. */
const tomorrow = Math.ceil(systemClock.now() / 86_400_000);
const day = (n: number): string => new Date((tomorrow + n) * 86_400_000).toISOString().slice(0, 10);

type Post = (
  path: string,
  body: unknown,
  headers?: Record<string, string>,
) => Promise<{ readonly status: number; readonly body: unknown }>;

function poster(base: string): Post {
  return async (path, body, headers = {}) => {
    const answer = await fetch(base + path, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
    return { status: answer.status, body: await answer.json() };
  };
}

/** What any booking route costs at least: parse, one durable insert, answer. */
async function startFloor(uri: string): Promise<{ readonly base: string; stop(): Promise<void> }> {
  const connection = await mongoose
    .createConnection(uri, { writeConcern: { w: 'majority', journal: true } })
    .asPromise();
  const app = express();
  app.use(express.json());
  app.post('/floor', async (request, response) => {
    const { insertedId } = await connection.collection('floor').insertOne({ ...request.body });
    response.status(201).json({ id: insertedId, ...request.body });
  });
  const server = app.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    base: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async stop() {
      server.closeAllConnections();
      server.close();
      await connection.close();
    },
  };
}

interface Measured {
  readonly perSecond: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

async function load(width: number, n: number, send: (i: number) => Promise<void>): Promise<Measured> {
  const times: number[] = [];
  const from = performance.now();
  await inParallel(Array.from({ length: n }), width, async (_, i) => {
    const began = performance.now();
    await send(i);
    times.push(performance.now() - began);
  });
  return {
    perSecond: (n / (performance.now() - from)) * 1000,
    p50: percentile(times, 0.5),
    p95: percentile(times, 0.95),
    p99: percentile(times, 0.99),
  };
}

function expectStatus(got: { readonly status: number; readonly body: unknown }, ...wanted: number[]): void {
  if (!wanted.includes(got.status)) throw new Error(`answer ${got.status}: ${JSON.stringify(got.body)}`);
}

async function resources(post: Post, n: number, workingHours: unknown[] = []): Promise<string[]> {
  const ids: string[] = [];
  for (let i = 0; i < n; i += 1) {
    const made = await post('/v1/resources', {
      kind: 'technician',
      name: `T${i}`,
      timeZone: 'Europe/Berlin',
      workingHours,
    });
    expectStatus(made, 201);
    ids.push((made.body as { id: string }).id);
  }
  return ids;
}

const booking = (resourceId: string, date: string, hour: number) => ({
  ...{
    resourceIds: [resourceId],
    start: `${date}T${String(hour).padStart(2, '0')}:00:00Z`,
    end: `${date}T${String(hour).padStart(2, '0')}:50:00Z`,
  },
  ...{ title: 'Boiler service', customer: { name: 'Jo Doe', phone: '+49 30 1234567' } },
});

async function posts(post: Post, floor: Post): Promise<void> {
  const rows: string[][] = [];
  for (const width of [1, 32]) {
    const ids = await resources(post, 20);
    await load(width, 50, async (i) =>
      expectStatus(await post('/v1/bookings', booking(ids[i % 20]!, day(90 + Math.floor(i / 20)), 12)), 201),
    );
    const least = await load(width, count, async (i) =>
      expectStatus(await floor('/floor', booking('floor', day(i), 9)), 201),
    );
    const ours = await load(width, count, async (i) => {
      const slot = Math.floor(i / 20);
      expectStatus(await post('/v1/bookings', booking(ids[i % 20]!, day(Math.floor(slot / 20)), slot % 20)), 201);
    });
    rows.push([
      `${width}`,
      ours.perSecond.toFixed(0),
      ours.p50.toFixed(1),
      ours.p99.toFixed(1),
      least.perSecond.toFixed(0),
      (ours.perSecond / least.perSecond).toFixed(2),
    ]);
  }
  console.log(table(['callers', 'bookings/s', 'p50 ms', 'p99 ms', 'floor/s', 'ratio to floor'], rows));
}

/** 200 callers want 20 slots of one resource at the same moment, ten each. */
async function contention(post: Post): Promise<void> {
  const rows: string[][] = [];
  for (const round of [0, 1, 2]) {
    const [id] = await resources(post, 1);
    const statuses = new Map<number, number>();
    const result = await load(200, 200, async (i) => {
      const slot = i % 20;
      const got = await post('/v1/bookings', booking(id!, day(120 + Math.floor(slot / 10)), 8 + (slot % 10)));
      expectStatus(got, 201, 409);
      statuses.set(got.status, (statuses.get(got.status) ?? 0) + 1);
    });
    const [won, refused] = [statuses.get(201) ?? 0, statuses.get(409) ?? 0];
    rows.push([`${round + 1}`, `${won}`, `${refused}`, result.p50.toFixed(0), result.p99.toFixed(0)]);
  }
  console.log(`\n${table(['200 callers, 20 slots', 'won', 'refused', 'p50 ms', 'p99 ms'], rows)}`);
}

/** Holds are claims and nothing else but their record. */
async function claims(post: Post): Promise<void> {
  const ids = await resources(post, 32);
  // One key may hold 60 times at once.
  const keys: string[] = [];
  for (let i = 0; i < 16; i += 1) {
    const made = await post('/v1/keys', { name: `caller ${i}`, scopes: ['book'] });
    expectStatus(made, 201);
    keys.push((made.body as { key: string }).key);
  }
  const result = await load(32, 640, async (i) => {
    const { start, end, resourceIds } = booking(ids[i % 32]!, day(160 + Math.floor(i / 32)), 9);
    const headers = { authorization: `Bearer ${keys[i % 16]}` };
    expectStatus(await post('/v1/holds', { start, end, resourceIds }, headers), 201);
  });
  const cells = [result.perSecond.toFixed(0), result.p50.toFixed(1), result.p99.toFixed(1)];
  console.log(`\n${table(['holds, 32 callers', 'per second', 'p50 ms', 'p99 ms'], [['free times', ...cells]])}`);
}

async function availability(post: Post): Promise<void> {
  const hours = [{ days: ['mon', 'tue', 'wed', 'thu', 'fri'], from: '08:00', to: '17:00' }];
  const ids = await resources(post, 10, hours);
  for (const [i, id] of ids.entries())
    for (let d = 0; d < 14; d += 2)
      expectStatus(await post('/v1/bookings', booking(id, day(140 + d), 8 + (i % 6))), 201);
  const query = {
    ...{ from: `${day(140)}T00:00:00Z`, to: `${day(154)}T00:00:00Z`, duration: 'PT60M', granularity: 'PT15M' },
  };
  const any = { ...query, requires: [{ kind: 'technician' }] };
  const cases: readonly [string, object][] = [
    ['one named technician', { ...query, resourceIds: ids.slice(0, 1) }],
    ['any one of 10 technicians', { ...any, resourceIds: ids }],
    ['any one of all technicians in the database', any],
  ];
  const rows: string[][] = [];
  for (const [name, body] of cases) {
    const ask = async () => expectStatus(await post('/v1/availability', body), 200);
    await load(1, 20, ask);
    const result = await load(1, 200, ask);
    rows.push([name, result.p50.toFixed(1), result.p95.toFixed(1), result.p99.toFixed(1)]);
  }
  console.log(`\n${table(['availability, 14 days', 'p50 ms', 'p95 ms', 'p99 ms'], rows)}`);
}

async function asCallers(gateway: string, floor: string): Promise<void> {
  const post = poster(gateway);
  const only = option('only');
  if (only === undefined || only === 'posts') await posts(post, poster(floor));
  if (only === undefined || only === 'contention') await contention(post);
  if (only === undefined || only === 'claims') await claims(post);
  if (only === undefined || only === 'availability') await availability(post);
}

async function asServers(): Promise<void> {
  const database = await startDatabase();
  const config = { ...loadConfig({ BOOTSTRAP_API_KEY: key, RATE_LIMIT_PER_MINUTE: '1000000' }), port: 0 };
  const gateway: Gateway = await startGateway({
    ...{ config, mongodbUri: database.uri, keys: [encryptionKey(randomBytes(32))], version: 'bench', pageDir: null },
    ...{ clock: systemClock, log: silentLog },
  });
  const floor = await startFloor(database.uri);
  console.log(`${machine()}; embedded database with fsync; callers in a process of their own\n`);
  const own = fileURLToPath(import.meta.url);
  const args = ['--import', 'tsx', own, ...process.argv.slice(2), `--callers=${gateway.address},${floor.base}`];
  const [code] = (await once(spawn(process.execPath, args, { stdio: 'inherit' }), 'exit')) as [number | null];
  await floor.stop();
  await gateway.stop();
  await database.stop();
  if (code !== 0) process.exitCode = 1;
}

const callers = option('callers')?.split(',');
if (callers === undefined) await asServers();
else await asCallers(callers[0]!, callers[1]!);
