/** `backup FILE`, `restore FILE`, `export DIR`: what the three scripts of the same names run. */
import { existsSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { readBackup, writeBackup } from './backup-file.ts';
import { readDump, writeDump } from './dump-folder.ts';
import { openFolder } from './folder-source.ts';
import { restore } from './restore.ts';
import { messageOf, type Snapshot, TransferError } from './snapshot.ts';

export type TransferCommand = 'backup' | 'restore' | 'export';

export interface TransferOptions {
  readonly command: TransferCommand;
  /** The file or folder named on the command line. */
  readonly path: string;
  readonly dataDir: string;
  readonly force: boolean;
}

const USAGE: Readonly<Record<TransferCommand, string>> = {
  backup: `usage: npm run backup -- FILE [--data DIR] [--force]
  Writes all data of the embedded database, as it is at one moment, into FILE; a gateway may run meanwhile.
  --data DIR   the data folder [DATA_DIR or ./data]
  --force      replace FILE if it is there`,
  restore: `usage: npm run restore -- FILE [--data DIR] [--force]
  Puts a backup, or a folder that "npm run export" or mongodump wrote, into an empty data folder. No gateway may run on it.
  --data DIR   the data folder [DATA_DIR or ./data]
  --force      replace the data that is there; it is kept beside under another name`,
  export: `usage: npm run export -- DIR [--data DIR]
  Writes all data of the embedded database, as it is at one moment, into DIR in the layout of mongodump, for mongorestore.
  --data DIR   the data folder [DATA_DIR or ./data]`,
};

export function isTransferCommand(name: string | undefined): name is TransferCommand {
  return name !== undefined && Object.hasOwn(USAGE, name);
}

type Environment = Readonly<Record<string, string | undefined>>;

/** The options; or null when help was asked for. Throws an Error with a sentence for the operator. */
export function parseTransfer(
  command: TransferCommand,
  args: readonly string[],
  env: Environment,
): TransferOptions | null {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      data: { type: 'string' },
      force: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return null;
  const [path, ...more] = positionals;
  const what = command === 'export' ? 'a folder' : 'a file';
  if (path === undefined || path === '' || more.length > 0) throw new Error(`name ${what}\n${USAGE[command]}`);
  if (values.force && command === 'export') throw new Error(`export has no --force\n${USAGE.export}`);
  if (values.data === undefined && (env.MONGODB_URI ?? '') !== '') {
    throw new Error(
      'MONGODB_URI is set, so the data is in MongoDB: use mongodump and mongorestore; ' +
        `or name the folder of an embedded database with --data`,
    );
  }
  return {
    command,
    path: resolve(path),
    dataDir: resolve(values.data ?? env.DATA_DIR ?? './data'),
    force: values.force,
  };
}

type Say = (line: string) => void;

/** Runs to the end and returns the exit code. */
export async function runTransfer(
  command: TransferCommand,
  args: readonly string[],
  env: Environment,
  say: Say,
): Promise<number> {
  try {
    const options = parseTransfer(command, args, env);
    say(options === null ? USAGE[command] : await transfer(options, say));
    return 0;
  } catch (error) {
    say(messageOf(error));
    return 1;
  }
}

/** @returns one sentence about what was done */
async function transfer(options: TransferOptions, say: Say): Promise<string> {
  const { command, path, dataDir } = options;
  if (command === 'restore') return restoreFrom(options, say);
  if (command === 'backup' && existsSync(path) && !options.force) {
    throw new TransferError(`${path} is there already; --force replaces it`);
  }
  return using(await openFolder(dataDir), async (snapshot) => {
    const write = command === 'backup' ? writeBackup : writeDump;
    const totals = await write(snapshot, path, progressOf(snapshot, say));
    return `${count(totals)} of ${dataDir} are in ${path}, as they were at ${snapshot.takenAt?.toISOString()}`;
  });
}

async function restoreFrom({ path, dataDir, force }: TransferOptions, say: Say): Promise<string> {
  const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
  return using(await (isFolder ? readDump(path) : readBackup(path)), async (snapshot) => {
    const { replaced, ...totals } = await restore(snapshot, { dataDir, force, onProgress: progressOf(snapshot, say) });
    const from = snapshot.takenAt === null ? '' : `, as they were at ${snapshot.takenAt.toISOString()}`;
    const kept = replaced === null ? '' : `\nWhat was there before is in ${replaced}; remove it when you are sure.`;
    return `${count(totals)} are in ${dataDir}${from}${kept}`;
  });
}

async function using(snapshot: Snapshot, work: (snapshot: Snapshot) => Promise<string>): Promise<string> {
  try {
    return await work(snapshot);
  } finally {
    await snapshot.close();
  }
}

const count = ({ collections, documents }: { collections: number; documents: number }): string =>
  `${documents} documents in ${collections} collections`;

const PROGRESS_EVERY_MS = 2_000;

function progressOf({ total }: Snapshot, say: Say): (documents: number) => void {
  let saidAt = performance.now();
  return (documents) => {
    if (performance.now() - saidAt < PROGRESS_EVERY_MS) return;
    saidAt = performance.now();
    say(total === null ? `${documents} documents ...` : `${documents} of ${total} documents ...`);
  };
}
