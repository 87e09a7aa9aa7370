/** What a first visit holds in memory: the live heap, collected and looked at again and again while a calendar is listed. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { compileFirst } from './compiled.ts';
import { startEngine } from './engine.ts';
import { resourceAt } from './events.ts';
import { startCalendarServer, startDatabase } from './programs.ts';
import { machine, table } from './statistics.ts';

compileFirst(import.meta.url, 'memory');
setFlagsFromString('--expose-gc');
const collect: () => void = runInNewContext('gc');

const option = process.argv.find((a) => a.startsWith('--sizes='))?.slice('--sizes='.length);
const sizes = (option ?? '1000,10000,30000').split(',').map(Number);
const lookEveryMs = 250;
const mib = (bytes: number): string => (bytes / 1_048_576).toFixed(1);

/** Buffers are told apart: they are freed some time after nothing holds them any more. */
function live(): { readonly heap: number; readonly buffers: number } {
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return { heap: heapUsed, buffers: external };
}

interface Seen {
  readonly heap: number;
  readonly buffers: number;
  readonly after: number;
  readonly looks: number;
}

/** Bytes over those before the visit: the most that was seen while it ran, and what of the heap was left after it. */
async function listing(count: number): Promise<Seen> {
  const from = new Date(Date.now() - 20 * 86_400_000);
  const server = await startCalendarServer(0);
  const database = await startDatabase();
  try {
    await server.fill('a', []);
    const engine = await startEngine({ uri: database.uri, serverUrl: server.url });
    for (let i = 0; i < count; i += 500) {
      const many = Array.from({ length: Math.min(500, count - i) }, (_, k) => {
        const { name, text } = resourceAt(i + k, { seed: 1, from, days: 380, note: '' });
        return [name, text] as const;
      });
      await server.fill('a', many);
    }
    const [id] = await engine.attach(['a'], 'none');
    const before = live();
    let [heap, buffers, looks] = [0, 0, 0];
    const look = setInterval(() => {
      const now = live();
      heap = Math.max(heap, now.heap - before.heap);
      buffers = Math.max(buffers, now.buffers - before.buffers);
      looks += 1;
    }, lookEveryMs);
    const report = await engine.visit(id!);
    clearInterval(look);
    if (report.kind !== 'done') throw new Error(`the visit ended as ${report.kind}`);
    const after = live().heap - before.heap;
    await engine.stop();
    return { heap, buffers, after, looks };
  } finally {
    await server.stop();
    await database.stop();
  }
}

const rows: string[][] = [];
await listing(500);
for (const size of sizes) {
  const { heap, buffers, after, looks } = await listing(size);
  rows.push([String(size), mib(heap), mib(buffers), mib(after), String(looks)]);
}
console.log(`${machine()}\n`);
console.log(table(['events listed', 'most heap, MiB', 'most buffers, MiB', 'heap left after, MiB', 'looks'], rows));
