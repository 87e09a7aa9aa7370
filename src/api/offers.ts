/** Offers: a few held times of which a customer accepts one; made for voice agents and phone teams. */
import { type OfferView, showOffer } from '../../mappings/crm-offers.ts';
import type { Offer } from '../domain/offer.ts';
import type { AcceptOutcome } from '../scheduling/desk.ts';
import { stateOf } from '../scheduling/offers.ts';
import { mustExist, zoneOf } from './availability.ts';
import { bookingAnswer } from './booking-answer.ts';
import { showFreshness } from './freshness.ts';
import type { AppParts } from './parts.ts';
import { notFound, Refusal } from './problems.ts';
import { refusalOfOutcome, tooManyHolds } from './refuse.ts';
import { answer, noContent, type Route, route } from './route.ts';
import { idParam, noParams, noQuery } from './schemas.ts';
import { offerIn, offerOut } from './schemas-availability.ts';
import { acceptIn, acceptRefusedOut, bookingOut } from './schemas-bookings.ts';
import { freshlyOf, takesOf } from './schemas-wishes.ts';

const tag = 'Availability and holds';

export function offerRoutes(parts: AppParts): readonly Route[] {
  return [createOffer(parts), getOffer(parts), acceptOffer(parts), releaseOffer(parts)];
}

const createOffer = (parts: AppParts): Route =>
  route({
    method: 'post',
    path: '/v1/offers',
    name: 'createOffer',
    summary: 'Offer a few times, all held',
    details:
      'Picks times that are a real choice (the soonest, then other half-days, days and people), holds each of them, and gives a sentence for each that can be read out. The same `Idempotency-Key` gives the same offer. 409 `nothing_free` says by `why` what stood in the way.',
    tag,
    scope: 'book',
    idempotent: true,
    findsItself: true,
    params: noParams,
    query: noQuery,
    body: offerIn,
    problems: ['not_found', 'nothing_free', 'too_many_holds', 'in_flight'],
    answers: { 201: { description: 'The options are held until `expiresAt`', schema: offerOut } },
    async handle({ body, caller, idempotency }) {
      const { tenantId, keyId } = caller;
      if (body.resourceIds !== null) await mustExist(parts, tenantId, body.resourceIds);
      const outcome = await parts.desk.offer(tenantId, {
        wish: {
          window: { start: body.from, end: body.to },
          durationMs: body.duration,
          granularityMs: body.granularity,
          resourceIds: body.resourceIds,
          requires: body.requires,
          takes: takesOf(body),
          count: body.count,
          expiresInMs: body.expiresIn,
          note: body.note,
        },
        caller: keyId,
        zone: body.timeZone,
        language: body.language,
        idempotencyKey: idempotency,
        freshly: freshlyOf(body),
      });
      if (outcome.kind === 'offered') {
        return answer(201, offerOut, await view(parts, outcome.offer), { Location: `/v1/offers/${outcome.offer.id}` });
      }
      if (outcome.kind === 'too-many-holds') throw tooManyHolds(outcome);
      if (outcome.kind === 'not-found') throw notFound(outcome.what);
      throw new Refusal('nothing_free', 'Nothing is free that fits.', {
        extra: { why: outcome.why, freshness: showFreshness(outcome.freshness) },
      });
    },
  });

const getOffer = (parts: AppParts): Route =>
  route({
    method: 'get',
    path: '/v1/offers/{id}',
    name: 'getOffer',
    summary: 'Read an offer and what became of it',
    tag,
    scope: 'read',
    params: idParam('offer'),
    query: noQuery,
    body: null,
    answers: { 200: { description: 'The offer', schema: offerOut } },
    async handle({ params, caller }) {
      const offer = await parts.store.offers.get(caller.tenantId, params.id);
      if (offer === null) throw notFound('offer');
      return answer(200, offerOut, await view(parts, offer));
    },
  });

const acceptOffer = (parts: AppParts): Route =>
  route({
    method: 'post',
    path: '/v1/offers/{id}/accept',
    name: 'acceptOffer',
    summary: 'Accept one option: it is booked, the others are free',
    details:
      'One offer becomes at most one booking, whoever accepts how often. An offer that has ended or was accepted by somebody else answers 409 `offer_expired` or `offer_accepted` with a new `offer` for the same wish, already held. `sentence` of the booking is what to read back to the customer.',
    tag,
    scope: 'book',
    idempotent: true,
    findsItself: true,
    takesPreferWait: true,
    params: idParam('offer'),
    query: noQuery,
    body: acceptIn,
    problems: ['slot_taken', 'offer_accepted', 'offer_expired', 'external_ref_taken', 'rule_violation'],
    answers: {
      200: { description: 'This acceptance was made before', schema: bookingOut },
      201: { description: 'Booked', schema: bookingOut },
      409: {
        description: '`offer_expired`, `offer_accepted`, `slot_taken`, `external_ref_taken`, `in_flight`',
        schema: acceptRefusedOut,
      },
    },
    async handle(call) {
      const { option, ...said } = call.body;
      const request = { ...said, idempotencyKey: call.idempotency };
      const outcome = await parts.desk.accept(call.caller.tenantId, call.params.id, { option, request });
      if (outcome.kind === 'offer-ended') throw await ended(parts, outcome);
      if (outcome.kind === 'not-found') throw notFound(outcome.what);
      if (outcome.kind !== 'booked' && outcome.kind !== 'existing') throw refusalOfOutcome(outcome);
      return bookingAnswer(parts, outcome, call, 201);
    },
  });

const releaseOffer = (parts: AppParts): Route =>
  route({
    method: 'delete',
    path: '/v1/offers/{id}',
    name: 'releaseOffer',
    summary: 'Free all options of an offer',
    tag,
    scope: 'book',
    params: idParam('offer'),
    query: noQuery,
    body: null,
    answers: { 204: { description: 'Freed; a booking that came of it stays', schema: null } },
    async handle({ params, caller }) {
      if (!(await parts.desk.releaseOffer(caller.tenantId, params.id))) throw notFound('offer');
      return noContent;
    },
  });

async function view(parts: AppParts, offer: Offer): Promise<OfferView> {
  const { state, event } = await stateOf(parts, offer);
  const zone = offer.zone ?? (await zoneOf(parts, offer.tenantId, offer.options[0]?.resourceIds[0]));
  return showOffer(offer, { state, bookingId: event?.booking?.id ?? null, zone });
}

async function ended(
  parts: AppParts,
  { why, event, renewed }: Extract<AcceptOutcome, { kind: 'offer-ended' }>,
): Promise<Refusal> {
  const sentences = {
    accepted: 'This offer was accepted already.',
    expired: 'This offer has ended.',
    released: 'This offer was given back.',
  };
  const offer = renewed === null ? null : await view(parts, renewed);
  const again = offer === null ? 'Nothing is free in its place.' : 'Here is a new one.';
  return new Refusal(why === 'accepted' ? 'offer_accepted' : 'offer_expired', `${sentences[why]} ${again}`, {
    extra: { bookingId: event?.booking?.id ?? null, offer },
  });
}
