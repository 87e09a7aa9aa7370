/** The proof: recomputes the ledger of a span from events and holds and tells where the day sheets differ. */
import { z } from 'zod';
import type { TenantId } from '../domain/ids.ts';
import type { Resource } from '../domain/resource.ts';
import { dayMs } from '../domain/time.ts';
import { type Proof, prove, sheetsOf } from '../scheduling/proof.ts';
import { every } from './every.ts';
import type { AppParts } from './parts.ts';
import { invalidField, notFound } from './problems.ts';
import { answer, type Route, route } from './route.ts';
import { checkWindow, idOut, instantIn, noParams, noQuery, resourceIds, showSpan, spanOut } from './schemas.ts';

/** A proof reads every day sheet of every resource in its span; more than so many are asked for in parts. */
const mostSheets = 20_000;

const kind = z.enum(['booking', 'calendar', 'hold']);
const stretch = {
  resourceId: idOut('resource'),
  ...spanOut,
  kind,
  eventId: idOut('event').nullable(),
  holdId: idOut('hold').nullable(),
};
const eventIds = z.array(idOut('event'));
const most = 1_000;

const proofIn = z
  .strictObject({
    from: instantIn,
    to: instantIn,
    resourceIds: resourceIds.nullable().default(null).meta({ description: 'All resources when left out' }),
  })
  .superRefine(checkWindow)
  .meta({ id: 'ProofRequest' });

const proofOut = z
  .strictObject({
    overlaps: z
      .array(z.strictObject({ resourceId: idOut('resource'), ...spanOut, capacity: z.int(), inUse: z.int(), eventIds }))
      .meta({ description: 'More in use than there is, with a booking in it, and no conflict on record that says so' }),
    uncovered: z.array(z.strictObject(stretch)).meta({ description: 'Busy time that no row of a day sheet blocks' }),
    phantom: z.array(z.strictObject(stretch)).meta({ description: 'Blocked time that no event and no hold explains' }),
    conflicts: z
      .array(z.strictObject({ conflictId: idOut('conflict'), resourceId: idOut('resource'), ...spanOut, eventIds }))
      .meta({ description: 'Overlaps that are known: open conflicts waiting for an answer' }),
    checked: z.int().meta({ description: 'Day sheets that were recomputed' }),
    complete: z.boolean().meta({ description: 'False: so much was wrong that not all of the span was looked at' }),
  })
  .meta({ id: 'Proof' });

export function proofRoutes(parts: AppParts): readonly Route[] {
  return [
    route({
      method: 'post',
      path: '/v1/proof',
      name: 'proveLedger',
      summary: 'Recompute a span of the ledger and tell what is wrong',
      details:
        'Reads only, beside whatever goes on: what looks wrong is looked at twice more before it is told. At most 31 days, and 20,000 day sheets (resources times days).',
      tag: 'Repair',
      scope: 'admin',
      params: noParams,
      query: noQuery,
      body: proofIn,
      problems: ['not_found'],
      answers: { 200: { description: 'Empty lists are the proof', schema: proofOut } },
      async handle({ body, caller }) {
        const span = { start: body.from, end: body.to };
        const resources = await resourcesOf(parts, caller.tenantId, body.resourceIds);
        const sheets = sheetsOf(resources.length, span);
        if (sheets > mostSheets) {
          throw invalidField(
            'to',
            `this span has ${sheets} day sheets, more than ${mostSheets}; ask for fewer days or name resources`,
          );
        }
        const { store, clock, config } = parts;
        const settings = { windowPastMs: config.windowPastDays * dayMs, windowAheadMs: config.windowAheadDays * dayMs };
        const proof = await prove({ store, clock, settings }, caller.tenantId, resources, span);
        return answer(200, proofOut, showProof(proof));
      },
    }),
  ];
}

async function resourcesOf(
  parts: AppParts,
  tenantId: TenantId,
  ids: readonly Resource['id'][] | null,
): Promise<readonly Resource[]> {
  if (ids !== null) {
    const found = await parts.store.resources.getMany(tenantId, ids);
    if (found.length < ids.length) throw notFound('resource');
    return found;
  }
  const all: Resource[] = [];
  for await (const resource of every((q) => parts.store.resources.list(tenantId, q))) all.push(resource);
  return all;
}

function showProof(proof: Proof): z.input<typeof proofOut> {
  const show = (u: Proof['uncovered'][number]) => ({
    ...{ resourceId: u.resourceId, ...showSpan(u), kind: u.kind, eventId: u.eventId },
    holdId: u.kind === 'hold' ? u.claim : null,
  });
  const listed = [proof.overlaps, proof.uncovered, proof.phantom, proof.conflicts];
  return {
    overlaps: proof.overlaps.slice(0, most).map((o) => ({
      ...{ resourceId: o.resourceId, ...showSpan(o), capacity: o.capacity, inUse: o.inUse },
      eventIds: [...o.eventIds],
    })),
    uncovered: proof.uncovered.slice(0, most).map(show),
    phantom: proof.phantom.slice(0, most).map(show),
    conflicts: proof.conflicts.slice(0, most).map((c) => ({
      ...{ conflictId: c.conflictId, resourceId: c.resourceId, ...showSpan(c) },
      eventIds: [...c.eventIds],
    })),
    checked: proof.checked,
    complete: !proof.isCut && listed.every((list) => list.length <= most),
  };
}
