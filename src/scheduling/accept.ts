/** Accepts one option of an offer: one booking comes of it, whoever asks how often, and the other options are free. */
import { createHash } from 'node:crypto';
import type { OfferId, TenantId } from '../domain/ids.ts';
import type { Offer } from '../domain/offer.ts';
import type { Hold } from '../domain/resource.ts';
import { bookHeld } from './booking.ts';
import type { Acceptance, AcceptOutcome } from './desk.ts';
import type { Draft } from './draft.ts';
import { dropEach } from './holds.ts';
import { eventOfOffer, holdOf, optionIn, renewed, stateOf, takesOf } from './offers.ts';
import type { DeskDeps } from './parts.ts';

export async function accept(
  deps: DeskDeps,
  tenantId: TenantId,
  id: OfferId,
  wanted: Acceptance,
): Promise<AcceptOutcome> {
  const offer = await deps.store.offers.get(tenantId, id);
  if (offer === null) return { kind: 'not-found', what: 'offer' };
  const ended = await endOfOffer(deps, offer, wanted);
  if (ended !== null) return ended;
  const option = optionIn(offer, wanted.option);
  if (option === null) return { kind: 'not-found', what: 'option' };
  const held = holdOf(offer, option);
  const draft: Draft = {
    id: eventOfOffer(offer),
    tenantId,
    request: {
      ...wanted.request,
      ...{ span: held.span, resourceIds: option.resourceIds, assign: null, holdId: held.id, idempotencyKey: null },
    },
    span: held.span,
    takes: takesOf(offer, option),
    isOnly: true,
    acceptKey: keyOf(wanted),
    at: deps.clock.now(),
  };
  const outcome = await bookHeld(deps, draft, held);
  if (outcome.kind === 'booked') {
    await freeOthers(deps, offer, held);
    return outcome;
  }
  // Somebody was faster with this offer, or its time ran out on the way; a plain refusal is told as it is.
  const late = outcome.kind === 'existing' || outcome.kind === 'hold-expired' || outcome.kind === 'slot-taken';
  return (late ? await endOfOffer(deps, offer, wanted) : null) ?? outcome;
}

/** Null while the offer is open. */
async function endOfOffer(deps: DeskDeps, offer: Offer, wanted: Acceptance): Promise<AcceptOutcome | null> {
  const { state, event } = await stateOf(deps, offer);
  if (state === 'open') return null;
  const key = keyOf(wanted);
  if (event !== null && key !== null && event.booking?.acceptKey === key) return { kind: 'existing', event };
  return { kind: 'offer-ended', why: state, event, renewed: await renewed(deps, offer) };
}

/** What a repetition of the same acceptance is known by. */
const keyOf = ({ request: { idempotencyKey: key } }: Acceptance): string | null =>
  key === null ? null : createHash('sha256').update(key).digest('hex').slice(0, 32);

/** A crash before this leaves them to end by themselves. */
async function freeOthers(deps: DeskDeps, offer: Offer, used: Hold): Promise<void> {
  const others = offer.options.filter((option) => option.holdId !== used.id).map((option) => holdOf(offer, option));
  if (deps.later !== undefined) deps.later.run(() => dropEach(deps, others));
  else await dropEach(deps, others);
}
