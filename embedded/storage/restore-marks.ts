/** The folders a restore leaves behind when it is cut off, and what a server makes of them. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** Where the documents live. */
export const liveFolder = (dataDir: string): string => join(dataDir, 'db');

/** A restore under way writes here; what it holds is incomplete. */
export const restoringFolder = (dataDir: string): string => join(dataDir, 'db.restoring');

/** Complete and checked, about to take the place of `db`. */
export const restoredFolder = (dataDir: string): string => join(dataDir, 'db.restored');

/**
 * Starting now would show old data, or none, to somebody who asked for the restored ones.
 * @throws Error saying what to do
 */
export function refuseUnfinishedRestore(dataDir: string): void {
  const restored = restoredFolder(dataDir);
  const restoring = restoringFolder(dataDir);
  if (existsSync(restored)) {
    throw new Error(
      `a restore into ${dataDir} is not finished: run it again, or remove ${restored} to keep what was there before`,
    );
  }
  if (existsSync(restoring) && !existsSync(liveFolder(dataDir))) {
    throw new Error(
      `a restore into ${dataDir} is under way or was cut off: run it again, or remove ${restoring} to start with nothing`,
    );
  }
}
