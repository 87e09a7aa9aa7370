/**
 * Visits: the first reading, nothing to do, one change, a page of changes; and two calendars of one resource mirrored in full,
 * beside the requests alone. Each row is measured in a process of its own, so that its memory is its own.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { CalendarId } from '../src/domain/ids.ts';
import { compileFirst } from './compiled.ts';
import type { Engine } from './engine.ts';
import { startEngine } from './engine.ts';
import { resourceAt } from './events.ts';
import { floorOf } from './floor.ts';
import type { CalendarServer } from './programs.ts';
import { cpuMs, peakMiB, startCalendarServer, startDatabase } from './programs.ts';
import { figure, machine, show, table, timed } from './statistics.ts';

compileFirst(import.meta.url, 'sync');

const option = (name: string): string | undefined =>
  process.argv.find((a) => a.startsWith(`--${name}=`))?.slice(name.length + 3);
const runs = Number(option('runs') ?? 3);
const sizes = (option('sizes') ?? '1000,10000').split(',').map(Number);
const from = new Date(Date.now() - 20 * 86_400_000);
const itemsOf = (count: number, seed: number, first = 0, note = ''): [string, string][] =>
  Array.from({ length: count }, (_, i) => {
    const { name, text } = resourceAt(first + i, { seed, from, days: 380, note });
    return [name, text];
  });

interface World {
  readonly server: CalendarServer;
  readonly engine: Engine;
  readonly calendars: readonly CalendarId[];
  readonly databasePid: number;
}

async function withWorld(
  latencyMs: number,
  count: number,
  names: readonly string[],
  work: (w: World) => Promise<void>,
): Promise<void> {
  const server = await startCalendarServer(latencyMs);
  const database = await startDatabase();
  try {
    for (const name of names) await server.fill(name, []);
    const engine = await startEngine({ uri: database.uri, serverUrl: server.url });
    for (let i = 0; i < count; i += 500) await server.fill('a', itemsOf(Math.min(500, count - i), 1, i));
    const calendars = await engine.attach(names, names.length > 1 ? 'full' : 'none');
    await work({ server, engine, calendars, databasePid: database.pid });
    await engine.stop();
  } finally {
    await server.stop();
    await database.stop();
  }
}

interface Settled {
  /** Until the last event was saved: every copy is written and nobody owes anything. */
  readonly paidMs: number;
  /** Until the calendars had also read their own writes back and no visit was running. */
  readonly restMs: number;
  /** Processor time of engine, database and calendar server meanwhile. */
  readonly cpu: readonly [number, number, number];
}

/** Both calendars are asked for at once, as two hints that come together; what follows from them runs by itself. */
async function settle({ engine, calendars, databasePid, server }: World): Promise<Settled> {
  const used = (): number[] => [process.pid, databasePid, server.pid].map(cpuMs);
  const before = used();
  const start = performance.now();
  for (const report of await Promise.all(calendars.map((id) => engine.visit(id)))) {
    if (report.kind === 'fault') throw new Error(report.fault);
  }
  await engine.rest();
  const restMs = performance.now() - start;
  const owed = await Promise.all(calendars.map((id) => engine.store.events.countOwing(id)));
  if (owed.some((n) => n > 0)) throw new Error(`the calendars rest and owe ${owed.join(' and ')}`);
  const [engineCpu, databaseCpu, serverCpu] = used().map((ms, i) => ms - before[i]!);
  return { paidMs: engine.savedAt() - start, restMs, cpu: [engineCpu!, databaseCpu!, serverCpu!] };
}

const requestsOf = async (server: CalendarServer): Promise<number> =>
  Object.values(await server.counts()).reduce((a, b) => a + b, 0);

async function oneCalendar(count: number, latencyMs: number): Promise<string[]> {
  const first: number[] = [];
  const nothing: number[] = [];
  const change: number[] = [];
  const page: number[] = [];
  const pageCpu: number[][] = [];
  let requests = '';
  let memory = [0, 0];
  for (let run = 0; run < runs; run += 1) {
    await withWorld(latencyMs, count, ['a'], async (w) => {
      const id = w.calendars[0]!;
      first.push(await timed(() => w.engine.visit(id)));
      await w.engine.visit(id);
      const [asked, called] = [await requestsOf(w.server), w.engine.calls()];
      for (let i = 0; i < 10; i += 1) nothing.push(await timed(() => w.engine.visit(id)));
      const perVisit = `${((await requestsOf(w.server)) - asked) / 10} requests, ${(w.engine.calls() - called) / 10} database calls`;
      const before = await requestsOf(w.server);
      for (let i = 0; i < 5; i += 1) {
        await w.server.fill('a', itemsOf(1, 1, i, ` changed ${run}`));
        change.push(await timed(() => w.engine.visit(id)));
      }
      requests = `${perVisit}; one change ${((await requestsOf(w.server)) - before) / 5} requests`;
      memory = [Math.max(memory[0]!, peakMiB(process.pid)), Math.max(memory[1]!, peakMiB(w.databasePid))];
      for (let i = 0; i < 2; i += 1) {
        await w.server.fill('a', itemsOf(Math.min(count, 1000), 1, 0, ` page ${i}`));
        const before = [process.pid, w.databasePid].map(cpuMs);
        page.push(await timed(() => w.engine.visit(id)));
        pageCpu.push([process.pid, w.databasePid].map((pid, i) => cpuMs(pid) - before[i]!));
      }
    });
  }
  return [
    `${count}`,
    `${latencyMs}`,
    show(figure(first), 0),
    show(figure(nothing)),
    show(figure(change)),
    show(figure(page), 0),
    [0, 1].map((i) => (figure(pageCpu.map((cpu) => cpu[i]!)).median / 1000).toFixed(1)).join(' / '),
    requests,
    memory.map((m) => m.toFixed(0)).join(' / '),
  ];
}

