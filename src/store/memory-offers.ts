/** Offers in memory. */
import type { Offer } from '../domain/offer.ts';
import { frozenCopy } from './plain.ts';
import type { OfferStore } from './store.ts';

export function memoryOffers(): OfferStore {
  const offers = new Map<string, Offer>();
  return {
    async insert(offer) {
      await null;
      if (offers.has(offer.id)) return 'duplicate';
      offers.set(offer.id, frozenCopy(offer));
      return 'inserted';
    },
    async get(tenantId, id) {
      await null;
      const offer = offers.get(id);
      return offer?.tenantId === tenantId ? offer : null;
    },
    async save(next) {
      await null;
      const before = offers.get(next.id);
      if (before?.tenantId !== next.tenantId || before.version !== next.version - 1) return false;
      offers.set(next.id, frozenCopy(next));
      return true;
    },
  };
}
