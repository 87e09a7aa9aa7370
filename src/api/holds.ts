/** Holds: a time kept for somebody who is still deciding. */
import { showHold } from '../../mappings/crm-things.ts';
import type { AppParts } from './parts.ts';
import { notFound } from './problems.ts';
import { refusalOfOutcome } from './refuse.ts';
import { answer, noContent, type Route, route } from './route.ts';
import { idParam, noParams, noQuery } from './schemas.ts';
import { holdIn, holdOut } from './schemas-availability.ts';
import { takenOut } from './schemas-bookings.ts';
import { takesOf } from './schemas-wishes.ts';

const tag = 'Availability and holds';

export function holdRoutes(parts: AppParts): readonly Route[] {
  return [createHold(parts), releaseHold(parts)];
}

const createHold = (parts: AppParts): Route =>
  route({
    method: 'post',
    path: '/v1/holds',
    name: 'createHold',
    summary: 'Hold a time for a while',
    details:
      'The time is kept from everybody until `expiresAt`; at that instant it is free again, whatever any clean-up does. An API key may have so many holds at once, and all holds together may take so much of a day (429 `too_many_holds`).',
    tag,
    scope: 'book',
    idempotent: true,
    params: noParams,
    query: noQuery,
    body: holdIn,
    problems: ['not_found', 'slot_taken', 'rule_violation', 'too_many_holds'],
    answers: {
      201: { description: 'The time is held until `expiresAt`', schema: holdOut },
      409: { description: '`slot_taken`, `in_flight`', schema: takenOut },
    },
    async handle({ body, caller }) {
      const outcome = await parts.desk.hold(caller.tenantId, {
        span: { start: body.start, end: body.end },
        resourceIds: body.resourceIds,
        expiresInMs: body.expiresIn,
        note: body.note,
        takes: takesOf(body),
        caller: caller.keyId,
      });
      if (outcome.kind !== 'held') throw refusalOfOutcome(outcome);
      return answer(201, holdOut, showHold(outcome.hold));
    },
  });

const releaseHold = (parts: AppParts): Route =>
  route({
    method: 'delete',
    path: '/v1/holds/{id}',
    name: 'releaseHold',
    summary: 'Free a held time',
    tag,
    scope: 'book',
    params: idParam('hold'),
    query: noQuery,
    body: null,
    answers: { 204: { description: 'Freed', schema: null } },
    async handle({ params, caller }) {
      if (!(await parts.desk.release(caller.tenantId, params.id))) throw notFound('hold');
      return noContent;
    },
  });
