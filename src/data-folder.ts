/** The data folder of an installation that has no database and no key of its own: made once, readable by its owner only. */
import { randomBytes } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { Fault } from './domain/fault.ts';

/** @throws Fault `invalid` when the folder cannot be made */
export function prepareFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw new Fault(
      'invalid',
      `the data folder ${path} cannot be made: ${cause instanceof Error ? cause.message : cause}`,
      { cause },
    );
  }
}

/**
 * The key that seals credentials, generated the first time. It is complete or absent: written aside, flushed, then
 * linked under its name, which fails when another process was first; then that one's key counts.
 */
export function encryptionKeyOf(folder: string): Uint8Array {
  const path = join(folder, 'encryption.key');
  if (!existsSync(path)) {
    const aside = `${path}.${randomBytes(6).toString('hex')}`;
    const file = openSync(aside, 'wx', 0o600);
    writeSync(file, `${randomBytes(32).toString('base64')}\n`);
    fsyncSync(file);
    closeSync(file);
    try {
      linkSync(aside, path);
    } catch (error) {
      if (!existsSync(path)) throw error;
    } finally {
      unlinkSync(aside);
    }
  }
  const bytes = Buffer.from(readFileSync(path, 'utf8').trim(), 'base64');
  if (bytes.length !== 32)
    throw new Fault('invalid', `${path} does not hold a key of 32 bytes in base64; restore it from a backup`);
  return bytes;
}
