/** Short ways to ask for an offer and to accept one. */
import type { Offer, OfferWish } from '../../src/domain/offer.ts';
import { plainTakes } from '../../src/domain/takes.ts';
import type { Acceptance, BookingDesk, OfferRequest } from '../../src/scheduling/desk.ts';
import { aRequest, span, tenant } from './desk.ts';

export function anOfferRequest(
  wish: Partial<OfferWish> = {},
  over: Partial<Omit<OfferRequest, 'wish'>> = {},
): OfferRequest {
  return {
    wish: {
      window: span('08:00', '2027-06-04T18:00:00Z'),
      durationMs: 3_600_000,
      granularityMs: 1_800_000,
      resourceIds: null,
      requires: null,
      takes: plainTakes,
      count: 3,
      expiresInMs: 300_000,
      note: null,
      ...wish,
    },
    caller: null,
    zone: null,
    language: null,
    idempotencyKey: null,
    ...over,
  };
}

/** The offer that was made; fails loudly when none was. */
export async function offered(desk: BookingDesk, request: OfferRequest): Promise<Offer> {
  const outcome = await desk.offer(tenant, request);
  if (outcome.kind !== 'offered') throw new Error(`not offered: ${JSON.stringify(outcome)}`);
  return outcome.offer;
}

export function anAcceptance(option: string, over: Partial<Acceptance['request']> = {}): Acceptance {
  const { span: _, resourceIds: __, assign: ___, holdId: ____, ...request } = aRequest();
  return { option, request: { ...request, ...over } };
}
