/** How long the journal is kept is a setting, also of a database that was begun with another. */
import { expect } from 'chai';
import mongoose from 'mongoose';
import { systemClock } from '../../src/clock.ts';
import { silentLog } from '../../src/domain/ports.ts';
import { connectMongo } from '../../src/store/mongo/connect.ts';
import { withMongo } from '../kit/mongo.ts';

async function ageIn(uri: string): Promise<readonly (number | undefined)[]> {
  const connection = await mongoose.createConnection(uri).asPromise();
  try {
    const indexes = await connection.collection('journal').indexes();
    return indexes.map((index) => index.expireAfterSeconds).filter((age) => age !== undefined);
  } finally {
    await connection.close();
  }
}

describe('The age at which lines of the journal end', () => {
  it('is thirty days when nothing is said, and follows the setting from start to start', async () => {
    const database = await withMongo();
    try {
      for (const [days, expected] of [
        [undefined, 30],
        [7, 7],
        [7, 7],
        [90, 90],
      ] as const) {
        const age = days === undefined ? {} : { keepJournalMs: days * 86_400_000 };
        const store = await connectMongo({ uri: database.uri, log: silentLog, clock: systemClock, ...age });
        await store.close();
        expect(await ageIn(database.uri)).to.deep.equal([expected * 86_400]);
      }
    } finally {
      await database.stop();
    }
  });
});
