/** Offers as REST shows them, their times as they are said. */
import type { Offer } from '../src/domain/offer.ts';
import type { Zone } from '../src/domain/time.ts';
import { formatInstant } from '../src/domain/time.ts';
import { defaultLanguage, sayWhen } from './crm-speech.ts';
import { type SlotView, showSlot } from './crm-things.ts';

export interface OfferView {
  id: string;
  state: 'open' | 'accepted' | 'expired' | 'released';
  expiresAt: string;
  createdAt: string;
  note: string | null;
  bookingId: string | null;
  options: (SlotView & { id: string; sentence: string })[];
}
export function showOffer(
  offer: Offer,
  o: { readonly state: OfferView['state']; readonly bookingId: string | null; readonly zone: Zone },
): OfferView {
  const speech = { zone: o.zone, language: offer.language ?? defaultLanguage };
  return {
    id: offer.id,
    state: o.state,
    expiresAt: formatInstant(offer.expiresAt),
    createdAt: formatInstant(offer.createdAt),
    note: offer.wish.note,
    bookingId: o.bookingId,
    options: offer.options.map((option) => ({
      id: option.id,
      ...showSlot(option, null),
      sentence: sayWhen(option, speech.zone, speech.language),
    })),
  };
}
