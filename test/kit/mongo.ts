/** A database for tests: MONGODB_URI when it is set, else the embedded server in this process. */

import { randomBytes } from 'node:crypto';
import mongoose from 'mongoose';
import { EmbeddedServer } from '../../embedded/server.ts';

export interface TestDatabase {
  /** Names a database that nobody else uses. */
  readonly uri: string;
  /** Which of the two it is, for names of suites. */
  readonly kind: 'MongoDB' | 'embedded';
  /** Removes the database. */
  stop(): Promise<void>;
}

/** A database with a fresh name. */
export async function withMongo(): Promise<TestDatabase> {
  const name = `test_${randomBytes(6).toString('hex')}`;
  const given = process.env.MONGODB_URI;
  if (given !== undefined && given !== '') {
    const uri = renamed(given, name);
    return { uri, kind: 'MongoDB', stop: () => drop(uri) };
  }
  const server = new EmbeddedServer({ database: name });
  const { uri } = await server.start();
  return { uri, kind: 'embedded', stop: () => server.stop() };
}

/** The URI with another database. Users stay where they were looked up before: in the old one, or in `admin`. */
function renamed(uri: string, name: string): string {
  const m = /^(mongodb(?:\+srv)?:\/\/[^/?]+)(?:\/([^?]*))?(?:\?(.*))?$/.exec(uri);
  if (m === null) throw new RangeError('MONGODB_URI is not a mongodb:// address');
  const options = new URLSearchParams(m[3] ?? '');
  if (m[1]!.includes('@') && !options.has('authSource')) options.set('authSource', m[2] || 'admin');
  const query = options.toString();
  return `${m[1]}/${name}${query === '' ? '' : `?${query}`}`;
}

async function drop(uri: string): Promise<void> {
  const connection = await mongoose.createConnection(uri).asPromise();
  await connection.dropDatabase();
  await connection.close();
}
