/** Visits: the first reading, nothing to do, one change; and two calendars of one resource mirrored in full. */
import type { CalendarId } from '../src/domain/ids.ts';
import type { Engine } from './engine.ts';
import { startEngine } from './engine.ts';
import { resourceAt } from './events.ts';
import type { CalendarServer } from './programs.ts';
import { peakMiB, startCalendarServer, startDatabase } from './programs.ts';
import { figure, machine, show, table, timed } from './statistics.ts';

const runs = Number(process.argv.find((a) => a.startsWith('--runs='))?.slice(7) ?? 3);
const sizes = (process.argv.find((a) => a.startsWith('--sizes='))?.slice(8) ?? '1000,10000').split(',').map(Number);
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
    const items = itemsOf(count, 1);
    for (let i = 0; i < items.length; i += 1000) await server.fill('a', items.slice(i, i + 1000));
    const calendars = await engine.attach(names, names.length > 1 ? 'full' : 'none');
    await work({ server, engine, calendars, databasePid: database.pid });
    await engine.stop();
  } finally {
    await server.stop();
    await database.stop();
  }
}

/** Visits of all calendars, together, until nobody owes anything. Returns how many turns it took. */
async function settle({ engine, calendars }: World): Promise<number> {
  for (let turn = 1; turn <= 10; turn += 1) {
    for (const report of await Promise.all(calendars.map((id) => engine.visit(id)))) {
      if (report.kind === 'fault') throw new Error(report.fault);
    }
    const owed = await Promise.all(calendars.map((id) => engine.store.events.countOwing(id)));
    if (owed.every((n) => n === 0)) return turn;
  }
  throw new Error('the calendars did not come to rest');
}

const requestsOf = async (server: CalendarServer): Promise<number> =>
  Object.values(await server.counts()).reduce((a, b) => a + b, 0);

async function oneCalendar(count: number, latencyMs: number): Promise<string[]> {
  const first: number[] = [];
  const nothing: number[] = [];
  const change: number[] = [];
  let requests = '';
  let memory = 0;
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
      memory = Math.max(memory, peakMiB(process.pid));
    });
  }
  return [
    `${count}`,
    `${latencyMs}`,
    show(figure(first), 0),
    show(figure(nothing)),
    show(figure(change)),
    requests,
    memory.toFixed(0),
  ];
}

async function mirrored(count: number, latencyMs: number): Promise<string[]> {
  const first: number[] = [];
  const nothing: number[] = [];
  const hundred: number[] = [];
  let memory = 0;
  for (let run = 0; run < runs; run += 1) {
    await withWorld(latencyMs, count, ['a', 'b'], async (w) => {
      first.push(await timed(() => settle(w)));
      const copies = await w.server.size('b');
      if (copies !== count) throw new Error(`${copies} copies of ${count} events`);
      await settle(w);
      for (let i = 0; i < 5; i += 1) nothing.push(await timed(() => settle(w)));
      await w.server.fill('a', [
        ...itemsOf(50, 1, 100, ` changed ${run}`),
        ...itemsOf(30, 2 + run, 0),
        ...itemsOf(20, 1, 200).map(([name]): [string, string] => [name, '']),
      ]);
      hundred.push(await timed(() => settle(w)));
      memory = Math.max(memory, peakMiB(process.pid));
    });
  }
  return [
    `${count}`,
    `${latencyMs}`,
    show(figure(first), 0),
    show(figure(nothing)),
    show(figure(hundred), 0),
    memory.toFixed(0),
  ];
}

console.log(`${machine()}; embedded database with fsync; median (min-max, n) in ms\n`);
const one: string[][] = [];
for (const latencyMs of [0, 50]) for (const size of sizes) one.push(await oneCalendar(size, latencyMs));
console.log(
  table(
    [
      'events',
      'latency ms',
      'first visit',
      'visit with nothing to do',
      'visit with one change',
      'round trips',
      'peak MiB',
    ],
    one,
  ),
);
const two: string[][] = [];
for (const [size, latencyMs] of [
  [sizes[0]!, 50],
  [sizes.at(-1)!, 0],
] as const)
  two.push(await mirrored(size, latencyMs));
console.log(
  `\n${table(['events mirrored', 'latency ms', 'first sync', 'nothing to do', '100 changes', 'peak MiB'], two)}`,
);
