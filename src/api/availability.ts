/** Availability, and holds on what it offered. */
import { showHold, showSlot } from '../../mappings/crm-things.ts';
import type { ResourceId, TenantId } from '../domain/ids.ts';
import { refresh, showFreshness } from './freshness.ts';
import type { AppParts } from './parts.ts';
import { notFound } from './problems.ts';
import { refusalOfOutcome } from './refuse.ts';
import { answer, noContent, type Route, route } from './route.ts';
import { idParam, noParams, noQuery } from './schemas.ts';
import { availabilityIn, availabilityOut, holdIn, holdOut, takenOut } from './schemas-bookings.ts';

export function availabilityRoutes(parts: AppParts): readonly Route[] {
  return [findAvailability(parts), createHold(parts), releaseHold(parts)];
}

const findAvailability = (parts: AppParts): Route =>
  route({
    method: 'post',
    path: '/v1/availability',
    name: 'findAvailability',
    summary: 'Find free time',
    details: 'Reads only. `freshness` says when each calendar behind the answer was last read.',
    tag: 'Availability and holds',
    scope: 'read',
    params: noParams,
    query: noQuery,
    body: availabilityIn,
    problems: ['not_found'],
    answers: { 200: { description: 'Slots by start', schema: availabilityOut } },
    async handle({ body, caller }) {
      if (body.resourceIds !== null) await mustExist(parts, caller.tenantId, body.resourceIds);
      const ask = () =>
        parts.desk.availability(caller.tenantId, {
          window: { start: body.from, end: body.to },
          durationMs: body.duration,
          resourceIds: body.resourceIds,
          requires: body.requires,
          granularityMs: body.granularity,
          limit: body.limit,
          explain: body.explain,
        });
      let found = await ask();
      let problems: Awaited<ReturnType<typeof refresh>> = new Map();
      if (body.maxStaleness !== null) {
        problems = await refresh(parts, found.freshness, body.maxStaleness);
        found = await ask();
      }
      return answer(200, availabilityOut, {
        slots: found.slots.map(showSlot),
        freshness: showFreshness(found.freshness, problems),
        ...(body.explain ? { why: { ...found.why } } : {}),
      });
    },
  });

const createHold = (parts: AppParts): Route =>
  route({
    method: 'post',
    path: '/v1/holds',
    name: 'createHold',
    summary: 'Hold a time for a while',
    tag: 'Availability and holds',
    scope: 'book',
    idempotent: true,
    params: noParams,
    query: noQuery,
    body: holdIn,
    problems: ['not_found'],
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
    tag: 'Availability and holds',
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

/** The desk answers unknown resources with no slots; a caller who mistyped one should hear of it. */
async function mustExist(parts: AppParts, tenantId: TenantId, ids: readonly ResourceId[]): Promise<void> {
  const found = await parts.store.resources.getMany(tenantId, ids);
  const live = new Set(found.filter((r) => r.deletedAt === null).map((r) => r.id));
  const missing = ids.find((id) => !live.has(id));
  if (missing !== undefined) throw notFound(`resource ${missing}`);
}
