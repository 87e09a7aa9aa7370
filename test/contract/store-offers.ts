/** Offers, and holds as their callers see them. */
import { expect } from 'chai';
import { newId } from '../../src/domain/ids.ts';
import type { Offer } from '../../src/domain/offer.ts';
import type { Hold } from '../../src/domain/resource.ts';
import { plainTakes } from '../../src/domain/takes.ts';
import type { Instant } from '../../src/domain/time.ts';
import type { Store } from '../../src/store/store.ts';
import { anOfferRequest } from '../kit/offers.ts';

export function offerContract(open: () => Store): void {
  const anOffer = (): Offer => {
    const tenantId = newId('tenant');
    const { wish } = anOfferRequest({ takes: { ...plainTakes, units: { res_lift: 2 } } });
    const now = open().now();
    const option = { ...wish.window, resourceIds: [newId('resource')], id: 'opt_1', holdId: newId('hold') };
    return {
      ...{ id: newId('offer'), tenantId, version: 1, state: 'making', wish, options: [option], caller: 'key_1' },
      ...{ zone: null, language: 'de-AT', expiresAt: (now + 60_000) as Instant, createdAt: now },
    };
  };

  describe('offers', () => {
    it('are kept whole, inserted once, and never read by another tenant', async () => {
      const { offers } = open();
      const offer = anOffer();
      expect(await offers.insert(offer)).to.equal('inserted');
      expect(await offers.insert({ ...offer, state: 'open' })).to.equal('duplicate');
      expect(await offers.get(offer.tenantId, offer.id)).to.deep.equal(offer);
      expect(await offers.get(newId('tenant'), offer.id)).to.equal(null);
    });

    it('are saved by one of those who read the same version', async () => {
      const { offers } = open();
      const offer = anOffer();
      await offers.insert(offer);
      const next: Offer = { ...offer, version: 2, state: 'open' };
      expect((await Promise.all([offers.save(next), offers.save(next)])).sort()).to.deep.equal([false, true]);
      expect(await offers.get(offer.tenantId, offer.id)).to.deep.equal(next);
      expect(await offers.save({ ...next, id: newId('offer'), version: 3 })).to.equal(false);
    });
  });

  describe('holds of a caller', () => {
    it('are those that have not ended, soonest to end first', async () => {
      const { holds, now } = open();
      const tenantId = newId('tenant');
      const hold = (endsIn: number, caller?: string): Hold => ({
        ...{ id: newId('hold'), tenantId, span: anOfferRequest().wish.window, resourceIds: [], note: null },
        ...(caller === undefined ? {} : { caller }),
        ...{ takes: plainTakes, expiresAt: (now() + endsIn) as Instant, createdAt: now() },
      });
      const [late, soon] = [hold(90_000, 'bot'), hold(60_000, 'bot')];
      for (const one of [late, soon, hold(-1000, 'bot'), hold(60_000, 'other'), hold(60_000)]) await holds.insert(one);
      expect(await holds.ofCaller(tenantId, 'bot', now(), 9)).to.deep.equal([soon, late]);
      expect(await holds.ofCaller(tenantId, 'bot', now(), 1)).to.deep.equal([soon]);
      expect(await holds.ofCaller(newId('tenant'), 'bot', now(), 9)).to.deep.equal([]);
    });
  });
}
