/** Tells other programs on this machine which server owns a data folder: its address and its process id. */
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface Owner {
  readonly uri: string;
  readonly pid: number;
}

/** Beside the socket and not in `db/`, which belongs to LevelDB. After a kill it stays behind: who reads it must try. */
const FILE = 'db.json';

export async function announceOwner(dataDir: string, owner: Owner): Promise<void> {
  const draft = join(dataDir, `${FILE}.${owner.pid}`);
  await writeFile(draft, `${JSON.stringify(owner)}\n`, { mode: 0o600 });
  await rename(draft, join(dataDir, FILE));
}

export async function withdrawOwner(dataDir: string): Promise<void> {
  await rm(join(dataDir, FILE), { force: true });
}

/** Who announced itself last; null when nobody did, or when the file says nothing of use. */
export async function readOwner(dataDir: string): Promise<Owner | null> {
  try {
    const parsed: unknown = JSON.parse(await readFile(join(dataDir, FILE), 'utf8'));
    if (typeof parsed !== 'object' || parsed === null || !('uri' in parsed) || !('pid' in parsed)) return null;
    const { uri, pid } = parsed;
    return typeof uri === 'string' && typeof pid === 'number' ? { uri, pid } : null;
  } catch {
    return null;
  }
}
