/** A copy whose last write the provider refused still stands there: that it is deleted is noticed like any other deletion. */
import { expect } from 'chai';
import { someFields, zoned } from '../kit/builders.ts';
import { aStage, linkIn, tenant } from '../kit/stage.ts';

describe('what a provider refused', () => {
  for (const feed of ['listing', 'delta'] as const) {
    it(`a deleted copy of a booking is asked about although its last write was refused (${feed})`, async () => {
      const stage = await aStage({ capabilities: { feed } });
      const work = await stage.attach('work');
      const { id } = await stage.book('one');
      work.owner.create(someFields({ title: 'another' }));
      await stage.settle(work);
      work.server.knobs.refuse = { times: 1, why: 'no room for this title' };
      const change = { title: 'longer', start: zoned('2027-06-01T12:00'), end: zoned('2027-06-01T13:00') };
      await stage.change(id, (event) => ({ ...event, fields: { ...event.fields, ...change } }));
      await stage.settle(work);
      const link = linkIn(await stage.event(id), work);
      expect(link).to.deep.include({ state: 'refused', refusal: 'no room for this title' });
      work.owner.remove(link.remoteId!);
      await stage.settle(work);
      const { data } = await stage.store.conflicts.list(tenant, { state: 'open', eventId: id, limit: 9, after: null });
      expect(data.map((c) => c.kind)).to.include('removed');
      expect((await stage.rows()).some((row) => row.kind === 'booking')).to.equal(true);
    });
  }
});
