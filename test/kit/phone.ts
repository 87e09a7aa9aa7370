/** A technician's calendar app, played by vdirsyncer and khal: a copy of one calendar on disk that is synced on demand. */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findProgram, runProgram } from './programs.ts';

export interface PhoneAccount {
  /** Address of the calendar's collection. */
  readonly calendar: string;
  readonly username: string;
  readonly password: string;
  /** The zone that the phone is set to. */
  readonly zone: string;
}

export interface Phone {
  /** Exchanges what changed on both sides. @throws Error with the app's words when it could not, a clash included */
  sync(): Promise<void>;
  /** Types an event: the arguments of `khal new`, such as day, start, end, title, and `:: description`. */
  create(...args: readonly string[]): Promise<void>;
  /** What the app shows from one day to another (inclusive): for each occurrence `start-end title | description`. */
  agenda(from: string, to?: string): Promise<string>;
  /** The stored text of the one event whose text holds these words, lines unfolded. */
  text(words: string): Promise<string>;
  /** Rewrites the one event whose text holds these words; `change` sees unfolded lines that end in CRLF. */
  edit(words: string, change: (text: string) => string): Promise<void>;
  remove(words: string): Promise<void>;
  /** Stores an event as another app on the phone would. */
  put(uid: string, text: string): Promise<void>;
  close(): Promise<void>;
}

export async function aPhone(account: PhoneAccount): Promise<Phone> {
  const [vdirsyncer, khal] = [findProgram('vdirsyncer'), findProgram('khal')];
  const folder = await mkdtemp(join(tmpdir(), 'phone-'));
  const shelf = join(folder, 'cal');
  await mkdir(shelf);
  await writeFile(join(folder, 'vdirsyncer.conf'), syncConfig(folder, shelf, account));
  await writeFile(join(folder, 'khal.conf'), khalConfig(folder, shelf, account.zone));
  const env = { ...process.env, HOME: folder, TZ: account.zone, LC_ALL: 'C.UTF-8', XDG_CACHE_HOME: folder };
  const told = async (program: string, args: readonly string[]): Promise<string> => {
    const ran = await runProgram(program, args, { env, input: 'y\n'.repeat(20) });
    if (ran.code === 0) return ran.stdout;
    throw new Error(`${program} ${args.join(' ')} ended with ${ran.code}:\n${ran.stdout}${ran.stderr}`);
  };
  const sync = (...args: string[]) => told(vdirsyncer, ['-c', join(folder, 'vdirsyncer.conf'), ...args]);
  const app = (...args: string[]) => told(khal, ['-c', join(folder, 'khal.conf'), ...args]);
  await sync('discover');

  const find = async (words: string): Promise<{ path: string; text: string }> => {
    const found: { path: string; text: string }[] = [];
    for (const name of await readdir(shelf)) {
      const path = join(shelf, name);
      const text = unfolded(await readFile(path, 'utf8'));
      if (text.includes(words)) found.push({ path, text });
    }
    if (found.length !== 1) throw new Error(`${found.length} events on the phone hold "${words}"`);
    return found[0]!;
  };

  return {
    // A phone does not ask whether somebody really meant to delete the last event.
    sync: async () => void (await sync('sync', '--force-delete')),
    create: async (...args) => void (await app('new', ...args)),
    agenda: (from, to = from) =>
      app('list', '--format', '{start-long}-{end-long} {title} | {description}', from, `${to} 23:59`),
    text: async (words) => (await find(words)).text,
    async edit(words, change) {
      const { path, text } = await find(words);
      const next = change(text);
      if (next === text) throw new Error(`the edit of "${words}" changes nothing`);
      await writeFile(path, next);
    },
    remove: async (words) => rm((await find(words)).path),
    put: (uid, text) => writeFile(join(shelf, `${uid}.ics`), text),
    close: () => rm(folder, { recursive: true, force: true }),
  };
}

/** One line a property, RFC 5545 section 3.1; with CRLF. */
const unfolded = (text: string): string => text.replace(/\r?\n/g, '\r\n').replace(/\r\n[ \t]/g, '');

function syncConfig(folder: string, shelf: string, { calendar, username, password }: PhoneAccount): string {
  return `[general]
status_path = ${JSON.stringify(join(folder, 'status'))}
[pair work]
a = "local"
b = "remote"
collections = null
conflict_resolution = null
[storage local]
type = "filesystem"
path = ${JSON.stringify(shelf)}
fileext = ".ics"
[storage remote]
type = "caldav"
url = ${JSON.stringify(calendar)}
username = ${JSON.stringify(username)}
password = ${JSON.stringify(password)}
`;
}

function khalConfig(folder: string, shelf: string, zone: string): string {
  return `[calendars]
[[work]]
path = ${shelf}
[default]
default_calendar = work
[sqlite]
path = ${join(folder, 'khal.db')}
[locale]
local_timezone = ${zone}
default_timezone = ${zone}
timeformat = %H:%M
dateformat = %Y-%m-%d
longdateformat = %Y-%m-%d
datetimeformat = %Y-%m-%d %H:%M
longdatetimeformat = %Y-%m-%d %H:%M
`;
}
