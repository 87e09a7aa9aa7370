/** Files of backups and dumps: read in order, and written so that a half-written one never bears the name asked for. */
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { codeOf, messageOf, TransferError } from './snapshot.ts';

const CHUNK_BYTES = 1024 * 1024;

/** A file that gets its name when it is complete and on disk. */
export class FileDraft {
  readonly #file: FileHandle;
  readonly #path: string;
  readonly #draftPath: string;
  #gathered: Uint8Array[] = [];
  #size = 0;

  private constructor(file: FileHandle, path: string, draftPath: string) {
    this.#file = file;
    this.#path = path;
    this.#draftPath = draftPath;
  }

  /** Only its owner may read it: it holds what the database holds. */
  static async open(path: string): Promise<FileDraft> {
    const draftPath = `${path}.part`;
    try {
      return new FileDraft(await open(draftPath, 'w', 0o600), path, draftPath);
    } catch (error) {
      throw new TransferError(`cannot write ${path}: ${messageOf(error)}`, { cause: error });
    }
  }

  async write(bytes: Uint8Array): Promise<void> {
    this.#gathered.push(bytes);
    this.#size += bytes.length;
    if (this.#size >= CHUNK_BYTES) await this.#flush();
  }

  async finish(): Promise<void> {
    await this.#flush();
    await this.#file.sync();
    await this.#file.close();
    await rename(this.#draftPath, this.#path);
    await syncFolder(dirname(this.#path));
  }

  async discard(): Promise<void> {
    await this.#file.close().catch(() => undefined);
    await rm(this.#draftPath, { force: true });
  }

  async #flush(): Promise<void> {
    const bytes = Buffer.concat(this.#gathered);
    this.#gathered = [];
    this.#size = 0;
    for (let at = 0; at < bytes.length; ) at += (await this.#file.write(bytes, at)).bytesWritten;
  }
}

/** A rename is only safe from a power cut when its folder is on disk too. */
export async function syncFolder(path: string): Promise<void> {
  // Some systems do not let a folder be opened; they do without.
  const folder = await open(path, 'r').catch(() => null);
  await folder?.sync().catch(() => undefined);
  await folder?.close();
}

/** Reads a file from its start to its end in pieces of the caller's size. */
export class ByteReader {
  readonly #file: FileHandle;
  #chunk: Buffer = Buffer.alloc(0);
  #position = 0;

  private constructor(file: FileHandle) {
    this.#file = file;
  }

  /** @throws TransferError when there is no such file */
  static async open(path: string): Promise<ByteReader> {
    try {
      return new ByteReader(await open(path, 'r'));
    } catch (error) {
      const reason =
        codeOf(error) === 'ENOENT' ? `there is no file ${path}` : `cannot read ${path}: ${messageOf(error)}`;
      throw new TransferError(reason, { cause: error });
    }
  }

  get position(): number {
    return this.#position;
  }

  /** Exactly so many bytes; null when the file ends before. */
  async take(count: number): Promise<Buffer | null> {
    while (this.#chunk.length < count) if (!(await this.#readMore(count))) return null;
    const taken = this.#chunk.subarray(0, count);
    this.#chunk = this.#chunk.subarray(count);
    this.#position += count;
    return taken;
  }

  /** The next four bytes as BSON's length, without taking them; null when the file ends before. */
  async peekInt32(): Promise<number | null> {
    while (this.#chunk.length < 4) if (!(await this.#readMore(4))) return null;
    return this.#chunk.readInt32LE(0);
  }

  async isAtEnd(): Promise<boolean> {
    return this.#chunk.length === 0 && !(await this.#readMore(1));
  }

  /** The text before the next line feed, when there is one within `limit` bytes. */
  async line(limit: number): Promise<string | null> {
    while (this.#chunk.length < limit) if (!(await this.#readMore(limit))) break;
    const end = this.#chunk.subarray(0, limit).indexOf(0x0a);
    if (end < 0) return null;
    const text = await this.take(end + 1);
    return text === null ? null : text.toString('utf8', 0, end);
  }

  async close(): Promise<void> {
    await this.#file.close();
  }

  async #readMore(wanted: number): Promise<boolean> {
    const size = Math.max(CHUNK_BYTES, wanted - this.#chunk.length);
    const { bytesRead, buffer } = await this.#file.read({ buffer: Buffer.allocUnsafe(size) });
    if (bytesRead > 0) this.#chunk = Buffer.concat([this.#chunk, buffer.subarray(0, bytesRead)]);
    return bytesRead > 0;
  }
}
