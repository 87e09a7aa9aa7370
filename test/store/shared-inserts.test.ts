import { expect } from 'chai';
import { systemClock } from '../../src/clock.ts';
import { newId } from '../../src/domain/ids.ts';
import { silentLog } from '../../src/domain/ports.ts';
import { connectMongo } from '../../src/store/mongo/connect.ts';
import type { Store } from '../../src/store/store.ts';
import { anEvent, someFields } from '../kit/builders.ts';
import { type TestDatabase, withMongo } from '../kit/mongo.ts';

describe('inserts that share a command', () => {
  let database: TestDatabase;
  let store: Store;
  before(async () => {
    database = await withMongo();
    store = await connectMongo({ uri: database.uri, log: silentLog, clock: systemClock });
  });
  after(async () => {
    await store.close();
    await database.stop();
  });

  it('fail only for the one whose event cannot be encoded', async () => {
    const tenantId = newId('tenant');
    const good = Array.from({ length: 10 }, () => anEvent({ tenantId }));
    const bad = anEvent({ tenantId, fields: { ...someFields(), ...{ 'a\0b': 1 } } });
    const answers = await Promise.allSettled([...good, bad, good[3]!].map((event) => store.events.insert(event)));
    expect(answers.slice(0, 10)).to.deep.equal(good.map(() => ({ status: 'fulfilled', value: 'inserted' })));
    expect(answers[10]).to.have.property('status', 'rejected');
    expect(answers[11]).to.deep.equal({ status: 'fulfilled', value: 'duplicate' });
    const ids = good.map((event) => event.id);
    expect(await store.events.getMany(tenantId, ids)).to.have.length(10);
  });
});