async function mirrored(count: number, latencyMs: number): Promise<string[]> {
  const first: Settled[] = [];
  const nothing: number[] = [];
  const hundred: Settled[] = [];
  const floors: { readonly first: number; readonly hundred: number }[] = [];
  let memory = [0, 0];
  for (let run = 0; run < runs; run += 1) {
    await withWorld(latencyMs, count, ['a', 'b'], async (w) => {
      first.push(await settle(w));
      const copies = await w.server.size('b');
      if (copies !== count) throw new Error(`${copies} copies of ${count} events`);
      for (let i = 0; i < 5; i += 1) nothing.push(await timed(() => settle(w)));
      await w.server.fill('a', [
        ...itemsOf(50, 1, 100, ` changed ${run}`),
        ...itemsOf(30, 2 + run, 0),
        ...itemsOf(20, 1, 200).map(([name]): [string, string] => [name, '']),
      ]);
      hundred.push(await settle(w));
      memory = [Math.max(memory[0]!, peakMiB(process.pid)), Math.max(memory[1]!, peakMiB(w.databasePid))];
      floors.push(await floorsOn(w.server, count));
    });
  }
  const ms = (values: readonly number[]) => show(figure(values), 0);
  const ratio = (is: readonly Settled[], floor: 'first' | 'hundred') =>
    figure(is.map((s, i) => s.paidMs / floors[i]![floor])).median.toFixed(2);
  const cpu = [0, 1, 2].map((i) => (figure(first.map((s) => s.cpu[i]!)).median / 1000).toFixed(1));
  return [
    ...[`${count}`, `${latencyMs}`, ms(first.map((s) => s.paidMs)), ms(floors.map((f) => f.first))],
    ...[ratio(first, 'first'), ms(first.map((s) => s.restMs)), cpu.join(' / ')],
    ...[show(figure(nothing)), ms(hundred.map((s) => s.paidMs)), ms(floors.map((f) => f.hundred))],
    ...[ratio(hundred, 'hundred'), memory.map((m) => m.toFixed(0)).join(' / ')],
  ];
}

/** The requests alone, on the same server in the same state, right after. */
async function floorsOn(server: CalendarServer, count: number): Promise<{ first: number; hundred: number }> {
  await server.reset();
  for (let i = 0; i < count; i += 500) await server.fill('a', itemsOf(Math.min(500, count - i), 1, i));
  await server.fill('b', []);
  const first = await floorOf(server.url, itemsOf(count, 1), '');
  const changes = [
    ...itemsOf(80, 1, 100, ' changed'),
    ...itemsOf(20, 1, 200).map(([name]): [string, string] => [name, '']),
  ];
  await server.fill('a', changes);
  // Newer than anything there: what is read in this step is as little as it can be.
  return { first, hundred: await floorOf(server.url, changes, `urn:bench:${count * 10}`) };
}

/** One row, measured by a process of its own. */
function rowOf(kind: 'one' | 'mirror', count: number, latencyMs: number): string[] {
  const args = [`--row=${kind}`, `--count=${count}`, `--latency=${latencyMs}`, `--runs=${runs}`];
  const done = spawnSync(process.execPath, [fileURLToPath(import.meta.url), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    encoding: 'utf8',
  });
  if (done.status !== 0) throw new Error(`the row ${args.join(' ')} failed`);
  return JSON.parse(done.stdout) as string[];
}

const row = option('row');
if (row !== undefined) {
  const [count, latencyMs] = [Number(option('count')), Number(option('latency'))];
  const cells = row === 'one' ? await oneCalendar(count, latencyMs) : await mirrored(count, latencyMs);
  process.stdout.write(JSON.stringify(cells));
} else {
  console.log(`${machine()}; embedded database with fsync; median (min-max, n) in ms\n`);
  const memory = 'peak MiB engine / database';
  const heads = [
    [
      ...['events', 'latency', 'first visit', 'nothing to do', 'one change', '1,000 changes'],
      ...['their CPU s engine / database', 'round trips', memory],
    ],
    [
      ...['events', 'latency', 'mirrored', 'requests alone', 'ratio', 'at rest', 'CPU s engine / database / server'],
      ...['nothing to do', '100 changes', 'requests alone', 'ratio', memory],
    ],
  ] as const;
  const one = [0, 50].flatMap((latencyMs) => sizes.map((size) => rowOf('one', size, latencyMs)));
  console.log(`${table(heads[0], one)}\n`);
  console.log(table(heads[1], [rowOf('mirror', sizes[0]!, 50), ...sizes.map((size) => rowOf('mirror', size, 0))]));
}
