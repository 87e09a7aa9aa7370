import { systemClock } from '../../src/clock.ts';
import { silentLog } from '../../src/domain/ports.ts';
import { connectMongo } from '../../src/store/mongo/connect.ts';
import { storeContract } from '../contract/store.ts';
import { type TestDatabase, withMongo } from '../kit/mongo.ts';

describe('the store on MongoDB', () => {
  let database: TestDatabase;
  before(async () => {
    database = await withMongo();
  });
  after(() => database.stop());

  storeContract('mongo', () => connectMongo({ uri: database.uri, log: silentLog, clock: systemClock }));
});
