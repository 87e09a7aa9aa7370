/** A simulator as a process of its own: `simulator.js PROVIDER PORT LATENCY ACCOUNT EVENTS`, filled before it says its address. */
import { controlAt, simulators } from './simulators.ts';

const [name = '', port, latencyMs, account = '', events] = process.argv.slice(2);
const simulated = simulators.get(name);
if (simulated === undefined) throw new Error(`no simulator "${name}"`);
const running = await simulated.start({ port: Number(port), latencyMs: Number(latencyMs) });
if (Number(events) > 0) {
  await simulated.account(controlAt(running.url), account);
  running.fill(account, Number(events), new Date(Date.now() - 10 * 86_400_000));
}
process.stdout.write(`${running.url}\n`);
