/** Another technician's calendar app, played by python-caldav: it overwrites without looking who wrote meanwhile. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { PhoneAccount } from './phone.ts';
import { runProgram } from './programs.ts';

export interface PythonPhone {
  create(event: { readonly start: string; readonly end: string; readonly title: string }): Promise<void>;
  /** All of these find their event by words that its stored text holds. */
  retitle(words: string, title: string): Promise<void>;
  move(words: string, start: string, end: string): Promise<void>;
  remove(words: string): Promise<void>;
  titles(): Promise<readonly string[]>;
}

/** Debian's own interpreter, for which python3-caldav is packaged. */
const interpreter = '/usr/bin/python3';
const script = join(import.meta.dirname, 'python-phone.py');

export async function aPythonPhone(account: PhoneAccount): Promise<PythonPhone> {
  const probe = existsSync(interpreter) ? await runProgram(interpreter, ['-c', 'import caldav']) : { code: null };
  if (probe.code !== 0) throw new Error('python-caldav is not installed; on Debian: apt-get install python3-caldav');
  const run = async (order: Readonly<Record<string, string>>): Promise<string> => {
    const { calendar, username, password } = account;
    const ran = await runProgram(interpreter, [script, JSON.stringify({ calendar, username, password, ...order })]);
    if (ran.code === 0) return ran.stdout;
    throw new Error(`python-caldav could not ${order.action}: ${ran.stderr}`);
  };
  return {
    create: async (event) => void (await run({ action: 'create', ...event })),
    retitle: async (words, title) => void (await run({ action: 'retitle', words, title })),
    move: async (words, start, end) => void (await run({ action: 'move', words, start, end })),
    remove: async (words) => void (await run({ action: 'delete', words })),
    titles: async () => {
      const titles: unknown = JSON.parse(await run({ action: 'titles' }));
      return Array.isArray(titles) ? titles.map(String) : [];
    },
  };
}
