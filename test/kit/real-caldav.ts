/** Real CalDAV servers for tests, started by scripts whose folder CALDAV_SERVERS_DIR names. */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import type { Shelf } from './caldav-account.ts';

const run = promisify(execFile);
const scripts = resolve(process.env.CALDAV_SERVERS_DIR ?? join(import.meta.dirname, '../../../shared/servers'));

export interface RealServer {
  /** What a person types: the server's address. */
  readonly url: string;
  readonly username: string;
  readonly password: string;
  /** Makes an empty calendar of this name beside the server's own and returns its address. */
  makeCalendar(name: string): Promise<string>;
  dropCalendar(url: string): Promise<void>;
  /** The objects of a calendar as another client of the same person reaches them: without any precondition. */
  shelf(calendar: string): Shelf;
  stop(): Promise<void>;
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}

/** Starts a server on a free port with its data in a folder of its own; rejects with the script's words when it cannot. */
export async function startRealServer(name: 'radicale' | 'xandikos', username: string): Promise<RealServer> {
  const script = join(scripts, `${name}.sh`);
  const port = String(await freePort());
  // Short, because unix sockets live inside.
  const data = await mkdtemp('/tmp/cal-');
  const password = 'tech-secret';
  const env = { ...process.env, CALDAV_USERS: `${username}:${password}` };
  const { stdout } = await run('bash', [script, 'start', port, data], { env, timeout: 180_000 });
  const info: unknown = JSON.parse(stdout.trim().split('\n').at(-1)!);
  const [url, calendar] = [textOf(info, 'url'), textOf(info, 'calendar')];
  const call = caller(`Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`);
  return {
    url,
    username,
    password,
    makeCalendar: async (wanted) => {
      const made = new URL(`../${wanted}/`, calendar).href;
      await call('MKCALENDAR', made, [201], makeCalendarBody(wanted));
      return made;
    },
    dropCalendar: async (address) => void (await call('DELETE', address, [200, 204])),
    shelf: (address) => shelfOn(address, call),
    stop: async () => {
      await run('bash', [script, 'stop', port, data], { env });
      await rm(data, { recursive: true, force: true });
    },
  };
}

function textOf(info: unknown, key: string): string {
  const value: unknown = typeof info === 'object' && info !== null ? Reflect.get(info, key) : undefined;
  if (typeof value !== 'string') throw new Error(`the server script told no ${key}`);
  return value;
}

type Call = (method: string, url: string, wanted: readonly number[], body?: string) => Promise<Response>;

function caller(authorization: string): Call {
  return async (method, url, wanted, body) => {
    const type = method === 'PUT' ? 'text/calendar; charset=utf-8' : 'application/xml; charset=utf-8';
    const headers = { authorization, 'content-type': type };
    const answer = await fetch(url, { method, headers, ...(body === undefined ? {} : { body }) });
    if (!wanted.includes(answer.status)) throw new Error(`${method} answered ${answer.status}: ${await answer.text()}`);
    return answer;
  };
}

const makeCalendarBody = (name: string): string =>
  `<?xml version="1.0"?><C:mkcalendar xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><set><prop><displayname>${name}</displayname></prop></set></C:mkcalendar>`;

function shelfOn(calendar: string, call: Call): Shelf {
  return {
    put: async (name, text) => void (await call('PUT', calendar + name, [200, 201, 204], text)),
    get: async (name) => {
      const answer = await call('GET', calendar + name, [200, 404]);
      return answer.status === 404 ? null : answer.text();
    },
    remove: async (name) => void (await call('DELETE', calendar + name, [200, 204])),
  };
}
