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

function liveBytes(): number {
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** Live bytes over those before the visit: the most that was seen while it ran, and what was left after it. */
async function listing(
  count: number,
): Promise<{ readonly most: number; readonly after: number; readonly looks: number }> {
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
    const before = liveBytes();
    let [most, looks] = [0, 0];
    const look = setInterval(() => {
      most = Math.max(most, liveBytes() - before);
      looks += 1;
    }, lookEveryMs);
    const report = await engine.visit(id!);
    clearInterval(look);
    if (report.kind !== 'done') throw new Error(`the visit ended as ${report.kind}`);
    const after = liveBytes() - before;
    await engine.stop();
    return { most, after, looks };
  } finally {
    await server.stop();
    await database.stop();
  }
}

const rows: string[][] = [];
await listing(500);
for (const size of sizes) {
  const { most, after, looks } = await listing(size);
  rows.push([String(size), mib(most), mib(after), String(looks)]);
}
console.log(`${machine()}\n`);
console.log(table(['events listed', 'most MiB over before', 'MiB left after', 'looks'], rows));
