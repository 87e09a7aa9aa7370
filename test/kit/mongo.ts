/** A database for tests: MONGODB_URI when it is set, else the embedded server in this process. */

import { randomBytes } from 'node:crypto';
import { EmbeddedServer } from '../../embedded/server.ts';

export interface TestDatabase {
  /** Names a database that nobody else uses. */
  readonly uri: string;
  /** Which of the two it is, for names of suites. */
  readonly kind: 'MongoDB' | 'embedded';
  stop(): Promise<void>;
}

/** A database with a fresh name; on the embedded server it vanishes with `stop`. */
export async function withMongo(): Promise<TestDatabase> {
  const name = `test_${randomBytes(6).toString('hex')}`;
  const given = process.env['MONGODB_URI'];
  if (given !== undefined && given !== '') {
    const uri = new URL(given);
    uri.pathname = `/${name}`;
    return { uri: uri.toString(), kind: 'MongoDB', stop: async () => {} };
  }
  const server = new EmbeddedServer({ database: name });
  const { uri } = await server.start();
  return { uri, kind: 'embedded', stop: () => server.stop() };
}
