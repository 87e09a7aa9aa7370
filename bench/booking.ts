/** Booking over HTTP against the floor of express and one journaled insert; claims under contention; availability. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
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
const count = Number(process.argv.find((a) => a.startsWith('--count='))?.slice(8) ?? 600);
const day = (n: number): string => new Date(Date.UTC(2031, 0, 1 + n)).toISOString().slice(0, 10);

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
      expectStatus(await post('/v1/bookings', booking(ids[i % 20]!, day(900 + Math.floor(i / 20)), 12)), 201),
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
  const [id] = await resources(post, 1);
  const statuses = new Map<number, number>();
  const result = await load(200, 200, async (i) => {
    const slot = i % 20;
    const got = await post('/v1/bookings', booking(id!, day(1200 + Math.floor(slot / 10)), 8 + (slot % 10)));
    expectStatus(got, 201, 409);
    statuses.set(got.status, (statuses.get(got.status) ?? 0) + 1);
  });
  console.log(
    `\n${table(['200 callers, 20 slots', 'won', 'refused', 'p50 ms', 'p99 ms'], [['one resource', String(statuses.get(201) ?? 0), String(statuses.get(409) ?? 0), result.p50.toFixed(0), result.p99.toFixed(0)]])}`,
  );
}

async function availability(post: Post): Promise<void> {
  const hours = [{ days: ['mon', 'tue', 'wed', 'thu', 'fri'], from: '08:00', to: '17:00' }];
  const rows: string[][] = [];
  for (const n of [1, 10]) {
    const ids = await resources(post, n, hours);
    for (const [i, id] of ids.entries())
      for (let d = 0; d < 14; d += 2)
        expectStatus(await post('/v1/bookings', booking(id, day(1400 + d), 8 + (i % 6))), 201);
    const query = {
      from: `${day(1400)}T00:00:00Z`,
      to: `${day(1414)}T00:00:00Z`,
      duration: 'PT60M',
      granularity: 'PT15M',
      resourceIds: ids.slice(0, 1),
    };
    const any = { ...query, resourceIds: undefined, requires: [{ kind: 'technician' }] };
    const body = n === 1 ? query : any;
    const result = await load(1, 100, async () => expectStatus(await post('/v1/availability', body), 200));
    rows.push([
      n === 1 ? 'one named technician' : 'any technician of all',
      result.p50.toFixed(1),
      result.p99.toFixed(1),
    ]);
  }
  console.log(`\n${table(['availability, 14 days', 'p50 ms', 'p99 ms'], rows)}`);
}

const database = await startDatabase();
const config = { ...loadConfig({ BOOTSTRAP_API_KEY: key, RATE_LIMIT_PER_MINUTE: '1000000' }), port: 0 };
const gateway: Gateway = await startGateway({
  ...{ config, mongodbUri: database.uri, keys: [encryptionKey(randomBytes(32))], version: 'bench', pageDir: null },
  ...{ clock: systemClock, log: silentLog },
});
const floor = await startFloor(database.uri);
console.log(`${machine()}; embedded database with fsync; gateway and callers in one process\n`);
const post = poster(gateway.address);
await posts(post, poster(floor.base));
await contention(post);
await availability(post);
await floor.stop();
await gateway.stop();
await database.stop();
