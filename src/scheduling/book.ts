/** The booking desk: one door to all that takes, moves and frees time. */

import type { Event } from '../domain/event.ts';
import { derivedId, newId } from '../domain/ids.ts';
import type { Slot } from '../domain/resource.ts';
import { accept } from './accept.ts';
import { act } from './act.ts';
import { book } from './booking.ts';
import { change } from './change.ts';
import type { BookingDesk } from './desk.ts';
import { hold, release } from './holds.ts';
import { availability } from './look.ts';
import { makeOffer, releaseOffer } from './offers.ts';
import { alternativesForEvent } from './outcomes.ts';
import type { DeskDeps, LookDeps } from './parts.ts';
import { rebuild, settleSheets } from './settle.ts';

export type { DeskDeps } from './parts.ts';

export function makeDesk(deps: DeskDeps): BookingDesk {
  return {
    book: (tenantId, request) => book(deps, tenantId, request),
    change: (tenantId, id, wanted) => change(deps, tenantId, id, wanted),
    act: (tenantId, id, action, ifVersion) => act(deps, tenantId, id, action, ifVersion),
    hold: (tenantId, o) => hold(deps, tenantId, o),
    release: (tenantId, id) => release(deps, tenantId, id),
    offer: (tenantId, { idempotencyKey: key, ...request }) => {
      const id = key === null ? newId('offer') : derivedId('offer', 'made', tenantId, key);
      return makeOffer(deps, tenantId, { ...request, id });
    },
    accept: (tenantId, id, wanted) => accept(deps, tenantId, id, wanted),
    releaseOffer: (tenantId, id) => releaseOffer(deps, tenantId, id),
    availability: (tenantId, query) => availability(deps, tenantId, query),
    settleSheets: (limit) => settleSheets(deps, limit),
    rebuild: (tenantId, id) => rebuild(deps, tenantId, id),
  };
}

/** Where an event could go instead, for the record of a conflict that somebody else opens. */
export const makeAlternatives =
  (deps: LookDeps) =>
  (event: Event): Promise<readonly Slot[]> =>
    alternativesForEvent(deps, event);
