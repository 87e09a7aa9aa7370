/** Availability: what is free, and how sure we are of it. */
import { defaultLanguage } from '../../mappings/crm-speech.ts';
import { showSlot } from '../../mappings/crm-things.ts';
import type { ResourceId, TenantId } from '../domain/ids.ts';
import type { Zone } from '../domain/time.ts';
import { utcZone } from '../domain/time.ts';
import { showFreshness } from './freshness.ts';
import type { AppParts } from './parts.ts';
import { notFound } from './problems.ts';
import { answer, type Route, route } from './route.ts';
import { noParams, noQuery } from './schemas.ts';
import { availabilityIn, availabilityOut } from './schemas-availability.ts';
import { freshlyOf, takesOf } from './schemas-wishes.ts';

export function availabilityRoutes(parts: AppParts): readonly Route[] {
  return [findAvailability(parts)];
}

const findAvailability = (parts: AppParts): Route =>
  route({
    method: 'post',
    path: '/v1/availability',
    name: 'findAvailability',
    summary: 'Find free time',
    details:
      'Reads only. `freshness` says when each calendar behind the answer was last read; with `maxStaleness` older ones are read first. With `language` every slot carries a sentence for a voice agent.',
    tag: 'Availability and holds',
    scope: 'read',
    params: noParams,
    query: noQuery,
    body: availabilityIn,
    problems: ['not_found'],
    answers: { 200: { description: 'Slots by start', schema: availabilityOut } },
    async handle({ body, caller: { tenantId } }) {
      const found = await parts.desk.availability(tenantId, {
        window: { start: body.from, end: body.to },
        durationMs: body.duration,
        resourceIds: body.resourceIds,
        requires: body.requires,
        granularityMs: body.granularity,
        limit: body.limit,
        explain: body.explain,
        takes: takesOf(body),
        freshly: freshlyOf(body),
      });
      // With a resource that is not there nothing is free, so only then is it asked which.
      const { resourceIds } = body;
      if (found.slots.length === 0 && resourceIds !== null) await mustExist(parts, tenantId, resourceIds);
      const isSaid = body.language !== null || body.timeZone !== null;
      const zone = body.timeZone ?? (isSaid ? await zoneOf(parts, tenantId, found.slots[0]?.resourceIds[0]) : utcZone);
      const speech = isSaid ? { zone, language: body.language ?? defaultLanguage } : null;
      return answer(200, availabilityOut, {
        slots: found.slots.map((slot) => showSlot(slot, speech)),
        freshness: showFreshness(found.freshness),
        ...(body.explain ? { why: { ...found.why } } : {}),
      });
    },
  });

/** Times are said in the zone of the resource where the customer's is not known. */
export async function zoneOf(parts: AppParts, tenantId: TenantId, id: ResourceId | undefined): Promise<Zone> {
  return (id === undefined ? null : await parts.store.resources.get(tenantId, id))?.zone ?? utcZone;
}

/** The desk answers unknown resources with no slots; a caller who mistyped one should hear of it. */
export async function mustExist(parts: AppParts, tenantId: TenantId, ids: readonly ResourceId[]): Promise<void> {
  const found = await parts.store.resources.getMany(tenantId, ids);
  const live = new Set(found.filter((r) => r.deletedAt === null).map((r) => r.id));
  const missing = ids.find((id) => !live.has(id));
  if (missing !== undefined) throw notFound(`resource ${missing}`);
}
