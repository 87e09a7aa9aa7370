/** Real CalDAV servers for tests: Radicale, and Xandikos behind lighttpd, each on a free port with a folder of its own. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Shelf } from './caldav-account.ts';
import { eventually } from './eventually.ts';
import { type Daemon, findProgram, freePort, startDaemon } from './programs.ts';

export type RealServerName = 'radicale' | 'xandikos';
export const realServerNames: readonly RealServerName[] = ['radicale', 'xandikos'];

export interface RealServer {
  /** What a person types: the server's address. */
  readonly url: string;
  readonly username: string;
  readonly password: string;
  /** Makes an empty calendar of this name and returns its address. */
  makeCalendar(name: string): Promise<string>;
  dropCalendar(url: string): Promise<void>;
  /** The objects of a calendar as another client of the same person reaches them: without any precondition. */
  shelf(calendar: string): Shelf;
  stop(): Promise<void>;
}

interface Account {
  readonly username: string;
  readonly password: string;
}
interface Started {
  readonly daemons: readonly Daemon[];
  readonly url: string;
  /** The folder of calendars on the server, with a slash at the end. */
  readonly home: string;
}

/** Starts a server with one account and a calendar `work`. @throws Error when a program is missing or does not start */
export async function startRealServer(name: RealServerName, username = 'tech@example.com'): Promise<RealServer> {
  const account: Account = { username, password: 'tech-secret' };
  // Short, because unix sockets live inside.
  const folder = await mkdtemp(join(tmpdir(), 'cal-'));
  const { daemons, url, home } = await starters[name](folder, account);
  const stop = async (): Promise<void> => {
    for (const daemon of [...daemons].reverse()) await daemon.stop();
    await rm(folder, { recursive: true, force: true });
  };
  const call = caller(account);
  const makeCalendar = async (wanted: string): Promise<string> => {
    const made = `${home}${wanted}/`;
    await call('MKCALENDAR', made, [201], makeCalendarBody(wanted));
    return made;
  };
  try {
    await answering(call, url, daemons);
    await makeCalendar('work');
  } catch (error) {
    const said = daemons.map((daemon) => daemon.said()).join('\n');
    await stop();
    throw new Error(`${name} did not start: ${error instanceof Error ? error.message : error}\n${said}`);
  }
  return {
    ...{ url, ...account, makeCalendar, stop },
    dropCalendar: async (address) => void (await call('DELETE', address, [200, 204])),
    shelf: (address) => shelfOn(address, call),
  };
}

const starters: Readonly<Record<RealServerName, (folder: string, account: Account) => Promise<Started>>> = {
  radicale: startRadicale,
  xandikos: startXandikos,
};

async function startRadicale(folder: string, { username, password }: Account): Promise<Started> {
  const program = findProgram('radicale');
  const port = await freePort();
  await writeFile(join(folder, 'users'), `${username}:${password}\n`);
  const config = join(folder, 'config');
  await writeFile(
    config,
    `[server]
hosts = 127.0.0.1:${port}
max_connections = 40
[auth]
type = htpasswd
htpasswd_filename = ${join(folder, 'users')}
htpasswd_encryption = plain
delay = 0
[rights]
type = owner_only
[storage]
filesystem_folder = ${join(folder, 'collections')}
[web]
type = none
[logging]
level = warning
`,
  );
  const url = `http://127.0.0.1:${port}/`;
  const daemons = [startDaemon(program, ['--config', config])];
  return { daemons, url, home: `${url}${encodeURIComponent(username)}/` };
}

/** Xandikos knows no passwords: lighttpd stands before it and passes requests on over a unix socket. */
async function startXandikos(folder: string, { username, password }: Account): Promise<Started> {
  const [program, front] = [findProgram('xandikos'), findProgram('lighttpd')];
  const port = await freePort();
  const [store, socket, config] = [join(folder, 'store'), join(folder, 'sock'), join(folder, 'lighttpd.conf')];
  await mkdir(store);
  await writeFile(join(folder, 'users'), `${username}:${password}\n`);
  await writeFile(
    config,
    `server.modules = ("mod_auth", "mod_authn_file", "mod_proxy")
server.document-root = "${folder}"
server.bind = "127.0.0.1"
server.port = ${port}
server.stream-request-body = 0
auth.backend = "plain"
auth.backend.plain.userfile = "${join(folder, 'users')}"
auth.require = ("/" => ("method" => "basic", "realm" => "xandikos", "require" => "valid-user"))
proxy.server = ("" => (("host" => "${socket}")))
`,
  );
  const options = ['-d', store, '--current-user-principal', `/${username}/`, '--defaults', '-l', socket];
  const daemons = [startDaemon(program, options), startDaemon(front, ['-D', '-f', config])];
  const url = `http://127.0.0.1:${port}/`;
  return { daemons, url, home: `${url}${encodeURIComponent(username)}/calendars/` };
}

/** Waits until the account can be asked; a server that died says why at once. */
async function answering(call: Call, url: string, daemons: readonly Daemon[]): Promise<void> {
  await eventually(
    async () => {
      if (daemons.some((daemon) => daemon.hasEnded())) throw new Error('the process ended');
      return call('PROPFIND', url, [207]).then(
        () => true,
        () => false,
      );
    },
    30_000,
    50,
  );
}

type Call = (method: string, url: string, wanted: readonly number[], body?: string) => Promise<Response>;

function caller({ username, password }: Account): Call {
  const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  return async (method, url, wanted, body) => {
    const type = method === 'PUT' ? 'text/calendar; charset=utf-8' : 'application/xml; charset=utf-8';
    const headers = { authorization, 'content-type': type, ...(method === 'PROPFIND' ? { depth: '0' } : {}) };
    const answer = await fetch(url, { method, headers, ...(body === undefined ? {} : { body }) });
    if (wanted.includes(answer.status)) return answer;
    throw new Error(`${method} ${url} answered ${answer.status}: ${await answer.text()}`);
  };
}

const makeCalendarBody = (name: string): string =>
  `<?xml version="1.0"?><C:mkcalendar xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><set><prop><displayname>${name}</displayname><C:supported-calendar-component-set><C:comp name="VEVENT"/></C:supported-calendar-component-set></prop></set></C:mkcalendar>`;

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
