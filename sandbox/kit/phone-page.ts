/** Serves the phone page, and tells it by server-sent events when to look again. */
import { readFileSync } from 'node:fs';
import type { Answer, Ask } from './http.ts';

const files: Readonly<Record<string, readonly [name: string, type: string]>> = {
  '/phone': ['index.html', 'text/html; charset=utf-8'],
  '/phone/style.css': ['style.css', 'text/css; charset=utf-8'],
  '/phone/phone.js': ['phone.js', 'text/javascript; charset=utf-8'],
  '/phone/day.js': ['day.js', 'text/javascript; charset=utf-8'],
  '/phone/wall.js': ['wall.js', 'text/javascript; charset=utf-8'],
  '/phone/api.js': ['api.js', 'text/javascript; charset=utf-8'],
};
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:";
const beatMs = 15_000;

export interface PhonePage {
  /** Null: not ours. */
  answer(ask: Ask): Answer | null;
  /** Something changed: every open page looks again. */
  changed(): void;
}

export function phonePage(): PhonePage {
  const readers = new Set<(text: string) => void>();
  return {
    answer(ask) {
      if (ask.method !== 'GET') return null;
      if (ask.path === '/_control/live') return { stream: join };
      const file = Object.hasOwn(files, ask.path) ? files[ask.path] : undefined;
      if (file === undefined) return null;
      const [name, type] = file;
      const headers = { 'content-type': type, 'content-security-policy': policy, 'cache-control': 'no-store' };
      return { status: 200, headers, body: readFileSync(new URL(`./phone/${name}`, import.meta.url)) };
    },
    changed() {
      for (const write of readers) write('data: changed\n\n');
    },
  };

  function join(write: (text: string) => void): () => void {
    readers.add(write);
    write('retry: 1000\n\n');
    const beat = setInterval(() => write(': still here\n\n'), beatMs);
    return () => {
      clearInterval(beat);
      readers.delete(write);
    };
  }
}
